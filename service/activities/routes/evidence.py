"""HTTP of evidence: pictures come in with a form or by themselves, and go out to staff only."""

from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import files, people, trail
from service.activities.actions.gate import KEEPERS
from service.activities.models import PaperLine
from service.activities.queries.award_lists import award_by_key
from service.activities.refusals import UnknownAward, UnknownLine
from service.activities.routes.keepers import READERS, run, signed_in
from service.activities.schemas import PictureSchema, PictureSentSchema
from service.errors import Refusal
from service.web import database, now, settings, uploads
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("evidence", __name__, url_prefix="/api/v1", description="Pictures as evidence")

EVIDENCE = "evidence"


@api.post("/evidence")
@api.arguments(PictureSentSchema, location="files")
@api.response(201, PictureSchema)
@uploads.takes_pictures
def post_picture(sent: dict[str, Any]) -> ResponseReturnValue:
    """Keep a picture (multipart); an award or a paper line then names its code."""
    require(*KEEPERS, "volunteer")
    content = uploads.received()
    if content is None:
        raise files.NotAPicture
    file: files.File = run(keep, content=content)
    return {"picture": file.code, "media_type": file.media_type, "bytes": file.size}


def keep(session: Session, content: bytes) -> files.File:
    """Keep what the caller sent, as evidence in the caller's community."""
    who = signed_in()
    return files.keep(
        session,
        content,
        purpose=EVIDENCE,
        community_id=who.community_id,
        by=who.actor,
        folder=settings().files_folder,
        now=now(),
    )


def picture_id(session: Session, *, code: str | None = None, content: bytes | None = None) -> Any:
    """Return the file that a request brings or names; one may name only what one sent oneself.

    Raises UnknownFile, and what `files.keep` raises.
    """
    if content is not None:
        return keep(session, content).id
    if code is None:
        return None
    file = files.find(session, code)
    if file.kept_by != signed_in().actor or file.purpose != EVIDENCE:
        raise files.UnknownFile
    return file.id


def show_award_picture(key: str) -> Response:
    """Send the picture that proves an award to staff of its community."""
    return uploads.show(run(award_picture, key=key))


def award_picture(session: Session, *, key: str) -> files.File:
    """Return an award's picture for a reader of its community, and note who looked."""
    found = award_by_key(session, key)
    readable(session, found.volunteer.community_id, UnknownAward())
    return looked_at(session, found.award.evidence_file_id, f"award:{key}")


def show_line_picture(line: int) -> Response:
    """Send the photo of the sheet that a paper line was typed from, to staff."""
    return uploads.show(run(line_picture, line=line))


def line_picture(session: Session, *, line: int) -> files.File:
    """Return the photo behind a paper line for a reader of its community."""
    found = session.get(PaperLine, line)
    if found is None:
        raise UnknownLine
    person = people.volunteer_by_id(session, found.volunteer_id)
    readable(session, person.community_id, UnknownLine())
    return looked_at(session, found.evidence_file_id, f"paper-line:{line}")


def readable(session: Session, community_id: int, unknown: Refusal) -> None:
    """Let staff of a community through; to everybody else there is no such thing."""
    community = people.unit_by_id(session, community_id).code
    chain = people.scope_chain(database(), community)
    if not people.authorised(signed_in(), READERS, chain):
        raise unknown


def looked_at(session: Session, file_id: int | None, about: str) -> files.File:
    """Return a file and leave a trace of who saw it. Raises UnknownFile where there is none."""
    found = files.find_all(session, [file_id] if file_id else [])
    if file_id not in found:
        raise files.UnknownFile
    who = signed_in().actor
    trail.record(session, actor=who, action="see-evidence", subject=about, now=now())
    return found[file_id]
