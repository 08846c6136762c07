"""Manual awards: what no gate saw. Evidence always, a flag always, two people above the limit."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from service import outbox, people, programmes, trail
from service.activities import rules
from service.activities.actions.posting import (
    Grant,
    find_award,
    lock_wallets,
    post_award,
    refuse_other_use,
)
from service.activities.actions.rights import may_award
from service.activities.actions.telling import tell_decided
from service.activities.models import Award, AwardStatus, id_of
from service.activities.queries.overlaps import same_time
from service.activities.refusals import (
    AlreadyDecided,
    GuardianMissing,
    MayNotAward,
    OtherCommunity,
    OwnApproval,
    OwnAward,
    ReasonMissing,
    RegistrationWithdrawn,
    UnfitRule,
    UnfitTime,
    UnknownAward,
)
from service.clock import business_day
from service.errors import KeyReused

LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed for a volunteer: by which rule, from when to when, and on what evidence."""

    rule: str
    claimed_from: datetime
    claimed_to: datetime
    evidence: str
    key: str
    picture_id: int | None = None  # a kept file that shows it


def enter_manual(
    session: Session,
    volunteer: people.Volunteer,
    *,
    claim: Claim,
    by: people.Caller,
    now: datetime,
) -> tuple[Award, bool]:
    """Enter an award by hand; up to the limit it posts at once, above it waits for an approver.

    Returns the award and whether the key was known. Raises OwnAward, MayNotAward,
    OtherCommunity, UnfitTime, GuardianMissing, UnfitRule, KeyReused.
    """
    if by.volunteer_id == volunteer.id:
        raise OwnAward
    check_right(session, volunteer, by, now=now)
    figures, earned = judge_claim(session, volunteer, claim, now=now)
    lock_wallets(session, [volunteer])
    if known := find_award(session, claim.key):
        refuse_other_use(known, kind="manual", volunteer_id=volunteer.id)
        if said_of(known) != said_of(claim):
            raise KeyReused
        return known, True
    day = service_day(session, volunteer, claim)
    award = new_manual(volunteer, day, claim=claim, earned=earned, by=by, now=now)
    award.flags += overlap_flag(session, volunteer, claim)
    if earned.points > figures.manual_auto_limit:
        award.status = AwardStatus.WAITING
        session.add(award)
        session.flush()
    else:
        grant = Grant(award, earned, figures, volunteer)
        post_award(session, grant, actor=by.actor, now=now)
    tell_manual(session, award, volunteer, now=now)
    return award, False


def said_of(claim: Claim | Award) -> tuple[object, ...]:
    """Return what a key stands for."""
    picture = claim.picture_id if isinstance(claim, Claim) else claim.evidence_file_id
    return claim.rule, claim.claimed_from, claim.claimed_to, claim.evidence, picture


def check_right(
    session: Session, volunteer: people.Volunteer, by: people.Caller, *, now: datetime
) -> None:
    """Staff of the community, and volunteers to whom it was entrusted. Raises MayNotAward."""
    if by.community_id != volunteer.community_id:
        raise OtherCommunity
    if by.kind == "staff":
        return
    if not may_award(session, by.volunteer_id, now=now):
        raise MayNotAward


def judge_claim(
    session: Session, volunteer: people.Volunteer, claim: Claim, *, now: datetime
) -> tuple[programmes.RuleSet, rules.Earned]:
    """Return the rules of the claimed day and what they give.

    Raises UnfitTime, GuardianMissing, RegistrationWithdrawn, UnfitRule.
    """
    if not claim.claimed_from < claim.claimed_to <= min(now, claim.claimed_from + LONGEST):
        raise UnfitTime(field="claimed_to")
    day = service_day(session, volunteer, claim)
    figures = programmes.rule_set(session, volunteer.programme_id, day)
    rate = figures.rate(claim.rule)
    age = people.age_floor(volunteer.age_band)
    if rules.too_young(age, guardian_consent=volunteer.guardian_consent, adults_only=False):
        raise GuardianMissing
    if volunteer.withdrawn_at is not None and claim.claimed_from >= volunteer.withdrawn_at:
        raise RegistrationWithdrawn
    serving = rules.Serving(age=age, qualified=volunteer.qualification_verified, insured=False)
    if rate is None or rules.missing(rate, serving):
        raise UnfitRule
    window = (claim.claimed_from, claim.claimed_to)
    return figures, rules.earn(figures, claim.rule, rules.present_minutes(*window, *window))


def overlap_flag(session: Session, volunteer: people.Volunteer, claim: Claim) -> list[str]:
    """Flag a claim to minutes that are on record already: for the audit, never a refusal."""
    times = {"since": claim.claimed_from, "until": claim.claimed_to}
    return ["overlap"] if same_time(session, id_of(volunteer), **times, but=claim.key) else []


def service_day(session: Session, volunteer: people.Volunteer, claim: Claim) -> date:
    """Return the day on which claimed service began, where the programme lives."""
    programme = programmes.programme_by_id(session, volunteer.programme_id)
    return business_day(claim.claimed_from, programme.zone)


def new_manual(
    volunteer: people.Volunteer,
    day: date,
    *,
    claim: Claim,
    earned: rules.Earned,
    by: people.Caller,
    now: datetime,
) -> Award:
    """Make the row of a manual award; `points` are what is asked until it posts."""
    return Award(
        key=claim.key,
        programme_id=volunteer.programme_id,
        kind="manual",
        volunteer_id=id_of(volunteer),
        rule=claim.rule,
        present_minutes=earned.present,
        minutes=earned.minutes,
        points=earned.points,
        service_day=day,
        service_month=rules.month_of(day),
        maker=by.actor,
        maker_id=by.volunteer_id,
        status=AwardStatus.POSTED,
        flags=["manual"],
        evidence=claim.evidence,
        evidence_file_id=claim.picture_id,
        claimed_from=claim.claimed_from,
        claimed_to=claim.claimed_to,
        entered_at=now,
    )


def tell_manual(
    session: Session, award: Award, volunteer: people.Volunteer, *, now: datetime
) -> None:
    """Say that an award was typed in, by whom and on what evidence."""
    said: dict[str, Any] = {"award": award.key, "volunteer": volunteer.code}
    said |= {"status": award.status}
    said |= {"points": award.points, "by": award.maker, "evidence": award.evidence}
    said |= {"picture": award.evidence_file_id is not None}
    subject = f"volunteer:{volunteer.code}"
    outbox.publish(session, "ManualAwardEntered", subject, said, now=now)
    about = f"award:{award.key}"
    trail.record(session, actor=award.maker, action="enter", subject=about, detail=said, now=now)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a second person says; a refusal says why."""

    accept: bool
    reason: str = ""


def decide_manual(
    session: Session, key: str, *, decision: Decision, by: people.Caller, now: datetime
) -> Award:
    """Approve or refuse a waiting award; caps are judged at the approval.

    Deciding the same twice answers with the first. Raises UnknownAward, OwnApproval,
    AlreadyDecided, OtherCommunity, ReasonMissing.
    """
    award = session.exec(
        select(Award).where(Award.key == key, Award.kind == "manual").with_for_update()
    ).first()
    if award is None:
        raise UnknownAward
    volunteer = people.volunteer_by_id(session, award.volunteer_id)
    if by.community_id != volunteer.community_id:
        raise OtherCommunity
    refuse_own(award, by)
    if award.status != AwardStatus.WAITING:
        if award.approver != by.actor or (award.status != AwardStatus.REFUSED) != decision.accept:
            raise AlreadyDecided
        return award
    award.approver, award.decided_at = by.actor, now
    if decision.accept:
        approve(session, award, volunteer, by=by, now=now)
    else:
        award.status, award.refusal = AwardStatus.REFUSED, stated(decision.reason)
        session.add(award)
    said = {"accepted": decision.accept, "points": award.points, "reason": award.refusal}
    about = f"award:{key}"
    trail.record(session, actor=by.actor, action="decide", subject=about, detail=said, now=now)
    tell_decided(session, award, volunteer, now=now)
    return award


def refuse_own(award: Award, by: people.Caller) -> None:
    """Keep the maker and the one who gains from deciding. Raises OwnApproval."""
    mine = {award.maker_id, award.volunteer_id} - {None}
    if by.actor == award.maker or by.volunteer_id in mine:
        raise OwnApproval


def approve(
    session: Session,
    award: Award,
    volunteer: people.Volunteer,
    *,
    by: people.Caller,
    now: datetime,
) -> None:
    """Post an award that waited, by the rules of its day."""
    figures = programmes.rule_set(session, award.programme_id, award.service_day)
    earned = rules.earn(figures, award.rule, award.present_minutes)
    lock_wallets(session, [volunteer])
    grant = Grant(award, earned, figures, volunteer)
    post_award(session, grant, actor=by.actor, now=now)


def stated(reason: str) -> str:
    """Return a reason that says something. Raises ReasonMissing."""
    said = reason.strip()
    if not said:
        raise ReasonMissing
    return said
