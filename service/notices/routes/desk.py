"""Notices at the desk and as JSON: drafted by the recorder too, published by the secretary."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, programmes
from service.notices import actions, consents, figures, queries, rules
from service.notices.actions import Wanted
from service.notices.models import Notice
from service.notices.objections import counted
from service.notices.routes.whose import (
    DRAFTERS,
    PUBLISHERS,
    READERS,
    Desk,
    before,
    desk,
    form,
    owned,
    place_of,
    places_of,
    run,
    today,
)
from service.notices.schemas import (
    ConsentSentSchema,
    NoticeSchema,
    NoticeSentSchema,
    NumberSchema,
    NumberSentSchema,
)
from service.web import now
from service.web.api import ApiBlueprint

api = ApiBlueprint(
    "notices_api", __name__, url_prefix="/api/v1/notices", description="Public notices"
)
pages = Blueprint("public_notices_desk", __name__)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@pages.get("/desk/notices")
def show_list() -> ResponseReturnValue:
    """Show the communities' notices, and the forms for a new one and for the numbering."""
    at = desk(*READERS)
    return render_template("notices/desk.html", **run(read_list, at=at, before=before()))


def read_list(session: Session, *, at: Desk, before: int | None) -> dict[str, Any]:
    """Read what the list shows."""
    rows = queries.of_desk(session, at.community_ids, before=before, limit=queries.PAGE + 1)
    home = home_of(session, at)
    return {
        "rows": rows[: queries.PAGE],
        "next": rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None,
        "places": {one.id: one.name for one in places_of(session, at=at)},
        "home": home,
        "drafts": at.who.has(*DRAFTERS) and home is not None,
        "publishes": at.who.has(*PUBLISHERS) and home is not None,
        "since": today() - WEEK + DAY,
        "today": today(),
        "starts_on": programmes.add_working_days(session, today(), 1).day,
        "numbered": queries.numbered_last(session, home.id or 0, today().year) if home else None,
        "paper_last": queries.last_on_paper(session, home.id or 0, today().year) if home else 0,
        "key": f"PN-{uuid4().hex[:12]}",
    }


def home_of(session: Session, at: Desk) -> people.Unit | None:
    """Return the community in which the caller works, where it is one."""
    if at.who.community_id in at.community_ids:
        return people.unit_by_id(session, at.who.community_id or 0)
    return None


@pages.post("/desk/notices")
def post_draft() -> ResponseReturnValue:
    """Draft a notice; the same form sent twice is one draft."""
    row: Notice = run(drafted, at=desk(*DRAFTERS), sent=form(NoticeSentSchema()))
    return redirect(f"/desk/notices/{row.id}", 303)


@pages.get("/desk/notices/<int:number>")
def show_one(number: int) -> ResponseReturnValue:
    """Show a notice as it is, or as it would be published now."""
    at = desk(*READERS)
    return render_template("notices/show.html", **run(read_one, number=number, at=at))


def read_one(session: Session, *, number: int, at: Desk) -> dict[str, Any]:
    """Read a notice for the desk; a draft is computed anew."""
    row = owned(session, number, at=at)
    said, rows = shown(session, row)
    return {
        "row": row,
        "said": said,
        "rows": rows,
        "withdrawn": len(said["rows"]) - len(rows),
        "heard": counted(session, row.id or 0),
        "drafts": at.who.has(*DRAFTERS),
        "publishes": at.who.has(*PUBLISHERS),
        "today": today(),
    }


def shown(session: Session, row: Notice) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what a notice says and who stands in it."""
    if row.content is not None:
        return row.content, queries.open_rows(session, row.id or 0)
    days = figures.Days(row.programme_id, row.community_id, row.since, row.until)
    found = figures.figures(session, days)
    rows = [actions.row_of(one) for one in found.served if one.named]
    said = rules.content(figures.frame(session, row), found, rows)
    names = ("tail", "what", "minutes", "points")
    return said, [{name: getattr(one, name) for name in names} for one in rows]


@pages.post("/desk/notices/<int:number>/publication")
def post_publication(number: int) -> ResponseReturnValue:
    """Publish a draft."""
    run(published, number=number, at=desk(*PUBLISHERS))
    return redirect(f"/desk/notices/{number}", 303)


@pages.post("/desk/notices/<int:number>/end")
def post_drop(number: int) -> ResponseReturnValue:
    """Give a draft up."""
    run(dropped, number=number, at=desk(*DRAFTERS))
    return redirect("/desk/notices", 303)


@pages.post("/desk/notices/numbering")
def post_numbering() -> ResponseReturnValue:
    """Go on after the numbers that were given on paper."""
    run(numbered, at=desk(*PUBLISHERS), sent=form(NumberSentSchema()))
    return redirect("/desk/notices", 303)


@pages.post("/desk/notices/consents")
def post_consent() -> ResponseReturnValue:
    """Note that somebody without a phone gave or withdrew the consent on paper."""
    run(consented, at=desk(*DRAFTERS), sent=form(ConsentSentSchema()))
    return redirect("/desk/notices", 303)


# ------------------------------------------------------------------------------- JSON


@api.post("")
@api.arguments(NoticeSentSchema)
@api.response(201, NoticeSchema)
def post_notice(sent: dict[str, Any]) -> ResponseReturnValue:
    """Draft a notice; the same key again answers with the first."""
    return run(drafted, at=desk(*DRAFTERS), sent=sent)  # type: ignore[no-any-return]


@api.post("/<int:number>/publication")
@api.response(200, NoticeSchema)
def post_notice_publication(number: int) -> ResponseReturnValue:
    """Publish a draft; again answers with the same."""
    return run(published, number=number, at=desk(*PUBLISHERS))  # type: ignore[no-any-return]


@api.put("/numbering")
@api.arguments(NumberSentSchema)
@api.response(200, NumberSchema)
def put_numbering(sent: dict[str, Any]) -> ResponseReturnValue:
    """Say which number was the last on paper, before the first of a year is given here."""
    last: int = run(numbered, at=desk(*PUBLISHERS), sent=sent)
    return {"year": sent["year"], "last": last}


# ---------------------------------------------------------------------- shared by both


def drafted(session: Session, *, at: Desk, sent: dict[str, Any]) -> Notice:
    """Draft a notice of one of the desk's communities."""
    place = place_of(session, sent["community"], at=at)
    wanted = Wanted(sent["key"], sent["since"], sent["until"], sent["starts_on"])
    return actions.draft(session, place, wanted, by=at.who, now=now())


def published(session: Session, *, number: int, at: Desk) -> Notice:
    """Publish a draft of one of the desk's communities."""
    row = owned(session, number, at=at)
    return actions.publish(session, row.id or 0, by=at.who, now=now())


def dropped(session: Session, *, number: int, at: Desk) -> Notice:
    """Give up a draft of one of the desk's communities."""
    row = owned(session, number, at=at)
    return actions.drop(session, row.id or 0, by=at.who, now=now())


def numbered(session: Session, *, at: Desk, sent: dict[str, Any]) -> int:
    """Set after which number a community goes on."""
    place = place_of(session, sent["community"], at=at)
    return actions.number_after(
        session, place, year=sent["year"], last=sent["last"], by=at.who, now=now()
    )


def consented(session: Session, *, at: Desk, sent: dict[str, Any]) -> people.Volunteer:
    """Note the consent of a volunteer of the desk's communities."""
    person = people.volunteer(session, sent["volunteer"].upper())
    if not at.has(person.community_id):
        raise people.UnknownVolunteer
    given = {"given": sent["given"], "by": at.who.actor, "now": now()}
    return consents.agree(session, person.id or 0, **given)
