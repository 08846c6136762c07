"""Cases as JSON."""

from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.activities import Decision, Right
from service.cases import queries
from service.cases.actions.opening import Piece
from service.cases.routes import deeds
from service.cases.routes.whose import (
    DECIDERS,
    OPENERS,
    SUSPENDERS,
    Desk,
    decides,
    desk,
    reads,
    run,
    told,
)
from service.cases.schemas import (
    AnswerSentSchema,
    AssignSchema,
    CasesSchema,
    EvidenceSentSchema,
    ListAskSchema,
    OpenSchema,
    ProposeSchema,
    SolveSchema,
    SuspendedSchema,
    SuspendSchema,
    VerdictSchema,
    WholeCaseSchema,
    tell_case,
    tell_story,
)
from service.clock import business_day
from service.web import now
from service.web.api import ApiBlueprint

api = ApiBlueprint("cases", __name__, url_prefix="/api/v1", description="Cases")


@api.get("/cases")
@api.arguments(ListAskSchema, location="query")
@api.response(200, CasesSchema)
def get_cases(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the cases of the caller's communities that are not answered, or the answered ones."""
    at = reads()
    mine = at.who.actor if asked["mine"] else None
    given = {"answered": asked["answered"], "mine": mine, "before": asked["before"]}
    rows = run(queries.cases_page, community_ids=at.community_ids, **given)
    following = rows[queries.PAGE - 1].row.id if len(rows) > queries.PAGE else None
    return {"items": [tell_case(one) for one in rows[: queries.PAGE]], "next": following}


@api.post("/cases")
@api.arguments(OpenSchema)
@api.response(201, WholeCaseSchema)
def post_case(given: dict[str, Any]) -> ResponseReturnValue:
    """Open a case with what it rests on; the same key again answers the first."""
    case, known = run(deeds.open_one, given=given, at=desk(*OPENERS))
    return whole(case.id) | {"replayed": known}, 200 if known else 201


@api.get("/cases/<int:number>")
@api.response(200, WholeCaseSchema)
def get_case(number: int) -> ResponseReturnValue:
    """Tell a case with its evidence and its proposals."""
    return whole(number)


def whole(number: int) -> dict[str, Any]:
    """Return a case of the caller's communities as JSON says it."""
    said: dict[str, Any] = run(read_whole, number=number, at=reads())
    return said


def read_whole(session: Session, *, number: int, at: Desk) -> dict[str, Any]:
    """Read a case with its story."""
    found = queries.case(session, number, at.community_ids)
    return tell_story(told(session, found), queries.story(session, found))


@api.post("/cases/<int:number>/evidence")
@api.arguments(EvidenceSentSchema)
@api.response(201, WholeCaseSchema)
def post_evidence(given: dict[str, Any], number: int) -> ResponseReturnValue:
    """Add one thing that a case rests on; the same again changes nothing."""
    run(deeds.rest_on, number=number, piece=Piece(**given), at=desk(*OPENERS), reads=reads())
    return whole(number)


@api.post("/cases/<int:number>/assignment")
@api.arguments(AssignSchema)
@api.response(200, WholeCaseSchema)
def post_assignment(given: dict[str, Any], number: int) -> ResponseReturnValue:
    """Give a case to somebody who decides in its community, or to nobody."""
    run(deeds.give, number=number, given=given, at=desk(*DECIDERS), reads=reads())
    return whole(number)


@api.post("/cases/<int:number>/proposals")
@api.arguments(ProposeSchema)
@api.response(201, WholeCaseSchema)
def post_proposal(given: dict[str, Any], number: int) -> ResponseReturnValue:
    """Propose to take several awards and sales back, or to let somebody not lead until a day.

    Another person decides about all of it.
    """
    run(deeds.propose, number=number, given=given, at=desk(*OPENERS), reads=reads())
    return whole(number)


@api.post("/cases/<int:number>/proposals/<int:nth>/decision")
@api.arguments(VerdictSchema)
@api.response(200, WholeCaseSchema)
def post_decision(given: dict[str, Any], number: int, nth: int) -> ResponseReturnValue:
    """Approve or refuse a proposal: neither a maker, nor the proposer, nor who gained."""
    said = Decision(given["accept"], given["reason"])
    run(deeds.decide, number=number, nth=nth, decision=said, at=decides(number))
    return whole(number)


@api.post("/cases/<int:number>/suspensions")
@api.arguments(SuspendSchema)
@api.response(200, SuspendedSchema)
def post_suspension(given: dict[str, Any], number: int) -> ResponseReturnValue:
    """Take the right to award by hand away until a day, that day included."""
    who, until = given["volunteer"].upper(), given["until"]
    at = desk(*SUSPENDERS)
    right: Right = run(
        deeds.suspend, number=number, volunteer=who, until=until, at=at, reads=reads()
    )
    taken = right.suspended(business_day(now()))
    return {"volunteer": who, "right": right.name, "held": not taken, "until": until}


@api.post("/cases/<int:number>/solution")
@api.arguments(SolveSchema)
@api.response(200, WholeCaseSchema)
def post_solution(given: dict[str, Any], number: int) -> ResponseReturnValue:
    """Write down what came out of a case."""
    run(deeds.solve, number=number, given=given, at=desk(*DECIDERS), reads=reads())
    return whole(number)


@api.post("/cases/<int:number>/answer")
@api.arguments(AnswerSentSchema)
@api.response(200, WholeCaseSchema)
def post_answer(given: dict[str, Any], number: int) -> ResponseReturnValue:
    """Answer a case that is solved; whom it is about reads it."""
    run(deeds.answer, number=number, words=given["words"], at=desk(*DECIDERS), reads=reads())
    return whole(number)
