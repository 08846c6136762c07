"""The desk's pages of reconciliation: a day, its exceptions, its close."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import trail
from service.i18n import N_
from service.people import Caller, unit_by_id
from service.reconciliation import actions, queries
from service.reconciliation.actions import Counts
from service.reconciliation.close import Signature, close_day
from service.reconciliation.facts import CommunityDay
from service.reconciliation.queries import Countable, Seen
from service.reconciliation.queue_schemas import ReplySchema
from service.reconciliation.routes.queue_deeds import say
from service.reconciliation.routes.whose import (
    CLERKS,
    READERS,
    SIGNERS,
    chosen,
    day_of,
    seen_by,
    today,
)
from service.reconciliation.schemas import ANSWERS, CloseSchema, RunAskSchema
from service.reconciliation.words import ANSWERED, SYSTEM, TAIL, VOLUNTEER
from service.web import database, now
from service.web.locale import gettext

pages = Blueprint("reconciliation", __name__)
DEEDS = {
    "reconcile": N_("had the day compared"),
    "close": N_("closed the day"),
}


@pages.get("/desk/reconciliation")
def show() -> ResponseReturnValue:
    """Show a day: its equation, what was counted, its exceptions, and how it is closed."""
    keeper, seen = seen_by(*READERS)
    day = day_of(request.args.get("day", today().isoformat()))
    shown = database().atomic(partial(look, keeper=keeper, seen=seen, day=day))
    known = shown.pop("titles")

    def said(actor: str) -> str:
        kind, _, code = (actor or "").partition(":")
        if kind == "volunteer":
            return gettext(VOLUNTEER).format(tail=code[-TAIL:])
        return known.get(code) or gettext(SYSTEM)

    return render_template(
        "reconciliation/day.html",
        today=today(),
        answers=ANSWERS,
        names=ANSWERED,
        deeds=DEEDS,
        said=said,
        named=named_in(shown["countable"]),
        **shown,
    )


def named_in(known: Countable) -> Callable[[str], str]:
    """Return what says an activity's, a shop's or a good's name by its code."""
    names = {row.code: row.title for row in known.activities}
    for shop, good in known.goods:
        names |= {shop.code: shop.short_name, f"{shop.code}/{good.code}": good.name}
    return lambda code: names.get(code, code.rpartition("/")[2])


def look(session: Session, *, keeper: Caller, seen: Seen, day: date) -> dict[str, Any]:
    """Read what the page shows."""
    of = chosen(session, keeper, seen, day=day, code=request.args.get("community"))
    place = unit_by_id(session, of.community_id)
    mine = replace(seen, community_ids=frozenset({of.community_id}))
    deeds = trail.about(session, f"day:{of.community_id}:{day}")
    return {
        "place": place,
        "view": queries.day_view(session, of),
        "run": queries.latest_run(session, of),
        "exceptions": queries.exceptions(session, mine, day=day),
        "titles": queries.titles(session),
        "done_by": [one for one in deeds if not seen.shops_only or one.actor == keeper.actor],
        "older": [
            row for row in queries.exceptions(session, mine, answered=False) if row.day < day
        ],
        "days": queries.recent_days(session, of.community_id),
        "countable": queries.countable(session, of, seen),
        "may_count": bool(set(CLERKS) & {role for role, _ in keeper.roles}),
        "may_sign": bool(set(SIGNERS) & {role for role, _ in keeper.roles}),
    }


@pages.post("/desk/reconciliation/<day>/runs")
def count_from_page(day: str) -> ResponseReturnValue:
    """Take the counts of the form; a field that is left empty was not counted."""
    keeper, seen = seen_by(*CLERKS)
    given = RunAskSchema().load({"day": day, **counted_in_form()})
    counts = Counts(given["paper_counts"], given["stock_counts"])

    def work(session: Session) -> CommunityDay:
        of = chosen(session, keeper, seen, day=given["day"], code=request.form.get("community"))
        known = queries.named(session, of, counts, seen)
        asked = partial(actions.ask, actor=keeper.actor, today=today(), now=now())
        asked(session, of, counts=known)
        return of

    database().atomic(work)
    return back(day)


def counted_in_form() -> dict[str, dict[str, Any]]:
    """Return the filled-in fields `paper:A1` and `stock:S06-G1` by kind and code."""
    found: dict[str, dict[str, Any]] = {"paper_counts": {}, "stock_counts": {}}
    for name, value in request.form.items():
        kind, _, subject = name.partition(":")
        if subject and value.strip():
            said = int(value) if value.strip().isdecimal() else value
            found.setdefault(f"{kind}_counts", {})[subject] = said
    return found


@pages.post("/desk/reconciliation/<day>/exceptions/<int:exception_id>")
def answer_from_page(day: str, exception_id: int) -> ResponseReturnValue:
    """Answer an exception."""
    seen_by(*CLERKS)  # before the form is read
    asked = {name: request.form.get(name, "") for name in ("resolution", "note")}
    given = ReplySchema().load(asked)
    say(exception_id, given)
    return back(day)


@pages.post("/desk/reconciliation/<day>/close")
def close_from_page(day: str) -> ResponseReturnValue:
    """Sign the day."""
    keeper, seen = seen_by(*SIGNERS)
    note = CloseSchema().load({"note": request.form.get("note", "")})["note"]

    def work(session: Session) -> None:
        of = chosen(session, keeper, seen, day=day_of(day), code=request.form.get("community"))
        signature = Signature(keeper.actor, note, now())
        close_day(session, of, signature=signature, today=today())

    database().atomic(work)
    return back(day)


def back(day: str) -> ResponseReturnValue:
    """Return to the day's page, of the same community."""
    community = request.form.get("community", "")
    where = f"/desk/reconciliation?day={day_of(day)}"
    return redirect(f"{where}&community={community}" if community.isalnum() else where, 303)
