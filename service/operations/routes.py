"""HTTP of the operations: an administrator's page, and the same as JSON."""

from functools import partial
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service.operations import actions
from service.operations.backstage import Backstage, BackstageAway, JobPage, Overview
from service.operations.queries import backlog
from service.operations.schemas import (
    DoneSchema,
    FailedAskedSchema,
    FailedSchema,
    OperationsSchema,
)
from service.operations.words import QUEUES, STATES, WORK, rhythm
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.locale import gettext

api = ApiBlueprint("operations_api", __name__, url_prefix="/api/v1", description="Background work")
pages = Blueprint("operations", __name__)
blueprints = [api, pages]


def backstage() -> Backstage:
    """Return who keeps the queues. Raises BackstageAway where the entry handed nobody over."""
    found: Backstage | None = current_app.extensions.get("aixin.backstage")
    if found is None:
        raise BackstageAway
    return found


@api.get("/operations")
@api.response(200, OperationsSchema)
def get_operations() -> dict[str, Any]:
    """Tell how the background work stands."""
    require("administrator")
    found = backstage().overview()
    told = {name: getattr(found, name) for name in Overview.__dataclass_fields__}
    return told | {"backlog": database().atomic(partial(backlog, now=now()))}


@api.get("/operations/failed")
@api.arguments(FailedAskedSchema, location="query")
@api.response(200, FailedSchema)
def get_failed(asked: dict[str, Any]) -> JobPage:
    """List what failed in one queue, the newest first."""
    require("administrator")
    return backstage().failed(asked["queue"], before=asked["before"])


@api.post("/operations/jobs/<job_id>/retry")
@api.response(200, DoneSchema)
def post_retry(job_id: str) -> dict[str, bool]:
    """Try failed work again. Twice is once."""
    return {"done": run(actions.retry, job_id)}


@api.delete("/operations/jobs/<job_id>")
@api.response(200, DoneSchema)
def delete_job(job_id: str) -> dict[str, bool]:
    """Forget failed or scheduled work. Twice is once."""
    return {"done": run(actions.delete, job_id)}


@pages.get("/desk/operations")
def show_operations() -> ResponseReturnValue:
    """Show how the background work stands."""
    return render_template("operations/show.html", **look())


@pages.get("/desk/operations/part")
def show_operations_part() -> ResponseReturnValue:
    """Send the same without the page around it, for the script that asks again."""
    return render_template("operations/_part.html", **look())


@pages.get("/desk/operations/failed")
def show_failed() -> ResponseReturnValue:
    """Show what failed in one queue."""
    require("administrator")
    queue = request.args.get("queue", "default")
    page = backstage().failed(queue, before=request.args.get("before"))
    return render_template("operations/failed.html", page=page, queue=queue, **words())


@pages.post("/desk/operations/jobs/<job_id>/retry")
def retry_from_page(job_id: str) -> ResponseReturnValue:
    """Try failed work again from the page."""
    said = "retried" if run(actions.retry, job_id) else "gone"
    return redirect(f"/desk/operations?said={said}", 303)


@pages.post("/desk/operations/jobs/<job_id>/delete")
def delete_from_page(job_id: str) -> ResponseReturnValue:
    """Forget failed or scheduled work from the page."""
    said = "deleted" if run(actions.delete, job_id) else "gone"
    return redirect(f"/desk/operations?said={said}", 303)


def run(act: Any, job_id: str) -> bool:
    """Let the calling administrator do something about one job."""
    actor = require("administrator").actor
    done: bool = act(database(), backstage(), job_id=job_id, actor=actor, now=now())
    return done


def look() -> dict[str, Any]:
    """Read what the page shows; without the queues it still shows what the database knows."""
    require("administrator")
    try:
        found: Overview | None = backstage().overview()
    except BackstageAway:
        found = None
    waiting = database().atomic(partial(backlog, now=now()))
    return {"found": found, "backlog": waiting, "said": request.args.get("said"), **words()}


def words() -> dict[str, Any]:
    """Return what the templates say queues, work and rhythms in."""
    return {"QUEUES": QUEUES, "WORK": WORK, "STATES": STATES, "rhythm": spoken_rhythm}


def spoken_rhythm(every_s: int | None, at: str | None) -> str:
    """Say how often something comes."""
    sentence, values = rhythm(every_s, at)
    return gettext(sentence).format(**values)
