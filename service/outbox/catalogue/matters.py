"""Payloads of matters: what a community was asked for, and what became of it."""

from dataclasses import dataclass

from service.outbox.catalogue.registry import event
from service.outbox.models import EventType


@dataclass(frozen=True, slots=True)
class OfMatter:
    """What every event of a matter says: what and where, never in whose words."""

    matter: str
    community: str
    kind: str
    category: str
    state: str
    team: str | None


@event(EventType.MATTER_RAISED, "matter.raised")
@dataclass(frozen=True, slots=True)
class MatterRaised(OfMatter):
    """Somebody asked for something."""


@event(EventType.MATTER_ASSIGNED, "matter.assigned")
@dataclass(frozen=True, slots=True)
class MatterAssigned(OfMatter):
    """Somebody is to see to a matter."""


@event(EventType.MATTER_RETURNED, "matter.returned")
@dataclass(frozen=True, slots=True)
class MatterReturned(OfMatter):
    """A matter was given back, or sent back to be done better."""


@event(EventType.MATTER_SOLVED, "matter.solved")
@dataclass(frozen=True, slots=True)
class MatterSolved(OfMatter):
    """A matter was seen to."""


@event(EventType.MATTER_ANSWERED, "matter.answered")
@dataclass(frozen=True, slots=True)
class MatterAnswered(OfMatter):
    """Whoever asked was answered."""


@event(EventType.MATTER_RATED, "matter.rated")
@dataclass(frozen=True, slots=True)
class MatterRated(OfMatter):
    """Whoever asked said how it went."""

    rating: int | None = None


@event(EventType.MATTER_REOPENED, "matter.reopened")
@dataclass(frozen=True, slots=True)
class MatterReopened(OfMatter):
    """Whoever asked was not content, and it begins anew."""
