"""Pages of cases at the desk: the list, a new one, one with everything that can be done."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import files, people, trail
from service.activities import Decision
from service.cases import queries
from service.cases.actions.opening import Piece
from service.cases.models import Case, Status
from service.cases.queries import PAGE
from service.cases.routes import deeds
from service.cases.routes.whose import (
    DECIDERS,
    OPENERS,
    SUSPENDERS,
    Desk,
    decides,
    desk,
    form,
    reads,
    run,
    told,
)
from service.cases.schemas import (
    AnswerSentSchema,
    AssignSchema,
    EvidenceSentSchema,
    ListAskSchema,
    OpenSchema,
    ProposeSchema,
    SolveSchema,
    SuspendSchema,
    VerdictSchema,
)
from service.web import now, uploads

pages = Blueprint("case_pages", __name__)
PREFILLED = ("volunteer", "note")


@pages.get("/desk/cases")
def show_cases() -> ResponseReturnValue:
    """Show the cases that wait, or those that were answered, the newest first."""
    at, asked = reads(), ListAskSchema().load(request.args.to_dict())
    mine = at.who.actor if asked["mine"] else None
    rows = run(
        queries.cases_page,
        community_ids=at.community_ids,
        answered=asked["answered"],
        mine=mine,
        before=asked["before"],
    )
    following = rows[PAGE - 1].row.id if len(rows) > PAGE else None
    shown = {"rows": rows[:PAGE], "next": following, "asked": asked}
    return render_template("cases/list.html", may=may_open(at.who), **shown)


def may_open(who: people.Caller) -> bool:
    """Tell whether somebody may open a case somewhere."""
    return who.has(*OPENERS)


@pages.get("/desk/cases/new")
def show_new() -> ResponseReturnValue:
    """Show the form of a new case, with what it was called from filled in."""
    at = desk(*OPENERS)
    page = run(read_new, at=at)
    given = {name: request.args.get(name, "")[:200] for name in PREFILLED}
    given["awards"] = " ".join(request.args.getlist("award"))[:400]
    given["exceptions"] = request.args.get("exception", "")[:40]
    return render_template("cases/new.html", given=given, key=uuid4().hex, **page)


def read_new(session: Session, *, at: Desk) -> dict[str, Any]:
    """Read the findings from which a case is opened, and where it can be opened."""
    ids = [int(one) for one in request.args.getlist("finding") if one.isdecimal()]
    here = list(at.community_ids)
    places = [people.unit_by_id(session, one) for one in here]
    found = deeds.findings(session, ids[:20], here)
    return {"findings": found, "places": places, "about": deeds.whom(found)}


@pages.post("/desk/cases")
@uploads.takes_pictures
def post_case() -> ResponseReturnValue:
    """Open a case and show it."""
    at = desk(*OPENERS)
    sent: dict[str, Any] = form("key", "title", "community", "volunteer", "note")
    sent |= {"findings": numbers("findings"), "exceptions": numbers("exceptions")}
    sent |= {"awards": words_of("awards"), "sales": words_of("sales")}
    given = OpenSchema().load(sent)
    case, _ = run(deeds.open_one, given=given, at=at, content=uploads.received())
    return redirect(f"/desk/cases/{case.id}")


def words_of(name: str) -> list[str]:
    """Return the keys that stand in the fields of a name, with spaces or commas between them."""
    return " ".join(request.form.getlist(name)).replace(",", " ").replace("，", " ").split()


def numbers(name: str) -> list[int | str]:
    """Return the numbers of the fields of a name; what is none is left for the schema to refuse."""
    return [int(one) if one.isdecimal() else one for one in words_of(name)]


@pages.get("/desk/cases/<int:number>")
def show_case(number: int) -> ResponseReturnValue:
    """Show a case: what it rests on, what is proposed, what was done, what can be done."""
    return render_template("cases/one.html", key=uuid4().hex, **run(read_one, number=number))


def read_one(session: Session, *, number: int) -> dict[str, Any]:
    """Read everything that the page of a case shows."""
    at = reads()
    found = queries.case(session, number, at.community_ids)
    story = queries.story(session, found)
    return {
        "who": at.who,
        "case": found,
        "about": told(session, found).volunteer,
        "place": people.unit_by_id(session, found.community_id),
        "story": story,
        "awards": queries.awards_of_case(session, story.evidence),
        "keepers": deeds.keepers(session, found),
        "steps": trail.about(session, f"case:{number}"),
        "may": may(found),
    }


def may(found: Case) -> dict[str, bool]:
    """Tell what the caller may do with a case as it stands."""

    def within(*roles: people.Role) -> bool:
        who = reads().who
        return who.has(*roles) and found.community_id in desk(*roles).community_ids

    open_ = found.status in (Status.FOUND, Status.ASSIGNED)
    decider = within(*DECIDERS)
    return {
        "add": open_ and within(*OPENERS),
        "decide": decider,
        "solve": open_ and decider,
        "suspend": found.status != Status.ANSWERED and within(*SUSPENDERS),
        "answer": found.status == Status.SOLVED and decider,
    }


def again(number: int) -> ResponseReturnValue:
    """Show the case again after something was done with it."""
    return redirect(f"/desk/cases/{number}")


@pages.post("/desk/cases/<int:number>/evidence")
@uploads.takes_pictures
def post_evidence(number: int) -> ResponseReturnValue:
    """Add an award, a sale, a finding or words, with a picture if there is one."""
    at, content = desk(*OPENERS), uploads.received()
    given = EvidenceSentSchema().load({"ref": uuid4().hex, **form("kind", "ref", "note")})
    piece = Piece(**given)
    run(deeds.rest_on, number=number, piece=piece, at=at, reads=reads(), content=content)
    return again(number)


@pages.get("/desk/cases/<int:number>/pictures/<code>")
def show_picture(number: int, code: str) -> ResponseReturnValue:
    """Send a picture of a case; who looks at it is written down."""
    return uploads.show(run(read_picture, number=number, code=code, at=reads()))


def read_picture(session: Session, *, number: int, code: str, at: Desk) -> files.File:
    """Return a picture of a case's evidence and leave a trace. Raises UnknownFile."""
    found = queries.case(session, number, at.community_ids)
    for one in queries.story(session, found).pictures.values():
        if one.code == code:
            about = f"case:{number}"
            who = at.who.actor
            trail.record(session, actor=who, action="see-evidence", subject=about, now=now())
            return one
    raise files.UnknownFile


@pages.post("/desk/cases/<int:number>/assignment")
def post_assignment(number: int) -> ResponseReturnValue:
    """Give a case to somebody, or to nobody."""
    at = desk(*DECIDERS)
    given = AssignSchema().load({"to": None, **form("to", "was")})
    run(deeds.give, number=number, given=given, at=at, reads=reads())
    return again(number)


@pages.post("/desk/cases/<int:number>/proposals")
def post_proposal(number: int) -> ResponseReturnValue:
    """Propose to take back what was ticked, or to let somebody not lead for a while."""
    at, sent = desk(*OPENERS), form("key", "reason")
    keys = {"awards": words_of("awards"), "sales": words_of("sales")}
    about = form("volunteer", "until")
    given = ProposeSchema().load({**sent, **keys, "suspension": about or None})
    run(deeds.propose, number=number, given=given, at=at, reads=reads())
    return again(number)


@pages.post("/desk/cases/<int:number>/proposals/<int:nth>/decision")
def post_decision(number: int, nth: int) -> ResponseReturnValue:
    """Approve or refuse all that was proposed."""
    at, given = decides(number), VerdictSchema().load(form("reason"))
    said = Decision(request.form.get("decision") == "accept", given["reason"])
    run(deeds.decide, number=number, nth=nth, decision=said, at=at)
    return again(number)


@pages.post("/desk/cases/<int:number>/suspensions")
def post_suspension(number: int) -> ResponseReturnValue:
    """Take the right to award by hand away until a day."""
    at, given = desk(*SUSPENDERS), SuspendSchema().load(form("volunteer", "until"))
    who, until = given["volunteer"].upper(), given["until"]
    run(deeds.suspend, number=number, volunteer=who, until=until, at=at, reads=reads())
    return again(number)


@pages.post("/desk/cases/<int:number>/solution")
def post_solution(number: int) -> ResponseReturnValue:
    """Write down what came out."""
    at, given = desk(*DECIDERS), SolveSchema().load(form("outcome", "words"))
    run(deeds.solve, number=number, given=given, at=at, reads=reads())
    return again(number)


@pages.post("/desk/cases/<int:number>/answer")
def post_answer(number: int) -> ResponseReturnValue:
    """Answer a case."""
    at, given = desk(*DECIDERS), AnswerSentSchema().load(form("words"))
    run(deeds.answer, number=number, words=given["words"], at=at, reads=reads())
    return again(number)
