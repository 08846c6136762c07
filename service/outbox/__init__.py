"""Events to be told: written with what they tell, relayed at least once, dealt with once."""

from service.outbox.actions import claim, mark_relayed, publish, waiting
from service.outbox.catalogue import CATALOGUE
from service.outbox.models import Consumption, Event, EventType, UnknownEvent
from service.outbox.queries import overlooked

__all__ = [
    "CATALOGUE",
    "Consumption",
    "Event",
    "EventType",
    "UnknownEvent",
    "claim",
    "mark_relayed",
    "overlooked",
    "publish",
    "waiting",
]
