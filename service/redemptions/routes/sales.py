"""Pages of sales for those who take them back: what waits for an answer, and one sale."""

import re
from functools import partial
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import shops, trail
from service.i18n import N_
from service.people import Caller, Role
from service.redemptions import reversals, sales
from service.redemptions.models import GIVEN, Redemption, Status
from service.redemptions.reversals import Proposal
from service.redemptions.routes.reversals import EITHER, PROPOSERS, answerers, lock, within
from service.redemptions.rules import shop_flags
from service.redemptions.sales import PAGE, Sale
from service.redemptions.schemas import REASON_MAX
from service.web import database, now
from service.web.access import require

pages = Blueprint("sales", __name__)

READERS = (*EITHER, Role.AUDITOR)  # who audits a sub-district writes nothing
DIGITS = re.compile(r"\d{1,12}")
STATES = {
    Status.WAITING: ("warn", N_("a question is open")),
    Status.HELD: ("info", N_("held")),
    Status.CAPTURED: ("ok", N_("handed over")),
    Status.REFUSED: ("bad", N_("refused")),
    Status.EXPIRED: ("info", N_("at an end")),
    Status.VOIDED: ("info", N_("undone")),
    Status.PARTLY_REVERSED: ("warn", N_("partly reversed")),
    Status.REVERSED: ("info", N_("reversed")),
}
FLAGS = {
    "offline_overdraft": N_("The points were not enough."),
    "limit_breach": N_("A limit of the day was passed."),
    "over_batch": N_("More was handed over without a network than is allowed at once."),
    "oversold": N_("By the books there was none left."),
    "code_used": N_("The code was used twice."),
    "possible_duplicate": N_("The same was handed over within the hour."),
    "late_upload": N_("It was sent late."),
    "offline_bad": N_("The goods had left on a code that was no good."),
    "unverified": N_("No PIN was typed."),
    "proxy": N_("Somebody else picked it up."),
    "helper": N_("Family fetched it with a phone of its own."),
    "serving": N_("The volunteer was serving in that minute."),
    "off_hours": N_("It is not given at this hour."),
    "not_offered": N_("It was not offered any more."),
    "shop_suspended": N_("The shop was suspended."),
    "no_shift": N_("No shift"),
}
ACTS = {
    "redemption.propose-reversal": N_("Proposed to take it back"),
    "redemption.approve-reversal": N_("Taken back"),
    "redemption.decline-reversal": N_("Refused to take it back"),
}


@pages.get("/desk/sales")
def show_sales() -> ResponseReturnValue:
    """Show which sales somebody wants taken back, and find one by its receipt."""
    who = require(*READERS)
    asked = request.args.get("receipt", "").replace(" ", "")
    after = request.args.get("after", 0, type=int)
    page = database().atomic(partial(read_sales, who=who, asked=asked, after=after))
    if len(page["found"]) == 1:
        return redirect(f"/desk/sales/{page['found'][0].row.id}")
    return render_template(
        "redemptions/sales.html", who=who, asked=asked, after=after, states=STATES, **page
    )


def read_sales(session: Session, *, who: Caller, asked: str, after: int) -> dict[str, Any]:
    """Read a page of what waits in the caller's shops, and what a receipt finds there."""
    ids = [shop.id or 0 for shop in shops.shops_within(session, who.scopes(*READERS))]
    rows = sales.proposed(session, ids, after=after)
    known = DIGITS.fullmatch(asked) is not None
    found = sales.by_receipt(session, int(asked[-6:]), ids) if known else []
    return {
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].row.id if len(rows) > PAGE else None,
        "found": found,
    }


@pages.get("/desk/sales/<int:number>")
def show_sale(number: int) -> ResponseReturnValue:
    """Show one sale: what was handed over, who wants how much of it back, who answered."""
    who = require(*READERS)
    page = database().atomic(partial(read_sale, number=number, who=who))
    return render_template(
        "redemptions/sale.html",
        who=who,
        key=uuid4().hex,
        states=STATES,
        flags=FLAGS,
        acts=ACTS,
        **page,
    )


def read_sale(session: Session, *, number: int, who: Caller) -> dict[str, Any]:
    """Read a sale of the caller's own shops, and say what the caller may do about it."""
    found = sales.sale_of(session, number)
    within(session, found.row, who, READERS)
    here = shops.scopes(session, found.shop)
    waits = found.open
    may = {
        "propose": found.row.status in GIVEN and bool(who.scopes(*PROPOSERS) & here),
        "answer": waits is not None and bool(who.scopes(*answerers(waits)) & here),
        "withdraw": waits is not None and waits.proposed_by == who.actor,
    }
    inside = bool(who.scopes(*(set(READERS) - {"shop_owner"})) & here)
    return {
        "sale": found,
        "may": may,
        "own": gains(found, who),
        "story": told(session, found),
        "raised": found.row.flags if inside else shop_flags(found.row.flags),
    }


def gains(found: Sale, who: Caller) -> bool:
    """Tell whether the reader's own points would come back."""
    return who.volunteer_id is not None and who.volunteer_id == found.row.volunteer_id


def told(session: Session, found: Sale) -> list[Any]:
    """Return what was done about a sale, oldest first."""
    return list(trail.about(session, f"redemption:{found.row.id}"))


@pages.post("/desk/sales/<int:number>/reversal")
def post_proposal(number: int) -> ResponseReturnValue:
    """Propose to take pieces of a sale back."""
    who, form = require(*PROPOSERS), request.form
    reason = form.get("reason", "").strip()[:REASON_MAX]
    qty = form.get("qty", type=int)
    if len(reason) < 2:  # the browser asks for it first
        return redirect(f"/desk/sales/{number}?missing=reason", 303)
    proposal = Proposal(reason, qty, form.get("key"))

    def propose(session: Session, row: Redemption) -> None:
        reversals.propose(session, row, proposal, proposer=who, now=now())

    return change(number, who, PROPOSERS, propose)


@pages.post("/desk/sales/<int:number>/reversal/<int:nth>")
def post_answer(number: int, nth: int) -> ResponseReturnValue:
    """Approve a proposal as the second person, decline it, or withdraw one's own."""
    who = require(*EITHER)
    approved = request.form.get("decision") == "accept"

    def answer(session: Session, row: Redemption) -> None:
        found = reversals.proposed(session, row, nth)
        if found.proposed_by != who.actor or approved:
            within(session, row, who, answerers(found))
        if approved:
            reversals.approve(session, row, nth=nth, approver=who, now=now())
        else:
            reversals.decline(session, row, nth=nth, decliner=who, now=now())

    return change(number, who, EITHER, answer)


def change(number: int, who: Caller, roles: tuple[str, ...], act: Any) -> ResponseReturnValue:
    """Do something to a sale of the caller's own shops, locked, and show it again."""

    def work(session: Session) -> None:
        row = sales.sale_of(session, number).row
        within(session, row, who, roles)
        lock(session, row)
        act(session, row)

    database().atomic(work)
    return redirect(f"/desk/sales/{number}", 303)
