"""The queue's JSON: what waits, one exception, and what people do with it."""

from typing import Any

from sqlmodel import Session

from service import files
from service.reconciliation import queries, queue
from service.reconciliation.queue_schemas import (
    AssignSchema,
    CarrySchema,
    CountsSchema,
    DecideSchema,
    KeptFileSchema,
    QueueAskSchema,
    QueuedSchema,
    QueueSchema,
    ReplySchema,
    tell,
    tell_answer,
)
from service.reconciliation.routes import queue_deeds as deeds
from service.reconciliation.routes.whose import QUEUE_READERS, seen_by
from service.reconciliation.schemas import CommunitySchema
from service.web import database
from service.web.api import ApiBlueprint
from service.web.uploads import received, takes_pictures

queue_api = ApiBlueprint(
    "exceptions_api", __name__, url_prefix="/api/v1", description="What waits for an answer"
)
ONE = "/reconciliation/exceptions/<int:number>"


@queue_api.get("/reconciliation/queue")
@queue_api.arguments(QueueAskSchema, location="query")
@queue_api.response(200, QueueSchema)
def get_queue(given: dict[str, Any]) -> dict[str, Any]:
    """List exceptions, the oldest first; what was answered, the latest first."""
    keeper, seen = seen_by(*QUEUE_READERS)

    def work(session: Session) -> dict[str, Any]:
        within = deeds.community_asked(session, seen, given["community"])
        who = deeds.reads(session, keeper, within)
        page = queue.queue(session, who, given["asked"])
        return {"items": [tell(row, who) for row in page.rows], "next": page.next}

    return database().atomic(work)


@queue_api.get("/reconciliation/queue/counts")
@queue_api.arguments(CommunitySchema, location="query")
@queue_api.response(200, CountsSchema)
def get_counts(given: dict[str, Any]) -> dict[str, Any]:
    """Count what waits by class and colour."""
    keeper, seen = seen_by(*QUEUE_READERS)

    def work(session: Session) -> dict[str, Any]:
        within = deeds.community_asked(session, seen, given.get("community"))
        return {"items": queue.counts(session, deeds.reads(session, keeper, within))}

    return database().atomic(work)


@queue_api.get(ONE)
@queue_api.response(200, QueuedSchema)
def get_exception(number: int) -> dict[str, Any]:
    """Tell one exception with everything that was answered to it."""
    return shown(number)


def shown(number: int) -> dict[str, Any]:
    """Read one exception as it stands."""
    keeper, seen = seen_by(*QUEUE_READERS)

    def work(session: Session) -> dict[str, Any]:
        row = queries.exception(session, number, seen)
        found = queue.story(session, row)
        codes = {key: file.code for key, file in found.pictures.items()}
        said = [tell_answer(one, codes) for one in found.answers]
        return {**tell(row, deeds.reads(session, keeper, seen)), "answers": said}

    return database().atomic(work)


@queue_api.post(f"{ONE}/assignment")
@queue_api.arguments(AssignSchema)
@queue_api.response(200, QueuedSchema)
def post_assignment(given: dict[str, Any], number: int) -> dict[str, Any]:
    """Give an exception to somebody who may answer it, or to nobody."""
    deeds.give(number, given)
    return shown(number)


@queue_api.post(f"{ONE}/attachment")
@takes_pictures
@queue_api.response(201, KeptFileSchema)
def post_attachment(number: int) -> dict[str, Any]:
    """Keep a picture (form field `picture`) that an answer will name."""
    content = received()
    if content is None:
        raise files.NotAPicture
    return {"attachment": deeds.attach(number, content).code}


@queue_api.post(f"{ONE}/resolution")
@queue_api.arguments(ReplySchema)
@queue_api.response(200, QueuedSchema)
def post_resolution(given: dict[str, Any], number: int) -> dict[str, Any]:
    """Answer an exception; a large amount waits for a second person. Later runs leave it alone."""
    deeds.say(number, given)
    return shown(number)


@queue_api.post(f"{ONE}/carry")
@queue_api.arguments(CarrySchema)
@queue_api.response(200, QueuedSchema)
def post_carry(given: dict[str, Any], number: int) -> dict[str, Any]:
    """Carry an exception over to a day; its yuan wait in suspense, its age begins there."""
    deeds.say(number, given)
    return shown(number)


@queue_api.post(f"{ONE}/approval")
@queue_api.arguments(DecideSchema)
@queue_api.response(200, QueuedSchema)
def post_approval(given: dict[str, Any], number: int) -> dict[str, Any]:
    """Approve or decline the answer that waits, as the second person; or withdraw one's own."""
    deeds.decide(number, given)
    return shown(number)
