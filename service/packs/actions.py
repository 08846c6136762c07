"""Asking for a pack, and what becomes of the order. Every step may be done twice."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from service import outbox, people, programmes, trail
from service.clock import business_day
from service.errors import KeyReused
from service.packs.models import (
    TRIES_MAX,
    Pack,
    PeriodAhead,
    PeriodBackwards,
    PeriodTooLong,
    UnknownPack,
)

FILE_DAYS = 7
DAYS_MAX = 92


@dataclass(frozen=True, slots=True)
class Wish:
    """Of which days of which community, under which key."""

    key: str
    community: people.Unit
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Made:
    """What was written into a file."""

    file: str
    sha256: str
    bytes: int
    transfers: int
    log_size: int


def check_days(first: date, last: date, *, today: date) -> None:
    """Refuse days that are not over, upside down, or too many."""
    if last < first:
        raise PeriodBackwards
    if last >= today:
        raise PeriodAhead
    if (last - first).days >= DAYS_MAX:
        raise PeriodTooLong(days=DAYS_MAX)


def order(session: Session, wish: Wish, *, by: people.Caller, now: datetime) -> Pack:
    """Order a pack; the same key again answers with the first order.

    Raises PeriodBackwards, PeriodAhead, PeriodTooLong, KeyReused.
    """
    said = (wish.community.id or 0, wish.first, wish.last)
    mine = select(Pack).where(Pack.asked_by == by.actor, Pack.key == wish.key)
    if known := session.exec(mine).first():
        if (known.community_id, known.first, known.last) != said:
            raise KeyReused
        return known
    programme_id = wish.community.programme_id or 0
    zone = programmes.programme_by_id(session, programme_id).zone
    check_days(wish.first, wish.last, today=business_day(now, zone))
    row = Pack(
        key=wish.key,
        programme_id=programme_id,
        community_id=said[0],
        first=wish.first,
        last=wish.last,
        asked_by=by.actor,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    about = note(session, "pack.order", by.actor, wish, now=now)
    outbox.publish(session, "RecordsExported", about, {"by": by.actor}, now=now)
    return row


def note(session: Session, action: str, actor: str, wish: Wish, *, now: datetime) -> str:
    """Write down who orders evidence or takes it away; return whose it is.

    Taking it is a look, which writes nothing else: of the export is told when it is ordered.
    """
    about = f"community:{wish.community.code}"
    said = {"first": str(wish.first), "last": str(wish.last)}
    trail.record(session, actor=actor, action=action, subject=about, detail=said, now=now)
    return about


def start(session: Session, *, pack_id: int, now: datetime) -> Pack:
    """Note that a worker has begun, for the first time or after another was killed."""
    row = locked(session, pack_id)
    row.started_at, row.tries, row.done = now, row.tries + 1, 0
    session.add(row)
    return row


def note_progress(session: Session, *, pack_id: int, done: int, total: int) -> None:
    """Write how far a pack is, for the page that waits for it."""
    row = locked(session, pack_id)
    row.done, row.total = done, total
    session.add(row)


def finish(session: Session, *, pack_id: int, made: Made, now: datetime) -> Pack:
    """Note the file; its digest stays when the file goes."""
    row = locked(session, pack_id)
    row.finished_at, row.done = now, row.total
    row.sha256, row.bytes, row.transfers = made.sha256, made.bytes, made.transfers
    row.log_size = made.log_size or None
    row.file, row.file_until = made.file, now + timedelta(days=FILE_DAYS)
    session.add(row)
    return row


def locked(session: Session, pack_id: int) -> Pack:
    """Return an order, locked. Raises UnknownPack."""
    if (row := session.get(Pack, pack_id, with_for_update=True)) is None:
        raise UnknownPack
    return row


def next_order(session: Session) -> Pack | None:
    """Return the oldest order that is not fulfilled and was not tried too often."""
    waiting = select(Pack).where(col(Pack.finished_at).is_(None), Pack.tries <= TRIES_MAX)
    return session.exec(waiting.order_by(col(Pack.id)).limit(1)).first()


def expired_files(session: Session, *, now: datetime) -> list[str]:
    """Forget the files whose days are over; return their names, for whoever deletes them."""
    query = select(Pack).where(col(Pack.file).is_not(None), col(Pack.file_until) <= now)
    rows = session.exec(query.limit(100).with_for_update(skip_locked=True)).all()
    names = [row.file for row in rows if row.file]
    for row in rows:
        row.file = row.file_until = None
        session.add(row)
    return names
