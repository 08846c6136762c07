"""Copies of messages on other ways: what is due, who is sending it, what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from service.inbox import sealed
from service.inbox.addresses import end
from service.inbox.channels import Outcome, Result
from service.inbox.models import Address, Delivery, Letter

LEASE = timedelta(minutes=10)  # longer than a batch takes; whoever died with it is followed then
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
STALE = timedelta(days=2)  # news of then would only confuse
BATCH = 50
TAKE = text(
    """UPDATE inbox_deliveries d SET due_at = :lease, attempts = attempts + 1
WHERE id IN (SELECT id FROM inbox_deliveries WHERE status = 'waiting' AND due_at <= :now
             ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING id"""
)
COUNTS = text(
    """SELECT (SELECT count(*) FROM inbox_deliveries WHERE status = 'waiting') AS waiting,
  (SELECT count(*) FROM inbox_deliveries WHERE status = 'failed' AND ended_at > :since) AS failed"""
)


@dataclass(frozen=True, slots=True)
class Taken:
    """One delivery in somebody's hands: until its lease is over nobody else takes it."""

    delivery: Delivery
    address: Address
    letter: Letter | None  # none: the question to confirm
    to: str | None  # opened; none: it was stopped in this very moment


def take(session: Session, *, now: datetime, limit: int = BATCH) -> list[Taken]:
    """Take the oldest that are due; a rival takes others."""
    asked = {"now": now, "lease": now + LEASE, "limit": limit}
    ids = session.execute(TAKE, asked).scalars().all()
    found = session.execute(
        select(Delivery, Address, Letter)
        .join(Address, col(Address.id) == Delivery.address_id)
        .outerjoin(Letter, col(Letter.id) == Delivery.message_id)
        .where(col(Delivery.id).in_(ids))
        .order_by(col(Delivery.id))
    )
    return [
        Taken(delivery, address, letter, sealed.read(session, address))
        for delivery, address, letter in found.all()
    ]


def note(session: Session, delivery_id: int, outcome: Outcome, *, now: datetime) -> str:
    """Write down what became of an attempt; return the status. What has ended stays as it is."""
    row = session.exec(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).one()
    if row.status != "waiting":
        return row.status
    row.outcome = outcome.said or None
    if outcome.result is Result.LATER and row.attempts <= len(WAITS) and not stale(row, now):
        row.due_at = now + WAITS[row.attempts - 1]
        return row.status
    row.status = "sent" if outcome.result is Result.SENT else "failed"
    row.ended_at = now
    if outcome.result is Result.REFUSED:
        give_up(session, row.address_id, now=now)
    return row.status


def stale(row: Delivery, now: datetime) -> bool:
    """Tell whether a message is too old to be worth another try."""
    return row.asked_at + STALE < now


def give_up(session: Session, address_id: int, *, now: datetime) -> None:
    """End an address that nobody reads; whoever writes on to such is soon taken for a robot."""
    found = session.exec(select(Address).where(Address.id == address_id).with_for_update()).one()
    if found.ended_at is None:
        end(session, found, why="refused", now=now)


def counts(session: Session, *, now: datetime) -> dict[str, int]:
    """Return how many copies wait, and how many of the last day were given up."""
    row = session.execute(COUNTS, {"since": now - timedelta(days=1)}).mappings().one()
    return {name: int(value) for name, value in row.items()}
