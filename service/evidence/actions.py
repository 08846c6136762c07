"""What becomes of a shop's file: kept, accepted with a mapping, read or refused, withdrawn."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service import trail
from service.clock import business_day
from service.evidence import queries
from service.evidence.columns import Head, Plan
from service.evidence.faults import Fault
from service.evidence.loading import Occurrences, Progress, copy_rows, hold_shop, known_rows
from service.evidence.models import EvidenceFile, Mapping, Repeats, Status
from service.evidence.reading import Reader
from service.evidence.refusals import AlreadyRead, RepeatsUndecided
from service.evidence.rows import Row, Totals
from service.evidence.sources import AT_ONCE, Source, head_of, open_source, plan_for
from service.evidence.storage import Stored, place, store

NAME_MAX = 120
UNREAD = (Status.DRAFT, Status.BAD)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose file it is, who sent it, and when."""

    shop_id: int
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How somebody wants a file to be read."""

    plan: Plan
    by: str
    now: datetime
    repeats: str | None = None
    remember: bool = True


def keep(
    session: Session, stored: Stored, *, name: str, sender: Sender, look: bool = True
) -> EvidenceFile:
    """Keep what a shop sent; the same bytes from the same shop are the same file.

    `look` reads a small one through, so that whoever sent it sees its fault at once. What cannot
    be read is kept too, as refused, so that somebody asks the shop.
    """
    before = queries.sent_before(session, sender.shop_id, stored.sha256)
    if before:
        return before
    row = EvidenceFile(
        shop_id=sender.shop_id,
        sha256=stored.sha256,
        name=name[-NAME_MAX:],
        kind=stored.kind,
        size=stored.size,
        sent_by=sender.by,
        sent_at=sender.now,
    )
    try:
        source = open_source(stored.path)
        head, plan = plan_for(source, queries.saved_plans(session, sender.shop_id))
        row.layout, row.mapping = layout_of(source, head), plan.kept()
        if look and row.size <= AT_ONCE[row.kind]:
            read_through(Reader(source, head, plan, today=business_day(sender.now)))
    except Fault as fault:
        refuse(row, fault, sender.now)
    session.add(row)
    session.flush()
    note(session, row, "evidence.send", by=sender.by, now=sender.now)
    return row


def layout_of(source: Source, head: Head) -> dict[str, Any]:
    """Say how a file is written and where its head line stands."""
    names = {"head_line": head.line, "names": list(head.names), "head": head.key}
    return {**source.layout, **names}


def accept(session: Session, file_id: int, acceptance: Acceptance, *, folder: Path) -> EvidenceFile:
    """Read a file as somebody wants it, at once or, where it is large, by a worker.

    The same acceptance again changes nothing. Raises UnknownFile, AlreadyRead, RepeatsUndecided.
    """
    row = queries.file(session, file_id, lock=True)
    if row.status not in UNREAD:
        if row.mapping == acceptance.plan.kept() and row.status != Status.WITHDRAWN:
            return row
        raise AlreadyRead
    row.mapping = acceptance.plan.kept()
    row.repeats = acceptance.repeats
    row.accepted_by, row.accepted_at = acceptance.by, acceptance.now
    row.status, row.fault = Status.WAITING, None
    note(session, row, "evidence.accept", by=acceptance.by, now=acceptance.now)
    if row.size > AT_ONCE[row.kind]:
        if row.repeats is None and queries.has_others(session, row):
            raise RepeatsUndecided
        session.flush()
        return row
    read_in(session, row, folder=folder, now=acceptance.now, strict=True)
    if acceptance.remember and row.layout and row.status == Status.LOADED:
        remember(session, row, acceptance)
    return row


def remember(session: Session, row: EvidenceFile, acceptance: Acceptance) -> None:
    """Keep a mapping for the next file of this shop with the same head line."""
    assert row.layout is not None
    saved = Mapping(
        shop_id=row.shop_id,
        head=row.layout["head"],
        mapping={**acceptance.plan.kept(), "head_line": None},
        saved_by=acceptance.by,
        saved_at=acceptance.now,
    )
    session.merge(saved)
    session.flush()


def read_in(
    session: Session,
    row: EvidenceFile,
    *,
    folder: Path,
    now: datetime,
    strict: bool = False,
    progress: Progress | None = None,
) -> EvidenceFile:
    """Read an accepted file: all of its rows are there afterwards, or none and its first fault.

    `strict` raises RepeatsUndecided where rows of another file come again and nobody said why.
    """
    hold_shop(session, row.shop_id)
    try:
        with session.begin_nested():
            totals = load_rows(
                session, row, folder=folder, today=business_day(now), progress=progress
            )
    except Fault as fault:
        refuse(row, fault, now)
    else:
        if strict and totals.repeated and row.repeats is None:
            raise RepeatsUndecided
        row.status, row.read_at = Status.LOADED, now
        row.rows, row.totals = totals.rows, totals.kept()
        row.first_day = date.fromisoformat(totals.first_day)
        row.last_day = date.fromisoformat(totals.last_day)
    session.add(row)
    session.flush()
    note(session, row, f"evidence.{row.status}", by=row.accepted_by or row.sent_by, now=now)
    return row


def load_rows(
    session: Session, row: EvidenceFile, *, folder: Path, today: date, progress: Progress | None
) -> Totals:
    """Write a file's rows and return what they add up to. Raises Fault."""
    plan = Plan.of(row.mapping or {})
    source = open_source(place(folder, row.sha256))
    head = head_of(source, plan.head_line, frozenset(queries.saved_plans(session, row.shop_id)))
    row.layout = layout_of(source, head)
    known: Counter[int] = Counter()
    if queries.has_others(session, row):
        known = known_of(session, row, Reader(source, head, plan, today=today))
    reader = Reader(source, head, plan, today=today)
    leave_out = row.repeats == Repeats.LEAVE_OUT
    copy_rows(session, row, numbered(reader, Occurrences(known, leave_out=leave_out)), progress)
    if not reader.totals.rows:
        raise Fault("no_rows", head.line)
    return reader.totals


def read_through(reader: Reader) -> None:
    """Read all rows for their totals alone. Raises Fault."""
    for _ in reader.rows():
        pass


def known_of(session: Session, row: EvidenceFile, reader: Reader) -> Counter[int]:
    """Read a file once for its days alone, and count what others say of them."""
    read_through(reader)
    first, last = reader.totals.first_day, reader.totals.last_day
    if not reader.totals.rows:
        return Counter()
    return known_rows(session, row, date.fromisoformat(first), date.fromisoformat(last))


def numbered(reader: Reader, occurrences: Occurrences) -> Iterator[tuple[Row, int]]:
    """Number equal rows; what another file has already is left out where somebody said so."""
    for row in reader.rows():
        nth, repeated = occurrences.of(row)
        if repeated and occurrences.leave_out:
            reader.totals.take_back(row)
            continue
        if repeated:
            reader.totals.repeated += 1
        yield row, nth


def refuse(row: EvidenceFile, fault: Fault, now: datetime) -> None:
    """Note why a file cannot be read."""
    row.status, row.fault, row.read_at = Status.BAD, fault.kept(), now


def withdraw(
    session: Session, file_id: int, *, reason: str, by: str, now: datetime
) -> EvidenceFile:
    """Let a file count no more; it stays, and the same bytes may be sent again."""
    row = queries.file(session, file_id, lock=True)
    if row.status == Status.WITHDRAWN:
        return row
    row.status, row.reason, row.withdrawn_at = Status.WITHDRAWN, reason, now
    session.add(row)
    session.flush()
    note(session, row, "evidence.withdraw", by=by, now=now)
    return row


def read_next(
    session: Session, *, folder: Path, now: datetime, progress: Progress | None = None
) -> int | None:
    """Read the oldest file that waits; return its number, or None when none waits."""
    row = queries.first_waiting(session)
    return read_in(session, row, folder=folder, now=now, progress=progress).id if row else None


def load(
    session: Session,
    content: bytes | Path,
    *,
    sender: Sender,
    name: str,
    folder: Path,
    plan: Plan | None = None,
) -> EvidenceFile:
    """Keep and read a file in one go, by the plan or by its columns' names."""
    stream = BytesIO(content) if isinstance(content, bytes) else content.open("rb")
    with stream:
        stored = store(stream, folder=folder, now=sender.now)
    row = keep(session, stored, name=name, sender=sender, look=False)
    if row.status not in UNREAD or (row.mapping is None and plan is None):
        return row
    row.mapping = plan.kept() if plan else row.mapping
    row.status, row.accepted_by, row.accepted_at = Status.WAITING, sender.by, sender.now
    row.fault = None
    return read_in(session, row, folder=folder, now=sender.now)


def note(session: Session, row: EvidenceFile, action: str, *, by: str, now: datetime) -> None:
    """Write into the trail who did what to a file."""
    trail.record(session, actor=by, action=action, subject=f"shop-file:{row.id}", now=now)
