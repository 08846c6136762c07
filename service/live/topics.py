"""Topics: what a page may listen to, and which of them an event touches."""

from collections.abc import Mapping
from typing import Any

CHANNEL = "aixin:live"  # of Redis; every message is a JSON list of topics
BOARD = "board"  # all figures that are shown to staff

# Nobody's figures change by these, however many there are.
QUIET = frozenset({"LedgerSealed", "RecordsExported", "PassIssued"})


def shop_topic(code: str) -> str:
    """Name what happens in one shop: sales, choices, reversals, its shelf."""
    return f"shop:{code}"


def activity_topic(code: str) -> str:
    """Name what happens at one activity: who comes, who goes, what is corrected."""
    return f"activity:{code}"


def topics_of(kind: str, subject: str, payload: Mapping[str, Any]) -> set[str]:
    """Return the topics that an event touches: its shop, its activity, and the boards."""
    found = set() if kind in QUIET else {BOARD}
    if shop := payload.get("shop") or named(subject, "shop"):
        found.add(shop_topic(str(shop)))
    if activity := payload.get("activity"):
        found.add(activity_topic(str(activity)))
    return found


def named(subject: str, kind: str) -> str:
    """Return what a subject of this kind is called, or nothing."""
    before, _, after = subject.partition(":")
    return after if before == kind else ""
