"""The trail as a page and as a file: read, never written here."""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from service import cells as safe
from service.clock import SHANGHAI, business_day
from service.desk import trails
from service.desk.routes.seen import who
from service.desk.words import ACTIONS, opened
from service.reports import scope_of
from service.web import database, now
from service.web.access import require
from service.web.locale import gettext

pages = Blueprint("desk_trail", __name__)
pages.app_context_processor(lambda: {"trail_page": opened})
SHANGHAI_ZONE = ZoneInfo(SHANGHAI)
COLUMNS = ("at", "actor", "action", "subject", "device", "detail")


@pages.get("/desk/trail")
def show_trail() -> ResponseReturnValue:
    """Show who did what to what, newest first, by the filters of the address."""
    units, wanted, before = readable(), asked(), mark(request.args.get("before", ""))
    rows = trails.records(database(), units, wanted, before=before)
    shown = rows[: trails.PAGE]
    more = shown[-1] if len(rows) > trails.PAGE else None
    return render_template(
        "desk/trail.html",
        rows=shown,
        wanted=wanted,
        before=before,
        next=f"{more['at'].isoformat()}~{more['id']}" if more else None,
        actions=ACTIONS,
        known=trails.actions(database()),
        who=who(row["actor"] for row in shown),
    )


@pages.get("/desk/trail.csv")
def download_trail() -> ResponseReturnValue:
    """Send what the filters find as CSV that spreadsheets open as it is."""
    units, wanted = readable(), asked()
    lines = stream_with_context(written(trails.every_record(database(), units, wanted)))
    name = f"trail-{business_day(now()).isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(lines, mimetype="text/csv; charset=utf-8", headers=headers)


def readable() -> list[int]:
    """Return the places whose trail the caller reads."""
    found = require(*trails.READERS)
    return trails.units_of(database(), found, scope_of(database(), found))


def asked() -> trails.Wanted:
    """Read the filters; a day that is none filters nothing."""
    given = {name: request.args.get(name, "").strip()[:120] for name in WORDS}
    return trails.Wanted(**given, first=day("first"), last=day("last"))


WORDS = ("who", "about", "action", "device")


def day(name: str) -> date | None:
    """Read a day of the address."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def mark(text: str) -> tuple[datetime, int] | None:
    """Read the mark before which a page begins; None for what is none."""
    moment, _, number = text.partition("~")
    try:
        return datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None


def written(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Write rows as CSV with the mark of UTF-8, CR and LF, and no cell that is a formula."""
    yield "\ufeff" + line(COLUMNS)
    for row in rows:
        detail = json.dumps(row["detail"], ensure_ascii=False, sort_keys=True)
        at = f"{row['at'].astimezone(SHANGHAI_ZONE):%Y-%m-%d %H:%M:%S}"
        act = gettext(ACTIONS.get(row["action"], row["action"]))
        yield line((at, row["actor"], act, row["subject"], row["device"] or "", detail))


def line(cells: tuple[str, ...]) -> str:
    """Write one line."""
    text = io.StringIO(newline="")
    safe.Lines(text).write(cells)
    return text.getvalue()
