"""Statements month by month: pages, files and JSON; and the volunteer's own on the phone."""

from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from service import passes
from service.clock import business_day
from service.errors import NotFound
from service.people import UnknownVolunteer
from service.reports.months import books, lines, subjects
from service.reports.months.files import TYPES, Maker
from service.reports.months.sheet import Ask, DeskPlaces, OwnPlaces, Part, Statement
from service.reports.months.statement import listed, statement
from service.reports.months.subjects import KINDS, Kind, Listing, NoSuchSubject, Subject
from service.reports.schemas import (
    LinesArguments,
    ListingArguments,
    StatementArguments,
    StatementFigures,
)
from service.reports.scope import READERS, Scope, scope_of
from service.web import database, now, settings
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.locale import HTML_LANG, gettext, locale

pages = Blueprint("statement_pages", __name__)
api = ApiBlueprint(
    "statements_api", __name__, url_prefix="/api/v1/reports", description="Statements by month"
)
LISTED = (Kind.TEAM, Kind.ACTIVITY, Kind.SHOP, Kind.VOLUNTEER)


def month_of(word: str) -> date:
    """Read a month that was checked by its schema; without one, the present month."""
    today = business_day(now()).replace(day=1)
    return min(date.fromisoformat(f"{word}-01"), today) if word else today


def reader_s_scope() -> Scope:
    """Return what the reader may see."""
    return scope_of(database(), require(*READERS))


def found(kind: str, code: str, community: str, scope: Scope | None = None) -> Subject:
    """Return the subject of an address, within what the reader may see. Raises NoSuchSubject."""
    if kind not in KINDS:
        raise NoSuchSubject
    seen = scope or reader_s_scope()
    return subjects.find(database(), seen, Kind(kind), code, community=community)


def read(kind: str, code: str, asked: dict[str, Any], *, whole: bool = False) -> Statement:
    """Read a statement for the desk; a page of its parts, or all of them."""
    subject, month = found(kind, code, asked["community"]), month_of(asked["month"])
    after = None if whole else asked["after"]
    return statement(database(), Ask(subject, month, gettext, DeskPlaces(subject), after))


# ------------------------------------------------------------------------------- the desk


@pages.get("/desk/reports")
def show_index() -> ResponseReturnValue:
    """Show of whom there are statements: places, and a list of teams, shops, activities, people."""
    scope, asked = reader_s_scope(), ListingArguments().load(request.args.to_dict())
    wanted = Listing(Kind(asked["of"]), search=asked["search"].strip(), after=asked["after"])
    rows, following = subjects.listed(database(), scope, wanted)
    places, _ = subjects.listed(database(), scope, Listing(Kind.COMMUNITY))
    return render_template(
        "reports/statements.html",
        rows=rows,
        next=following,
        places=places,
        districts=subjects.districts(database(), scope),
        wanted=wanted,
        month=month_of(asked["month"]),
        kinds=KINDS,
        listed=LISTED,
        address=subjects.address,
    )


@pages.get("/desk/reports/<kind>/<code>")
def show_statement(kind: str, code: str) -> ResponseReturnValue:
    """Show a statement with its charts."""
    asked = StatementArguments().load(request.args.to_dict())
    said = read(kind, code, asked)
    return render_template(
        "reports/statement.html", said=said, kinds=KINDS, **around(said), after=asked["after"]
    )


def around(said: Statement) -> dict[str, Any]:
    """Return the neighbours of a month as far as there are any, and where its files are."""
    today = business_day(now()).replace(day=1)
    later = books.shifted(said.month, 1)
    return {
        "earlier": books.shifted(said.month, -1),
        "later": later if later <= today else None,
        "today": today,
        "places": DeskPlaces(said.subject),
        "file": partial(file_address, said),
    }


def file_address(said: Statement, form: str) -> str:
    """Return where a statement's file is."""
    return said.subject.address(f"/file.{form}", month=f"{said.month:%Y-%m}")


@pages.get("/desk/reports/<kind>/<code>/lines")
def show_lines(kind: str, code: str) -> ResponseReturnValue:
    """Show what one figure is made of, a page at a time."""
    asked = LinesArguments().load(request.args.to_dict())
    subject, month = found(kind, code, asked["community"]), month_of(asked["month"])
    if asked["line"] not in lines.figures_of(subject):
        raise NotFound
    wanted = lines.Asked(month, asked["line"], asked["by"], *before(asked["before"]))
    page = lines.read(database(), subject, wanted)
    ask = Ask(subject, month, gettext, DeskPlaces(subject))
    unit = page.rows[0]["unit"] if page.rows else "PTS"
    return render_template(
        "reports/lines.html",
        subject=subject,
        month=month,
        wanted=wanted,
        words=lines.WORDS,
        kinds=KINDS,
        part=listed(ask, page.rows, unit),
        places=ask.places,
        next=f"{page.following[0]} {page.following[1]}" if page.following else "",
        address=subject.address,
    )


def before(mark: str) -> tuple[()] | tuple[tuple[date, int]]:
    """Read where a page of lines begins: behind a day and a number."""
    if not mark:
        return ()
    day, _, number = mark.partition(" ")
    return ((date.fromisoformat(day), int(number)),)


@pages.get("/desk/reports/<kind>/<code>/file.<form>")
def get_file(kind: str, code: str, form: str) -> ResponseReturnValue:
    """Send a statement as a file."""
    asked = StatementArguments().load(request.args.to_dict())
    return sent(read(kind, code, asked, whole=True), form)


def sent(said: Statement, form: str) -> Response:
    """Make a statement's file in the reader's language. Raises NotFound for an unknown form."""
    if form not in TYPES:
        raise NotFound
    maker = Maker(said, gettext, HTML_LANG[locale()], now())
    answer = Response(maker.made(form), mimetype=TYPES[form])
    safe = "".join(sign for sign in said.subject.code if sign.isascii() and sign.isalnum())
    name = f"aixin-{said.subject.kind}-{safe}-{said.month:%Y-%m}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# -------------------------------------------------------------------------------- the API


@api.get("/statements/<kind>/<code>")
@api.arguments(StatementArguments, location="query")
@api.response(200, StatementFigures)
def get_statement(asked: dict[str, Any], kind: str, code: str) -> Any:
    """Tell a statement from opening to closing, by month; a volunteer reads the own one."""
    reader = require(*READERS, "volunteer")
    if reader.kind != "volunteer":
        return told(read(kind, code, asked, whole=True))
    if kind != Kind.VOLUNTEER or code != reader.code:
        raise UnknownVolunteer
    return told(read_own(asked["month"]))


def told(said: Statement) -> dict[str, Any]:
    """Return a statement as JSON's fields."""
    return {
        "kind": said.subject.kind,
        "code": said.subject.code,
        "name": said.subject.name,
        "unit": said.unit,
        "month": f"{said.month:%Y-%m}",
        "months": [
            {"month": f"{row.month:%Y-%m}",
             "figures": {name: row.figure(name) for name in said.book.columns}}
            for row in said.book.months
        ],
        "parts": [part_told(part) for part in said.parts if part.name != "months"],
    }  # fmt: skip


def part_told(part: Part) -> dict[str, Any]:
    """Return a table as JSON's fields."""
    return {
        "name": part.name,
        "title": part.title,
        "columns": [word for word, _ in part.head],
        "rows": [[cell for cell, _ in row] for row in part.rows],
        "total": part.total,
    }


# ------------------------------------------------------------------------- the volunteer's


def read_own(word: str) -> Statement:
    """Read the caller's own statement."""
    who = require("volunteer")
    scope = Scope(who.programme_id or 0, (who.community_id or 0,))
    subject = subjects.find(database(), scope, Kind.VOLUNTEER, who.code)
    keys = passes.keyring(settings().secret_keys, settings().public_url)
    places = OwnPlaces(partial(passes.receipt_tail, keys))
    return statement(database(), Ask(subject, month_of(word), gettext, places))


@pages.get("/me/statement")
def show_own() -> ResponseReturnValue:
    """Show a volunteer the own points of a month, from opening to closing, to read or print."""
    asked = LinesArguments().load(request.args.to_dict())
    said = read_own(asked["month"])
    told = lines.Asked(said.month, asked["line"] if asked["line"] in lines.POSTED else "all")
    page = lines.read(database(), said.subject, told)
    keys = passes.keyring(settings().secret_keys, settings().public_url)
    return render_template(
        "reports/own_statement.html",
        said=said,
        rows=page.rows,
        line=told.line,
        words=lines.WORDS,
        tail=partial(passes.receipt_tail, keys),
        **around(said),
    )


@pages.get("/me/statement/file.<form>")
def get_own_file(form: str) -> ResponseReturnValue:
    """Send a volunteer the own statement as a file."""
    return sent(read_own(StatementArguments().load(request.args.to_dict())["month"]), form)
