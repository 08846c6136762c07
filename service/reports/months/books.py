"""What moved in each month, from the entries: of wallets, of an activity's awards, of a shop.

A month opens with all that lies before it. An opening balance lies before every month.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from service.db import Database
from service.reports.days import DAYS
from service.reports.months.subjects import Kind, Subject

MONTHS = 12  # on a page
WALLETS_MAX = 600  # of more, only the sums of their days are read while somebody waits
PLACES = (Kind.COMMUNITY, Kind.SUBDISTRICT)
POINTS = ("earned", "manual", "reversed_awards", "redeemed", "expired", "adjusted")
AWARDS = ("earned", "manual", "reversed_awards")
PLEDGE = ("pledged", "given", "pledge_adjusted")
BESIDE = ("minutes", "points", "discount")  # told with a month, and no part of its equation
WHOSE = {
    Kind.VOLUNTEER: "v.id = ANY (%(ids)s)",
    Kind.TEAM: "v.team_id = ANY (%(ids)s)",
    Kind.COMMUNITY: "v.community_id = ANY (%(ids)s)",
    Kind.SUBDISTRICT: "v.community_id = ANY (%(ids)s)",
}
# Into which parts a subject's month falls; a team's into its members.
PARTED = {
    Kind.VOLUNTEER: "v.code",
    Kind.TEAM: "v.code",
    Kind.COMMUNITY: "coalesce(m.code, '')",
    Kind.SUBDISTRICT: "u.code",
}
WALLETS = """WITH wallets AS (
  SELECT a.id, {part} AS part FROM people_volunteers v
    JOIN people_units u ON u.id = v.community_id LEFT JOIN people_teams m ON m.id = v.team_id
    CROSS JOIN LATERAL (SELECT x.* FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = v.programme_id AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a
  WHERE {whose})"""
OF_WALLETS = (
    WALLETS
    + """, moves AS (
  SELECT w.part, e.amount, coalesce(o.kind, t.kind) AS kind, o.id IS NOT NULL AS back,
    CASE WHEN t.kind <> 'open' THEN date_trunc('month', t.business_day)::date END AS month
  FROM wallets w JOIN ledger_entries e ON e.account_id = w.id
    JOIN ledger_transfers t ON t.id = e.transfer_id
    LEFT JOIN ledger_transfers o ON o.id = t.reverses_id)
SELECT part, month, sum(amount)::bigint AS moved,
  sum(amount) FILTER (WHERE kind = 'award' AND NOT back)::bigint AS earned,
  sum(amount) FILTER (WHERE kind = 'manual' AND NOT back)::bigint AS manual,
  sum(amount) FILTER (WHERE kind IN ('award', 'manual') AND back)::bigint AS reversed_awards,
  sum(amount) FILTER (WHERE kind = 'redeem')::bigint AS redeemed,
  sum(amount) FILTER (WHERE kind = 'expire')::bigint AS expired,
  sum(amount) FILTER (WHERE kind NOT IN ('award', 'manual', 'redeem', 'expire'))::bigint AS adjusted
FROM moves GROUP BY part, month
UNION ALL SELECT part, NULL, 0, 0, 0, 0, 0, 0, 0 FROM wallets GROUP BY part"""
)
HOURS = """SELECT {part} AS part, w.service_month AS month, sum(w.minutes)::bigint AS minutes
FROM people_volunteers v JOIN people_units u ON u.id = v.community_id
  LEFT JOIN people_teams m ON m.id = v.team_id
  JOIN activities_awards w ON w.volunteer_id = v.id
WHERE {whose} AND w.status IN ('noticed', 'posted') AND w.minutes > 0 GROUP BY 1, 2"""
HOURS_OF_PLACES = HOURS.replace("{part}", "u.code")
# What an activity brought into circulation; taken back in the month in which it was taken back.
OF_ACTIVITY = """WITH given AS (
  SELECT v.code AS part, w.points, w.kind, t.business_day, b.business_day AS back_on
  FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
    JOIN ledger_transfers t ON t.id = w.transfer_id
    LEFT JOIN ledger_transfers b ON b.reverses_id = t.id
  WHERE w.activity_id = ANY (%(ids)s) AND w.status IN ('posted', 'reversed')),
moves AS (
  SELECT part, date_trunc('month', business_day)::date AS month, kind, points, 0 AS back FROM given
  UNION ALL SELECT part, date_trunc('month', back_on)::date, kind, 0, points FROM given
  WHERE back_on IS NOT NULL)
SELECT part, month, (sum(points) - sum(back))::bigint AS moved,
  sum(points) FILTER (WHERE kind = 'attendance')::bigint AS earned,
  sum(points) FILTER (WHERE kind = 'manual')::bigint AS manual,
  -sum(back)::bigint AS reversed_awards
FROM moves GROUP BY 1, 2"""
HOURS_OF_ACTIVITY = """SELECT v.code AS part, w.service_month AS month,
  sum(w.minutes)::bigint AS minutes
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
WHERE w.activity_id = ANY (%(ids)s) AND w.status IN ('noticed', 'posted') AND w.minutes > 0
GROUP BY 1, 2"""
OF_SHOP = """WITH places AS (
  SELECT a.id, split_part(a.address, ':', 1) AS family FROM shops s JOIN ledger_accounts a
    ON a.programme_id = s.programme_id AND a.address IN ('pledge:' || s.code,
      'redeemed:' || s.code, 'given-discount:' || s.code)
  WHERE s.id = ANY (%(ids)s)),
moves AS (
  SELECT p.family, e.amount, coalesce(o.kind, t.kind) AS kind,
    CASE WHEN t.kind <> 'open' THEN date_trunc('month', t.business_day)::date END AS month
  FROM places p JOIN ledger_entries e ON e.account_id = p.id
    JOIN ledger_transfers t ON t.id = e.transfer_id
    LEFT JOIN ledger_transfers o ON o.id = t.reverses_id)
SELECT '' AS part, month, sum(amount) FILTER (WHERE family = 'pledge')::bigint AS moved,
  sum(amount) FILTER (WHERE family = 'pledge' AND kind = 'pledge')::bigint AS pledged,
  sum(amount) FILTER (WHERE family = 'pledge' AND kind = 'redeem')::bigint AS given,
  sum(amount) FILTER (WHERE family = 'pledge' AND kind NOT IN ('pledge', 'redeem'))::bigint
    AS pledge_adjusted,
  sum(amount) FILTER (WHERE family = 'redeemed')::bigint AS points,
  sum(amount) FILTER (WHERE family = 'given-discount')::bigint AS discount
FROM moves GROUP BY 2"""
MANY = """SELECT count(*) AS n FROM (
  SELECT FROM people_volunteers v WHERE {whose} LIMIT %(limit)s) wallets"""
OF_PLACES = f"""WITH {DAYS}
SELECT u.code AS part, sum(points)::bigint AS moved,
  CASE WHEN d.kind <> 'open' THEN date_trunc('month', d.day)::date END AS month,
  sum(points) FILTER (WHERE d.kind = 'award' AND NOT back)::bigint AS earned,
  sum(points) FILTER (WHERE d.kind = 'manual' AND NOT back)::bigint AS manual,
  sum(points) FILTER (WHERE d.kind IN ('award', 'manual') AND back)::bigint AS reversed_awards,
  sum(points) FILTER (WHERE d.kind = 'redeem')::bigint AS redeemed,
  sum(points) FILTER (WHERE d.kind = 'expire')::bigint AS expired,
  sum(points) FILTER (WHERE d.kind NOT IN ('award', 'manual', 'redeem', 'expire'))::bigint
    AS adjusted
FROM days d JOIN people_units u ON u.id = d.community_id GROUP BY 1, 3
UNION ALL SELECT code, 0, NULL, 0, 0, 0, 0, 0, 0 FROM people_units
WHERE id = ANY (%(communities)s)"""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a subject, or of a part of it."""

    month: date
    opening: int
    moves: Mapping[str, int]
    beside: Mapping[str, int] = field(default_factory=dict)

    @property
    def closing(self) -> int:
        """Return what the opening and the moves make."""
        return self.opening + sum(self.moves.values())

    def figure(self, name: str) -> int:
        """Return a figure by its column's name."""
        if name in {"opening", "closing"}:
            return int(getattr(self, name))
        return self.moves.get(name, self.beside.get(name, 0))


@dataclass(frozen=True, slots=True)
class Book:
    """The months up to one that is asked for, the oldest first, and that one by its parts."""

    moves: tuple[str, ...]
    beside: tuple[str, ...]
    months: Sequence[Month]
    parts: Mapping[str, Month] = field(default_factory=dict)
    earlier: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of a month's figures in their order."""
        return ("opening", *self.moves, "closing", *self.beside)


def read(database: Database, subject: Subject, month: date) -> Book:
    """Return a subject's months up to one."""
    if subject.kind == Kind.SHOP:
        rows = database.rows(OF_SHOP, {"ids": list(subject.ids)})
        return folded(rows, month, moves=PLEDGE, beside=("points", "discount"))
    if subject.kind == Kind.ACTIVITY:
        rows = database.rows(OF_ACTIVITY, {"ids": list(subject.ids)})
        rows += database.rows(HOURS_OF_ACTIVITY, {"ids": list(subject.ids)})
        return folded(rows, month, moves=AWARDS, beside=("minutes",))
    if subject.kind in PLACES:
        return of_places(database, subject, month)
    return of_wallets(database, subject, month)


def of_wallets(database: Database, subject: Subject, month: date) -> Book:
    """Add up the entries of some wallets."""
    rows = [row for sql in (OF_WALLETS, HOURS) for row in asked(database, sql, subject)]
    return folded(rows, month, moves=POINTS, beside=("minutes",))


def of_places(database: Database, subject: Subject, month: date) -> Book:
    """Add up the days of some communities; wallets and hours where they are not too many."""
    params = {"communities": list(subject.ids), "last": last_of(month)}
    rows = database.rows(OF_PLACES, params)
    if is_large(database, subject):
        book = folded(rows, month, moves=POINTS, beside=())
        return book if subject.kind == Kind.SUBDISTRICT else replace(book, parts={})
    rows += asked(database, HOURS_OF_PLACES, subject)
    book = folded(rows, month, moves=POINTS, beside=("minutes",))
    if subject.kind == Kind.SUBDISTRICT:
        return book
    return replace(book, parts=of_wallets(database, subject, month).parts)


def asked(database: Database, sql: str, subject: Subject) -> list[dict[str, Any]]:
    """Run a statement about the wallets of a subject."""
    said = sql.format(whose=WHOSE[subject.kind], part=PARTED[subject.kind])
    return database.rows(said, {"ids": list(subject.ids)})


def is_large(database: Database, subject: Subject) -> bool:
    """Whether a place has more wallets than are added up while somebody waits."""
    sql = MANY.format(whose=WHOSE[subject.kind])
    row = database.call(sql, {"ids": list(subject.ids), "limit": WALLETS_MAX + 1})
    assert row is not None
    return bool(row["n"] > WALLETS_MAX)


def folded(
    rows: Iterable[dict[str, Any]], month: date, *, moves: tuple[str, ...], beside: tuple[str, ...]
) -> Book:
    """Put the months of a subject in a row, each opening with what closed the one before."""
    found = [row for row in rows if row["month"] is None or row["month"] <= month]
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        parts.setdefault(row["part"], []).append(row)
    first = min((row["month"] for row in found if row["month"]), default=month)
    wanted = [each for each in months_before(month) if each >= first]
    return Book(
        moves=moves,
        beside=beside,
        months=[added(found, each, moves, beside) for each in wanted],
        parts={name: added(parts[name], month, moves, beside) for name in sorted(parts)},
        earlier=first < wanted[0],
    )


def added(
    rows: Sequence[dict[str, Any]], month: date, moves: tuple[str, ...], beside: tuple[str, ...]
) -> Month:
    """Add up one month, and all before it as its opening."""
    before = [row for row in rows if row["month"] is None or row["month"] < month]
    within = [row for row in rows if row["month"] == month]
    return Month(
        month,
        sum(row.get("moved") or 0 for row in before),
        {name: sum(row.get(name) or 0 for row in within) for name in moves},
        {name: sum(row.get(name) or 0 for row in within) for name in beside},
    )


def months_before(month: date, count: int = MONTHS) -> list[date]:
    """Return as many months up to one, the oldest first."""
    return [shifted(month, -back) for back in range(count - 1, -1, -1)]


def shifted(month: date, by: int) -> date:
    """Return the first day of the month so many later, or earlier."""
    whole = month.year * 12 + month.month - 1 + by
    return date(whole // 12, whole % 12 + 1, 1)


def last_of(month: date) -> date:
    """Return the last day of a month."""
    return shifted(month, 1) - timedelta(days=1)
