"""How the evidence of a finding is written on a page: a word, and what it points at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from service.audit.words import NO, PARTS, YES
from service.web.locale import gettext, moment, points, yuan

# Where a part of the evidence is opened; what has no page of its own is found by the search.
LINKS = {
    "awards": "/desk/awards/{}",
    "attendances": "/desk/attendances/{}",
    "transfers": "/ledger/transfers/{}",
    "redemptions": "/desk/search?q={}",
    "discounts": "/desk/search?q={}",
    "volunteers": "/desk/people/{}",
    "activities": "/activities/{}",
    "devices": "/desk/devices/{}",
    "staff": "/desk/staff/{}",
    "calls": "/desk/sampling/calls/{}",
}
ACTORS = {"staff": "staff", "volunteer": "volunteers", "device": "devices"}
MOMENTS = ("from", "to", "at", "time")
SHOWN = 200  # of one kind; a stack of scans may be long


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that evidence points at, and where it is opened, if anywhere."""

    text: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of evidence: its word, its pieces, and how many more there are."""

    word: str
    pieces: list[Piece]
    more: int = 0


def parts(evidence: Mapping[str, Any]) -> Iterator[Part]:
    """Write evidence part by part, in the order of the book of words."""
    for name, word in PARTS.items():
        values = evidence.get(name)
        every = values if isinstance(values, list) else [] if values is None else [values]
        if every:
            pieces = [piece(name, value) for value in every[:SHOWN]]
            yield Part(gettext(word), pieces, len(every) - len(pieces))


def piece(name: str, value: Any) -> Piece:
    """Write one value as readers write it."""
    if name == "actors":
        return actor(str(value))
    if name in LINKS:
        return Piece(str(value), LINKS[name].format(quote(str(value), safe=":")))
    return Piece(WRITERS.get(name, plain)(value))


def actor(who: str) -> Piece:
    """Write who acted by code, with the page of that person or tablet; never a name."""
    kind, _, code = who.partition(":")
    place = LINKS.get(ACTORS.get(kind, ""))
    return Piece(code or who, place.format(quote(code)) if place and code else None)


def subject(who: str) -> Piece:
    """Write whom or what a finding is about, and where it is opened."""
    kind, _, code = who.partition(":")
    if kind in ACTORS:
        return actor(who)
    place = LINKS["activities"] if kind == "activity" else None
    return Piece(code, place.format(quote(code)) if place else None)


def plain(value: Any) -> str:
    """Write a yes or no in words, a number with its commas, a text as it is."""
    if isinstance(value, bool):
        return gettext(YES if value else NO)
    return points(value) if isinstance(value, int) else str(value)


def when(value: Any) -> str:
    """Write a moment as the desk does; a text that is none stays as it is."""
    try:
        return moment(datetime.fromisoformat(str(value)))
    except ValueError:
        return str(value)


WRITERS: dict[str, Callable[[Any], str]] = dict.fromkeys(MOMENTS, when)
WRITERS |= {name: yuan for name in PARTS if name.endswith("fen")}
