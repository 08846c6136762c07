"""Taking what is due and noting how it went: two short transactions, and the network between."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from service import outbox, trail
from service.i18n import N_
from service.webhooks import rules
from service.webhooks.actions import close
from service.webhooks.models import Attempt, Delivery, Endpoint, Reason, State, Status
from service.webhooks.rules import Outcome

LEASE = timedelta(seconds=60)  # longer than sending can take; then whoever sent it has died
DUE = text(
    """SELECT w.id FROM webhooks_endpoints w
WHERE w.status = 'enabled' AND (w.paused_until IS NULL OR w.paused_until <= :now)
  AND EXISTS (SELECT FROM webhooks_deliveries d
              WHERE d.endpoint_id = w.id AND d.status = 'pending' AND d.next_at <= :now)
ORDER BY w.id"""
)
# The oldest that is due, unless an earlier event of its subject still waits: order is kept.
NEXT = text(
    """UPDATE webhooks_deliveries SET leased_until = :until WHERE id = (
  SELECT d.id FROM webhooks_deliveries d
  JOIN webhooks_endpoints w ON w.id = d.endpoint_id AND w.status = 'enabled'
    AND (w.paused_until IS NULL OR w.paused_until <= :now)
  WHERE d.endpoint_id = :endpoint AND d.status = 'pending' AND d.next_at <= :now
    AND (d.leased_until IS NULL OR d.leased_until <= :now)
    AND NOT EXISTS (SELECT FROM webhooks_deliveries e
                    WHERE e.endpoint_id = d.endpoint_id AND e.subject = d.subject
                      AND e.event_id < d.event_id AND e.status = 'pending')
  ORDER BY d.next_at, d.event_id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
RETURNING id, (SELECT webhooks_may_tell(e.subject, e.payload, w.consent)
  FROM outbox_events e, webhooks_endpoints w WHERE e.id = webhooks_deliveries.event_id
    AND w.id = webhooks_deliveries.endpoint_id)"""
)
NOT_AGREED = N_("the volunteer does not agree, or agrees no more")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as it is to be sent."""

    delivery_id: int
    url: str
    message_id: str
    body: dict[str, Any]
    secrets: tuple[str, ...]  # the newest first; two while the last one still signs


@dataclass(frozen=True, slots=True)
class Signing:
    """What messages are made with: the application's key, and the address it is known by."""

    key: str
    origin: str


def due_endpoints(session: Session, *, now: datetime) -> list[int]:
    """Return the addresses for which something is due."""
    return list(session.execute(DUE, {"now": now}).scalars())


def take(session: Session, endpoint_id: int, *, signing: Signing, now: datetime) -> Outgoing | None:
    """Take the next message for an address, so that nobody else sends it meanwhile.

    What a volunteer agrees to no more by now is not sent, and given up for good.
    """
    params = {"endpoint": endpoint_id, "now": now, "until": now + LEASE}
    found = session.execute(NEXT, params).one_or_none()
    while found and not found[1]:
        withhold(session, found[0], now)
        found = session.execute(NEXT, params).one_or_none()
    if found is None:
        return None
    taken = found[0]
    delivery = session.get_one(Delivery, taken)
    event = session.get_one(outbox.Event, delivery.event_id)
    row = session.get_one(Endpoint, endpoint_id)
    body = outbox.envelope(event, origin=signing.origin)
    return Outgoing(taken, row.url, body["id"], body, secrets_of(row, signing.key, now))


def withhold(session: Session, delivery_id: int, now: datetime) -> None:
    """Give a message up unsent; the partner is not to blame for it."""
    delivery = session.get_one(Delivery, delivery_id)
    delivery.status, delivery.done_at, delivery.leased_until = State.FAILED, now, None
    session.add(delivery)
    session.add(Attempt(delivery_id=delivery_id, at=now, ms=0, error=NOT_AGREED))
    session.flush()


def secrets_of(row: Endpoint, key: str, now: datetime) -> tuple[str, ...]:
    """Return the secrets that sign for an address now."""
    overlap = row.previous_until is not None and row.previous_until > now
    generations = [row.generation, row.generation - 1] if overlap else [row.generation]
    return tuple(rules.secret(key, row.salt, one) for one in generations)


def note(session: Session, delivery_id: int, outcome: Outcome, *, now: datetime) -> None:
    """Write down how sending went, and decide what comes next."""
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
    session.add(
        Attempt(
            delivery_id=delivery_id,
            at=now,
            ms=outcome.ms,
            code=outcome.code,
            error=outcome.error,
            answer=outcome.answer,
        )
    )
    delivery.attempts, delivery.leased_until = delivery.attempts + 1, None
    session.add(delivery)
    asked = select(Endpoint).where(Endpoint.id == delivery.endpoint_id)
    row = session.exec(asked.with_for_update(key_share=True)).one()
    if outcome.arrived:
        delivery.status, delivery.done_at = State.DELIVERED, now
        row.failures, row.failing_since, row.paused_until = 0, None, None
    else:
        put_off(delivery, outcome, now)
        blame(session, row, outcome, now)
    session.add(row)


def put_off(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """Try again later, or give up."""
    later = rules.wait(delivery.attempts, outcome, random.randint(0, 100))
    if later is None:
        delivery.status, delivery.done_at = State.FAILED, now
    else:
        delivery.next_at = now + later


def blame(session: Session, row: Endpoint, outcome: Outcome, now: datetime) -> None:
    """Leave an address alone for a while, or for good where nobody seems to be there."""
    row.failures, row.failing_since = row.failures + 1, row.failing_since or now
    row.paused_until = now + rules.pause(row.failures, outcome, random.randint(0, 100))
    failing = rules.to_be_disabled(row.failures, row.failing_since, now)
    if row.status == Status.ENABLED and (outcome.gone or failing):
        close(row, Reason.GONE if outcome.gone else Reason.FAILING, now)
        said = {"url": row.url, "reason": row.reason, "failures": row.failures}
        about = f"webhook:{row.id}"
        trail.record(
            session, actor="system", action="webhook.disabled", subject=about, detail=said, now=now
        )
