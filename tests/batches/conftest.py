"""A shop's day whose lines are written straight into the tables, as a test needs them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, cast
from zoneinfo import ZoneInfo

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg.types.json import Jsonb

from service import batches
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.shops.market import Market, build

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2025, 10, 18)
NEXT = datetime(2025, 10, 19, 1, 0, tzinfo=UTC)  # 09:00 of the day after
LATER = datetime(2025, 10, 28, 1, 0, tzinfo=UTC)  # nothing of the day waits any more


def at(clock: str, day: date = DAY) -> datetime:
    """A moment of a day in Shanghai."""
    return datetime.combine(day, time.fromisoformat(clock), ZONE).astimezone(UTC)


@dataclass(frozen=True)
class Row:
    """One line of a shop's file."""

    reference: str | None
    fen: int | None = 400
    when: str | None = "10:00:00"
    item: str | None = "SOAP"
    points: int | None = None
    status: str = "done"
    kind: str = "good"
    short: str | None = None
    day: date = DAY
    occurrence: int = 1


@dataclass
class Ground:
    """The tables of one market's shop A, and a worker's hands."""

    market: Market
    admin: psycopg.Connection
    shop: int = 0
    good: dict[str, int] = field(default_factory=dict)
    made: int = 0

    @property
    def database(self) -> Database:
        return self.market.database

    def sale(self, key: str, fen: int = 400, when: str = "10:00:00", **more: Any) -> int:
        """Write a sale of ours; return its number."""
        self.made += 1
        day = more.pop("day", DAY)
        row = {
            "shop_id": self.shop, "key": key, "request_hash": b"x", "status": "captured", "qty": 1,
            "good_id": self.good[more.pop("good", "SOAP")], "points": fen // 20, "value_fen": fen,
            "tail": "0001", "via": "pass", "actor": "device:1", "flags": [], "offline": False,
            "occurred_at": at(when, day), "recorded_at": at(when, day), "business_day": day,
            "transfer_id": 1_000_000 + self.made, **more,
        }  # fmt: skip
        return self.write("redemptions", row)

    def off(self, key: str, fen: int, when: str = "10:00:00", day: date = DAY) -> int:
        """Write a discount of ours; return its number."""
        self.made += 1
        row = {
            "shop_id": self.shop, "key": key, "request_hash": b"x", "volunteer_id": self.made,
            "tail": "0001", "bill_fen": fen * 10, "tier": "T2", "pct": 10, "discount_fen": fen,
            "pay_fen": fen * 9, "actor": "device:1", "occurred_at": at(when, day),
            "recorded_at": at(when, day), "business_day": day, "nth": 1,
            "transfer_id": 1_000_000 + self.made,
        }  # fmt: skip
        return self.write("redemptions_discounts", row)

    def word(self, *, redemptions: int, points: int, counted: int | None = None) -> None:
        self.made += 1
        row = {
            "shop_id": self.shop, "key": f"w{self.made}", "business_day": DAY, "discounts": 0,
            "redemptions": redemptions, "points": points, "discount_fen": 0, "counted": counted,
            "agrees": counted is None, "actor": "device:1", "at": at("21:00:00"),
        }  # fmt: skip
        self.write("redemptions_day_words", row)

    def file(
        self, rows: Sequence[Row], *, span: tuple[date, date] | None = None, read: datetime = NEXT
    ) -> int:
        """Load a file of the shop's; return its number."""
        self.made += 1
        days = [row.day for row in rows]
        first, last = span or (min(days), max(days))
        number = self.write("evidence_files", {
            "shop_id": self.shop, "sha256": sha256(repr((self.made, rows)).encode()).digest(),
            "name": "till.csv", "kind": "text", "bytes": 1, "status": "loaded",
            "rows": len(rows) or 1,
            "first_day": first, "last_day": last, "sent_by": "staff:A", "sent_at": read,
            "accepted_by": "staff:A", "accepted_at": read, "read_at": read,
        })  # fmt: skip
        for line, row in enumerate(rows, 2):
            self.write("evidence_rows", {
                "id": (number << 24) + line, "file_id": number, "shop_id": self.shop, "line": line,
                "business_day": row.day, "reference": row.reference, "kind": row.kind,
                "occurred_at": at(row.when, row.day) if row.when else None,
                "short_code": row.short or (row.reference or "")[-6:] or None,
                "item": row.item, "qty": 1, "amount_fen": row.fen, "points": row.points,
                "status": row.status, "occurrence": row.occurrence,
            })  # fmt: skip
        return number

    def withdraw(self, number: int) -> None:
        self.admin.execute(
            "UPDATE evidence_files SET status = 'withdrawn', reason = 'wrong',"
            " withdrawn_at = now() WHERE id = %s",
            [number],
        )

    def write(self, table: str, row: dict[str, Any]) -> int:
        names, places = ", ".join(row), ", ".join(f"%({name})s" for name in row)
        sql = f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id"
        given = {
            key: Jsonb(value) if isinstance(value, dict) else value for key, value in row.items()
        }
        found = self.admin.execute(sql, given).fetchone()
        assert found
        return int(found[0])

    def run(self, now: datetime = LATER, ids: Sequence[int] | None = None) -> batches.Ran:
        """Run what is due, or these batches."""
        chosen = self.due(now) if ids is None else ids
        return self.database.atomic(partial(batches.run, ids=chosen, now=now))

    def due(self, now: datetime = LATER) -> list[int]:
        return list(self.database.atomic(partial(batches.due, now=now)))

    def batch(self, day: date = DAY) -> dict[str, Any]:
        sql = "SELECT * FROM reconciliation_batches WHERE shop_id = %(shop)s AND day = %(day)s"
        found = self.database.call(sql, {"shop": self.shop, "day": day})
        assert found
        return dict(found)

    def found(self) -> list[tuple[str, str]]:
        """Kinds and references of the exceptions that stand."""
        sql = """SELECT kind, reference FROM reconciliation_exceptions
        WHERE resolution IS DISTINCT FROM 'gone' ORDER BY kind, reference"""
        return [(row["kind"], row["reference"]) for row in self.database.rows(sql)]

    def matched(self) -> list[tuple[int, str]]:
        """Passes and keys of ours, of the confirmed matches of two lines."""
        sql = """SELECT m.pass, coalesce(r.key, d.key) AS key FROM reconciliation_matches m
        LEFT JOIN redemptions r ON r.id = m.ours_id AND m.ours_kind = 'good'
        LEFT JOIN redemptions_discounts d ON d.id = m.ours_id AND m.ours_kind = 'discount'
        WHERE m.status = 'confirmed' AND theirs_id IS NOT NULL AND ours_id IS NOT NULL
        ORDER BY 1, 2"""
        return [(row["pass"], row["key"]) for row in self.database.rows(sql)]

    def hold(self) -> None:
        """Every line is in one place, and what the sides differ by is said to the fen."""
        for problem in self.database.rows(PLACES):
            raise AssertionError(dict(problem))
        for batch in self.database.rows("SELECT * FROM reconciliation_batches WHERE files <> '[]'"):
            totals = batch["totals"]
            sums = self.database.call(
                """SELECT coalesce(sum(coalesce(theirs_fen, 0) - coalesce(ours_fen, 0)), 0)::bigint
                  AS fen
                FROM reconciliation_exceptions WHERE batch_id = %(id)s AND origin = 'batch'
                  AND resolution IS DISTINCT FROM 'gone'""",
                {"id": batch["id"]},
            )
            assert sums
            told = sums["fen"] + totals["rounding_fen"] + totals["pool"]["fen"]
            assert totals["theirs"]["fen"] - totals["ours"]["fen"] == told, (batch["day"], totals)


PLACES = """WITH held AS (
  SELECT ours_kind, ours_id, theirs_id FROM reconciliation_matches WHERE status = 'confirmed'
  UNION ALL SELECT ours_kind, ours_id, theirs_id FROM reconciliation_exceptions
    WHERE resolution IS DISTINCT FROM 'gone' AND num_nonnulls(ours_id, theirs_id) > 0
  UNION ALL SELECT ours_kind, ours_id, theirs_id FROM reconciliation_pool WHERE taken_by IS NULL),
ours AS (
  SELECT 'good' AS kind, r.id, r.key FROM redemptions r JOIN reconciliation_batches b
    ON b.shop_id = r.shop_id AND b.day = r.business_day AND b.status <> 'open'
  WHERE transfer_id IS NOT NULL
  UNION ALL SELECT 'discount', r.id, r.key FROM redemptions_discounts r
    JOIN reconciliation_batches b ON b.shop_id = r.shop_id
      AND b.day = r.business_day AND b.status <> 'open')
SELECT o.kind, o.key, count(h.ours_id) AS places FROM ours o
  LEFT JOIN held h ON h.ours_kind = o.kind AND h.ours_id = o.id
GROUP BY 1, 2, o.id HAVING count(h.ours_id) <> 1
UNION ALL
SELECT 'theirs', e.reference, count(h.theirs_id) FROM evidence_live_rows e
  JOIN reconciliation_batches b ON b.shop_id = e.shop_id
    AND b.day = e.business_day AND b.status <> 'open'
  LEFT JOIN held h ON h.theirs_id = e.id
GROUP BY e.id, e.reference HAVING count(h.theirs_id) <> 1"""


@pytest.fixture
def ground(
    database: Database,
    settings: Settings,
    clock: Clock,
    admin: psycopg.Connection,
) -> Ground:
    market = build(database, settings, clock, cast(FlaskClient, None))  # no page is asked
    found = Ground(market, admin)
    found.shop = int(market.one("SELECT id FROM shops WHERE code = 'A'"))
    sql = "SELECT code, id FROM shops_goods WHERE shop_id = %(shop)s"
    found.good = {row["code"]: row["id"] for row in database.rows(sql, {"shop": found.shop})}
    return found


__all__ = ["DAY", "LATER", "NEXT", "Callable", "Ground", "Row", "at", "replace", "timedelta"]
