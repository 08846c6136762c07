"""Rules about sales: closed doors, the same twice, late voids, the shop's own people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from service.audit.rule import ASK, LOOK, Finding, Rule
from service.clock import SHANGHAI
from service.i18n import N_
from service.programmes import RuleSet

ZONE = ZoneInfo(SHANGHAI)

# A good with hours of its own is refused outside them; what left offline is flagged by the till.
# Hours that were changed since say nothing about an old sale, so they are not looked at again.
DOORS = """SELECT r.id, r.key, r.transfer_id, s.code AS shop, s.community_id, g.code AS good,
  v.code AS volunteer, r.occurred_at, r.business_day AS day, r.device_id, r.actor,
  g.sold_from IS NOT NULL AS own_hours, 'off_hours' = ANY (r.flags) AS flagged
FROM shops s JOIN redemptions r ON r.shop_id = s.id
  AND r.business_day BETWEEN %(since)s AND %(until)s
  AND r.status IN ('captured', 'partly_reversed')
JOIN shops_goods g ON g.id = r.good_id LEFT JOIN people_holders v ON v.id = r.volunteer_id
WHERE s.programme_id = %(programme)s AND ('off_hours' = ANY (r.flags) OR g.sold_from IS NULL
  AND (extract(epoch FROM (r.occurred_at AT TIME ZONE 'Asia/Shanghai')::time) < %(open_minute)s * 60
    OR extract(epoch FROM (r.occurred_at AT TIME ZONE 'Asia/Shanghai')::time)
      > %(close_minute)s * 60))
ORDER BY r.id"""

PAIRS = """SELECT p.id, p.key, p.earlier_key, p.transfer_id, s.code AS shop, v.community_id,
  g.code AS good, v.code AS volunteer, p.occurred_at, p.earlier_at, p.day, p.asked
FROM (SELECT r.*, r.business_day AS day, 'possible_duplicate' = ANY (r.flags) AS asked,
    lag(r.key) OVER same AS earlier_key, lag(r.occurred_at) OVER same AS earlier_at
  FROM shops s JOIN redemptions r ON r.shop_id = s.id
    AND r.business_day BETWEEN %(since)s::date - 1 AND %(until)s
    AND r.status IN ('captured', 'partly_reversed') AND r.volunteer_id IS NOT NULL
  WHERE s.programme_id = %(programme)s
  WINDOW same AS (PARTITION BY r.volunteer_id, r.shop_id, r.good_id ORDER BY r.occurred_at, r.id)
) p JOIN shops s ON s.id = p.shop_id JOIN shops_goods g ON g.id = p.good_id
  JOIN people_holders v ON v.id = p.volunteer_id
WHERE p.day >= %(since)s AND p.occurred_at - p.earlier_at < interval '1 day' ORDER BY p.id"""

# A void may be told a day after its sale, so two days more are read; their keys are the same.
VOIDS = """SELECT r.id, r.key, r.transfer_id, r.undo_transfer_id, s.code AS shop, s.community_id,
  v.code AS volunteer, r.business_day AS day, r.occurred_at, r.recorded_at, r.undone_at,
  r.undone_by
FROM shops s JOIN redemptions r ON r.shop_id = s.id
  AND r.business_day BETWEEN %(since)s::date - 2 AND %(until)s AND r.status = 'voided'
  AND r.undo_transfer_id IS NOT NULL
LEFT JOIN people_holders v ON v.id = r.volunteer_id
WHERE s.programme_id = %(programme)s
ORDER BY s.id, r.undone_by, r.business_day, r.undone_at, r.id"""

OWN = """SELECT x.id, x.key, x.kind, x.transfer_id, s.code AS shop, s.community_id,
  v.code AS volunteer, f.code AS staff, x.day, x.points, x.fen
FROM people_roles o JOIN people_staff f ON f.id = o.staff_id
  JOIN people_holders v ON v.id = f.volunteer_id
  JOIN shops s ON s.code = o.scope_code AND s.programme_id = %(programme)s
  CROSS JOIN LATERAL (
    SELECT r.id, r.key, 'redemption' AS kind, r.transfer_id, r.business_day AS day, r.points,
      r.value_fen AS fen
    FROM redemptions r WHERE r.volunteer_id = v.id AND r.shop_id = s.id
      AND r.business_day BETWEEN %(since)s AND %(until)s
      AND r.status IN ('captured', 'partly_reversed')
    UNION ALL SELECT d.id, d.key, 'discount', d.transfer_id, d.business_day, 0, d.discount_fen
    FROM redemptions_discounts d WHERE d.volunteer_id = v.id AND d.shop_id = s.id
      AND d.business_day BETWEEN %(since)s AND %(until)s) x
WHERE o.role = 'shop_owner' ORDER BY s.id, x.kind, x.id"""


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale, and when its good may be sold."""

    id: int
    key: str
    transfer_id: int
    shop: str
    community_id: int
    good: str
    volunteer: str | None
    occurred_at: datetime
    day: date
    device_id: int | None
    actor: str
    own_hours: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sales after each other: the same pass, the same shop, the same good."""

    id: int
    key: str
    earlier_key: str
    transfer_id: int
    shop: str
    community_id: int
    good: str
    volunteer: str
    occurred_at: datetime
    earlier_at: datetime
    day: date
    asked: bool  # the clerk was asked, and went on


@dataclass(frozen=True, slots=True)
class Voided:
    """A sale that a till took back alone."""

    id: int
    key: str
    transfer_id: int
    undo_transfer_id: int
    shop: str
    community_id: int
    volunteer: str | None
    day: date
    occurred_at: datetime
    recorded_at: datetime
    undone_at: datetime
    undone_by: str

    @property
    def after(self) -> timedelta:
        """How long after we knew of the sale we were told of its void."""
        return self.undone_at - max(self.occurred_at, self.recorded_at)


@dataclass(frozen=True, slots=True)
class OwnPass:
    """What somebody took with the own pass in the own shop."""

    id: int
    key: str
    kind: str
    transfer_id: int
    shop: str
    community_id: int
    volunteer: str
    staff: str
    day: date
    points: int
    fen: int


def closed_doors(facts: Iterable[Sale], rules: RuleSet) -> Iterator[Finding]:
    """Find sales at an hour at which the good is not given, or nobody stands at a till."""
    limits = rules.audit
    for sale in facts:
        local = sale.occurred_at.astimezone(ZONE)
        minute = local.hour * 60 + local.minute
        night = not limits.open_minute <= minute < limits.close_minute
        if sale.flagged or (night and not sale.own_hours):
            evidence = about(sale) | {
                "goods": [sale.good],
                "time": f"{local:%H:%M}",
                "devices": [sale.device_id] if sale.device_id else [],
                "actors": [sale.actor],
            }
            yield Finding(str(sale.id), f"shop:{sale.shop}", sale.community_id, sale.day, evidence)


def same_twice(facts: Iterable[Pair], rules: RuleSet) -> Iterator[Finding]:
    """Find who took the same good in the same shop again within the rule set's minutes."""
    for pair in facts:
        apart = pair.occurred_at - pair.earlier_at
        if apart <= timedelta(minutes=rules.duplicate_minutes):
            evidence = {
                "redemptions": [pair.earlier_key, pair.key],
                "transfers": [pair.transfer_id],
                "shops": [pair.shop],
                "goods": [pair.good],
                "volunteers": [pair.volunteer],
                "minutes": minutes(apart),
                "clerk_asked": pair.asked,
            }
            subject = f"volunteer:{pair.volunteer}"
            yield Finding(str(pair.id), subject, pair.community_id, pair.day, evidence)


def late_voids(facts: Iterable[Voided], rules: RuleSet) -> Iterator[Finding]:
    """Find voids after the window, and tills that void late within it again and again."""
    window = timedelta(minutes=rules.void_minutes)
    late = timedelta(minutes=rules.audit.late_void_minutes)
    for (shop, by, day), voids in groupby(facts, attrgetter("shop", "undone_by", "day")):
        known = list(voids)
        for one in known:
            if one.after > window:
                yield of_voids(str(one.id), [one])
        slow = [one for one in known if late <= one.after <= window]
        if len(slow) >= rules.audit.late_voids:
            yield of_voids(f"{shop}:{by}:{day}", slow)


def of_voids(key: str, voids: list[Voided]) -> Finding:
    """Point at some voids of one till."""
    first = voids[0]
    evidence = {
        "redemptions": [one.key for one in voids],
        "transfers": [each for one in voids for each in (one.transfer_id, one.undo_transfer_id)],
        "shops": [first.shop],
        "volunteers": sorted({one.volunteer for one in voids if one.volunteer}),
        "actors": [first.undone_by],
        "minutes": max(minutes(one.after) for one in voids),
    }
    return Finding(key, f"shop:{first.shop}", first.community_id, first.day, evidence)


def own_passes(facts: Iterable[OwnPass], rules: RuleSet) -> Iterator[Finding]:
    """Find what a shop's own people took there with their own passes."""
    for taken in facts:
        evidence = {
            f"{taken.kind}s": [taken.key],
            "transfers": [taken.transfer_id],
            "shops": [taken.shop],
            "volunteers": [taken.volunteer],
            "staff": [taken.staff],
            "points": taken.points,
            "fen": taken.fen,
        }
        number = f"{taken.kind}:{taken.id}"
        yield Finding(number, f"shop:{taken.shop}", taken.community_id, taken.day, evidence)


def about(sale: Sale) -> dict[str, list[object]]:
    """Point at a sale."""
    return {
        "redemptions": [sale.key],
        "transfers": [sale.transfer_id],
        "shops": [sale.shop],
        "volunteers": [sale.volunteer] if sale.volunteer else [],
    }


def minutes(span: timedelta) -> int:
    """Return the whole minutes of a span."""
    return span // timedelta(minutes=1)


RULES = (
    Rule("off_hours_redemption", N_("Sold outside opening hours"), ASK, Sale, DOORS, closed_doors),
    Rule(
        "same_good_within_the_hour",
        N_("The same good again within the hour"),
        LOOK,
        Pair,
        PAIRS,
        same_twice,
    ),
    Rule("late_void", N_("Voided late"), ASK, Voided, VOIDS, late_voids),
    Rule("clerk_own_pass", N_("Own pass in the own shop"), ASK, OwnPass, OWN, own_passes),
)
