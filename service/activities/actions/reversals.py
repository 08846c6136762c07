"""Taking an award back: one person proposes, another decides; nothing is edited or deleted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from service import ledger, outbox, people, programmes, trail
from service.activities.actions.awards import Decision, refuse_own, stated
from service.activities.actions.posting import lock_wallets, source, wallet
from service.activities.actions.telling import tell_reversed
from service.activities.models import STANDING, Award, AwardReversal, AwardStatus, id_of
from service.activities.refusals import (
    AlreadyDecided,
    DecidedTogether,
    NothingProposed,
    NotReversible,
    OtherCommunity,
    OwnProposal,
    ProposedBefore,
)
from service.clock import business_day


@dataclass(frozen=True, slots=True)
class Held:
    """An award, locked, and whose it is."""

    award: Award
    volunteer: people.Volunteer


def hold(session: Session, award_id: int, by: people.Caller) -> Held:
    """Lock an award of the caller's community. Raises OtherCommunity."""
    award = session.exec(select(Award).where(Award.id == award_id).with_for_update()).one()
    volunteer = people.volunteer_by_id(session, award.volunteer_id)
    if by.community_id != volunteer.community_id:
        raise OtherCommunity
    return Held(award, volunteer)


def propose_reversal(
    session: Session,
    award_id: int,
    *,
    reason: str,
    by: people.Caller,
    now: datetime,
    bundle: str | None = None,
) -> AwardReversal:
    """Propose to take an award back; the first proposal stands, a second one changes nothing.

    What belongs to a bundle is decided with all of it. Raises NotReversible, OtherCommunity,
    ReasonMissing; in a bundle also ProposedBefore.
    """
    held = hold(session, award_id, by)
    said = stated(reason)
    if found := standing_proposal(session, held.award):
        if bundle not in {None, found.bundle}:
            raise ProposedBefore(award=held.award.key)
        return found
    if held.award.status not in STANDING:
        raise NotReversible
    found = AwardReversal(
        award_id=id_of(held.award),
        reason=said,
        proposed_by=by.actor,
        proposer_id=by.volunteer_id,
        proposed_at=now,
        bundle=bundle,
    )
    session.add(found)
    session.flush()
    tell(session, held, found, "ReversalProposed", now=now)
    return found


def standing_proposal(session: Session, award: Award) -> AwardReversal | None:
    """Return the proposal that waits or was approved; a refused one is over."""
    asked = select(AwardReversal).where(AwardReversal.award_id == award.id)
    return session.exec(
        asked.where(col(AwardReversal.decision).is_distinct_from("refused"))
    ).first()


def decide_reversal(
    session: Session,
    award_id: int,
    *,
    decision: Decision,
    by: people.Caller,
    now: datetime,
    bundle: str | None = None,
) -> AwardReversal:
    """Take an award back as the second person, or refuse to; the same again answers the first.

    Neither the maker of the award, nor its proposer, nor the one who gained may decide.
    Raises OwnApproval, OwnProposal, NothingProposed, AlreadyDecided, OtherCommunity,
    ReasonMissing, and DecidedTogether for one of a bundle that is not decided as a whole.
    """
    held = hold(session, award_id, by)
    refuse_own(held.award, by)
    found = standing_proposal(session, held.award)
    if found is None:
        raise NothingProposed
    refuse_proposer(found, by)
    if found.bundle != bundle:
        raise DecidedTogether
    if found.decision is not None:
        if found.decided_by != by.actor or not decision.accept:
            raise AlreadyDecided
        return found
    if decision.accept:
        found.transfer_id = take_back(session, held, by=by, now=now)
    else:
        found.refusal = stated(decision.reason)
    found.decision = "approved" if decision.accept else "refused"
    found.decided_by, found.decided_at = by.actor, now
    session.add(found)
    session.flush()
    tell_decision(session, held, found, now=now)
    return found


def refuse_proposer(found: AwardReversal, by: people.Caller) -> None:
    """Keep the proposer from deciding, also under another office. Raises OwnProposal."""
    same = by.volunteer_id is not None and by.volunteer_id == found.proposer_id
    if by.actor == found.proposed_by or same:
        raise OwnProposal


def take_back(session: Session, held: Held, *, by: people.Caller, now: datetime) -> int | None:
    """Mark the award and post the mirror image of its transfer; return that, if there is one.

    Its own lot goes first, then the soonest-expiring, then the wallet owes. An award of 0 points,
    or one that waits for the end of its notice, has moved nothing.
    """
    award = held.award
    moved = award.status == AwardStatus.POSTED and award.transfer_id is not None
    award.status = AwardStatus.REVERSED
    session.add(award)
    if not moved:
        return None
    assert award.transfer_id is not None
    lock_wallets(session, [held.volunteer])
    reason = reason_of(session, award, by=by, now=now)
    return ledger.reverse(session, reason, transfer_id=award.transfer_id, now=now).transfer_id


def reason_of(session: Session, award: Award, *, by: people.Caller, now: datetime) -> ledger.Reason:
    """Say why the points of an award go back."""
    figures = programmes.rule_set(session, award.programme_id, award.service_day)
    programme = programmes.programme_by_id(session, award.programme_id)
    return ledger.Reason(
        programme_id=award.programme_id,
        key=f"reverse:award:{award.key}",
        actor=by.actor,
        source=source(award),
        occurred_at=now,
        business_day=business_day(now, programme.zone),
        lot_expires_on=figures.lot_expiry(award.service_day),
    )


def tell_decision(session: Session, held: Held, found: AwardReversal, *, now: datetime) -> None:
    """Write a decision down; what was taken back is told to everybody whom it concerns."""
    if found.decision == "approved":
        tell(session, held, found, "ReversalPosted", now=now)
        tell_reversed(session, held.award, found, now=now)
    else:
        said = {"proposed_by": found.proposed_by, "reason": found.refusal}
        note(session, held, (str(found.decided_by), "refuse-reversal"), said, now=now)


def tell(session: Session, held: Held, found: AwardReversal, event: str, *, now: datetime) -> None:
    """Publish a step of a reversal and leave its trace."""
    award = held.award
    said: dict[str, Any] = {
        "award": award.key,
        "volunteer": held.volunteer.code,
        "kind": award.kind,
        "points": -award.points,
        "minutes": -award.minutes,
        "service_day": award.service_day.isoformat(),
        "reason": found.reason,
    }
    outbox.publish(session, event, wallet(held.volunteer), said, now=now)
    decided = found.decision is not None
    who = str(found.decided_by) if decided else found.proposed_by
    action = "approve-reversal" if decided else "propose-reversal"
    note(session, held, (who, action), said, now=now)


def note(
    session: Session, held: Held, act: tuple[str, str], said: dict[str, Any], *, now: datetime
) -> None:
    """Leave a trace of who did what about an award."""
    about, (actor, action) = f"award:{held.award.key}", act
    trail.record(session, actor=actor, action=action, subject=about, detail=said, now=now)
