"""The catalogue: every type of event with its name in the world, its version and its payloads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from service.outbox.catalogue.shape import Shape
from service.outbox.models import EventType

DIALECT = "https://json-schema.org/draft/2020-12/schema"  # the name of the language, never loaded
PREFIX = "aixin"
P = TypeVar("P", bound=type)


@dataclass(frozen=True, slots=True)
class Entry:
    """One type in one version; an event that two parts of us tell may have two forms."""

    type: EventType
    subject: str  # the word before the verb: "redemption" in aixin.redemption.captured.v1
    verb: str
    version: int
    shapes: tuple[Shape, ...]

    @property
    def name(self) -> str:
        """Return the type as CloudEvents tells it."""
        return f"{PREFIX}.{self.subject}.{self.verb}.v{self.version}"

    @property
    def told(self) -> str:
        """Say in a sentence what happened."""
        return " ".join(shape.told for shape in self.shapes)

    def faults(self, payload: Mapping[str, Any]) -> list[str]:
        """Name what is wrong with a payload: with its nearest form; nothing where one fits."""
        return min((shape.faults(payload) for shape in self.shapes), key=len)

    def outward(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a partner is told of a payload."""
        return min(self.shapes, key=lambda shape: len(shape.faults(payload))).outward(payload)

    def schema(self, origin: str) -> dict[str, Any]:
        """Return the JSON Schema that is published for this type."""
        forms = [shape.schema() for shape in self.shapes]
        told = forms[0] if len(forms) == 1 else {"title": str(self.type), "anyOf": forms}
        return {"$schema": DIALECT, "$id": schema_address(origin, self.name), **told}


CATALOGUE: dict[str, Entry] = {}  # by the word of EventType


def event(kind: EventType, name: str, *, version: int = 1) -> Callable[[P], P]:
    """Put a payload into the catalogue; a second one of the same type is another form of it.

    A payload that changes so that a listener may stumble gets the next version, and is told in
    both until the partners have followed.
    """
    subject, _, verb = name.rpartition(".")

    def add(payload: P) -> P:
        known = CATALOGUE[kind].shapes if kind in CATALOGUE else ()
        CATALOGUE[kind] = Entry(kind, subject, verb, version, (*known, Shape.of(payload)))
        return payload

    return add


def schema_address(origin: str, name: str) -> str:
    """Return where the schema of a type is published."""
    return f"{origin}/api/events/{name}.json"
