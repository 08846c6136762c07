"""Verifying the books as they stand in the database, and keeping what was found."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

import psycopg
from sqlalchemy import TextClause, text
from sqlmodel import Session, col, select

from service.db import Database, reading
from service.ledger.export import export_lines
from service.ledger.log import Verification
from service.proof import Report, verify_lines

PAGE_MAX = 200
SYSTEM = "system"

# Held as long as a verification's connection lives, so that one whose process died is begun anew.
ALONE = "SELECT pg_try_advisory_lock(7303)"
ASK = text("SELECT ledger_ask_verification(:by, :now)")
NOTE = text("SELECT ledger_note_verification(:id, :done, :transfers, :now)")
FINISH = text(
    "SELECT ledger_finish_verification(:id, :size, :transfers, :entries, :faults,"
    " CAST(:findings AS jsonb), :now)"
)
TRANSFERS = text(
    "SELECT (SELECT coalesce(max(index) + 1, 0) FROM ledger_leaves)"
    " + (SELECT count(*) FROM ledger_unsealed)"
)

Progress = Callable[[int, int], None]
Now = Callable[[], datetime]


def ask_verification(session: Session, *, asked_by: str, now: datetime) -> Verification:
    """Ask for a verification; while one is asked for or under way, that one is returned."""
    found = session.execute(ASK, {"by": asked_by, "now": now}).scalar_one()
    return session.get_one(Verification, found, populate_existing=True)


def open_verification(session: Session) -> Verification | None:
    """Return the verification that is asked for or under way, or None."""
    return session.exec(select(Verification).where(col(Verification.finished_at).is_(None))).first()


def last_verification(session: Session) -> Verification | None:
    """Return the newest verification that came to its end, or None."""
    query = select(Verification).where(col(Verification.finished_at).is_not(None))
    return session.exec(query.order_by(col(Verification.id).desc()).limit(1)).first()


def verifications(
    session: Session, *, before: int | None = None, limit: int = 20
) -> Sequence[Verification]:
    """Return a page of verifications, newest first, below the number `before`."""
    query = select(Verification).order_by(col(Verification.id).desc()).limit(min(limit, PAGE_MAX))
    return session.exec(
        query if before is None else query.where(col(Verification.id) < before)
    ).all()


def verify_database(
    database: Database, *, now: Now, progress: Progress | None = None
) -> Verification | None:
    """Do the verification that was asked for, and keep what it found.

    Returns None when none was asked for, or another process is at it. `progress` is told how many
    transfers are done, of how many. It reads one moment's books on a connection of its own.
    """
    with reading(database.url) as connection:
        (alone,) = connection.execute(ALONE).fetchone() or (False,)
        asked = database.atomic(open_verification) if alone else None
        if asked is None:
            return None
        task = Task(database, asked.id or 0, now, progress)
        return task.finish(task.read(connection))


class Task:
    """One verification under way; its row says how far it is."""

    def __init__(
        self, database: Database, number: int, now: Now, progress: Progress | None
    ) -> None:
        self.database, self.number, self.now, self.progress = database, number, now, progress
        self.transfers: int = database.atomic(lambda s: s.execute(TRANSFERS).scalar_one())

    def read(self, connection: psycopg.Connection) -> Report:
        """Let the verifier read everything."""
        self.tell(0)
        return verify_lines(export_lines(connection), progress=self.tell)

    def tell(self, done: int) -> None:
        """Note how many transfers are done."""
        self._write(NOTE, {"done": done, "transfers": self.transfers})
        if self.progress:
            self.progress(done, self.transfers)

    def finish(self, report: Report) -> Verification:
        """Keep the outcome."""
        counts = report.counts
        transfers = counts["leaves"] + counts["open"]
        self._write(
            FINISH,
            {
                "size": counts["leaves"],
                "transfers": transfers,
                "entries": counts["entries"],
                "faults": report.found,
                "findings": json.dumps([asdict(one) for one in report.findings]),
            },
        )
        if self.progress:
            self.progress(transfers, transfers)
        return self.database.atomic(lambda s: s.get_one(Verification, self.number))

    def _write(self, statement: TextClause, asked: dict[str, object]) -> None:
        values = {"id": self.number, "now": self.now(), **asked}
        self.database.atomic(lambda session: session.execute(statement, values))
