"""The desk's pages of series: all of them, one with its dates, planning ahead and ending."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.activities.actions.lifecycle import STATES
from service.activities.queries import plans as reads
from service.activities.routes.keepers import READERS, run, visible
from service.activities.routes.plans.api import end, plan_dates
from service.activities.routes.plans.desk import behind
from service.activities.routes.plans.whose import kept_series
from service.activities.schemas.planning import SeriesEndSchema
from service.web.access import require

pages = Blueprint("series_pages", __name__)


@pages.get("/desk/series")
def show_all() -> ResponseReturnValue:
    """List the series of the reader's communities, the newest first."""
    require(*READERS)
    rows = run(
        reads.series_page,
        community_ids=visible() or [],
        before=request.args.get("before", type=int),
    )
    more = rows[reads.PAGE - 1].id if len(rows) > reads.PAGE else None
    return render_template("activities/plans/series_list.html", rows=rows[: reads.PAGE], next=more)


@pages.get("/desk/series/<code>")
def show_series(code: str) -> ResponseReturnValue:
    """Show one series with the dates that are planned, the latest first."""
    found = run(read_series, code=code, start=request.args.get("behind", ""))
    return render_template("activities/plans/series.html", **found)


def read_series(session: Session, *, code: str, start: str) -> dict[str, Any]:
    """Read a series of the caller's communities and a page of its dates."""
    row, by = kept_series(session, code, reading=True)
    cards = reads.plan_page(
        session,
        community_ids=[row.community_id],
        states=STATES,
        series_id=row.id,
        behind=behind(start),
    )
    last = cards[reads.PAGE - 1].activity if len(cards) > reads.PAGE else None
    return {
        "series": row,
        "keeps": bool(by.parts),
        "cards": cards[: reads.PAGE],
        "leader": people.volunteer_by_id(session, row.leader_id).code,
        "next": f"{last.business_day}.{last.id}" if last else "",
    }


@pages.post("/desk/series/<code>/dates")
def post_dates(code: str) -> ResponseReturnValue:
    """Plan the coming weeks now."""
    run(plan_dates, code=code)
    return redirect(f"/desk/series/{code}")


@pages.post("/desk/series/<code>/end")
def post_end(code: str) -> ResponseReturnValue:
    """End the series; with a reason, what lies ahead is called off too."""
    given = request.form.get("reason", "").strip()
    sent = SeriesEndSchema().load({"reason": given} if given else {})
    run(end, code=code, reason=sent["reason"])
    return redirect(f"/desk/series/{code}")
