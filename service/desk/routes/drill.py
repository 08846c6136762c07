"""Down from a number: its transfers, the stay with its scans, the tablet that they came from."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from service.clock import business_day
from service.desk import evidence, made_of
from service.desk.routes.seen import day_of, scope, who
from service.desk.words import ASSURANCES, REFUSALS, SCANS, STAYS, WAYS
from service.reports import equation, points_of
from service.web import database, now

pages = Blueprint("desk_drill", __name__)
pages.app_context_processor(
    lambda: {"SCAN_WAYS": WAYS, "SCAN_KINDS": SCANS, "ASSURANCES": ASSURANCES,
             "SCAN_REFUSALS": REFUSALS, "STAY_STATES": STAYS}
)  # fmt: skip


@pages.get("/desk/days/<day>")
def show_day(day: str) -> ResponseReturnValue:
    """Show the equation of any day, each number a link."""
    asked, seen = day_of(day), scope()
    return render_template(
        "desk/day.html",
        day=asked,
        before=asked - timedelta(days=1),
        after=asked + timedelta(days=1) if asked < business_day(now()) else None,
        sums=equation(database(), seen, asked),
    )


@pages.get("/desk/days/<day>/<any(opening, closing):name>")
def show_balances(day: str, name: str) -> ResponseReturnValue:
    """Show whose wallets a day's opening or closing consists of, by booklet number."""
    asked, seen, after = day_of(day), scope(), request.args.get("after", "")[:40]
    rows = made_of.wallets(database(), seen, asked, after=after)
    shown = rows[: made_of.PAGE]
    return render_template(
        "desk/wallets.html",
        day=asked,
        name=name,
        title=made_of.BALANCES[name],
        total=points_of(database(), seen, asked, asked)[name],
        rows=shown,
        next=shown[-1]["volunteer"] if len(rows) > made_of.PAGE else None,
    )


@pages.get("/desk/days/<day>/<name>")
def show_figure(day: str, name: str) -> ResponseReturnValue:
    """Show the transfers that make up one number of a day's equation."""
    which, asked, seen = made_of.figure(name), day_of(day), scope()
    before = request.args.get("before", type=int)
    rows = made_of.moves(database(), seen, which, asked, before=before)
    shown = rows[: made_of.PAGE]
    return render_template(
        "desk/made_of.html",
        day=asked,
        name=name,
        which=which,
        total=points_of(database(), seen, asked, asked)[which.sums],
        rows=shown,
        before=before,
        next=shown[-1]["id"] if len(rows) > made_of.PAGE else None,
        who=who(row["actor"] for row in shown),
    )


@pages.get("/desk/attendances/<int:number>")
def show_attendance(number: int) -> ResponseReturnValue:
    """Show one stay: every scan, the sheet, the award and the two who signed."""
    found = evidence.stay(database(), scope(), number)
    award = found.award or {}
    people = [row[name] for row in found.scans for name in ("actor",)]
    people += [row[name] for row in found.lines for name in ("maker", "approver")]
    people += [award.get(name) for name in ("maker", "approver", "proposed_by", "decided_by")]
    people += [found.row[name] for name in ("in_actor", "out_actor", "amended_by")]
    return render_template("desk/attendance.html", stay=found, who=who(people))


@pages.get("/desk/devices/<code>")
def show_device(code: str) -> ResponseReturnValue:
    """Show a tablet: who paired it, when it was seen, what came through it."""
    before = request.args.get("before", type=int)
    found = evidence.tablet(database(), scope(), code[:80], before=before)
    shown = found.scans[: evidence.PAGE]
    people = [row["actor"] for row in (*shown, *found.sales)]
    paired = [found.row["paired_by"]] if found.row else []
    return render_template(
        "desk/device.html",
        tablet=found,
        scans=shown,
        before=before,
        next=shown[-1]["id"] if len(found.scans) > evidence.PAGE else None,
        who=who([*people, *paired]),
    )
