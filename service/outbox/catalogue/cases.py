"""Payloads of cases and objections: opened, filed, answered. In whose words stays in the house."""

from dataclasses import dataclass
from datetime import date

from service.outbox.catalogue.registry import event
from service.outbox.catalogue.shape import InnerOrNone
from service.outbox.models import EventType


@event(EventType.CASE_OPENED, "case.opened")
@dataclass(frozen=True, slots=True)
class CaseOpened:
    """Something in a community may be wrong and is looked into."""

    case: int
    code: str
    community: str
    origin: str


@dataclass(frozen=True, slots=True)
class OfObjection:
    """What every event of an objection says."""

    objection: int
    code: str
    community: str
    volunteer: str
    kind: str
    about: str


@event(EventType.OBJECTION_FILED, "objection.filed")
@dataclass(frozen=True, slots=True)
class ObjectionFiled(OfObjection):
    """A volunteer says that something is wrong."""

    due_on: date


@event(EventType.OBJECTION_ANSWERED, "objection.answered")
@dataclass(frozen=True, slots=True)
class ObjectionAnswered(OfObjection):
    """An objection was answered in writing; one that is right goes on as a case."""

    verdict: str
    case: int | None
    answer: InnerOrNone
