"""The reconciliation's JSON: runs, exceptions, days."""

from functools import partial
from typing import Any

from sqlmodel import Session

from service.reconciliation import actions, queries
from service.reconciliation.actions import Counts
from service.reconciliation.close import Signature, close_day
from service.reconciliation.queries import DayView
from service.reconciliation.routes.whose import (
    CLERKS,
    DESK,
    READERS,
    SIGNERS,
    chosen,
    day_of,
    seen_by,
    today,
)
from service.reconciliation.schemas import (
    CloseSchema,
    CommunitySchema,
    DaySchema,
    ExceptionsAskSchema,
    ExceptionsSchema,
    RunAskSchema,
    RunQueuedSchema,
    RunSchema,
    describe,
)
from service.web import database, now
from service.web.api import ApiBlueprint

api = ApiBlueprint(
    "reconciliation_api", __name__, url_prefix="/api/v1", description="Reconciliation and closing"
)


@api.post("/reconciliation/runs")
@api.arguments(RunAskSchema)
@api.response(202, RunQueuedSchema)
def post_run(given: dict[str, Any]) -> dict[str, Any]:
    """Keep what was counted of a day and let a worker compare it with the books."""
    keeper, seen = seen_by(*CLERKS)
    counts = Counts(given["paper_counts"], given["stock_counts"])

    def work(session: Session) -> dict[str, Any]:
        code = given.get("community")
        of = chosen(session, keeper, seen, day=given["day"], code=code)
        known = queries.named(session, of, counts, seen)
        asked = partial(actions.ask, actor=keeper.actor, today=today(), now=now())
        row = asked(session, of, counts=known)
        return {"run": row.id, "status": row.status}

    return database().atomic(work)


@api.get("/reconciliation/runs/<int:run_id>")
@api.response(200, RunSchema)
def get_run(run_id: int) -> dict[str, Any]:
    """Tell what a run found, each exception as it stands now."""
    _, seen = seen_by(*READERS)

    def work(session: Session) -> dict[str, Any]:
        row = queries.run(session, run_id, seen)
        found = queries.found_by(session, row, seen)
        said = [describe(one, shops_only=seen.shops_only) for one in found]
        return {**row.model_dump(), "exceptions": said}

    return database().atomic(work)


@api.get("/reconciliation/exceptions")
@api.arguments(ExceptionsAskSchema, location="query")
@api.response(200, ExceptionsSchema)
def get_exceptions(asked: dict[str, Any]) -> dict[str, Any]:
    """List exceptions by their number."""
    _, seen = seen_by(*READERS)
    work = partial(
        queries.exceptions,
        seen=seen,
        day=asked.get("day"),
        after=asked["after"],
        answered=not asked["open"],
    )
    rows = database().atomic(work)
    full = len(rows) == queries.PAGE_MAX
    said = [describe(row, shops_only=seen.shops_only) for row in rows]
    return {"items": said, "next": rows[-1].id if full else None}


@api.get("/reconciliation/days/<day>")
@api.arguments(CommunitySchema, location="query")
@api.response(200, DaySchema)
def get_day(asked: dict[str, str], day: str) -> dict[str, Any]:
    """Tell a day's figures: the signed ones when it is closed, else those of this moment."""
    keeper, seen = seen_by(*DESK)

    def work(session: Session) -> dict[str, Any]:
        code = asked.get("community")
        of = chosen(session, keeper, seen, day=day_of(day), code=code)
        return say_day(queries.day_view(session, of))

    return database().atomic(work)


@api.post("/reconciliation/days/<day>/close")
@api.arguments(CloseSchema)
@api.response(200, DaySchema)
def post_close(given: dict[str, str], day: str) -> dict[str, Any]:
    """Sign a day: its equation holds, its exceptions are answered or carried with the note."""
    keeper, seen = seen_by(*SIGNERS)

    def work(session: Session) -> dict[str, Any]:
        code = given.get("community")
        of = chosen(session, keeper, seen, day=day_of(day), code=code)
        signature = Signature(keeper.actor, given["note"], now())
        close_day(session, of, signature=signature, today=today())
        return say_day(queries.day_view(session, of))

    return database().atomic(work)


def say_day(view: DayView) -> dict[str, Any]:
    """Write a day as JSON's fields."""
    signed = view.row if view.status == "closed" else None
    return {
        "day": view.of.day,
        "status": view.status,
        "equation": view.figures,
        "balanced": view.balanced,
        "faults": view.faults,
        "blocking": view.blocking,
        "closed_at": signed.closed_at if signed else None,
        "closed_by": signed.closed_by if signed else None,
        "note": signed.note if signed else None,
        "seal": signed.seal if signed else None,
    }
