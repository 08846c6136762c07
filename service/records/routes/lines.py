"""The record itself: one's own, the community's, what is late, and files of it."""

from collections.abc import Iterator
from datetime import date
from io import SEEK_END
from typing import IO, Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from service import activities, people, programmes
from service.activities import RecordLine, Wanted
from service.clock import business_day, month_end
from service.records.actions.exporting import Order, export_records
from service.records.models import Export
from service.records.queries import persons
from service.records.queries.late import PAGE as LATE_PAGE
from service.records.queries.late import Clerk, Unrecorded, late_counts, unrecorded
from service.records.queries.lines import timely, totals_of
from service.records.queries.persons import Whose
from service.records.routes.readers import KEEPERS, READERS, asked, desk, form, person_of, run
from service.records.routes.words import GRADES, KINDS_OF_TRAINING, file_words
from service.records.schemas import ExportSchema, LinesAskedSchema, UptoSchema
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("records", __name__, url_prefix="/api/v1", description="Service records")
pages = Blueprint("record_pages", __name__)
PAGE = 50
PIECE = 64 * 1024
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@pages.get("/me/records")
def show_own() -> ResponseReturnValue:
    """Show a volunteer the own record, a page at a time, and what else it says."""
    who = require("volunteer").volunteer_id or 0
    before = asked(LinesAskedSchema(only=["before"]))["before"]
    lines = page(Wanted(volunteer_id=who), before)
    return render_template(
        "records/mine.html",
        lines=timely(database(), lines[:PAGE]),
        totals=totals_of(database(), who),
        star=persons.star_of(database(), who),
        honours=persons.honours(database(), Whose(who)),
        trainings=persons.trainings(database(), Whose(who)),
        attended=persons.attended_trainings(database(), who),
        grades=persons.evaluation_counts(database(), who),
        kinds=KINDS_OF_TRAINING,
        grade_words=GRADES,
        first=not before,
        next=following(lines),
    )


def page(wanted: Wanted, before: str) -> list[RecordLine]:
    """Return a page of lines and one more, which says that another page follows."""
    mark = None
    if before:
        day, _, number = before.partition(".")
        mark = (read_day(day), int(number))
    return activities.record_page(database(), wanted, before=mark, limit=PAGE + 1)


def read_day(text: str) -> date:
    """Read a day of a page's mark; one that the calendar does not have is before everything."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def following(lines: list[RecordLine]) -> str:
    """Return the mark of the next page; empty after the last."""
    last = lines[PAGE - 1] if len(lines) > PAGE else None
    return f"{last.day.isoformat()}.{last.id}" if last else ""


@pages.get("/desk/records")
def show_lines() -> ResponseReturnValue:
    """Show the communities' records: all, or of a volunteer, an activity or a month."""
    at, narrowed = desk(*READERS), asked(LinesAskedSchema())
    wanted = wanted_of(narrowed, community_ids=at.community_ids, programme_id=at.programme_id)
    lines = page(wanted, narrowed["before"])
    clerk = Clerk(at.programme_id, at.community_ids, now())
    narrowing = {name: narrowed[name] for name in ("volunteer", "activity", "month")}
    return render_template(
        "records/lines.html",
        lines=timely(database(), lines[:PAGE]),
        # Years of all communities are never added up while somebody waits.
        totals=activities.record_totals(database(), wanted) if any(narrowing.values()) else None,
        counts=late_counts(database(), clerk),
        asked=narrowed,
        grades=GRADES,
        narrowing={name: value for name, value in narrowing.items() if value},
        keeps=at.who.has(*KEEPERS),
        today=business_day(now()),
        next=following(lines),
    )


def wanted_of(narrowed: dict[str, Any], **within: Any) -> Wanted:
    """Return the lines that a form narrows to; an unknown volunteer has none."""
    if narrowed["volunteer"]:
        found = run(people.find_volunteer, code=narrowed["volunteer"].upper())
        within["volunteer_id"] = found.id if found else 0
    if narrowed["month"]:
        year, month = map(int, narrowed["month"].split("-"))
        within["first"] = date(max(year, 1), month, 1)
        within["upto"] = month_end(within["first"])
    return Wanted(activity=narrowed["activity"] or None, **within)


@pages.get("/desk/records/late")
def show_late() -> ResponseReturnValue:
    """Show the red list: what is over and not recorded, and who must act."""
    at = desk(*READERS)
    clerk = Clerk(at.programme_id, at.community_ids, now())
    found = unrecorded(database(), clerk, after=after_of(request.args), limit=LATE_PAGE + 1)
    return render_template(
        "records/late.html",
        rows=found[:LATE_PAGE],
        counts=late_counts(database(), clerk),
        within=clerk.allowed(database()),
        sources=programmes.working_day_sources(database()),
        next=late_mark(found[LATE_PAGE - 1]) if len(found) > LATE_PAGE else "",
        first=not request.args.get("after"),
    )


def after_of(args: Any) -> tuple[date, str, int] | None:
    """Read where a page of the red list begins; what cannot be read is its first page."""
    day, _, rest = args.get("after", "").partition(".")
    kind, _, number = rest.partition(".")
    if kind not in {"activity", "paper", "award"} or not number.isdecimal() or len(number) > 18:
        return None
    return read_day(day), kind, int(number)


def late_mark(row: Unrecorded) -> str:
    """Return the mark after which the next page begins."""
    return f"{row.day.isoformat()}.{row.kind}.{row.ref}"


@pages.post("/desk/records.csv")
def download_csv() -> ResponseReturnValue:
    """Send all records up to a day as CSV. A form asks for it: what left the house is kept."""
    return sent(*exported("csv"))


@pages.post("/desk/records.xlsx")
def download_xlsx() -> ResponseReturnValue:
    """Send all records up to a day as XLSX, and keep what left."""
    return sent(*exported("xlsx"))


@api.post("/service-records/exports")
@api.response(200, ExportSchema)
def post_export() -> ResponseReturnValue:
    """Send all records up to a day (`?upto=`), the oldest first. Each export is kept and told."""
    return sent(*exported("json"), attached=False)


def exported(kind: str) -> tuple[IO[bytes], Export]:
    """Export the records of the communities that the caller keeps."""
    at, said = desk(*KEEPERS), wanted_file()
    order = Order(
        programme_id=at.programme_id,
        community_ids=at.community_ids,
        upto=said["upto"] or business_day(now()),
        format=kind,
        words=file_words(),
        purpose=said["purpose"],
    )
    found: tuple[IO[bytes], Export] = run(export_records, order=order, by=at.who, now=now())
    return found


def wanted_file() -> dict[str, Any]:
    """Return what is asked for, in the address or in the form: the last day, and what for."""
    found: dict[str, Any] = (form if request.form else asked)(UptoSchema())
    return found


def sent(file: IO[bytes], row: Export, *, attached: bool = True) -> Response:
    """Send a file; how many lines it has, and its digest, stand in the headers."""
    name = f"records-{row.upto.isoformat()}.{row.format}"
    headers = {
        "Content-Length": str(file.seek(0, SEEK_END)),
        "X-Record-Count": str(row.lines),
        "X-Content-SHA256": row.sha256.hex(),
    }
    if attached:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    file.seek(0)
    return Response(read_through(file), mimetype=TYPES[row.format], headers=headers)


def read_through(file: IO[bytes]) -> Iterator[bytes]:
    """Give a file out in pieces, and let go of it after the last."""
    with file:
        while piece := file.read(PIECE):
            yield piece


@pages.get("/desk/records/<code>")
def show_person(code: str) -> ResponseReturnValue:
    """Show what a volunteer's record says in all: sums, star, honours, training, evaluations."""
    at = desk(*READERS)
    person = run(person_of, code=code, at=at)
    whose = Whose(person.id)
    return render_template(
        "records/person.html",
        person=person,
        totals=totals_of(database(), person.id),
        star=persons.star_of(database(), person.id),
        honours=persons.honours(database(), whose),
        trainings=persons.trainings(database(), whose),
        attended=persons.attended_trainings(database(), person.id),
        grades=persons.evaluation_counts(database(), person.id),
        kinds=KINDS_OF_TRAINING,
        grade_words=GRADES,
    )
