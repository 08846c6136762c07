"""Which partner is told of which event: one row each, in the transaction that relays the event."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from service import outbox
from service.outbox import Event

CONSUMER = "partners"
WANTED = text("SELECT DISTINCT unnest(types) FROM webhooks_endpoints WHERE status = 'enabled'")
TELL = text(
    """
    WITH told AS MATERIALIZED (
      SELECT e.id, e.type, e.subject, e.payload, outbox_programme(e.subject, e.payload) AS programme
      FROM outbox_events e WHERE e.id = ANY(:ids))
    INSERT INTO webhooks_deliveries (endpoint_id, event_id, type, subject, status, next_at, made_at)
    SELECT w.id, t.id, t.type, t.subject, 'pending', :now, :now
    FROM told t JOIN webhooks_endpoints w
      ON w.programme_id = t.programme AND t.type = ANY(w.types) AND w.status = 'enabled'
        AND webhooks_may_tell(t.subject, t.payload, w.consent)
    ORDER BY t.id, w.id
    ON CONFLICT DO NOTHING RETURNING id
    """
)


class NotAsDescribed(ValueError):
    """A payload is not what the catalogue says: nobody outside hears before somebody looked."""


def fan_out(session: Session, events: Sequence[Event], *, now: datetime) -> int:
    """Write down which partners hear of these events; return how many deliveries that makes.

    An event of no programme, or of another one, is nobody's; one about a volunteer is told only
    where the volunteer agreed to this kind of partner. Doing it twice tells nobody twice.
    What is not as the catalogue says is set aside for somebody to look at.
    """
    known = set(session.execute(WANTED).scalars())
    ids = [event.id for event in events if event.type in known and not strange(session, event, now)]
    return len(session.execute(TELL, {"ids": ids, "now": now}).all()) if ids else 0


def strange(session: Session, event: Event, now: datetime) -> bool:
    """Set an event aside whose payload is not as described; tell whether that was so."""
    faults = outbox.faults(event.type, event.payload)
    if faults:
        outbox.fail(session, event, consumer=CONSUMER, error="; ".join(faults), now=now, wait=False)
    return bool(faults)


def tell_partners(session: Session, events: Sequence[Event], now: datetime) -> None:
    """Tell partners of events that were set aside and are tried again. Raises NotAsDescribed."""
    for event in events:
        faults = outbox.faults(event.type, event.payload)
        if faults:
            raise NotAsDescribed("; ".join(faults))
    fan_out(session, events, now=now)
