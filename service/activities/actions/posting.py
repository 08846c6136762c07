"""Posting an award: caps, the row, the transfer and the event in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from service import ledger, outbox, people
from service.activities import rules
from service.activities.models import Award, AwardStatus
from service.activities.queries.figures import earned_points
from service.errors import KeyReused
from service.programmes import RuleSet

ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class Grant:
    """What is to be posted: the row that holds it, its figures before caps, and their rules."""

    award: Award
    earned: rules.Earned
    figures: RuleSet
    volunteer: people.Volunteer


def find_award(session: Session, key: str) -> Award | None:
    """Return the award with this key."""
    return session.exec(select(Award).where(Award.key == key)).first()


def lock_wallets(session: Session, volunteers: Sequence[people.Volunteer]) -> None:
    """Let one award of a volunteer pass at a time: caps are read after the lock."""
    for programme_id in {one.programme_id for one in volunteers}:
        addresses = [wallet(one) for one in volunteers if one.programme_id == programme_id]
        ledger.lock(session, programme_id=programme_id, addresses=addresses)


def wallet(volunteer: people.Volunteer) -> str:
    """Return the address of a volunteer's points."""
    return f"volunteer:{volunteer.code}"


def capped(session: Session, grant: Grant) -> rules.Earned:
    """Return what the volunteer's day and month have room for."""
    day, month = earned_points(session, grant.volunteer.id, grant.award.service_day)
    return rules.cap(grant.figures, grant.earned, day_points=day, month_points=month)


def post_award(session: Session, grant: Grant, *, actor: str, now: datetime) -> Award:
    """Post one award like `post_awards`."""
    post_awards(session, [grant], actor=actor, now=now)
    return grant.award


def post_awards(session: Session, grants: Sequence[Grant], *, actor: str, now: datetime) -> None:
    """Cut to the caps, move all points, keep the rows, tell them. Call with the wallets locked.

    All grants are of one programme and one kind. 0 points leave no transfer; the minutes are kept
    all the same. Raises KeyReused when the ledger knows a key with another request.
    """
    for grant in grants:
        award, got = grant.award, capped(session, grant)
        award.points, award.cut, award.cut_by = got.points, got.cut, got.cut_by
        award.status, award.decided_at = AwardStatus.POSTED, now
    moving = [grant for grant in grants if grant.award.points]
    for grant, posted in zip(moving, issue(session, moving, actor=actor, now=now), strict=True):
        grant.award.transfer_id = posted.transfer_id
    session.add_all(grant.award for grant in grants)
    session.flush()
    for grant in grants:
        tell_award(session, grant, now=now)


def issue(
    session: Session, grants: Sequence[Grant], *, actor: str, now: datetime
) -> list[ledger.Posted]:
    """Issue points into the wallets, as lots that expire by the rules of their service days."""
    lines = [
        ledger.Credit(reason_of(one, actor, now), wallet(one.volunteer), one.award.points)
        for one in grants
    ]
    manual = any(one.award.kind == "manual" for one in grants)
    kind = ledger.Kind.MANUAL if manual else ledger.Kind.AWARD
    return ledger.credit_many(session, lines, kind=kind, giver=ISSUED, now=now)


def reason_of(grant: Grant, actor: str, now: datetime) -> ledger.Reason:
    """Say why the points of an award move."""
    award = grant.award
    return ledger.Reason(
        programme_id=award.programme_id,
        key=f"award:{award.key}",
        actor=actor,
        source=source(award),
        occurred_at=now,
        business_day=award.service_day,
        lot_expires_on=grant.figures.lot_expiry(award.service_day),
        memo={"rule": award.rule, "minutes": award.minutes, "cut": award.cut},
    )


def source(award: Award) -> str:
    """Name the document that the points rest on."""
    return f"attendance:{award.attendance_id}" if award.attendance_id else f"manual:{award.key}"


def tell_award(session: Session, grant: Grant, *, now: datetime) -> None:
    """Say what was awarded, and what a cap took."""
    award, code = grant.award, grant.volunteer.code
    said = {
        "award": award.key,
        "volunteer": code,
        "kind": award.kind,
        "rule": award.rule,
        "minutes": award.minutes,
        "points": award.points,
        "service_day": award.service_day.isoformat(),
    }
    if award.points:
        outbox.publish(session, "AwardPosted", f"volunteer:{code}", said, now=now)
    if award.cut:
        cut = {**said, "cut": award.cut, "cut_by": award.cut_by}
        outbox.publish(session, "AwardCapped", f"volunteer:{code}", cut, now=now)


def refuse_other_use(found: Award | None, *, kind: str, volunteer_id: int | None) -> None:
    """Refuse a key that already names another award. Raises KeyReused."""
    if found is not None and (found.kind, found.volunteer_id) != (kind, volunteer_id):
        raise KeyReused
