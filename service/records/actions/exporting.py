"""Letting records leave the house: a file, its event and its mark in the trail, or nothing."""

import hashlib
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from io import BufferedRandom

from sqlmodel import Session

from service import activities, outbox, trail
from service.activities import Wanted
from service.people import Caller
from service.records.models import Export
from service.records.queries.lines import Reader
from service.records.sheets import CsvSheet, JsonSheet, Sheet, Sums, Words, XlsxSheet

HOUSE, NATIONAL = "house", "national"


@dataclass(frozen=True, slots=True)
class Order:
    """Which records are to be exported, and how they are written."""

    programme_id: int
    community_ids: Sequence[int]
    upto: date
    format: str  # csv | xlsx | json
    words: Words
    purpose: str = HOUSE  # NATIONAL: what is sent on, of those alone who agreed to that

    @property
    def wanted(self) -> Wanted:
        """Return the lines that are asked for."""
        return Wanted(
            programme_id=self.programme_id,
            community_ids=self.community_ids,
            upto=self.upto,
            consent="export" if self.purpose == NATIONAL else None,
        )


def export_records(
    session: Session, *, order: Order, by: Caller, now: datetime
) -> tuple[BufferedRandom, Export]:
    """Write all records up to a day, as they are at one moment, into a file that nobody names.

    What waits, was refused or was taken back is left out. The event and the trail say how many
    lines and hours left, and the digest of the very file.
    """
    with ExitStack() as unless_sent:
        file = unless_sent.enter_context(tempfile.TemporaryFile())
        sums = write(session, file, order, now)
        row = kept(session, file, order, sums, by=by, now=now)
        tell(session, row, now=now)
        file.seek(0)
        unless_sent.pop_all()
    return file, row


def kept(
    session: Session, file: BufferedRandom, order: Order, sums: Sums, *, by: Caller, now: datetime
) -> Export:
    """Write down what left: the figures of the lines, and the digest of the file."""
    file.seek(0)
    row = Export(
        programme_id=order.programme_id,
        communities=list(order.community_ids),
        upto=order.upto,
        format=order.format,
        purpose=order.purpose,
        lines=sums.lines,
        scanned_minutes=sums.scanned,
        typed_minutes=sums.typed,
        sha256=hashlib.file_digest(file, "sha256").digest(),
        by=by.actor,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def write(session: Session, file: BufferedRandom, order: Order, now: datetime) -> Sums:
    """Write the lines one by one, and return their sums."""
    sheet, sums, reader = sheet_of(file, order, now), Sums(), Reader(session)
    for found in reader.read_all(activities.every_record_line(session, order.wanted)):
        sums.add(found.line)
        sheet.add(found)
    sheet.close(sums, order.upto)
    return sums


def sheet_of(file: BufferedRandom, order: Order, now: datetime) -> Sheet:
    """Begin a file of the format asked for."""
    if order.format == "xlsx":
        return XlsxSheet(file, order.words, now=now)
    return (CsvSheet if order.format == "csv" else JsonSheet)(file, order.words)


def tell(session: Session, row: Export, *, now: datetime) -> None:
    """Say what left, to the listeners and in the trail."""
    said = {
        "export": row.id,
        "upto": row.upto.isoformat(),
        "format": row.format,
        "lines": row.lines,
        "scanned_minutes": row.scanned_minutes,
        "typed_minutes": row.typed_minutes,
        "sha256": row.sha256.hex(),
    }
    outbox.publish(session, "RecordsExported", f"export:{row.id}", said, now=now)
    trail.record(
        session,
        actor=row.by,
        action="records.export",
        subject="records",
        detail=said | {"purpose": row.purpose},
        now=now,
    )
