"""When a good is given, what comes off a bill, the way of a shop, how a till is paired. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from service.clock import SHANGHAI

CLAIM_LIFE = timedelta(minutes=10)
CLAIM_TRIES = 5  # of 10,000: a stranger who saw the code has one chance in 2,000
TOKEN_LENGTH = 20
PIN_TRIES = 5  # as a booklet's
PIN_SAID_FOR = timedelta(minutes=10)  # to who sends the same form twice
SHIFT_LIFE = timedelta(hours=12)
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: 20 of them are 100 bits


def claim_open(expires_at: datetime, used_at: datetime | None, tries: int, now: datetime) -> bool:
    """Tell whether a claim may still pair a tablet."""
    return used_at is None and tries < CLAIM_TRIES and now < expires_at


# The arrows of a shop's way, each with what it is called. What has left never comes back as itself.
STEPS: dict[str, tuple[frozenset[str], str]] = {
    "check": (frozenset({"applied"}), "checked"),
    "admit": (frozenset({"checked"}), "admitted"),
    "suspend": (frozenset({"admitted"}), "suspended"),
    "resume": (frozenset({"suspended"}), "admitted"),
    "leave": (frozenset({"applied", "checked", "admitted", "suspended"}), "left"),
}


def steps_from(status: str) -> list[str]:
    """Return the steps that can be taken from here, in the order of the way."""
    return [step for step, (origins, _) in STEPS.items() if status in origins]


def points_of(value_fen: int, points_per_yuan: int) -> int | None:
    """Return the points of a value in fen, or None when they are not whole."""
    points, rest = divmod(value_fen * points_per_yuan, 100)
    return points if rest == 0 and points > 0 else None


class Offered(Protocol):
    """A good's hours and days, each None where there is no limit."""

    sold_from: time | None
    sold_to: time | None
    first_day: date | None
    last_day: date | None


def on_sale(good: Offered, at: datetime) -> bool:
    """Tell whether a good is given at this moment; as `shops_on_sale` of migration 0018 does."""
    local = at.astimezone(ZoneInfo(SHANGHAI))
    first, last = good.first_day or date.min, good.last_day or date.max
    if not first <= local.date() <= last:
        return False
    if good.sold_from is None or good.sold_to is None:
        return True
    return good.sold_from <= local.time() <= good.sold_to


@dataclass(frozen=True, slots=True)
class Terms:
    """How a shop gives discounts: at most so many per cent, at most so many fen a bill.

    Of the kinds in `excluded` (cigarettes, stored-value cards …) nothing comes off.
    """

    max_pct: int
    bill_cap_fen: int
    excluded: tuple[str, ...] = ()


LOW_SHARE = 5  # a good runs low when a fifth of what was pledged is left


def runs_low(stock: int, pledged_qty: int) -> bool:
    """Tell whether the shop should pledge more, or will soon have to say no."""
    return pledged_qty > 0 and stock * LOW_SHARE <= pledged_qty


NO_TERMS = Terms(0, 0)
SEPARATORS = re.compile(r"[\s、,，;；/]+")


def kinds_in(words: str) -> list[str]:
    """Return the kinds in what somebody typed, each once: 烟、酒 are two."""
    return list(dict.fromkeys(one for one in SEPARATORS.split(words) if one))
