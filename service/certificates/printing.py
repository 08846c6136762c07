"""Fulfilling an order: issue its certificates page by page, draw them into one file, keep that.

Every step may be done twice: certificates that say the same are found again, and the file is put
in place whole. The file holds names, so it is kept for a week only; the certificates stay.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlmodel import Session

from service import passes, people
from service.certificates import actions, queries
from service.certificates.models import Certificate, NoFile, NoLongerTrue, Order
from service.certificates.paper import draw
from service.certificates.queries import Known, certified
from service.certificates.rules import Sheet, State
from service.clock import business_day
from service.db import Database

PAGE = 50
FOLDER = "certificates"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Press:
    """Where certificates are printed, and under which address they are checked."""

    database: Database
    keys: passes.Keyring
    folder: Path
    now: Callable[[], datetime]
    progress: Progress

    def fulfil_next(self) -> int | None:
        """Fulfil the oldest order; return how many certificates it has, None without an order."""
        row = self.database.atomic(queries.next_order)
        if row is None:
            return None
        self.database.atomic(partial(start, order_id=row.id or 0, now=self.now()))
        self.issue_all(row)
        sheets = self.database.atomic(partial(sheets_of, order_id=row.id or 0, keys=self.keys))
        content = draw(sheets, progress=lambda done: self.tell(row, done, len(sheets)))
        name = self.keep(content) if sheets else None
        done = partial(close, order_id=row.id or 0, file=name, now=self.now())
        self.database.atomic(done)
        return len(sheets)

    def issue_all(self, row: Order) -> None:
        """Issue the certificates of an order, fifty a transaction."""
        after: int | None = 0
        while after is not None:
            page = partial(issue_page, order_id=row.id or 0, after=after, now=self.now())
            after = self.database.atomic(page)

    def tell(self, row: Order, done: int, total: int) -> None:
        """Note how far it is, now and then."""
        if done % PAGE == 0 or done == total:
            note = partial(note_progress, order_id=row.id or 0, done=done, total=total)
            self.database.atomic(note)
            self.progress(done, total)

    def keep(self, content: bytes) -> str:
        """Write the file whole under a name that nobody guesses; return the name."""
        place = self.folder / FOLDER
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{secrets.token_urlsafe(24)}.pdf"
        draft = place / f".{name}"
        draft.write_bytes(content)
        draft.replace(place / name)
        return name

    def sweep(self) -> int:
        """Delete files whose days are over; return how many."""
        names = self.database.atomic(partial(actions.expired_files, now=self.now()))
        for name in names:
            (self.folder / FOLDER / name).unlink(missing_ok=True)
        return len(names)


def start(session: Session, *, order_id: int, now: datetime) -> None:
    """Note that a worker has begun."""
    row = queries.order_by_id(session, order_id)
    row.started_at = row.started_at or now
    session.add(row)


def issue_page(session: Session, *, order_id: int, after: int, now: datetime) -> int | None:
    """Issue one page of an order; return where the next begins, None after the last."""
    row = queries.order_by_id(session, order_id)
    if row.volunteer_id is not None:
        actions.issue(session, row, [row.volunteer_id], now=now)
        return None
    page = queries.people_with_service(session, row, after=after, limit=PAGE)
    actions.issue(session, row, page, now=now)
    return page[-1] if len(page) == PAGE else None


def note_progress(session: Session, *, order_id: int, done: int, total: int) -> None:
    """Write how far an order is, for the page that waits for it."""
    row = queries.order_by_id(session, order_id)
    row.done, row.total = done, total
    session.add(row)


def close(session: Session, *, order_id: int, file: str | None, now: datetime) -> None:
    """Finish an order."""
    actions.finish(session, queries.order_by_id(session, order_id), file=file, now=now)


def sheets_of(session: Session, *, order_id: int, keys: passes.Keyring) -> list[Sheet]:
    """Return what an order's certificates say, each as of the moment it was issued."""
    found = queries.printed(session, order_id)
    names = people.names_of(session, [one.volunteer_id for one in found])
    return [sheet_of(session, one, name=names.get(one.volunteer_id, ""), keys=keys)
            for one in found]  # fmt: skip


def sheet_of(session: Session, one: Certificate, *, name: str, keys: passes.Keyring) -> Sheet:
    """Return what one certificate says."""
    known = Known(one.upto, one.issued_at)
    volunteer = people.volunteer_by_id(session, one.volunteer_id)
    return Sheet(
        serial=one.serial,
        holder=name,
        booklet=volunteer.code,
        unit=queries.record_unit(session, one.community_id),
        upto=one.upto,
        issued_on=business_day(one.issued_at),
        totals=certified(one),
        lines=queries.lines(session, one.volunteer_id, known),
        url=passes.certificate_url(keys, one.serial),
    )


def give_up(session: Session, *, volunteer_id: int) -> list[str]:
    """Let go of every file that shows somebody, alone or among others; return where they lie."""
    rows = queries.orders_showing(session, volunteer_id)
    lying = [f"{FOLDER}/{row.file}" for row in rows]
    for row in rows:
        row.file = row.file_until = None
        session.add(row)
    return lying


def file_of(session: Session, row: Order, *, folder: Path) -> Path:
    """Return the file of an order. Raises NoFile; NoLongerTrue when what it says was taken back."""
    if row.file is None or not (found := folder / FOLDER / row.file).is_file():
        raise NoFile
    if row.volunteer_id is not None and any(
        queries.state_of(session, one) is not State.GENUINE
        for one in queries.printed(session, row.id or 0)
    ):
        raise NoLongerTrue
    return found
