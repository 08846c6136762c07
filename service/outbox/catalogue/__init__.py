"""What events say: a description for every type, checked in the suite and before it leaves.

Payloads are written by actions and by functions in the database. Checking them there would cost
every check-in and every sale; so the suite checks every event that a test publishes, and the relay
every event that a partner is to hear.
"""

from collections.abc import Mapping
from typing import Any

from service.outbox.catalogue import cases, goods, keeping, matters, persons, points, serving, shops
from service.outbox.catalogue.registry import CATALOGUE, Entry, schema_address

__all__ = ["CATALOGUE", "PARTS", "Entry", "faults", "named", "schema_address"]

# Each fills the catalogue.
PARTS = (serving, points, goods, shops, persons, matters, cases, keeping)


def named(name: str) -> Entry | None:
    """Return the entry that the world knows by this name."""
    return next((one for one in CATALOGUE.values() if one.name == name), None)


def faults(kind: str, payload: Mapping[str, Any]) -> list[str]:
    """Name what of an event is not as the catalogue says."""
    known = CATALOGUE.get(kind)
    return known.faults(payload) if known else [f"{kind}: not in the catalogue"]
