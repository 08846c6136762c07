"""What a figure of a statement is made of: entries, service, sales and discounts, page by page."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.db import Database
from service.i18n import N_
from service.reports.months.books import WHOSE, is_large, last_of
from service.reports.months.subjects import Kind, Subject
from service.reports.months.sums import OUT
from service.reports.scope import REDEMPTION

PAGE = 50
WORDS = {
    "opening": N_("Opening"),
    "earned": N_("Service"),
    "manual": N_("Entered by hand"),
    "reversed_awards": N_("Reversed"),
    "redeemed": N_("Redeemed, net"),
    "expired": N_("Expired"),
    "adjusted": N_("Adjusted"),
    "closing": N_("Closing"),
    "minutes": N_("Hours"),
    "pledged": N_("Pledged, yuan"),
    "given": N_("Goods given, yuan"),
    "pledge_adjusted": N_("Adjusted, yuan"),
    "points": N_("Points redeemed"),
    "discount": N_("Discounts, yuan"),
    "sales": N_("Sales"),
    "bills": N_("Discounts"),
    "all": N_("All entries"),
}


TAKEN_BACK = ["reverse", "void"]


@dataclass(frozen=True, slots=True)
class Entries:
    """Which entries a figure adds up: kinds, or all but these; those taken back, or not."""

    kinds: list[str] = field(default_factory=list)
    inside: bool = False
    back: bool | None = None
    family: str = ""  # of a shop's account

    @property
    def params(self) -> dict[str, Any]:
        """Return what the queries ask with."""
        said = {name: getattr(self, name) for name in ("kinds", "inside", "back", "family")}
        return {**said, "own": self.own}

    @property
    def own(self) -> list[str] | None:
        """Return of which kinds the transfers themselves are; None where that tells nothing."""
        if self.back is None:
            return None
        return TAKEN_BACK if self.back else self.kinds


POSTED = {
    "earned": Entries(["award"], True, False),
    "manual": Entries(["manual"], True, False),
    "reversed_awards": Entries(["award", "manual"], True, True),
    "redeemed": Entries(["redeem"], True),
    "expired": Entries(["expire"], True),
    "adjusted": Entries(["award", "manual", "redeem", "expire"]),
    "all": Entries(),
}
SHOP_POSTED = {
    "pledged": Entries(["pledge"], True, family="pledge"),
    "given": Entries(["redeem"], True, family="pledge"),
    "pledge_adjusted": Entries(["pledge", "redeem"], family="pledge"),
    "points": Entries(family="redeemed"),
    "discount": Entries(family="given-discount"),
    "all": Entries(family="pledge"),
}
COLUMNS = """t.id, t.id AS transfer, coalesce(o.kind, t.kind) AS kind, o.id IS NOT NULL AS back,
  t.business_day AS day, t.occurred_at AS at"""
FITTING = """t.business_day BETWEEN %(month)s AND %(last)s AND t.kind <> 'open'
  AND (t.business_day, t.id) < (%(day)s, %(id)s)
  AND (%(own)s::text[] IS NULL OR t.kind = ANY (%(own)s))
  AND (coalesce(o.kind, t.kind) = ANY (%(kinds)s::text[])) = %(inside)s
  AND (%(back)s::boolean IS NULL OR (o.id IS NOT NULL) = %(back)s)
ORDER BY t.business_day DESC, t.id DESC LIMIT %(limit)s"""
# Few wallets: from their entries. Many: down the days of the month until a page is full.
FEW = f"""SELECT {COLUMNS}, e.amount, a.unit, v.code AS volunteer
FROM people_volunteers v
  CROSS JOIN LATERAL (SELECT x.* FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = v.programme_id AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a
  JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_transfers t ON t.id = e.transfer_id
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
WHERE {{whose}} AND {FITTING}"""
MANY = f"""SELECT {COLUMNS}, e.amount, a.unit, v.code AS volunteer
FROM ledger_transfers t LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  JOIN ledger_entries e ON e.transfer_id = t.id
  JOIN ledger_places a ON a.id = e.account_id AND a.by_lots
  JOIN people_holders v ON v.code = split_part(a.address, ':', 2)
    AND v.programme_id = a.programme_id
WHERE t.programme_id = %(programme)s AND {{whose}} AND {FITTING}"""
OF_ACTIVITY = f"""SELECT {COLUMNS},
  CASE WHEN o.id IS NULL THEN w.points ELSE -w.points END AS amount, 'PTS' AS unit,
  v.code AS volunteer
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  JOIN ledger_transfers t ON t.id = w.transfer_id OR t.reverses_id = w.transfer_id
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
WHERE w.activity_id = ANY (%(ids)s) AND w.status IN ('posted', 'reversed') AND {FITTING}"""
OF_SHOP = f"""SELECT {COLUMNS}, e.amount, a.unit, '' AS volunteer
FROM shops x JOIN ledger_accounts a ON a.programme_id = x.programme_id
    AND a.address = %(family)s || ':' || x.code
  JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_transfers t ON t.id = e.transfer_id
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
WHERE x.id = ANY (%(ids)s) AND {FITTING}"""
TOLD = f"""WITH page AS ({{page}})
SELECT p.*, coalesce(c.title, s.name || ' · ' || g.name, '') AS what
FROM page p JOIN ledger_transfers t ON t.id = p.id
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  LEFT JOIN activities_awards w ON w.transfer_id = CASE WHEN o.id IS NULL THEN t.id ELSE o.id END
  LEFT JOIN activities c ON c.id = w.activity_id
  LEFT JOIN {REDEMPTION}
  LEFT JOIN shops s ON s.id = r.shop_id LEFT JOIN shops_goods g ON g.id = r.good_id
ORDER BY p.day DESC, p.id DESC"""
SERVED = """SELECT w.id, w.transfer_id AS transfer, 'award' AS kind, false AS back,
  w.service_day AS day, w.entered_at AS at, w.minutes AS amount, 'MIN' AS unit,
  v.code AS volunteer, coalesce(c.title, '') AS what
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  LEFT JOIN activities c ON c.id = w.activity_id
WHERE {whose} AND w.programme_id = %(programme)s AND w.service_day BETWEEN %(month)s AND %(last)s
  AND w.status IN ('noticed', 'posted') AND w.minutes > 0 AND (%(by)s = '' OR w.rule = %(by)s)
  AND (w.service_day, w.id) < (%(day)s, %(id)s)
ORDER BY w.service_day DESC, w.id DESC LIMIT %(limit)s"""
SALES = f"""SELECT r.id, r.transfer_id AS transfer, 'redeem' AS kind, false AS back,
  r.business_day AS day, r.occurred_at AS at,
  (r.points / r.qty * (r.qty - r.returned_qty))::bigint AS amount, 'PTS' AS unit,
  coalesce(v.code, '') AS volunteer, s.name || ' · ' || g.name AS what
FROM redemptions r JOIN shops s ON s.id = r.shop_id JOIN shops_goods g ON g.id = r.good_id
  LEFT JOIN people_holders v ON v.id = r.volunteer_id
WHERE {{whose}} AND {OUT} AND (%(by)s = '' OR {{by}} = %(by)s)
  AND (r.business_day, r.id) < (%(day)s, %(id)s)
ORDER BY r.business_day DESC, r.id DESC LIMIT %(limit)s"""
BILLS = """SELECT d.id, d.transfer_id AS transfer, 'discount' AS kind, false AS back,
  d.business_day AS day, d.occurred_at AS at, d.discount_fen AS amount, 'CNY' AS unit,
  coalesce(v.code, '') AS volunteer, s.name AS what
FROM redemptions_discounts d JOIN shops s ON s.id = d.shop_id
  LEFT JOIN people_holders v ON v.id = d.volunteer_id
WHERE {whose} AND d.business_day BETWEEN %(month)s AND %(last)s
  AND (%(by)s = '' OR s.code = %(by)s) AND (d.business_day, d.id) < (%(day)s, %(id)s)
ORDER BY d.business_day DESC, d.id DESC LIMIT %(limit)s"""
SOLD = {"sales": SALES, "bills": BILLS}
NEVER, LAST_ID = date.max, 2**63 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figure is opened: its month and name, a part of it, and where the page begins."""

    month: date
    line: str = "all"
    by: str = ""  # the code of a kind of service, of a shop or of a good
    before: tuple[date, int] = (NEVER, LAST_ID)
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of lines, and after which one the next begins."""

    rows: list[dict[str, Any]]
    following: tuple[date, int] | None


def figures_of(subject: Subject) -> tuple[str, ...]:
    """Return the figures of a subject that can be opened."""
    if subject.kind == Kind.SHOP:
        return (*SHOP_POSTED, *SOLD)
    return (*POSTED, "minutes") if subject.kind == Kind.ACTIVITY else (*POSTED, "minutes", *SOLD)


def read(database: Database, subject: Subject, asked: Asked) -> Lines:
    """Return one page of what a figure is made of, newest first."""
    params: dict[str, Any] = {"ids": list(subject.ids), "programme": subject.programme_id}
    params |= {"month": asked.month, "last": last_of(asked.month), "by": asked.by}
    params |= {"day": asked.before[0], "id": asked.before[1], "limit": asked.limit + 1}
    known = SHOP_POSTED if subject.kind == Kind.SHOP else POSTED
    if asked.line in known:
        params |= known[asked.line].params
        sql = TOLD.format(page=entries_of(database, subject))
    else:
        sql = beside(subject, asked.line)
    rows = database.rows(sql, params)
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    return Lines(rows[: asked.limit], (last["day"], last["id"]) if last else None)


def entries_of(database: Database, subject: Subject) -> str:
    """Return the query of a subject's entries."""
    if subject.kind == Kind.SHOP:
        return OF_SHOP
    if subject.kind == Kind.ACTIVITY:
        return OF_ACTIVITY
    return (MANY if is_large(database, subject) else FEW).format(whose=WHOSE[subject.kind])


def beside(subject: Subject, line: str) -> str:
    """Return the query of what is told beside the points: service, sales, discounts."""
    if line == "minutes":
        activity = "w.activity_id = ANY (%(ids)s)"
        return SERVED.format(whose=WHOSE.get(subject.kind, activity))
    if subject.kind == Kind.SHOP:
        return SOLD[line].format(whose="s.id = ANY (%(ids)s)", by="g.code")
    return SOLD[line].format(whose=WHOSE[subject.kind], by="s.code")
