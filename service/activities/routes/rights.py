"""Pages of rights: whom the secretary entrusts with awards by hand, and from whom it is taken."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.activities.actions import rights
from service.activities.queries.rights import PAGE, not_leading, rights_page
from service.activities.routes.hours import change_right
from service.activities.routes.keepers import READERS, run, visible
from service.activities.schemas import RightSentSchema
from service.clock import business_day
from service.web import now
from service.web.access import require

pages = Blueprint("right_pages", __name__)

SECRETARY = "community_secretary"
CHANGES = {"entrust": rights.entrust, "suspend": rights.suspend}


@pages.get("/desk/awards/rights")
def show_rights() -> ResponseReturnValue:
    """Show who was entrusted with awards by hand, and who may not enter them any more."""
    who = require(*READERS)
    page = run(read_rights, after=request.args.get("after", "")[:80])
    return render_template(
        "activities/rights.html", decides=who.has(SECRETARY), today=business_day(now()), **page
    )


def read_rights(session: Session, *, after: str) -> dict[str, Any]:
    """Read a page of rights in the caller's communities, by booklet number."""
    here = visible() or []
    rows = rights_page(session, here, after=after)
    following = rows[PAGE - 1].volunteer.code if len(rows) > PAGE else None
    barred = not_leading(session, here, on=business_day(now()))
    return {"rows": rows[:PAGE], "barred": barred, "first": not after, "next": following}


@pages.post("/desk/awards/rights")
def post_right() -> ResponseReturnValue:
    """Entrust somebody with awards by hand, or take that away."""
    require(SECRETARY)
    names = ("volunteer", "change")
    sent = RightSentSchema().load({name: request.form.get(name, "").strip() for name in names})
    run(change_right, code=sent["volunteer"].upper(), change=CHANGES[sent["change"]])
    return redirect("/desk/awards/rights")
