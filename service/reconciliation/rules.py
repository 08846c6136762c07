"""What the facts of a day amount to. Pure: facts in, findings out, the same for the same facts."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from service.clock import SHANGHAI, business_day

# What an offline sale was flagged with, and the exception that it becomes.
FLAGS = {
    "offline_overdraft": "OFFLINE_OVERDRAFT",
    "limit_breach": "LIMIT_BREACH",
    "over_batch": "LIMIT_BREACH",
    "oversold": "LIMIT_BREACH",
    "code_used": "OFFLINE_BAD",
    "offline_bad": "OFFLINE_BAD",
    "late_upload": "CUTOFF",
}
# What the interface calls a kind; the others are called as they are, in lower case.
SPOKEN = {"POSSIBLE_DUPLICATE": "duplicate_redemption"}
DAY_ENDS_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One activity whose paper lines were counted, and who had a place but no attendance."""

    activity: str
    lines: int
    attendances: int
    absent: tuple[str, ...]  # volunteers, by their turn


@dataclass(frozen=True, slots=True)
class Shelf:
    """One good that was counted, and what should have been there at that moment."""

    shop: str
    good: str
    counted: int
    booked: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two redemptions of the same good by the same person in the same shop, close together."""

    shop: str
    good: str
    volunteer: str
    earlier: str  # keys
    later: str
    qty: int  # of the later one
    minutes: int


@dataclass(frozen=True, slots=True)
class Entered:
    """The manual awards that one person entered for one volunteer on one day."""

    maker: str
    volunteer: str
    keys: tuple[str, ...]
    points: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """A redemption that was recorded although something spoke against it."""

    shop: str
    key: str
    volunteer: str
    points: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a run compares."""

    sheets: tuple[Sheet, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    pairs: tuple[Pair, ...] = ()
    entered: tuple[Entered, ...] = ()
    flagged: tuple[Flagged, ...] = ()

    @property
    def digest(self) -> str:
        """Return the SHA-256 that is the same for the same facts."""
        return digest_of(asdict(self))


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: what kind, whose, which, and what is known of it."""

    kind: str
    subject: str
    reference: str
    detail: dict[str, Any] = field(default_factory=dict)


def digest_of(figures: object) -> str:
    """Return the SHA-256 of figures, whatever the order of their names."""
    said = json.dumps(figures, sort_keys=True, ensure_ascii=False, default=str)
    return sha256(said.encode()).hexdigest()


def findings(facts: Facts) -> list[Finding]:
    """Return every difference that the facts show, none twice."""
    found = [
        *(finding for sheet in facts.sheets for finding in missing(sheet)),
        *goods_findings(facts),
        *(watch(entered) for entered in facts.entered if len(entered.keys) > 1),
        *(finding for row in facts.flagged for finding in flagged(row)),
    ]
    return list({(one.kind, one.subject, one.reference): one for one in found}.values())


def missing(sheet: Sheet) -> Iterator[Finding]:
    """Name who signed on paper and was never scanned, where the figures leave no choice.

    As many lines too many as people absent: each of them. Otherwise the absent are candidates.
    """
    short = sheet.lines - sheet.attendances
    said: dict[str, Any] = {"lines": sheet.lines, "attendances": sheet.attendances}
    if short <= 0:
        return
    if short == len(sheet.absent):
        for volunteer in sheet.absent:
            detail = {**said, "activity": sheet.activity, "volunteer": volunteer}
            yield Finding("MISSING_ATTENDANCE", sheet.activity, volunteer, detail)
    else:
        detail = {**said, "activity": sheet.activity, "missing": short}
        detail["candidates"] = list(sheet.absent)
        yield Finding("MISSING_ATTENDANCE", sheet.activity, "", detail)


def goods_findings(facts: Facts) -> Iterator[Finding]:
    """Explain what the shelf has too much by sales recorded twice; the rest is a difference.

    A shelf that agrees with the books shows that both sales of a pair were real. One that was
    not counted shows nothing, so the pair is asked about.
    """
    counted = {(shelf.shop, shelf.good): shelf for shelf in facts.shelves}
    explained = dict.fromkeys(counted, 0)
    for pair in facts.pairs:
        place = (pair.shop, pair.good)
        shelf = counted.get(place)
        if shelf is None or shelf.counted > shelf.booked:
            explained[place] = explained.get(place, 0) + pair.qty
            yield duplicate(pair)
    for place, shelf in counted.items():
        surplus = shelf.counted - shelf.booked
        rest = max(0, surplus - explained[place]) if surplus > 0 else surplus
        if rest:
            yield stock_difference(shelf, rest)


def duplicate(pair: Pair) -> Finding:
    """Say that the later of two sales may be the earlier one, recorded again."""
    detail: dict[str, Any] = {"shop": pair.shop, "key": pair.later, "of": pair.earlier}
    detail |= {"good": pair.good, "volunteer": pair.volunteer}
    detail |= {"qty": pair.qty, "minutes": pair.minutes}
    return Finding("POSSIBLE_DUPLICATE", pair.shop, pair.later, detail)


def stock_difference(shelf: Shelf, rest: int) -> Finding:
    """Say by how many pieces the shelf and the books differ after all is explained."""
    detail: dict[str, Any] = {"shop": shelf.shop, "good": shelf.good, "counted": shelf.counted}
    detail |= {"booked": shelf.booked, "difference": rest}
    return Finding("STOCK_DIFF", shelf.shop, shelf.good, detail)


def watch(entered: Entered) -> Finding:
    """Ask somebody to look at several manual awards of one maker for one person."""
    detail: dict[str, Any] = {"volunteer": entered.volunteer, "maker": entered.maker}
    detail |= {"txns": list(entered.keys), "points": entered.points}
    return Finding("MANUAL_AWARD_WATCH", entered.volunteer, entered.maker, detail)


def flagged(row: Flagged) -> Iterator[Finding]:
    """Turn the flags of a sale into exceptions, one of a kind."""
    for kind in sorted({FLAGS[flag] for flag in row.flags if flag in FLAGS}):
        detail: dict[str, Any] = {"shop": row.shop, "key": row.key, "volunteer": row.volunteer}
        detail |= {"points": row.points, "flags": sorted(row.flags)}
        yield Finding(kind, row.shop, row.key, detail)


def spoken(kind: str) -> str:
    """Return a kind's name at the interface."""
    return SPOKEN.get(kind, kind.lower())


def last_ended_day(now: datetime, zone: str = SHANGHAI) -> date:
    """Return the newest day that is over; the last minute of a day counts as its end.

    So the job of the day's end may run at 23:59 and still be that day's.
    """
    return business_day(now + DAY_ENDS_WITHIN, zone) - timedelta(days=1)
