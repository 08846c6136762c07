"""HTTP for the volunteer's own confirmation, and for a reversal by two people."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import shops
from service.people import Caller
from service.redemptions import actions, queries, reversals, sale
from service.redemptions.models import (
    NotWaiting,
    Redemption,
    Reversal,
    Status,
    UnknownRedemption,
)
from service.redemptions.reversals import Proposal
from service.redemptions.routes.till import idempotency_key
from service.redemptions.sale import Answer
from service.redemptions.schemas import (
    AnswerReversalSchema,
    AnswerSchema,
    ConfirmSchema,
    ReversalSchema,
    ReverseSchema,
)
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("redemptions_api", __name__, url_prefix="/api/v1", description="Redemptions")

PROPOSERS = ("volunteer_admin", "community_secretary", "association_officer", "shop_owner")
APPROVERS = ("shop_owner", "association_officer", "community_secretary", "second_approver")
EITHER = tuple(sorted({*PROPOSERS, *APPROVERS}))


@api.post("/redemptions/<key>/confirmation")
@api.arguments(ConfirmSchema)
@api.response(200, AnswerSchema)
def post_confirmation(given: dict[str, Any], key: str) -> ResponseReturnValue:
    """Confirm, as the volunteer whose points they are, a redemption that waits at a till."""
    return jsonify(asdict(confirm(require("volunteer"), key, given.get("shop"))))


def confirm(person: Caller, key: str, shop: str | None) -> Answer:
    """Let a waiting redemption go on; confirming twice is told the same."""
    read = partial(waiting, key=key, shop=shop, person=person, moment=now())
    found = database().atomic(read)
    return found if isinstance(found, Answer) else sale.send(database(), key, found)


def waiting(
    session: Session, *, key: str, shop: str | None, person: Caller, moment: datetime
) -> Answer | dict[str, Any]:
    """Return what the sale must be asked again, or its answer when it was confirmed before."""
    row = queries.by_key_anywhere(session, key, shop=shop, volunteer_id=person.volunteer_id)
    if row.status == Status.CAPTURED:
        return queries.answer(session, row)
    if row.status != Status.HELD or row.reason != "step_up":
        raise NotWaiting
    return queries.asked_again(session, row, actor=person.actor, now=moment)


@api.post("/redemptions/<key>/reversal")
@api.arguments(ReverseSchema)
@api.response(201, ReversalSchema)
def post_reversal(given: dict[str, Any], key: str) -> dict[str, Any]:
    """Propose to take back a sale, or `qty` pieces of it; another person must approve."""
    person = require("till", *PROPOSERS)
    proposal = Proposal(given["reason"], given.get("qty"), idempotency_key(needed=False))
    work = partial(propose, key=key, shop=given.get("shop"), proposal=proposal, person=person)
    return database().atomic(partial(work, moment=now()))


def propose(
    session: Session,
    *,
    key: str,
    shop: str | None,
    proposal: Proposal,
    person: Caller,
    moment: datetime,
) -> dict[str, Any]:
    """Write a proposal down for a sale of the caller's own scope."""
    if person.shop_id is not None:
        row = queries.by_key(session, key, shop_id=person.shop_id)
    else:
        row = queries.by_key_anywhere(session, key, shop=shop)
        within(session, row, person, PROPOSERS)
    lock(session, row)
    return tell(row, reversals.propose(session, row, proposal, proposer=person, now=moment))


@api.post("/redemptions/<key>/reversal/approval")
@api.arguments(AnswerReversalSchema)
@api.response(200, ReversalSchema)
def post_approval(given: dict[str, Any], key: str) -> dict[str, Any]:
    """Approve a proposed reversal as the second person; goods and points go back."""
    person = require(*APPROVERS)
    return database().atomic(partial(approve, key=key, given=given, person=person, moment=now()))


def approve(
    session: Session, *, key: str, given: dict[str, Any], person: Caller, moment: datetime
) -> dict[str, Any]:
    """Take back what somebody else proposed to, of a sale of the caller's own scope."""
    row, found = named(session, key, given, person=person, roles=APPROVERS)
    within(session, row, person, answerers(found))
    done = reversals.approve(session, row, nth=found.nth, approver=person, now=moment)
    return tell(row, done)


@api.post("/redemptions/<key>/reversal/refusal")
@api.arguments(AnswerReversalSchema)
@api.response(200, ReversalSchema)
def post_refusal(given: dict[str, Any], key: str) -> dict[str, Any]:
    """Answer no to a proposed reversal, or withdraw one's own; nothing moves."""
    person = require(*EITHER)
    return database().atomic(partial(decline, key=key, given=given, person=person, moment=now()))


def decline(
    session: Session, *, key: str, given: dict[str, Any], person: Caller, moment: datetime
) -> dict[str, Any]:
    """Decline a proposal about a sale of the caller's own scope."""
    row, found = named(session, key, given, person=person, roles=EITHER)
    if found.proposed_by != person.actor:
        within(session, row, person, answerers(found))
    done = reversals.decline(session, row, nth=found.nth, decliner=person, now=moment)
    return tell(row, done)


def named(
    session: Session, key: str, given: dict[str, Any], *, person: Caller, roles: tuple[str, ...]
) -> tuple[Redemption, Reversal]:
    """Return the sale, held until the end, and the proposal about it that a request names."""
    row = queries.by_key_anywhere(session, key, shop=given.get("shop"))
    within(session, row, person, roles)
    lock(session, row)
    return row, reversals.proposed(session, row, given.get("nth"))


def lock(session: Session, row: Redemption) -> None:
    """Hold a sale until the end of the transaction, and read it as it stands now."""
    actions.lock_key(session, shop_id=row.shop_id, key=row.key)
    session.refresh(row)


def answerers(found: Reversal) -> tuple[str, ...]:
    """Name the offices that may answer: what a shop's till proposes is not for its owner."""
    from_till = found.proposed_by.startswith(("device:", "clerk:"))
    return tuple(role for role in APPROVERS if not (from_till and role == "shop_owner"))


def within(session: Session, row: Redemption, person: Caller, roles: tuple[str, ...]) -> None:
    """Refuse who has none of the offices for the shop of a sale; to strangers there is no sale."""
    shop = shops.shop_by_id(session, row.shop_id)
    shops.check_reach(session, person, shop, roles, unknown=UnknownRedemption)


def tell(row: Redemption, found: Reversal) -> dict[str, Any]:
    """Write where a reversal stands."""
    return {
        "status": "ok",
        "state": row.status,
        "key": row.key,
        "nth": found.nth,
        "qty": found.qty,
        "points": row.points // row.qty * found.qty,
        "left": row.qty - row.returned_qty,
        "reason": found.reason,
        "proposed_by": found.proposed_by,
        "approved_by": found.approved_by,
        "declined_by": found.declined_by,
    }
