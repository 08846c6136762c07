"""Events to be told: written with what they tell, relayed at least once, dealt with once."""

from service.outbox.actions import claim, claim_alone, mark_relayed, pending, publish, waiting
from service.outbox.catalogue import CATALOGUE, Entry, faults, named, schema_address
from service.outbox.envelope import MEDIA_TYPE, envelope
from service.outbox.failures import due, fail, followers, retry, settle, skip
from service.outbox.models import Consumption, Event, EventType, Failure, Fate, UnknownEvent
from service.outbox.queries import Lag, Seen, failure, failures, lag, overlooked, types_of

__all__ = [
    "CATALOGUE",
    "MEDIA_TYPE",
    "Consumption",
    "Entry",
    "Event",
    "EventType",
    "Failure",
    "Fate",
    "Lag",
    "Seen",
    "UnknownEvent",
    "claim",
    "claim_alone",
    "due",
    "envelope",
    "fail",
    "failure",
    "failures",
    "faults",
    "followers",
    "lag",
    "mark_relayed",
    "named",
    "overlooked",
    "pending",
    "publish",
    "retry",
    "schema_address",
    "settle",
    "skip",
    "types_of",
    "waiting",
]
