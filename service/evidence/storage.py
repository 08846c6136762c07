"""Where the bytes of shops' files lie: named by their content, outside the web root."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO

from sqlmodel import Session, col, select

from service.evidence.models import EvidenceFile
from service.evidence.refusals import FileTooLarge, NothingSent
from service.evidence.sources import TEXT_MAX, kind_of

FOLDER = "evidence"
CHUNK = 1 << 20
UNREFERENCED_AFTER = timedelta(days=1)
SWEPT_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are safe on the disk; no row may know them yet."""

    path: Path
    sha256: bytes
    size: int
    kind: str


def place(folder: Path, digest: bytes) -> Path:
    """Return where the file with this content lies."""
    name = digest.hex()
    return folder.absolute() / FOLDER / name[:2] / name


def store(stream: IO[bytes], *, folder: Path, now: datetime, most: int = TEXT_MAX) -> Stored:
    """Write what was sent to its place; the same content is written once.

    Raises NothingSent and FileTooLarge.
    """
    drafts = folder.absolute() / FOLDER
    drafts.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = drafts / f"{secrets.token_hex(8)}.part"
    try:
        digest, size = write(stream, draft, most)
        os.utime(draft, (now.timestamp(), now.timestamp()))  # what the sweep goes by
        target = place(folder, digest)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return Stored(target, digest, size, kind_of(target))


def write(stream: IO[bytes], draft: Path, most: int) -> tuple[bytes, int]:
    """Write a stream for our own eyes, safe on the disk; return its digest and its size."""
    hashed, size = sha256(), 0
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > most:
                raise FileTooLarge(megabytes=most // 1024 // 1024)
            hashed.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise NothingSent
    return hashed.digest(), size


def sweep(session: Session, *, folder: Path, now: datetime) -> int:
    """Remove contents that no row names: their transaction was rolled back. Return how many."""
    before = (now - UNREFERENCED_AFTER).timestamp()
    base = folder.absolute() / FOLDER
    old = [one for one in base.glob("**/*") if one.is_file() and one.stat().st_mtime < before]
    gone = 0
    for start in range(0, len(old), SWEPT_AT_ONCE):
        lot = {one: digest_in(one) for one in old[start : start + SWEPT_AT_ONCE]}
        named = select(EvidenceFile.sha256).where(col(EvidenceFile.sha256).in_(lot.values()))
        known = set(session.exec(named).all())
        for one, digest in lot.items():
            if digest not in known:
                one.unlink(missing_ok=True)
                gone += 1
    return gone


def digest_in(path: Path) -> bytes:
    """Return the digest that a content is named by; a draft that was left has none."""
    return b"" if path.suffix else bytes.fromhex(path.name)
