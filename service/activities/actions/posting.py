"""Posting an award: caps, the row, the transfer and the event in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from service import ledger, outbox, people, programmes
from service.activities import rules
from service.activities.actions.telling import tell_awarded
from service.activities.models import Award, AwardStatus, id_of
from service.activities.queries.figures import earned_by
from service.clock import business_day
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


def post_award(session: Session, grant: Grant, *, actor: str, now: datetime) -> Award:
    """Post one award like `post_awards`."""
    post_awards(session, [grant], actor=actor, now=now)
    return grant.award


def post_awards(session: Session, grants: Sequence[Grant], *, actor: str, now: datetime) -> None:
    """Cut to the caps, move all points, keep the rows, tell them. Call with the wallets locked.

    All grants are of one programme and one kind. 0 points leave no transfer; the minutes are kept
    all the same. Where the rules set notice days, the points wait for their end; what the caps
    leave is settled now. Raises KeyReused when the ledger knows a key with another request.
    """
    calendar = Calendar(session, grants, now)
    for grant, got in zip(grants, capped(session, grants), strict=True):
        award = grant.award
        award.points, award.cut, award.cut_by = got.points, got.cut, got.cut_by
        award.spendable_on = calendar.day(grant) if award.points else None
        award.status = AwardStatus.NOTICED if award.spendable_on else AwardStatus.POSTED
        award.decided_at = now
    move(session, [one for one in grants if posts_now(one.award)], actor=actor, now=now)
    session.add_all(grant.award for grant in grants)
    session.flush()
    for grant in grants:
        tell_award(session, grant, now=now)
        tell_cut(session, grant, now=now)
        tell_awarded(session, grant.award, grant.volunteer, figures=grant.figures, now=now)


def posts_now(award: Award) -> bool:
    """Tell whether an award moves points at once."""
    return award.points > 0 and award.status == AwardStatus.POSTED


def capped(session: Session, grants: Sequence[Grant]) -> list[rules.Earned]:
    """Return what each volunteer's day and month have room for; nobody is in it twice."""
    ids = [id_of(grant.volunteer) for grant in grants]
    days = {grant.award.service_day for grant in grants}
    before = {day: earned_by(session, ids, day) for day in days}
    had = [before[one.award.service_day].get(id_of(one.volunteer), (0, 0)) for one in grants]
    return [
        rules.cap(grant.figures, grant.earned, day_points=day, month_points=month)
        for grant, (day, month) in zip(grants, had, strict=True)
    ]


class Calendar:
    """Says on which working day points come, counted from the day of the confirmation."""

    def __init__(self, session: Session, grants: Sequence[Grant], now: datetime) -> None:
        self.table = None
        if any(grant.figures.notice_days for grant in grants):
            programme = programmes.programme_by_id(session, grants[0].award.programme_id)
            self.today = business_day(now, programme.zone)
            self.table = programmes.working_days(session)

    def day(self, grant: Grant) -> date | None:
        """Return the day on which an award's points come; None for at once."""
        days = grant.figures.notice_days
        return self.table.add(self.today, days).day if self.table and days else None


def move(session: Session, grants: Sequence[Grant], *, actor: str, now: datetime) -> None:
    """Move the points of awards and note their transfers."""
    posted = issue(session, grants, actor=actor, now=now)
    for grant, moved in zip(grants, posted, strict=True):
        grant.award.transfer_id = moved.transfer_id


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
    """Say what was awarded, at once or after its notice; what gave no points is no news."""
    award = grant.award
    if award.status == AwardStatus.NOTICED:
        said = {**facts(grant), "spendable_on": str(award.spendable_on)}
        outbox.publish(session, "AwardNoticed", wallet(grant.volunteer), said, now=now)
    elif award.points:
        outbox.publish(session, "AwardPosted", wallet(grant.volunteer), facts(grant), now=now)


def tell_cut(session: Session, grant: Grant, *, now: datetime) -> None:
    """Say what a cap took, and which."""
    if grant.award.cut:
        cut = {**facts(grant), "cut": grant.award.cut, "cut_by": grant.award.cut_by}
        outbox.publish(session, "AwardCapped", wallet(grant.volunteer), cut, now=now)


def facts(grant: Grant) -> dict[str, str | int]:
    """Return what every event of an award says."""
    award = grant.award
    return {
        "award": award.key,
        "volunteer": grant.volunteer.code,
        "kind": award.kind,
        "rule": award.rule,
        "minutes": award.minutes,
        "points": award.points,
        "service_day": award.service_day.isoformat(),
    }


def refuse_other_use(found: Award | None, *, kind: str, volunteer_id: int | None) -> None:
    """Refuse a key that already names another award. Raises KeyReused."""
    if found is not None and (found.kind, found.volunteer_id) != (kind, volunteer_id):
        raise KeyReused
