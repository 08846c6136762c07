"""Payments over HTTP: the association's officer enters, the community's second person decides."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.money import fen_of
from service.people import Role
from service.settlement import queries
from service.settlement.actions import payments
from service.settlement.actions.dues import due
from service.settlement.actions.payments import Slip
from service.settlement.models import Statement
from service.settlement.payment_models import PaymentStatus
from service.settlement.routes.whose import acting, run
from service.settlement.schemas import (
    DecisionSchema,
    PaymentsSchema,
    ReasonSchema,
    SlipSchema,
)
from service.web import now
from service.web.api import ApiBlueprint

api = ApiBlueprint(
    "payments_api", __name__, url_prefix="/api/v1/settlement", description="Payments to shops"
)
pages = Blueprint("payments", __name__)
OFFICES = {"enter": (Role.OFFICER,), "decide": (Role.SECRETARY, Role.APPROVER)}


@pages.post("/desk/statements/<number>/payments")
def enter_from_page(number: str) -> ResponseReturnValue:
    """Enter a payment that was made."""
    names = ("key", "paid_on", "reference")
    given: dict[str, Any] = {name: request.form.get(name, "").strip() for name in names}
    given["fen"] = fen_of(request.form.get("yuan", ""), "yuan")
    run(enter, number=number, given=SlipSchema().load(given))
    return back(number)


@api.post("/statements/<number>/payments")
@api.arguments(SlipSchema)
@api.response(201, PaymentsSchema)
def post_payment(given: dict[str, Any], number: str) -> Any:
    """Enter a payment that was made; another person confirms it. `key` says it once."""
    return run(enter, number=number, given=given)


def enter(session: Session, *, number: str, given: dict[str, Any]) -> dict[str, Any]:
    """Enter a payment as the association's officer."""
    who, mine = acting(*OFFICES["enter"])
    row = queries.statement(session, number, mine)
    key = given["key"] or f"P-{uuid4().hex[:12]}"
    slip = Slip(key, given["fen"], given["paid_on"], given["reference"])
    payments.enter(session, row, slip, by=who.actor, now=now())
    return told(session, row)


@pages.post("/desk/statements/<number>/payments/<int:payment>/<any(approve, decline):word>")
def decide_from_page(number: str, payment: int, word: str) -> ResponseReturnValue:
    """Confirm or decline what waits: a payment, or that it is taken back."""
    run(decide, number=number, payment=payment, given={"approve": word == "approve"})
    return back(number)


@api.post("/statements/<number>/payments/<int:payment>/decision")
@api.arguments(DecisionSchema)
@api.response(200, PaymentsSchema)
def post_decision(given: dict[str, Any], number: str, payment: int) -> Any:
    """Confirm or decline, as the second person, what waits of a payment."""
    return run(decide, number=number, payment=payment, given=given)


def decide(session: Session, *, number: str, payment: int, given: dict[str, Any]) -> dict[str, Any]:
    """Decide as the community's secretary or second approver."""
    who, mine = acting(*OFFICES["decide"])
    row = queries.statement(session, number, mine)
    found = payments.of_number(session, row, payment)
    asked_back = found.back_by is not None and found.status != PaymentStatus.WAITING
    acts = ASKED_BACK if asked_back else ENTERED
    acts[given["approve"]](session, row, found, by=who.actor, now=now())
    return told(session, row)


ENTERED = {True: payments.confirm, False: payments.decline}
ASKED_BACK = {True: payments.take_back, False: payments.let_stand}


@pages.post("/desk/statements/<number>/payments/<int:payment>/back")
def ask_back_from_page(number: str, payment: int) -> ResponseReturnValue:
    """Ask that a payment be taken back."""
    given = ReasonSchema().load({"note": request.form.get(f"why-{payment}", "").strip()})
    run(ask_back, number=number, payment=payment, given=given)
    return back(number)


@api.post("/statements/<number>/payments/<int:payment>/back")
@api.arguments(ReasonSchema)
@api.response(200, PaymentsSchema)
def post_back(given: dict[str, Any], number: str, payment: int) -> Any:
    """Ask that a payment be taken back, with a reason; another person decides."""
    return run(ask_back, number=number, payment=payment, given=given)


def ask_back(
    session: Session, *, number: str, payment: int, given: dict[str, Any]
) -> dict[str, Any]:
    """Ask as the association's officer."""
    who, mine = acting(*OFFICES["enter"])
    row = queries.statement(session, number, mine)
    found = payments.of_number(session, row, payment)
    payments.ask_back(session, row, found, why=given["note"], by=who.actor, now=now())
    return told(session, row)


@api.get("/statements/<number>/payments")
@api.response(200, PaymentsSchema)
def get_payments(number: str) -> Any:
    """Tell what was paid under a statement, what waits, and what is left."""
    _, seen = acting(*queries.READERS)
    return run(lambda session: told(session, queries.statement(session, number, seen)))


def told(session: Session, row: Statement) -> dict[str, Any]:
    """Return a statement's payments as JSON's fields."""
    found = due(session, row)
    rows = payments.of_statement(session, row)
    return {"paid_fen": found.paid_fen, "left_fen": found.left_fen, "items": rows}


def back(number: str) -> ResponseReturnValue:
    """Return to the statement's page."""
    return redirect(f"/desk/statements/{number}#pay-h", 303)
