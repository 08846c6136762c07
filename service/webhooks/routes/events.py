"""HTTP of events that were set aside: seen, tried again, left out."""

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import outbox
from service.outbox import Event, Failure, Fate
from service.web import caller
from service.web.api import ApiBlueprint
from service.webhooks import words
from service.webhooks.routes.whose import MACHINE, PAGE, filled, page, run, seen
from service.webhooks.schemas import (
    CountSchema,
    FailuresAskSchema,
    FailureSchema,
    FailuresSchema,
    FailureWholeSchema,
    SkipSchema,
)

api = ApiBlueprint(
    "failures_api", __name__, url_prefix="/api/v1", description="Events that were set aside"
)
pages = Blueprint("failures", __name__)

HERE = "/desk/events"
OPEN = (Fate.DEAD, Fate.RETRYING)


def listed(session: Session, *, status: str, after: int | None) -> dict[str, Any]:
    """Return one page of the failures that the caller may see."""
    statuses = [status] if status else OPEN
    rows = outbox.failures(session, seen(session), statuses=statuses, before=after, limit=PAGE + 1)
    items, more = page(list(rows))
    return {"items": [told(session, row) for row in items], "next": more}


def told(session: Session, row: Failure) -> dict[str, Any]:
    """Write a failure as JSON's fields."""
    event = session.get_one(Event, row.event_id)
    return row.model_dump() | {"type": event.type}


def whole(session: Session, *, failure_id: int) -> dict[str, Any]:
    """Return one failure with what its event says. Raises UnknownFailure."""
    row, event = outbox.failure(session, failure_id, seen(session))
    return row.model_dump() | {"type": event.type, "payload": event.payload, "event": event}


def retry(session: Session, *, failure_id: int) -> dict[str, Any]:
    """Have an event tried again. Raises UnknownFailure, NotOpen."""
    outbox.failure(session, failure_id, seen(session))
    row = outbox.retry(session, failure_id, actor=caller().actor, now=MACHINE.now())
    return told(session, row)


def retry_all(session: Session) -> dict[str, int]:
    """Have every event tried again that was set aside, a page at most."""
    rows = outbox.failures(session, seen(session), statuses=[Fate.DEAD])
    for row in rows:
        outbox.retry(session, row.id or 0, actor=caller().actor, now=MACHINE.now())
    return {"count": len(rows)}


def skip(session: Session, *, failure_id: int, note: str) -> dict[str, Any]:
    """Leave an event out. Raises UnknownFailure, NotOpen."""
    outbox.failure(session, failure_id, seen(session))
    row = outbox.skip(session, failure_id, note=note, actor=caller().actor, now=MACHINE.now())
    return told(session, row)


@api.get("/events/failures")
@api.arguments(FailuresAskSchema, location="query")
@api.response(200, FailuresSchema)
def get_failures(asked: dict[str, Any]) -> Any:
    """List the events on which a consumer failed, the newest first."""
    return run(listed, **asked)


@api.get("/events/failures/<int:failure_id>")
@api.response(200, FailureWholeSchema)
def get_failure(failure_id: int) -> Any:
    """Show one of them, with what it says."""
    return run(whole, failure_id=failure_id)


@api.post("/events/failures/<int:failure_id>/retry")
@api.response(202, FailureSchema)
def post_retry(failure_id: int) -> Any:
    """Have it tried again at once; asking twice asks once."""
    return run(retry, failure_id=failure_id)


@api.post("/events/failures/retry")
@api.response(202, CountSchema)
def post_retry_all() -> Any:
    """Have all that was set aside tried again."""
    return run(retry_all)


@api.post("/events/failures/<int:failure_id>/skip")
@api.arguments(SkipSchema)
@api.response(200, FailureSchema)
def post_skip(given: dict[str, Any], failure_id: int) -> Any:
    """Leave it out for ever; the later events of its subject go on."""
    return run(skip, failure_id=failure_id, **given)


@pages.get(HERE)
def show_failures() -> ResponseReturnValue:
    """Show the events that were set aside."""
    asked = FailuresAskSchema().load(request.args.to_dict())
    return render_template("webhooks/events.html", **run(listed, **asked), **asked, words=words)


@pages.get(f"{HERE}/<int:failure_id>")
def show_failure(failure_id: int) -> ResponseReturnValue:
    """Show one event that was set aside."""
    found = run(whole, failure_id=failure_id)
    says = json.dumps(found["payload"], ensure_ascii=False, indent=2)
    return render_template("webhooks/event.html", one=found, says=says, words=words)


@pages.post(f"{HERE}/retry")
def retry_all_from_page() -> ResponseReturnValue:
    """Have all tried again and show the list."""
    run(retry_all)
    return redirect(HERE, 303)


@pages.post(f"{HERE}/<int:failure_id>/<any(retry, skip):act>")
def decide_from_page(failure_id: int, act: str) -> ResponseReturnValue:
    """Have one tried again or leave it out, and show it."""
    if act == "skip":
        run(skip, failure_id=failure_id, **SkipSchema().load(filled()))
    else:
        run(retry, failure_id=failure_id)
    return redirect(f"{HERE}/{failure_id}", 303)
