"""What a till may offer, give off and undo. Pure: figures in, decisions out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.programmes import Helping
from service.shops import Terms

SCAN_OLD = timedelta(seconds=180)  # from the scan to the tap on a tile
CLOCK_SKEW = timedelta(seconds=5)  # a tablet's clock may be this much ahead of ours
TILES_MAX = 6
WAIT_SECONDS = 180  # how long the volunteer has to confirm
CHOICE_SECONDS = 900  # how long a choice made on the phone holds: a walk to the shop and its queue
TICKET_LIFE = timedelta(minutes=3)  # PROTOCOL §1: long enough to unlock a phone and sign in

# Who picks up for somebody else: a kind of relation, never a name. With what people write for it.
PROXIES = {
    "family": ("家属", "家属代领"),
    "neighbour": ("邻居", "邻居代领"),
    "team": ("志愿队", "志愿队代领"),
    "community": ("社区", "社区代领"),
}


def proxy_kind(text: str) -> str | None:
    """Return the kind of relation that a word stands for, or None."""
    wanted = text.strip()
    return next((kind for kind, words in PROXIES.items() if wanted in (kind, *words)), None)


WITHHELD = frozenset({"serving"})  # where somebody serves, and when, is no business of a shop


def shop_flags(flags: list[str]) -> list[str]:
    """Return of a sale's flags what its shop may know."""
    return [flag for flag in flags if flag not in WITHHELD]


def scan_usable(scanned_at: datetime, now: datetime) -> bool:
    """Tell whether a code that was read at that moment may still be used, bounds included."""
    return now - SCAN_OLD <= scanned_at <= now + CLOCK_SKEW


def too_old(occurred_at: datetime, now: datetime, max_age_hours: int) -> bool:
    """Tell whether an offline sale arrives later than the rules foresee; it is kept, flagged."""
    return now - occurred_at > timedelta(hours=max_age_hours)


def void_until(occurred_at: datetime, minutes: int) -> datetime:
    """Return the last moment at which the shop may void alone; that moment still counts."""
    return occurred_at + timedelta(minutes=minutes)


def receipt(number: int) -> str:
    """Write a redemption's number so that it can be read aloud: 000 127."""
    digits = f"{number:06d}"
    return f"{digits[:-3]} {digits[-3:]}"


@dataclass(frozen=True, slots=True)
class Discount:
    """What comes off one bill."""

    pct: int
    discount_fen: int
    pay_fen: int


def discount(bill_fen: int, tier_pct: int, terms: Terms, *, excluded_fen: int = 0) -> Discount:
    """Work out the smaller of the two rates, floored to the fen, never above the shop's cap.

    Nothing comes off what is excluded; all of the bill is paid.
    """
    pct = min(tier_pct, terms.max_pct)
    off = min((bill_fen - excluded_fen) * pct // 100, terms.bill_cap_fen)
    return Discount(pct, off, bill_fen - off)


@dataclass(frozen=True, slots=True)
class Offer:
    """One good as it stands on the shelf this moment; `used` counts how often it was taken."""

    code: str
    name: str
    points: int
    stock: int
    daily_limit: int | None
    taken_today: int
    used: int
    person_limit: int | None = None
    taken_by_person: int = 0
    on_sale: bool = True  # by the good's hours and days
    picture: str | None = None  # its address


@dataclass(frozen=True, slots=True)
class Tile:
    """One good as the clerk sees it: may it be given, and if not, why in one word."""

    code: str
    name: str
    points: int
    reason: str | None
    picture: str | None = None

    @property
    def can(self) -> bool:
        """Whether a tap on it would be taken."""
        return self.reason is None


def objection(offer: Offer, balance: int, qty: int = 1) -> str | None:
    """Name the first thing that speaks against giving it, in the order people are told."""
    if not offer.on_sale:
        return "not_now"
    if offer.daily_limit is not None and offer.taken_today + qty > offer.daily_limit:
        return "daily_limit"
    if offer.person_limit is not None and offer.taken_by_person + qty > offer.person_limit:
        return "person_limit"
    if balance < 0:
        return "blocked_negative"
    if balance < offer.points * qty:
        return "insufficient"
    return "out_of_stock" if offer.stock < qty else None


def for_helper(shown: list[Tile], limits: Helping, spent: int) -> list[Tile]:
    """Close what is more than a relative may fetch at a time, or after what today has seen."""
    return [replace(tile, reason=tile.reason or beyond(tile, limits, spent)) for tile in shown]


def beyond(tile: Tile, limits: Helping, spent: int) -> str | None:
    """Name the limit of a relative's phone that a tile passes, or None."""
    if tile.points > limits.redemption_points:
        return "helper_limit"
    return "helper_day" if spent + tile.points > limits.day_points else None


def tiles(offers: list[Offer], balance: int) -> list[Tile]:
    """Choose at most six, the most used first, each in the same place all day.

    What cannot be had gives way only when there are more than six to choose from.
    """
    ranked = sorted(offers, key=lambda offer: (-offer.used, offer.code))
    every = [Tile(o.code, o.name, o.points, objection(o, balance), o.picture) for o in ranked]
    kept = sorted(every, key=lambda tile: not tile.can)[:TILES_MAX]
    return [tile for tile in every if tile in kept]
