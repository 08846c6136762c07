"""Reads of partners' addresses, and of what they were told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import outbox
from service.webhooks.models import Attempt, Delivery, Endpoint, UnknownDelivery

TROUBLES = text(
    """SELECT (SELECT count(*) FROM webhooks_endpoints
         WHERE programme_id = ANY(:programmes) AND status = 'disabled' AND reason <> 'by_hand'),
       (SELECT count(*) FROM outbox_failures
         WHERE status = 'dead' AND (programme_id = ANY(:programmes) OR programme_id IS NULL))"""
)


@dataclass(frozen=True, slots=True)
class Troubles:
    """What an administrator should look at: partners that were switched off, events set aside."""

    partners: int = 0
    events: int = 0


def troubles(session: Session, programmes: Collection[int]) -> Troubles:
    """Count what waits for an administrator of these programmes."""
    partners, events = session.execute(TROUBLES, {"programmes": list(programmes)}).one()
    return Troubles(partners, events)


def endpoints(
    session: Session, programmes: Collection[int], *, after: int = 0, limit: int
) -> Sequence[Endpoint]:
    """Return the addresses of some programmes in the order in which they were opened."""
    asked = select(Endpoint).where(col(Endpoint.programme_id).in_(programmes))
    asked = asked.where(col(Endpoint.id) > after).order_by(col(Endpoint.id))
    return session.exec(asked.limit(limit)).all()


def deliveries(
    session: Session, endpoint_id: int, *, state: str = "", before: int | None = None, limit: int
) -> Sequence[Delivery]:
    """Return what an address was told, or is to be told, the newest first."""
    asked = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if state:
        asked = asked.where(Delivery.status == state)
    if before is not None:
        asked = asked.where(col(Delivery.id) < before)
    return session.exec(asked.order_by(col(Delivery.id).desc()).limit(limit)).all()


def delivery(
    session: Session, row: Endpoint, delivery_id: int
) -> tuple[Delivery, outbox.Event, Sequence[Attempt]]:
    """Return one delivery with its event and its newest attempts. Raises UnknownDelivery."""
    found = session.get(Delivery, delivery_id)
    if found is None or found.endpoint_id != row.id:
        raise UnknownDelivery
    event = session.get_one(outbox.Event, found.event_id)
    tries = select(Attempt).where(Attempt.delivery_id == delivery_id)
    return found, event, session.exec(tries.order_by(col(Attempt.id).desc()).limit(50)).all()
