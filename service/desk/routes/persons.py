"""A volunteer's file and a member of staff's acts, for staff."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from service.desk import persons, trails
from service.desk.routes.seen import scope, who
from service.desk.words import ACTIONS
from service.reports import READERS, scope_of
from service.web import database
from service.web.access import require

pages = Blueprint("desk_persons", __name__)


@pages.get("/desk/people/<code>")
def show_person(code: str) -> ResponseReturnValue:
    """Show what is known of a volunteer, by booklet number: points, awards, sales, findings."""
    found = persons.folder(database(), scope(), code)
    people = [row[name] for row in found.awards for name in ("maker", "approver")]
    return render_template("desk/person.html", folder=found, row=found.row, who=who(people))


@pages.get("/desk/staff/<code>")
def show_staff(code: str) -> ResponseReturnValue:
    """Show an office and what its holder did last, as the trail says."""
    caller = require(*READERS)
    seen = scope_of(database(), caller)
    found = persons.office(database(), list(seen.community_ids), code)
    wanted = trails.Wanted(who=f"staff:{found['code']}")
    units = trails.units_of(database(), caller, seen)
    rows = trails.records(database(), units, wanted) if units else []
    return render_template(
        "desk/staff.html", staff=found, rows=rows[: trails.PAGE], actions=ACTIONS, reads=bool(units)
    )
