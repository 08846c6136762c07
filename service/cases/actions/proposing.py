"""What a case does to others: one person proposes it, another decides about all of it.

Awards and sales are taken back, and somebody may not lead until a day. A shorter suspension is
proposed like a longer one, and takes its place.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from service import activities, people, redemptions
from service.activities import Award, Decision
from service.cases.actions.traces import locked, note, unsolved
from service.cases.models import Case, Item, Proposal
from service.cases.refusals import (
    NoProposal,
    NothingToReverse,
    ProposalDecided,
    ProposalWaits,
    ReasonMissing,
    RejectedBeneficiary,
    RejectedMaker,
    RejectedProposer,
)
from service.clock import business_day
from service.people import Caller, UnknownVolunteer, Volunteer
from service.redemptions import Redemption


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be taken back, and why; `key` is of the form, so that it is proposed once."""

    key: str
    reason: str
    awards: Collection[str] = ()
    sales: Collection[str] = ()
    suspension: "Suspension | None" = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """Who shall not lead, and until which day, that day included."""

    volunteer: Volunteer
    until: date


@dataclass(frozen=True, slots=True)
class Taken:
    """What a proposal is about, each kind in the order of its numbers."""

    awards: Sequence[Award]
    sales: Sequence[Redemption]


def propose(
    session: Session, case_id: int, wanted: Wanted, *, by: Caller, now: datetime
) -> Proposal:
    """Propose what a case shall do; a known key answers the first.

    Raises UnknownCase, CaseAnswered, CaseSolved, ProposalWaits, NothingToReverse, ReasonMissing,
    UnknownAward, UnknownRedemption, UnknownVolunteer, SuspensionOver, and what stands against one
    of them.
    """
    case = locked(session, case_id)
    earlier = proposals(session, case)
    if known := next((one for one in earlier if one.key == wanted.key), None):
        return known
    unsolved(case)
    if any(one.decision is None for one in earlier):
        raise ProposalWaits
    if not (wanted.awards or wanted.sales or wanted.suspension):
        raise NothingToReverse
    found = Proposal(
        **suspending(case, wanted.suspension, now=now),
        case_id=case.id or 0,
        nth=len(earlier) + 1,
        key=wanted.key,
        reason=stated(wanted.reason),
        proposed_by=by.actor,
        proposer_id=by.volunteer_id,
        proposed_at=now,
    )
    session.add(found)
    session.flush()
    ask(session, case, found, wanted, by=by, now=now)
    return found


def suspending(case: Case, wanted: Suspension | None, *, now: datetime) -> dict[str, Any]:
    """Return what a proposal keeps of a suspension. Raises UnknownVolunteer, SuspensionOver."""
    if wanted is None:
        return {}
    if wanted.volunteer.community_id != case.community_id:
        raise UnknownVolunteer
    if wanted.until < business_day(now):
        raise activities.SuspensionOver
    return {"suspends_id": wanted.volunteer.id, "suspends_until": wanted.until}


def ask(
    session: Session, case: Case, found: Proposal, wanted: Wanted, *, by: Caller, now: datetime
) -> None:
    """Write down what a proposal is about, and propose each part where it lives."""
    here = [case.community_id]
    awards = activities.awards_by_key(session, wanted.awards, here) if wanted.awards else []
    sales = redemptions.sales_by_key(session, wanted.sales, here) if wanted.sales else []
    said = {"bundle": found.bundle, "reason": found.reason}
    activities.propose_together(session, awards, **said, by=by, now=now)
    redemptions.propose_sales(session, sales, **said, by=by, now=now)
    items = [of_award(found, one) for one in awards] + [of_sale(found, one) for one in sales]
    session.add_all(items)
    session.flush()
    told: dict[str, Any] = {
        "proposal": found.nth,
        "awards": sorted(wanted.awards),
        "sales": sorted(wanted.sales),
    }
    told |= {"points": -sum(one.points for one in items), "reason": found.reason}
    if wanted.suspension:
        until = wanted.suspension.until.isoformat()
        told |= {"volunteer": wanted.suspension.volunteer.code, "until": until}
    note(session, case, "propose", by=by, said=told, now=now)


def of_award(found: Proposal, award: Award) -> Item:
    """Write what taking an award back costs its wallet, and its record."""
    figures = {"points": award.points, "minutes": award.minutes}
    return Item(case_id=found.case_id, nth=found.nth, award_id=award.id, **figures)


def of_sale(found: Proposal, sale: Redemption) -> Item:
    """Write what taking back the pieces of a sale that are out gives back to its wallet."""
    left = sale.points // sale.qty * (sale.qty - sale.returned_qty)
    return Item(
        case_id=found.case_id, nth=found.nth, redemption_id=sale.id, points=-left, minutes=0
    )


def decide(
    session: Session,
    case_id: int,
    nth: int,
    *,
    decision: Decision,
    by: Caller,
    now: datetime,
) -> Proposal:
    """Approve or refuse a proposal as a whole; the same again answers the first.

    Who made, proposed or gained by any part of it, or is to be suspended, does not decide. Raises
    UnknownCase, NoProposal, RejectedMaker, RejectedProposer, RejectedBeneficiary, ProposalDecided,
    ReasonMissing, SuspensionOver.
    """
    case = locked(session, case_id)
    found = session.get(Proposal, (case_id, nth), populate_existing=True)
    if found is None:
        raise NoProposal
    items = items_of(session, found)
    taken = read(session, items)
    refuse_own(found, taken, by)
    word = "approved" if decision.accept else "refused"
    if found.decision is not None:
        if (found.decision, found.decided_by) != (word, by.actor):
            raise ProposalDecided
        return found
    found.refusal = None if decision.accept else stated(decision.reason)
    found.decision, found.decided_by, found.decided_at = word, by.actor, now
    carry_out(session, found, items, taken, decision, (by, now))
    if decision.accept and found.suspends_id is not None:
        person = people.volunteer_by_id(session, found.suspends_id)
        term = activities.Term(found.suspends_until, case.code, activities.LEAD)
        activities.suspend(session, person, by=by, now=now, term=term)
    session.add(found)
    session.flush()
    told: dict[str, Any] = {"proposal": nth, "points": -sum(one.points for one in items)}
    told |= {"reason": found.refusal} if found.refusal else {}
    verb = "approve" if decision.accept else "refuse"
    note(session, case, verb, by=by, said=told, now=now)
    return found


def carry_out(  # noqa: PLR0917
    session: Session,
    found: Proposal,
    items: Sequence[Item],
    taken: Taken,
    decision: Decision,
    done: tuple[Caller, datetime],
) -> None:
    """Post every reversal of a proposal, or refuse every one, and keep their transfers' numbers."""
    by, now = done
    awards = activities.decide_together(
        session, taken.awards, bundle=found.bundle, decision=decision, by=by, now=now
    )
    sales = redemptions.decide_sales(
        session, taken.sales, bundle=found.bundle, accept=decision.accept, by=by, now=now
    )
    posted = {("award", one.award_id): one.transfer_id for one in awards}
    posted |= {("sale", one.redemption_id): one.transfer_id for one in sales}
    for item in items:
        kind = "award" if item.award_id else "sale"
        item.transfer_id = posted[kind, item.award_id or item.redemption_id or 0]
        session.add(item)


def refuse_own(found: Proposal, taken: Taken, by: Caller) -> None:
    """Keep from deciding who made, proposed or gained: by the office and by the person."""
    me = by.volunteer_id
    makers = {award.maker for award in taken.awards} | {sale.actor for sale in taken.sales}
    made = {award.maker_id for award in taken.awards} - {None}
    if by.actor in makers or me in made:
        raise RejectedMaker
    if by.actor == found.proposed_by or (me is not None and me == found.proposer_id):
        raise RejectedProposer
    gained = {one.volunteer_id for one in taken.awards} | {one.volunteer_id for one in taken.sales}
    gained |= {found.suspends_id}
    if me is not None and me in gained:
        raise RejectedBeneficiary


def proposals(session: Session, case: Case) -> list[Proposal]:
    """Return everything that was proposed in a case, the first one first."""
    asked = select(Proposal).where(Proposal.case_id == case.id).order_by(col(Proposal.nth))
    return list(session.exec(asked).all())


def items_of(session: Session, found: Proposal) -> list[Item]:
    """Return the parts of a proposal."""
    asked = select(Item).where(Item.case_id == found.case_id, Item.nth == found.nth)
    return list(session.exec(asked.order_by(col(Item.id))).all())


def read(session: Session, items: Sequence[Item]) -> Taken:
    """Read the awards and the sales of a proposal; the sales are held."""
    awards = select(Award).where(col(Award.id).in_([one.award_id for one in items]))
    sales = select(Redemption).where(col(Redemption.id).in_([one.redemption_id for one in items]))
    found = session.exec(sales.order_by(col(Redemption.id))).all()
    for sale in found:
        redemptions.hold(session, sale)
    return Taken(session.exec(awards.order_by(col(Award.id))).all(), found)


def stated(reason: str) -> str:
    """Return a reason that says something. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()
