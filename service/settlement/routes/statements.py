"""Statements over HTTP: lists, one statement with signatures and files, months and locks."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import ledger, people, shops
from service.people import Caller, Role
from service.reconciliation import CLASSES
from service.settlement import queries
from service.settlement.actions import months, payments, statements
from service.settlement.actions.days import Act
from service.settlement.actions.dues import due as due_now
from service.settlement.actions.months import Wish
from service.settlement.models import NoStatementFile, Reopening, Statement, UnknownReopening
from service.settlement.press import TYPES, file_of
from service.settlement.queries import Asked, Within
from service.settlement.routes.whose import (
    ACTS,
    STEPS,
    acting,
    due,
    month_of,
    reader,
    run,
    signer,
    today,
    who_said,
)
from service.settlement.rules import Step, month_before
from service.settlement.schemas import (
    CommunitySchema,
    DecisionSchema,
    MonthSchema,
    OrderSchema,
    ReasonSchema,
    ReopeningSchema,
    SignatureSchema,
    StatementsAskSchema,
    StatementSchema,
    StatementsSchema,
    StatementWholeSchema,
    described,
)
from service.web import now, settings
from service.web.api import ApiBlueprint

api = ApiBlueprint(
    "settlement_api", __name__, url_prefix="/api/v1/settlement", description="Statements"
)
pages = Blueprint("settlement", __name__)

MAKERS = (Role.OFFICER, Role.SECRETARY)
DECIDERS = (Role.SECRETARY, Role.APPROVER)


# ------------------------------------------------------------------------------ the list


@pages.get("/desk/statements")
def show_list() -> ResponseReturnValue:
    """List the statements that the reader may see, and the months that are locked."""
    who, seen = reader()
    asked = StatementsAskSchema().load(filled(request.args.to_dict()))
    shown = run(read_list, who=who, seen=seen, asked=asked)
    return render_template("settlement/list.html", asked=asked, steps=STEPS, **shown)


def filled(given: dict[str, str]) -> dict[str, str]:
    """Leave out the fields that are empty."""
    return {name: value for name, value in given.items() if value}


def read_list(
    session: Session, *, who: Caller, seen: Within, asked: dict[str, Any]
) -> dict[str, Any]:
    """Read a page of statements with their shops, and what the reader may do about months."""
    rows = queries.statements(session, seen, wanted(asked))
    page = rows[: queries.PAGE]
    places = [people.unit_by_id(session, each) for each in sorted(seen.community_ids)]
    of = {place.programme_id or 0 for place in places}
    return {
        "rows": page,
        "next": page[-1].id if len(rows) > queries.PAGE else None,
        "shops": shops.shops_by_id(session, {row.shop_id for row in page}),
        "places": {place.id: place for place in places},
        "locks": queries.months(session, seen.community_ids),
        "books": {one: ledger.closed_through(session, programme_id=one) for one in of},
        "ended": month_before(today()),
        "may_make": who.has(*MAKERS),
        "may_lock": who.has(Role.SECRETARY),
    }


def wanted(asked: dict[str, Any]) -> Asked:
    """Return which statements a request asks for."""
    month = month_of(asked["month"]) if "month" in asked else None
    return Asked(month, asked.get("shop"), asked.get("before"))


@api.get("/statements")
@api.arguments(StatementsAskSchema, location="query")
@api.response(200, StatementsSchema)
def get_statements(asked: dict[str, Any]) -> Any:
    """List statements, the newest first."""
    _, seen = reader()
    return run(listed, seen=seen, asked=asked)


def listed(session: Session, *, seen: Within, asked: dict[str, Any]) -> dict[str, Any]:
    """Return one page of statements as JSON's fields."""
    rows = queries.statements(session, seen, wanted(asked))
    page = rows[: queries.PAGE]
    codes = shops.shops_by_id(session, {row.shop_id for row in page})
    said = [described(row, shop=codes[row.shop_id].code) for row in page]
    return {"items": said, "next": page[-1].id if len(rows) > queries.PAGE else None}


@pages.post("/desk/statements")
def order_from_page() -> ResponseReturnValue:
    """Have a month's statements made, of every shop that the caller looks after."""
    given = OrderSchema().load(filled({"month": request.form.get("month", "")}))
    run(order, given=given)
    return redirect(f"/desk/statements?month={given['month']}", 303)


@api.post("/statements")
@api.arguments(OrderSchema)
@api.response(202, StatementsSchema)
def post_statements(given: dict[str, Any]) -> Any:
    """Have a month's statements made; those that are there are only told."""
    rows = run(order, given=given)
    return {"items": [described(row, shop=code) for code, row in rows], "next": None}


def order(session: Session, *, given: dict[str, Any]) -> list[tuple[str, Statement]]:
    """Order statements within what the caller may order."""
    who, seen = acting(*MAKERS)
    members = [
        shop
        for shop in shops.list_shops(session, programme_id=programme_of(session, who))
        if seen.has(shop_id=shop.id or 0, community_id=shop.community_id)
        and given.get("shop") in {None, shop.code}
    ]
    if given.get("shop") and not members:
        raise shops.UnknownShop
    month = month_of(given["month"])
    rows = statements.order(session, members, month, by=who.actor, now=now())
    codes = {shop.id: shop.code for shop in members}
    return [(codes[row.shop_id], row) for row in rows]


def programme_of(session: Session, who: Caller) -> int:
    """Return the programme in which somebody keeps shops."""
    if who.programme_id:
        return who.programme_id
    kept = shops.shops_within(session, who.scopes(*MAKERS))
    return kept[0].programme_id if kept else 0


# ------------------------------------------------------------------------- one statement


@pages.get("/desk/statements/<number>")
def show_statement(number: str) -> ResponseReturnValue:
    """Show a statement: what it says, who signed, its files, its other versions."""
    who, seen = reader()
    shown = run(read_statement, who=who, seen=seen, number=number)
    return render_template("settlement/show.html", steps=STEPS, acts=ACTS, classes=CLASSES, **shown)


def read_statement(session: Session, *, who: Caller, seen: Within, number: str) -> dict[str, Any]:
    """Read what a statement's page shows."""
    row = queries.statement(session, number, seen)
    place = {"shop_id": row.shop_id, "community_id": row.community_id}
    wishes, signed = queries.reopenings(session, row), statements.signatures(session, row)
    actors = [one.signed_by for one in signed]
    actors += [each for one in wishes for each in (one.proposed_by, one.approved_by or "")]
    actors += [one.declined_by or "" for one in wishes]
    paid = payments.of_statement(session, row)
    hands = ("entered_by", "decided_by", "back_by", "back_decided_by")
    actors += [getattr(one, hand) or "" for one in paid for hand in hands]
    return {
        "row": row,
        "shop": shops.shop_by_id(session, row.shop_id),
        "signed": signed,
        "versions": queries.versions(session, row),
        "wishes": wishes,
        "due": due(who, row.status, **place),
        "may_renew": who.has(*MAKERS),
        "may_decide": who.has(*DECIDERS),
        "me": who.actor,
        "said": who_said(session, actors),
        "paid": paid,
        "due_now": due_now(session, row),
        "may_pay": who.has(Role.OFFICER),
        "slip_key": f"P-{uuid4().hex[:12]}",
        "today": today(),
    }


@api.get("/statements/<number>")
@api.response(200, StatementWholeSchema)
def get_statement(number: str) -> Any:
    """Tell a statement with all that it says and who signed it."""
    _, seen = reader()
    return run(whole, seen=seen, number=number)


def whole(session: Session, *, seen: Within, number: str) -> dict[str, Any]:
    """Return a statement as JSON's fields."""
    row = queries.statement(session, number, seen)
    code = shops.shop_by_id(session, row.shop_id).code
    signed = statements.signatures(session, row)
    return described(row, shop=code, content=row.content, signatures=signed)


@pages.get("/desk/statements/<number>/files/<kind>")
def get_file(number: str, kind: str) -> ResponseReturnValue:
    """Send one of a statement's files, or the line by which `sha256sum -c` checks it."""
    _, seen = reader()
    row = run(queries.statement, number=number, seen=seen)
    base, _, side = kind.partition(".")
    if base not in TYPES or side not in {"", "sha256"}:
        raise NoStatementFile
    path = file_of(row, base, folder=settings().files_folder)
    name = f"{row.number}.{base}"
    if side:
        line = f"{row.files[base]}  {name}\n"
        answer = Response(line, mimetype="text/plain")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}.sha256"'
    else:
        answer = send_file(path, TYPES[base], as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.post("/desk/statements/<number>/signatures")
def sign_from_page(number: str) -> ResponseReturnValue:
    """Sign a statement, or disagree."""
    names = ("step", "digest", "note")
    given = SignatureSchema().load({name: request.form.get(name, "") for name in names})
    run(sign, number=number, given=given)
    return back(number)


@api.post("/statements/<number>/signatures")
@api.arguments(SignatureSchema)
@api.response(200, StatementSchema)
def post_signature(given: dict[str, Any], number: str) -> Any:
    """Sign a statement under the digest that was shown; the same again changes nothing."""
    return run(sign, number=number, given=given)


def sign(session: Session, *, number: str, given: dict[str, Any]) -> dict[str, Any]:
    """Set a signature as whose turn it is."""
    who, mine = signer(given["step"])
    row = queries.statement(session, number, mine)
    act = Act(Step(given["step"]), who.actor, given["digest"], given["note"].strip())
    row = statements.sign(session, row.id or 0, act, now=now())
    return described(row, shop=shops.shop_by_id(session, row.shop_id).code)


@pages.post("/desk/statements/<number>/renewal")
def renew_from_page(number: str) -> ResponseReturnValue:
    """Make a statement anew that nobody has closed."""
    return back(run(renew, number=number)["number"])


@api.post("/statements/<number>/renewal")
@api.response(202, StatementSchema)
def post_renewal(number: str) -> Any:
    """Make a statement anew that nobody has closed; the old one stays to be read."""
    return run(renew, number=number)


def renew(session: Session, *, number: str) -> dict[str, Any]:
    """Replace a statement that the caller looks after."""
    who, mine = acting(*MAKERS)
    row = queries.statement(session, number, mine)
    made = statements.renew(session, row.id or 0, by=who.actor, now=now())
    return described(made, shop=shops.shop_by_id(session, made.shop_id).code)


# -------------------------------------------------------------------------- reopening


@pages.post("/desk/statements/<number>/reopenings")
def propose_from_page(number: str) -> ResponseReturnValue:
    """Ask that a closed statement be made anew."""
    given = ReasonSchema().load({"note": request.form.get("note", "").strip()})
    run(propose, number=number, given=given)
    return back(number)


@api.post("/statements/<number>/reopenings")
@api.arguments(ReasonSchema)
@api.response(201, ReopeningSchema)
def post_reopening(given: dict[str, Any], number: str) -> Any:
    """Ask that a closed statement be made anew; another person decides."""
    return run(propose, number=number, given=given)


def propose(session: Session, *, number: str, given: dict[str, Any]) -> Reopening:
    """Propose as somebody who makes statements."""
    who, mine = acting(*MAKERS)
    row = queries.statement(session, number, mine)
    return months.propose(session, row, Wish(who.actor, given["note"]), now=now())


@pages.post("/desk/statements/<number>/reopenings/<int:wish>/<any(approve, decline):word>")
def decide_from_page(number: str, wish: int, word: str) -> ResponseReturnValue:
    """Answer a wish to reopen."""
    found = run(decide, number=number, wish=wish, given={"approve": word == "approve"})
    return back(found["number"])


@api.post("/statements/<number>/reopenings/<int:wish>/decision")
@api.arguments(DecisionSchema)
@api.response(200, StatementSchema)
def post_decision(given: dict[str, Any], number: str, wish: int) -> Any:
    """Reopen, as the second person, or leave it locked."""
    return run(decide, number=number, wish=wish, given=given)


def decide(session: Session, *, number: str, wish: int, given: dict[str, Any]) -> dict[str, Any]:
    """Answer a wish about a statement of the caller's community."""
    who, mine = acting(*DECIDERS)
    row = queries.statement(session, number, mine)
    if wish not in {one.id for one in queries.reopenings(session, row)}:
        raise UnknownReopening
    answer = months.approve if given["approve"] else months.decline
    found = answer(session, wish, by=who.actor, now=now())
    return described(found, shop=shops.shop_by_id(session, found.shop_id).code)


# ------------------------------------------------------------------------------ months


@pages.post("/desk/months/<month>/lock")
def lock_from_page(month: str) -> ResponseReturnValue:
    """Lock a community's month."""
    given = CommunitySchema().load({"community": request.form.get("community", "")})
    run(lock, month=month, given=given)
    return redirect(f"/desk/statements?month={month}", 303)


@api.post("/months/<month>/lock")
@api.arguments(CommunitySchema)
@api.response(200, MonthSchema)
def post_lock(given: dict[str, Any], month: str) -> Any:
    """Lock a community's month, of which everything is signed; again changes nothing."""
    return run(lock, month=month, given=given)


def lock(session: Session, *, month: str, given: dict[str, Any]) -> dict[str, Any]:
    """Lock as the community's secretary."""
    who, mine = acting(Role.SECRETARY)
    place = people.unit(session, given["community"])
    if place.id not in mine.community_ids:
        raise people.UnknownUnit(field="community")
    row = months.lock_month(session, place, month_of(month), by=who.actor, now=now())
    closed = ledger.closed_through(session, programme_id=row.programme_id)
    shut = closed is not None and closed > row.month
    return {**row.model_dump(), "month": f"{row.month:%Y-%m}", "books_closed": shut}


def back(number: str) -> ResponseReturnValue:
    """Return to a statement's page."""
    return redirect(f"/desk/statements/{number}", 303)
