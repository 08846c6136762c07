"""The confirmation sheet: whose hours, the arithmetic, all with one button or only some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.activities.actions.confirmations import Asked, Order, Outcome, confirm_all
from service.activities.queries.problems import open_count
from service.activities.queries.sheet import PAGE, Reader, Row, Sheet, sheet
from service.activities.queries.waiting import typed_lines
from service.activities.routes.keepers import keeps, kept, run, signed_in
from service.activities.routes.words import CONFIRM_REASONS
from service.i18n import N_
from service.web import now
from service.web.locale import gettext

pages = Blueprint("confirming_pages", __name__)

NOBODY = (N_("Nobody is ticked"), N_("Tick who is to be confirmed."))
# The parts of a sheet, in the order of what is to be done.
PARTS = {
    "ready": ("ready",),
    "open": ("open",),
    "rest": ("own", "leader", "barred", "missing", "expected", "audience"),
    "done": ("confirmed", "taken_back"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the sheet says after an act."""

    meaning: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sheet: how many there are, those on this page, and where the next begins."""

    total: int
    rows: Sequence[Row]
    next: str | None = None


@pages.get("/activities/<code>/confirm")
def show_sheet(code: str) -> ResponseReturnValue:
    """Show whose hours are to be confirmed, the arithmetic, and who is not on the list."""
    return sheet_page(code, told=None)


@pages.post("/activities/<code>/confirm")
def post_sheet(code: str) -> ResponseReturnValue:
    """Confirm all who were shown as ready, or those ticked; one who cannot be stops nobody."""
    before = run(read_sheet, code=code)["sheet"]
    wanted = set(request.form.getlist("all" if "everybody" in request.form else "volunteer"))
    ready = [row.line.volunteer.code for row in before.of("ready")]
    who = [volunteer for volunteer in ready if volunteer in wanted]
    if not wanted:
        return sheet_page(code, told=nobody_ticked())
    done = zip(who, run(confirm_rows, code=code, who=who, rates=chosen()), strict=True)
    refused = [(one, outcome) for one, outcome in done if outcome.status != "ok"]
    if refused:
        return sheet_page(code, told=told_refused(refused))
    done_all = "?show=done" if "everybody" in request.form else ""
    return redirect(f"/activities/{code}/confirm{done_all}")


def chosen() -> dict[str, str]:
    """Return the rates chosen on the page, by volunteer's code."""
    sent = request.values.items()
    return {name.removeprefix("rule-"): value for name, value in sent if name.startswith("rule-")}


def nobody_ticked() -> Told:
    """Say that nobody was chosen."""
    return Told("warn", gettext(NOBODY[0]), gettext(NOBODY[1]))


def told_refused(refused: list[tuple[str, Outcome]]) -> Told:
    """Name the first who could not be confirmed."""
    who, done = refused[0]
    title, detail = CONFIRM_REASONS[str(done.reason)]
    return Told("bad", f"{who[-3:]} · {gettext(title)}", gettext(detail))


def confirm_rows(
    session: Session, *, code: str, who: list[str], rates: dict[str, str]
) -> list[Outcome]:
    """Confirm the rows of a sheet, all in one transaction."""
    found = kept(session, code)
    asked = [Asked(people.volunteer(session, one), Order(rule=rates.get(one))) for one in who]
    return confirm_all(session, found, asked, by=signed_in(), now=now())


def sheet_page(code: str, *, told: Told | None) -> ResponseReturnValue:
    """Show the sheet as it stands now; a long one a part and a page at a time."""
    page = run(read_sheet, code=code)
    found: Sheet = page["sheet"]
    long = len(found.rows) > PAGE
    show = part_shown(found)
    after = request.args.get("after", "")
    parts = {
        name: cut(found.of(*states), after=after if show == name else "", shown=show == name)
        if long
        else whole(found.of(*states))
        for name, states in PARTS.items()
    }
    given = {"told": told, "now": now(), "long": long, "show": show, "part": parts}
    ticked = request.values.getlist("volunteer")
    return render_template("activities/confirm.html", ticked=ticked, **given, **page)


def part_shown(found: Sheet) -> str:
    """Return the part of a long sheet that is asked for, else the first with something to do."""
    asked = request.args.get("show", "")
    if asked in PARTS:
        return asked
    return next((name for name, states in PARTS.items() if found.of(*states)), "ready")


def whole(rows: Sequence[Row]) -> Part:
    """Return a part that fits on the page."""
    return Part(len(rows), rows)


def cut(rows: Sequence[Row], *, after: str, shown: bool) -> Part:
    """Return a page of a part, by booklet number; of a part that is not shown only its size."""
    behind = [row for row in rows if row.line.volunteer.code > after] if shown else []
    more = behind[PAGE - 1].line.volunteer.code if len(behind) > PAGE else None
    return Part(len(rows), behind[:PAGE], more)


def read_sheet(session: Session, *, code: str) -> dict[str, Any]:
    """Read the sheet of an activity that the caller leads or keeps."""
    found = kept(session, code, readers=True)
    worked_out: Sheet = sheet(session, found, Reader(signed_in(), chosen()))
    return {
        "activity": found,
        "sheet": worked_out,
        "lines": typed_lines(session, activity_id=found.id),
        "keeps": keeps(session, found),
        "to_look_at": open_count(session, found.id),
    }
