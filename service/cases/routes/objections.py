"""Pages of objections at the desk: what is due, what was answered, one of them, one on paper."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import files, people, trail
from service.cases import queries
from service.cases.models import About, Verdict
from service.cases.routes import filing
from service.cases.routes.objections_api import page
from service.cases.routes.whose import DECIDERS, OPENERS, Desk, desk, form, reads, run, told
from service.cases.schemas import ListAskSchema, PaperObjectSchema, ReplySchema
from service.web import now, uploads

pages = Blueprint("objection_pages", __name__)


@pages.get("/desk/objections")
def show_objections() -> ResponseReturnValue:
    """Show the objections that wait for an answer, what is due first at the top."""
    at, asked = reads(), ListAskSchema().load(request.args.to_dict())
    rows, following = run(page, asked=asked, at=at)
    may = at.who.has(*OPENERS)
    return render_template("cases/objections.html", rows=rows, next=following, asked=asked, may=may)


@pages.get("/desk/objections/new")
def show_paper() -> ResponseReturnValue:
    """Show the form for what a volunteer wrote on paper."""
    desk(*OPENERS)
    names = ("kind", "ref", "notice", "volunteer")
    given = {name: request.args.get(name, "")[:80] for name in names}
    given["kind"] = given["kind"] or About.AWARD
    return render_template("cases/objection_paper.html", given=given, key=uuid4().hex)


@pages.post("/desk/objections")
@uploads.takes_pictures
def post_paper() -> ResponseReturnValue:
    """File what a volunteer wrote on paper, with a photo of the sheet."""
    at, content = desk(*OPENERS), uploads.received()
    given = PaperObjectSchema().load(form("key", "kind", "ref", "notice", "volunteer", "text"))
    row, _ = run(filing.file_paper, given=given, at=at, content=content)
    return redirect(f"/desk/objections/{row.id}")


@pages.get("/desk/objections/<int:number>")
def show_objection(number: int) -> ResponseReturnValue:
    """Show an objection, what it is about, and the form for its answer."""
    return render_template("cases/objection.html", **run(read_one, number=number))


def read_one(session: Session, *, number: int) -> dict[str, Any]:
    """Read what the page of an objection shows."""
    at = reads()
    row = queries.objection(session, number, at.community_ids)
    answers = at.who.has(*DECIDERS) and row.community_id in desk(*DECIDERS).community_ids
    pictures = files.find_all(session, [row.file_id] if row.file_id else [])
    return {
        "row": row,
        "who": told(session, row).volunteer,
        "title": filing.titled(session, row),
        "may": row.status == Verdict.OPEN and answers,
        "own": at.who.actor in row.made_by,
        "picture": pictures.get(row.file_id or 0),
        "place": people.unit_by_id(session, row.community_id),
        "steps": trail.about(session, f"objection:{number}"),
    }


@pages.get("/desk/objections/<int:number>/picture")
def show_sheet(number: int) -> ResponseReturnValue:
    """Send the photo of the sheet; who looks at it is written down."""
    return uploads.show(run(read_sheet, number=number, at=reads()))


def read_sheet(session: Session, *, number: int, at: Desk) -> files.File:
    """Return the photo of an objection on paper and leave a trace. Raises UnknownFile."""
    row = queries.objection(session, number, at.community_ids)
    found = files.find_all(session, [row.file_id] if row.file_id else [])
    if row.file_id not in found:
        raise files.UnknownFile
    about = f"objection:{number}"
    trail.record(session, actor=at.who.actor, action="see-evidence", subject=about, now=now())
    return found[row.file_id]


@pages.post("/desk/objections/<int:number>/answer")
def post_answer(number: int) -> ResponseReturnValue:
    """Answer an objection in writing; one that is right goes on as a case."""
    at, given = desk(*DECIDERS), ReplySchema().load(form("upheld", "words"))
    row = run(filing.reply, number=number, given=given, at=at, reads=reads())
    return redirect(f"/desk/cases/{row.case_id}" if row.case_id else f"/desk/objections/{number}")
