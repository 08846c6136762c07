"""HTTP around the gate: the roster for gates without network, headcounts, problems, reopening."""

from datetime import datetime
from secrets import token_hex
from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities
from service.activities.actions.gate import check_keeper, look
from service.activities.actions.oversight import Heads, count_heads, reopen
from service.activities.actions.problems import Resolution, activity_of, find_problem, resolve
from service.activities.models import Headcount, Problem, Reopening
from service.activities.queries.lists import present_count
from service.activities.queries.offline_roster import offline_roster
from service.activities.queries.problems import PAGE, headcounts, listed, problems_of
from service.activities.refusals import NotYours, UnknownActivity, UnknownProblem
from service.activities.routes.hours import kept_by_staff
from service.activities.routes.keepers import gate, kept, run, signed_in
from service.activities.routes.words import of_problem
from service.activities.schemas.gate import (
    HeadcountSchema,
    HeadcountSentSchema,
    HeadcountsSchema,
    OfflineRosterSchema,
    PresentSchema,
    ProblemsAskedSchema,
    ProblemSchema,
    ProblemsSchema,
    ReopenedSchema,
    ReopenSentSchema,
    ResolutionSentSchema,
)
from service.clock import business_day
from service.live import activity_topic
from service.web import database, now
from service.web.api import ApiBlueprint
from service.web.live import offer

api = ApiBlueprint("oversight", __name__, url_prefix="/api/v1", description="Around the gate")

SALT_BYTES = 16


@api.get("/activities/<code>/offline-roster")
@api.response(200, OfflineRosterSchema)
def get_offline_roster(code: str) -> ResponseReturnValue:
    """Give a gate what it may know without a network: salted hashes and masked numbers."""
    place = look(gate(), code, None, now())
    if not place:
        raise UnknownActivity
    check_keeper(signed_in(), place, today=business_day(now()))
    return offline_roster(database(), place, salt=token_hex(SALT_BYTES), now=now())


@api.get("/activities/<code>/present")
@api.response(200, PresentSchema)
def get_present(code: str) -> ResponseReturnValue:
    """Tell a gate how many came by all gates together, and where to hear of the next."""
    place = look(gate(), code, None, now())
    if not place:
        raise UnknownActivity
    check_keeper(signed_in(), place, today=business_day(now()))
    offer(activity_topic(place["code"]))
    return {"present": run(present_count, activity_id=place["id"])}


@api.post("/activities/<code>/headcounts")
@api.arguments(HeadcountSentSchema)
@api.response(200, HeadcountSchema)
def post_headcount(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Keep how many heads the leader counted, beside the gate's own number."""
    row, replayed = run(count, code=code, heads=Heads(**sent))
    return counted(row) | {"replayed": replayed}


def count(session: Session, *, code: str, heads: Heads) -> tuple[Headcount, bool]:
    """Let the leader or the recorder count."""
    return count_heads(session, kept(session, code), heads, by=signed_in(), now=now())


def counted(row: Headcount) -> dict[str, Any]:
    """Return a headcount as JSON says it."""
    figures = {"count": row.count, "present": row.present, "at": row.at}
    return figures | {"difference": row.count - row.present, "replayed": False}


@api.get("/activities/<code>/headcounts")
@api.response(200, HeadcountsSchema)
def get_headcounts(code: str) -> ResponseReturnValue:
    """List the headcounts of an activity, newest first."""
    return {"items": [counted(row) for row in run(read_counts, code=code)]}


def read_counts(session: Session, *, code: str) -> list[Headcount]:
    """Read the headcounts of an activity that the caller leads, keeps or audits."""
    return headcounts(session, kept(session, code, readers=True).id)


@api.post("/activities/<code>/reopenings")
@api.arguments(ReopenSentSchema)
@api.response(200, ReopenedSchema)
def post_reopening(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Open a gate again for check-outs, with a reason; for the recorder and the secretary."""
    row: Reopening = run(open_again, code=code, until=sent["until"], reason=sent["reason"])
    return {"until": row.until, "reason": row.reason}


def open_again(session: Session, *, code: str, until: datetime, reason: str) -> Reopening:
    """Let an officer of the community open a gate again."""
    found: activities.Activity = kept_by_staff(session, code)
    return reopen(session, found, until=until, reason=reason, by=signed_in(), now=now())


@api.get("/activities/<code>/problems")
@api.arguments(ProblemsAskedSchema, location="query")
@api.response(200, ProblemsSchema)
def get_problems(asked: dict[str, Any], code: str) -> ResponseReturnValue:
    """List what did not fit at a gate, newest first."""
    rows = run(read_problems, code=code, asked=asked)
    shown = [said(row) for row in rows[:PAGE]]
    return {"items": shown, "next": shown[-1]["id"] if len(rows) > PAGE else None}


def read_problems(session: Session, *, code: str, asked: dict[str, Any]) -> list[Any]:
    """Read the list of an activity that the caller leads, keeps or audits."""
    found = kept(session, code, readers=True)
    return problems_of(session, found.id, open_only=asked["open"], before=asked["before"])


def said(row: Any) -> dict[str, Any]:
    """Return a row of the list as JSON says it: masked, with words."""
    plain = ("id", "kind", "tail", "device", "opened_at", "resolved_at", "resolution", "note")
    return {name: getattr(row, name) for name in plain} | {
        "action": row.action or row.detail.get("action"),
        "occurred_at": row.at,
        "detail": row.detail,
        "text": of_problem(row),
    }


@api.post("/problems/<int:number>/resolution")
@api.arguments(ResolutionSentSchema)
@api.response(200, ProblemSchema)
def post_resolution(sent: dict[str, Any], number: int) -> ResponseReturnValue:
    """Close a row of the list with a note, or count the stay from when to when."""
    return said(run(settle, number=number, word=Resolution(**sent)))


def settle(session: Session, *, number: int, word: Resolution) -> Any:
    """Let the leader or the recorder resolve; others hear that there is no such row."""
    row: Problem = find_problem(session, number, lock=True)
    found = activity_of(session, row)
    try:
        kept(session, found.code)
    except NotYours as error:
        raise UnknownProblem from error
    resolve(session, found, row, word=word, by=signed_in(), now=now())
    session.flush()
    return listed(session, row.id)
