"""How an event leaves the house: the CloudEvents 1.0 envelope, in its JSON form."""

from typing import Any

from service.outbox.catalogue import CATALOGUE, schema_address
from service.outbox.models import Event

MEDIA_TYPE = "application/cloudevents+json"
SEQUENCE_DIGITS = 20  # so that the texts sort as the numbers do


def envelope(event: Event, *, origin: str) -> dict[str, Any]:
    """Return an event as a partner reads it: what the catalogue describes, and nothing inner.

    `id` is the same whenever it is sent; `sequence` orders the events of a subject.
    """
    entry = CATALOGUE[event.type]
    return {
        "specversion": "1.0",
        "id": str(event.event_id),
        "source": f"{origin}/",
        "type": entry.name,
        "subject": event.subject,
        "time": event.occurred_at.isoformat().replace("+00:00", "Z"),
        "recordedtime": event.recorded_at.isoformat().replace("+00:00", "Z"),
        "sequence": f"{event.id:0{SEQUENCE_DIGITS}d}",
        "datacontenttype": "application/json",
        "dataschema": schema_address(origin, entry.name),
        "data": entry.outward(event.payload),
    }
