"""What a worker does for packs: make the oldest that was ordered, delete those whose days are over.

Two workers never make one pack: who makes it holds a lock in the database, which goes when the
process does. A pack that failed is begun again, three times; then a person orders a new one.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import file_digest
from pathlib import Path

import psycopg
from sqlmodel import Session

from service import ledger, people, programmes
from service.db import Database
from service.packs import actions
from service.packs.actions import Made
from service.packs.models import Pack
from service.packs.queries import FOLDER
from service.packs.writing import Subject, Writer

LOCK = 7360  # the class of the advisory locks of packs; its second number is the pack's
TELL_S = 1.0

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Press:
    """Where packs are made."""

    database: Database
    database_url: str
    folder: Path
    now: Callable[[], datetime]
    progress: Told

    def work_off(self) -> int | None:
        """Make the oldest pack; return how many transfers it has, None without one."""
        row = self.database.atomic(actions.next_order)
        if row is None or row.id is None:
            return None
        with ledger.reading(self.database_url) as connection:
            if not claimed(connection, row.id):
                return None
            self.database.atomic(partial(actions.start, pack_id=row.id, now=self.now()))
            made = self.make(connection, row)
            done = partial(actions.finish, pack_id=row.id, made=made, now=self.now())
            return self.database.atomic(done).transfers

    def make(self, connection: psycopg.Connection, row: Pack) -> Made:
        """Write the file under a name that nobody guesses."""
        place = self.folder / FOLDER
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{secrets.token_urlsafe(24)}.zip"
        asked = partial(subject_of, row=row, now=self.now())
        subject = self.database.atomic(asked)
        writer = Writer(self.database, connection, self.folder, subject, self.teller(row.id or 0))
        written = writer.write(place / name)
        with (place / name).open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            size = file.seek(0, 2)
        return Made(name, digest, size, written.transfers, written.log_size)

    def teller(self, pack_id: int) -> Told:
        """Return who writes down how far it is, once a second."""
        told = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told < TELL_S and done < total:
                return
            told = time.monotonic()
            note = partial(actions.note_progress, pack_id=pack_id, done=done, total=total)
            self.database.atomic(note)
            self.progress(done, total)

        return tell

    def sweep(self) -> int:
        """Delete files whose days are over; return how many."""
        names = self.database.atomic(partial(actions.expired_files, now=self.now()))
        for name in names:
            (self.folder / FOLDER / name).unlink(missing_ok=True)
        return len(names)


def claimed(connection: psycopg.Connection, pack_id: int) -> bool:
    """Take the pack's lock for as long as this connection lives; False where another has it."""
    found = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, pack_id]).fetchone()
    return bool(found and found[0])


def subject_of(session: Session, *, row: Pack, now: datetime) -> Subject:
    """Return of whom and of which days a pack is."""
    unit = people.unit_by_id(session, row.community_id)
    return subject(session, unit, row, now=now)


def subject(
    session: Session, unit: people.Unit, days: "Pack | actions.Wish", *, now: datetime
) -> Subject:
    """Return of whom a pack is, for an order or for somebody at the terminal."""
    programme_id = unit.programme_id or 0
    return Subject(
        programme_id=programme_id,
        community_id=unit.id or 0,
        code=unit.code,
        name=unit.name,
        zone=programmes.programme_by_id(session, programme_id).zone,
        first=days.first,
        last=days.last,
        at=now,
    )
