"""What a worker does for notices: it makes the paper of each as it may be shown now.

A file's name says which rows it shows. When somebody withdraws the consent, the paper is void at
once, is made anew without the row, and the old file is deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, col, select

from service.db import Database
from service.notices.models import Notice, State
from service.notices.paper import Source, draw
from service.notices.queries import by_id, open_rows
from service.notices.refusals import PaperInPrint

FOLDER = "notices"
AT_ONCE = 5
NAME_LETTERS = 16
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Press:
    """Where papers of notices are made, and under which address they are checked."""

    database: Database
    folder: Path
    public_url: str
    progress: Progress

    def work_off(self) -> int:
        """Make the papers of a few notices; return how many were due."""
        due = self.database.atomic(unprinted)
        for done, each in enumerate(due, start=1):
            self.print_one(each)
            self.progress(done, len(due))
        return len(due)

    def print_one(self, notice_id: int) -> None:
        """Make the paper of one notice and let it be shown; what it replaces is deleted."""
        said = partial(source_of, notice_id=notice_id, public_url=self.public_url)
        source = self.database.atomic(said)
        name = name_of(notice_id, source)
        place = self.folder / FOLDER
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = place / f".{name}"
        draft.write_bytes(draw(source))
        draft.replace(place / name)
        shown = partial(show, notice_id=notice_id, name=name, public_url=self.public_url)
        if self.database.atomic(shown):
            for old in place.glob(f"{notice_id}-*.pdf"):
                if old.name != name:
                    old.unlink(missing_ok=True)


def unprinted(session: Session) -> list[int]:
    """Return some notices without a paper that may be shown, the oldest first."""
    asked = select(Notice.id).where(
        col(Notice.published_at).is_not(None), col(Notice.file).is_(None)
    )
    return [each or 0 for each in session.exec(asked.order_by(col(Notice.id)).limit(AT_ONCE))]


def source_of(session: Session, *, notice_id: int, public_url: str) -> Source:
    """Return what the paper of a notice is made of."""
    row = by_id(session, notice_id)
    assert row.content is not None
    assert row.digest is not None
    assert row.published_at is not None
    ended = row.status == State.ENDED
    return Source(
        content=row.content,
        digest=row.digest,
        rows=open_rows(session, notice_id),
        url=address(public_url, row),
        published_at=row.published_at,
        objections=(row.filed or 0, row.answered or 0) if ended else None,
    )


def address(public_url: str, row: Notice) -> str:
    """Return what the code on the paper says: the page, and the ledger's head as it stood."""
    assert row.content is not None
    head = row.content["head"]
    mark = f"#{head['size']}-{head['root']}" if head else ""
    return f"{public_url}/notices/{row.code}{mark}"


def name_of(notice_id: int, source: Source) -> str:
    """Return a file's name: of which notice, and what it shows."""
    shown = "".join(row["salt"] for row in source.rows) + str(source.objections)
    return f"{notice_id}-{sha256(shown.encode()).hexdigest()[:NAME_LETTERS]}.pdf"


def show(session: Session, *, notice_id: int, name: str, public_url: str) -> bool:
    """Let a paper be shown unless somebody's consent has changed meanwhile; tell whether it is."""
    row = by_id(session, notice_id, lock=True)
    if name_of(notice_id, source_of(session, notice_id=notice_id, public_url=public_url)) != name:
        return False
    row.file = name
    session.add(row)
    return True


def file_of(row: Notice, *, folder: Path) -> Path:
    """Return the paper of a notice. Raises PaperInPrint while it is being made."""
    found = folder / FOLDER / (row.file or "")
    if row.file is None or not found.is_file():
        raise PaperInPrint
    return found
