"""How a payload is described: frozen dataclasses, from which JSON Schema and a check are made.

A field marked INNER stays in the house: free text, in which anybody may have written a name, and
who did something. Partners are told the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

INNER = "inner"
Check = Callable[[Any], bool]
Inner = Annotated[str, INNER]
InnerOrNone = Annotated[str | None, INNER]


def is_date(value: Any) -> bool:
    """Tell whether a value is a date as ISO 8601 writes it."""
    return isinstance(value, str) and parses(date.fromisoformat, value)


def is_moment(value: Any) -> bool:
    """Tell whether a value is a moment with its offset from UTC."""
    return isinstance(value, str) and "T" in value and parses(datetime.fromisoformat, value)


def parses(read: Callable[[str], object], value: str) -> bool:
    """Tell whether a reader takes a text."""
    try:
        read(value)
    except ValueError:
        return False
    return True


PLAIN: dict[Any, tuple[dict[str, Any], Check]] = {
    str: ({"type": "string"}, lambda value: isinstance(value, str)),
    bool: ({"type": "boolean"}, lambda value: isinstance(value, bool)),
    int: (
        {"type": "integer"},
        lambda value: isinstance(value, int) and not isinstance(value, bool),
    ),
    date: ({"type": "string", "format": "date"}, is_date),
    datetime: ({"type": "string", "format": "date-time"}, is_moment),
    NoneType: ({"type": "null"}, lambda value: value is None),
    Any: ({}, lambda value: True),
}


def read_type(told: Any) -> tuple[dict[str, Any], Check]:
    """Return the schema of a type, and what tells its values."""
    if get_origin(told) is Annotated:
        return read_type(get_args(told)[0])
    if isinstance(told, UnionType):
        return read_union(get_args(told))
    if get_origin(told) is list:
        below, fits = read_type(get_args(told)[0])
        return {"type": "array", "items": below}, list_of(fits)
    if get_origin(told) is dict:
        below, fits = read_type(get_args(told)[1])
        return {"type": "object", "additionalProperties": below}, map_of(fits)
    return PLAIN[told]


def read_union(parts: tuple[Any, ...]) -> tuple[dict[str, Any], Check]:
    """Return the schema of one of several types."""
    read = [read_type(part) for part in parts]
    checks = [fits for _, fits in read]
    return {"anyOf": [told for told, _ in read]}, lambda value: any(fits(value) for fits in checks)


def list_of(fits: Check) -> Check:
    """Tell lists of what fits."""
    return lambda value: isinstance(value, list) and all(fits(one) for one in value)


def map_of(fits: Check) -> Check:
    """Tell objects whose values fit."""
    return lambda value: isinstance(value, dict) and all(fits(one) for one in value.values())


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a payload."""

    name: str
    schema: Mapping[str, Any]
    fits: Check
    required: bool
    inner: bool


@dataclass(frozen=True)
class Shape:
    """One form that a payload may have."""

    title: str
    told: str
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, payload: type) -> "Shape":
        """Read a payload's dataclass once."""
        hints = get_type_hints(payload, include_extras=True)
        parts = []
        for field in fields(payload):
            hint = hints[field.name]
            inner = get_origin(hint) is Annotated and INNER in get_args(hint)
            schema, fits = read_type(hint)
            required = field.default is MISSING
            parts.append(Part(field.name, schema, fits, required, inner))
        return cls(payload.__name__, (payload.__doc__ or "").strip(), tuple(parts))

    @cached_property
    def names(self) -> frozenset[str]:
        """Name every field."""
        return frozenset(part.name for part in self.parts)

    def faults(self, payload: Mapping[str, Any]) -> list[str]:
        """Name what is missing, what is of another type, and what nobody described."""
        found = [f"{name}: not described" for name in payload.keys() - self.names]
        for part in self.parts:
            if part.name not in payload:
                found += [f"{part.name}: missing"] if part.required else []
            elif not part.fits(payload[part.name]):
                found.append(f"{part.name}: not {dict(part.schema)}")
        return sorted(found)

    def outward(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a partner is told of a payload: what is described, and not marked INNER."""
        outer = [part.name for part in self.parts if not part.inner]
        return {name: payload[name] for name in outer if name in payload}

    def schema(self) -> dict[str, Any]:
        """Describe to a partner what it is told. Fields may be added; none goes or changes."""
        outer = [part for part in self.parts if not part.inner]
        return {
            "type": "object",
            "title": self.title,
            "description": self.told,
            "properties": {part.name: dict(part.schema) for part in outer},
            "required": [part.name for part in outer if part.required],
        }
