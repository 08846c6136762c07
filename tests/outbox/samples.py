"""Payloads that the catalogue would take, made of its own descriptions."""

from collections.abc import Mapping
from typing import Any

from service.outbox.catalogue import CATALOGUE

BY_FORMAT = {"date": "2025-10-18", "date-time": "2025-10-18T12:00:00+08:00"}
BY_TYPE: dict[str, Any] = {
    "string": "x", "integer": 1, "boolean": False, "null": None, "array": [], "object": {},
}  # fmt: skip


def value(schema: Mapping[str, Any]) -> Any:
    """One value of a type."""
    if "anyOf" in schema:
        return value(schema["anyOf"][0])
    return BY_FORMAT.get(schema.get("format", "")) or BY_TYPE[schema.get("type", "null")]


def sample(kind: str, form: int = 0, **more: Any) -> dict[str, Any]:
    """A payload with every field that must be there."""
    parts = CATALOGUE[kind].shapes[form].parts
    return {part.name: value(part.schema) for part in parts if part.required} | more
