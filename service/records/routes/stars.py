"""Stars at the secretary's desk, and as JSON."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from service.clock import business_day
from service.people import Role
from service.records.actions.stars import decline_star, grant_star, settle_review
from service.records.models import Star, StarStatus
from service.records.queries.persons import PAGE, stars_in
from service.records.refusals import UnknownStar
from service.records.routes.readers import READERS, Desk, desk, form, owned, person_of, run
from service.records.routes.words import STATES
from service.records.schemas import StarFormSchema, StarsAskedSchema, StarSchema, StarsSchema
from service.web import database, now
from service.web.api import ApiBlueprint

api = ApiBlueprint("stars", __name__, url_prefix="/api/v1", description="Stars")
pages = Blueprint("star_pages", __name__)
DECIDED = (StarStatus.GRANTED, StarStatus.DECLINED, StarStatus.WITHDRAWN)


@pages.get("/desk/stars")
def show_stars() -> ResponseReturnValue:
    """Show what is proposed, what must be looked at again, and what was decided."""
    at, after = desk(*READERS), request.args.get("after", 0, type=int)
    decided = "decided" in request.args
    states = DECIDED if decided else (StarStatus.PROPOSED,)
    found = stars_in(
        database(), at.community_ids, states=states, after=min(max(after, 0), 2**62), limit=PAGE + 1
    )
    review = stars_in(database(), at.community_ids, states=[StarStatus.GRANTED], review=True)
    return render_template(
        "records/stars.html",
        rows=found[:PAGE],
        review=[] if decided else review,
        decided=decided,
        decides=at.who.has(Role.SECRETARY),
        who=at.who,
        today=business_day(now()),
        states=STATES,
        first=not after,
        next=found[PAGE - 1]["id"] if len(found) > PAGE else None,
    )


@pages.post("/desk/stars/<int:number>/decision")
def post_decision(number: int) -> ResponseReturnValue:
    """Grant or decline a star, or keep or take back one whose hours fell."""
    at, sent = desk(Role.SECRETARY), form(StarFormSchema())
    run(decide, number=number, choice=sent["decision"], reason=sent["reason"], at=at)
    return redirect("/desk/stars")


def decide(session: Session, *, number: int, choice: str, reason: str, at: Desk) -> Star:
    """Let the secretary decide. Raises UnknownStar for one of another community."""
    owned(session, Star, number, at=at, refusal=UnknownStar)
    if choice == "grant":
        return grant_star(session, number, by=at.who, now=now())
    if choice == "decline":
        return decline_star(session, number, reason=reason, by=at.who, now=now())
    keep = choice == "keep"
    return settle_review(session, number, keep=keep, reason=reason, by=at.who, now=now())


@api.get("/stars")
@api.arguments(StarsAskedSchema, location="query")
@api.response(200, StarsSchema)
def get_stars(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the stars of the caller's communities in one state, the oldest first."""
    at = desk(*READERS)
    rows = stars_in(
        database(), at.community_ids, states=[asked["status"]], after=asked["after"], limit=PAGE + 1
    )
    more = rows[PAGE - 1]["id"] if len(rows) > PAGE else None
    items = [{**row, "star": row["level"], "review": bool(row["review_at"])} for row in rows]
    return {"items": items[:PAGE], "next": more}


@api.put("/volunteers/<code>/stars/<int:level>")
@api.response(200, StarSchema)
def put_star(code: str, level: int) -> ResponseReturnValue:
    """Grant a star that was proposed and whose notice is over; again is a replay."""
    star: Star = run(grant_level, code=code, level=min(level, 2**31 - 1), at=desk(Role.SECRETARY))
    said = {"volunteer": code, "star": star.level, "review": star.review_at is not None}
    return said | {name: getattr(star, name) for name in ("id", "status", "notice_until")}


def grant_level(session: Session, *, code: str, level: int, at: Desk) -> Star:
    """Grant somebody's star by its level."""
    person = person_of(session, code, at=at)
    asked = select(col(Star.id)).where(Star.volunteer_id == person.id, Star.level == level)
    number = session.exec(asked.order_by(col(Star.id).desc()).limit(1)).first()
    if number is None:
        raise UnknownStar
    return grant_star(session, number, by=at.who, now=now())
