"""Keeping files: the content first, then the row, so that no row lacks its content."""

import os
import secrets
from base64 import b32encode
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, col, select

from service.files.models import File
from service.files.pictures import EDGE_MAX, draw
from service.files.queries import path, place

CODE_BYTES = 16
UNREFERENCED_AFTER = timedelta(days=1)
SWEPT_AT_ONCE = 500


def keep(  # noqa: PLR0913 - whose, why, where and when: all of them are asked of every caller
    session: Session,
    content: bytes,
    *,
    purpose: str,
    community_id: int | None,
    by: str,
    folder: Path,
    now: datetime,
    edge: int = EDGE_MAX,
) -> File:
    """Keep a picture; the same content from the same person for the same purpose is one file.

    Its longer side has at most `edge` points. Raises TooLarge, PictureTooLarge, NotAPicture.
    """
    digest = sha256(content).digest()
    file = sent_before(session, digest, purpose=purpose, community_id=community_id, by=by)
    if file and path(file, folder).exists():
        return file
    drawn = draw(content, edge)
    if file is None:
        file = File(
            code=new_code(),
            purpose=purpose,
            media_type=drawn.media_type,
            size=len(drawn.content),
            sha256=digest,
            community_id=community_id,
            kept_by=by,
            kept_at=now,
        )
    write(place(folder, file.code, file.media_type), drawn.content, now=now)
    session.add(file)
    session.flush()
    return file


def sent_before(
    session: Session, digest: bytes, *, purpose: str, community_id: int | None, by: str
) -> File | None:
    """Return the file that this person made of the same content."""
    same = select(File).where(File.kept_by == by, File.purpose == purpose, File.sha256 == digest)
    return session.exec(
        same.where(col(File.community_id).is_not_distinct_from(community_id))
    ).first()


def new_code() -> str:
    """Return a code that nobody guesses: it stands in addresses."""
    return b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=").lower()


def write(target: Path, content: bytes, *, now: datetime) -> None:
    """Write a whole file or none, for our own eyes, and safe on the disk before its row is."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.utime(draft, (now.timestamp(), now.timestamp()))  # what the sweep goes by
    draft.replace(target)


def sweep(session: Session, *, folder: Path, now: datetime) -> int:
    """Remove contents that no row names: their transaction was rolled back. Return how many."""
    before = (now - UNREFERENCED_AFTER).timestamp()
    old = [one for one in folder.glob("??/*") if one.stat().st_mtime < before]
    gone = 0
    for start in range(0, len(old), SWEPT_AT_ONCE):
        lot = {one: one.name.split(".")[0] for one in old[start : start + SWEPT_AT_ONCE]}
        named = select(File.code).where(col(File.code).in_(lot.values()))
        known = set(session.exec(named).all())
        for one, code in lot.items():
            if code not in known or one.suffix == ".part":
                one.unlink(missing_ok=True)
                gone += 1
    return gone
