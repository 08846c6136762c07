"""One item of a gate's queue: when it was read, whose code it is, and what stands against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from service import passes, people
from service.activities import rules
from service.activities.actions.gate import WINDOW, Gate, Sent, guesses_too_much

BLOCKED = {"card_blocked", "card_replaced", "card_expired"}


@dataclass(frozen=True, slots=True)
class Sending:
    """The device at the moment of sending: a clock that was changed meanwhile shows here."""

    at: datetime | None = None
    uptime_ms: int | None = None
    boot: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One item with its moment by our clock, and whose code it is."""

    sent: Sent
    moment: datetime
    skewed: bool
    seen: passes.Seen | passes.Unreadable | None = None  # None: an undo

    @property
    def volunteer_id(self) -> int | None:
        """Whose code it is, if it is anybody's."""
        return self.seen.volunteer_id if isinstance(self.seen, passes.Seen) else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item takes no effect: the reason on the screen, and the kind of its problem."""

    reason: str
    kind: str


def read_items(gate: Gate, queue: Sequence[Sent], sending: Sending) -> list[Item]:
    """Give every item its moment, and look up all codes at once."""
    timed = [timed_item(gate, sent, sending) for sent in queue]
    codes = [item for item in timed if item.sent.action != "undo"]
    shown = [(shown_code(gate, item.sent), item.moment) for item in codes]
    if any(typed(gate, item.sent) for item in codes) and guesses_too_much(gate, codes[0].sent):
        shown = [("" if typed(gate, one.sent) else code, at)
                 for one, (code, at) in zip(codes, shown, strict=True)]  # fmt: skip
    seen = iter(passes.resolve_all(gate.database, gate.keys, shown))
    return [
        item if item.sent.action == "undo" else replace(item, seen=next(seen)) for item in timed
    ]


def shown_code(gate: Gate, sent: Sent) -> str:
    """Return a person's code; the code of a place proves nothing later, and stands for nobody."""
    reading = gate.keys.read(sent.code)
    return "" if reading is not None and reading.kind in {"onsite", "activity"} else sent.code


def typed(gate: Gate, sent: Sent) -> bool:
    """Tell whether a code is a number, which can be guessed."""
    reading = gate.keys.read(sent.code)
    return reading is not None and reading.kind == "number"


def timed_item(gate: Gate, sent: Sent, sending: Sending) -> Item:
    """Say when an item was read by our clock; a clock that is off by too much is not believed."""
    read = sent.occurred_at or gate.now
    off = timedelta(milliseconds=sent.clock_offset_ms or 0)
    moment = read + off
    same_boot = sent.boot is not None and sent.boot == sending.boot
    if same_boot and sending.at and sending.uptime_ms is not None and sent.uptime_ms is not None:
        since = timedelta(milliseconds=sending.uptime_ms - sent.uptime_ms)
        if abs((sending.at - read) - since) > rules.SKEW_MAX:  # the clock was set in between
            return Item(sent, gate.now - since, skewed=True)
    ahead = moment > gate.now + rules.SKEW_MAX
    return Item(sent, moment, skewed=ahead or abs(off) > rules.SKEW_MAX)


def refusal_of(
    item: Item, person: Mapping[str, Any] | None, place: Mapping[str, Any], now: datetime
) -> Refusal | None:
    """Return what stands against an item by itself, whatever else was read; the first reason."""
    if not isinstance(item.seen, passes.Seen) or person is None:
        return Refusal(getattr(item.seen, "reason", "unknown_code"), "refused")
    if item.skewed:
        return Refusal("clock_skew", "skew")
    if item.seen.status in BLOCKED:
        return Refusal(item.seen.status, "blocked_card")
    reason = item.seen.status if item.seen.status != "ok" else judge_here(item, person, place, now)
    return Refusal(reason, "refused") if reason else None


def judge_here(
    item: Item, person: Mapping[str, Any], place: Mapping[str, Any], now: datetime
) -> str | None:
    """Return why this person could not be scanned at this activity at that moment."""
    if person["home_id"] != place["community_id"]:
        return "wrong_community"
    window = rules.Window(*(place[name] for name in WINDOW))
    if reason := rules.judge_moment(window, item.sent.action, item.moment, now):
        return reason
    if place["status"] == "cancelled":
        return "window_closed"
    ended = person["withdrawn_at"]
    if item.sent.action != "out" and ended is not None and item.moment >= ended:
        return "withdrawn"  # what was read before still counts
    young = item.sent.action == "in" and person["id"] != place["leader_id"] and too_young(person)
    return "under_age" if young else None


def too_young(person: Mapping[str, Any]) -> bool:
    """Tell whether age keeps somebody from the post, or from every post there is."""
    return rules.too_young(
        people.age_floor(person["age_band"]),
        guardian_consent=person["guardian_consent"],
        adults_only=bool(person["adults_only"]),
    )
