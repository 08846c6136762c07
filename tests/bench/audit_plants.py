"""Rows that somebody who cheats would leave behind, as consistent as honest ones.

Whoever is planted is new: a volunteer, a shop or an occasion of its own, so that it can be said of
each subject whether a rule should name it. Times are said as they are in Shanghai.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from service.clock import SHANGHAI
from tests.bench.audit_year import MONTH, Year

ZONE = ZoneInfo(SHANGHAI)
SEPTEMBER = date(2025, 9, 20)
LOT = date(2027, 12, 31)
SERIAL = {"activities_awards", "activities_scans", "shops_counts", "shops_pledges"}
PRICE, VALUE_FEN = 20, 400


@dataclass(frozen=True, slots=True)
class Person:
    """A planted volunteer and the wallet's number."""

    id: int
    code: str
    community: int

    @property
    def subject(self) -> str:
        """As a finding names somebody."""
        return f"volunteer:{self.code}"


@dataclass(frozen=True, slots=True)
class Shop:
    """A planted shop; its one good has its number."""

    id: int
    code: str
    community: int

    @property
    def subject(self) -> str:
        """As a finding names a shop."""
        return f"shop:{self.code}"


@dataclass
class Garden:
    """Rows by table, and what every wallet holds while they are made."""

    year: Year
    chance: random.Random
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    ids: Any = None
    wallets: dict[int, tuple[int, int]] = field(default_factory=dict)  # entries, points
    pledges: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Number everything beyond what the year has."""
        self.ids = count(self.year.later + 1)

    def add(self, table: str, **columns: Any) -> int:
        """Plant a row; return its number."""
        number: int = next(self.ids)
        given = columns if table in SERIAL or "id" in columns else {"id": number, **columns}
        self.rows[table].append(given)
        return int(given.get("id", number))

    def day(self) -> date:
        """Draw a day of the month, not one of its first or last two."""
        return MONTH[0] + timedelta(days=self.chance.randint(2, 28))

    def community(self) -> int:
        """Draw a community."""
        return 11 + self.chance.randrange(self.year.communities)

    def person(self, *, guardian: Person | None = None, fund: date | None = SEPTEMBER) -> Person:
        """Register a volunteer who has a hundred points since a day."""
        number, community = next(self.ids), self.community()
        found = Person(number, f"X{number:08d}", community)
        self.add(
            "people_volunteers", id=number, code=found.code, programme_id=1,
            community_id=community, team_id=(community - 11) * 10 + 1, age_band="40-49",
            channel="card", guardian_id=guardian.id if guardian else None, guardian_consent=False,
            qualification_verified=False, consent_notice=True, opening_lifetime=0,
            opening_minutes=0, created_at=at(fund or SEPTEMBER, 9),
        )  # fmt: skip
        self.wallets[number] = (0, 0)
        if fund:
            legs = [(1, -100), (number, 100)]
            self.transfer("open", f"open:{found.code}", at(fund, 9), legs, actor="system")
        return found

    def shop(self, *, pieces: int = 100, hours: tuple[time, time] | None = None) -> Shop:
        """Admit a shop that pledged some pieces of one good."""
        number, community = next(self.ids), self.community()
        found = Shop(number, f"Z{number:08d}", community)
        self.add(
            "shops", id=number, code=found.code, association_id=1, programme_id=1,
            community_id=community, name=found.code, kind="grocer", status="admitted",
            licence_checked=True, food_licence_required=False, pledge_fen=pieces * VALUE_FEN,
            admitted_at=at(SEPTEMBER, 9),
        )  # fmt: skip
        sold_from, sold_to = hours or (None, None)
        self.add(
            "shops_goods", id=number, shop_id=number, code="G1", name="鸡蛋", value_fen=VALUE_FEN,
            points=PRICE, pledged_qty=pieces, stock=pieces, sold_from=sold_from, sold_to=sold_to,
        )  # fmt: skip
        for place, unit in (("redeemed", "PTS"), ("pledge", "CNY"), ("given-goods", "CNY")):
            address = f"{place}:{found.code}"
            self.pledges[address] = self.add(
                "ledger_accounts", programme_id=1, address=address, unit=unit, tracked=False,
                by_lots=False, floor=None, posted=0, entries=0, opened_at=at(SEPTEMBER, 9),
            )  # fmt: skip
        legs = [(2, -pieces * VALUE_FEN), (self.pledges[f"pledge:{found.code}"], pieces * 400)]
        self.transfer("pledge", f"pledge:{found.code}:1", at(SEPTEMBER, 9), legs, actor="system")
        return found

    def transfer(
        self, kind: str, key: str, moment: datetime, legs: list[tuple[int, int]], **more: Any
    ) -> int:
        """Post a transfer: rows as the ledger's functions write them."""
        day = moment.astimezone(ZONE).date()
        given = {"actor": "system", "source": key, "memo": Jsonb({}), **more}
        number = self.add(
            "ledger_transfers", programme_id=1, key=key, request_hash=key.encode(), kind=kind,
            occurred_at=moment, recorded_at=moment, business_day=day, effective_on=day, **given,
        )  # fmt: skip
        for account, amount in legs:
            seq, balance = number, None
            if account in self.wallets:
                entries, had = self.wallets[account]
                seq, balance = entries + 1, had + amount
                self.wallets[account] = (seq, balance)
                self.rows["ledger_lot_moves"].append(
                    {
                        "transfer_id": number,
                        "account_id": account,
                        "expires_on": LOT,
                        "amount": amount,
                    }
                )
            self.rows["ledger_entries"].append(
                {"account_id": account, "seq": seq, "transfer_id": number, "amount": amount,
                     "balance": balance, "effective_on": day}
            )  # fmt: skip
        return number

    def occasion(self, day: date, leader: Person) -> int:
        """Plan an activity from nine to eleven."""
        number, nine = next(self.ids), at(day, 9)
        return self.add(
            "activities", id=number, code=f"Y{number}", programme_id=1,
            community_id=leader.community, template_id=1, team_id=None, title="Sweeping",
            place="Yard", starts_at=nine, ends_at=at(day, 11), opens_at=at(day, 8, 30),
            late_at=at(day, 9, 15), closes_at=at(day, 12), business_day=day, leader_id=leader.id,
            status="confirmed", onsite_secret="secret", created_at=at(SEPTEMBER, 9),
        )  # fmt: skip

    def stay(self, activity: int, who: Person, came: datetime, went: datetime) -> int:
        """Let somebody be at an activity."""
        return self.add(
            "activities_attendances", activity_id=activity, volunteer_id=who.id, kind="service",
            status="confirmed", in_at=came, out_at=went, in_way="C1", out_way="C1",
            in_actor="device:1", out_actor="device:1", assurance="A2",
        )  # fmt: skip

    def served(self, who: Person, leader: Person, day: date, **more: Any) -> int:
        """Let somebody serve two hours and be awarded at noon; return the award's transfer."""
        early = timedelta(seconds=self.chance.randrange(1200))
        activity = more.pop("activity", None) or self.occasion(day, leader)
        came, went = at(day, 8, 35) + early, at(day, 11, 5) + early
        stay = self.stay(activity, who, more.pop("came", came), went)
        return self.award(
            who, 20, at(day, 12), kind="attendance", activity_id=activity, attendance_id=stay,
            **{"maker": leader.subject, "maker_id": leader.id, **more},
        )  # fmt: skip

    def by_hand(self, who: Person, points: int, day: date, **more: Any) -> int:
        """Award by hand what was done in the afternoon of a day, with a picture."""
        claimed = {"claimed_from": at(day, 14), "claimed_to": at(day, 16), "flags": ["manual"]}
        more = {"maker": f"staff:H{who.id}", "evidence_file_id": 1, **claimed, **more}
        return self.award(who, points, at(day, 17), kind="manual", evidence="Snow", **more)

    def award(self, who: Person, points: int, moment: datetime, *, kind: str, **more: Any) -> int:
        """Post an award; return its transfer."""
        key, day = f"X-{next(self.ids)}", moment.astimezone(ZONE).date()
        legs = [(1, -points), (who.id, points)]
        known = {"attendance": "award"}.get(kind, kind)
        transfer = self.transfer(known, f"award:{key}", moment, legs)
        self.add(
            "activities_awards", key=key, programme_id=1, kind=kind, volunteer_id=who.id, rule="C",
            present_minutes=150, minutes=120, points=points, cut=0, service_day=day,
            service_month=day.replace(day=1), status="posted", transfer_id=transfer,
            entered_at=moment, decided_at=moment, **more,
        )  # fmt: skip
        return transfer

    def sale(self, who: Person, shop: Shop, moment: datetime, **more: Any) -> dict[str, Any]:
        """Sell the shop's good; return the row."""
        number, day = next(self.ids), moment.astimezone(ZONE).date()
        key = f"X{number}"
        transfer = self.transfer(
            "redeem", f"redeem:{shop.code}:{key}", moment, self.legs(who, shop, 1),
            source=f"redemption:{number}",
        )  # fmt: skip
        self.add(
            "redemptions", id=number, shop_id=shop.id, key=key, request_hash=key.encode(),
            status="captured", good_id=shop.id, qty=1, points=PRICE, value_fen=VALUE_FEN,
            volunteer_id=who.id, tail=who.code[-3:], via="booklet", actor=f"device:{shop.id}",
            occurred_at=moment, business_day=day, transfer_id=transfer,
            **{"flags": [], "offline": False, "recorded_at": moment, **more},
        )  # fmt: skip
        self.stock(shop, -1)
        return self.rows["redemptions"][-1]

    def legs(self, who: Person, shop: Shop, sign: int) -> list[tuple[int, int]]:
        """Say what a sale moves, or with -1 what its void moves back."""
        places = ("redeemed", "pledge", "given-goods")
        accounts = [self.pledges[f"{place}:{shop.code}"] for place in places]
        amounts = [PRICE, -VALUE_FEN, VALUE_FEN]
        moves = [(who.id, -PRICE), *zip(accounts, amounts, strict=True)]
        return [(account, sign * amount) for account, amount in moves]

    def void(self, who: Person, shop: Shop, sold: dict[str, Any], moment: datetime) -> None:
        """Take a sale back at the till."""
        undo = self.transfer(
            "void", f"void:{shop.code}:{sold['key']}", moment, self.legs(who, shop, -1),
            reverses_id=sold["transfer_id"],
        )  # fmt: skip
        sold |= {
            "status": "voided", "undo_transfer_id": undo, "undone_at": moment,
            "undone_by": sold["actor"],
        }  # fmt: skip
        self.stock(shop, 1)

    def stock(self, shop: Shop, pieces: int) -> None:
        """Put pieces on a shelf, or take them."""
        (good,) = (row for row in self.rows["shops_goods"] if row["id"] == shop.id)
        good["stock"] += pieces

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Copy everything into the tables."""
        for person, (entries, posted) in self.wallets.items():
            (code,) = (r["code"] for r in self.rows["people_volunteers"] if r["id"] == person)
            self.add(
                "ledger_accounts", id=person, programme_id=1, address=f"volunteer:{code}",
                unit="PTS", tracked=True, by_lots=True, floor=0, posted=posted, entries=entries,
                opened_at=at(SEPTEMBER, 9) - timedelta(days=300),
            )  # fmt: skip
            lot = {"account_id": person, "expires_on": LOT, "amount": posted}
            self.rows["ledger_lots"] += [lot] if posted else []
        for table, rows in self.rows.items():
            copy(connection, table, rows)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a moment by the clock on the wall."""
    return datetime.combine(day, time(hour, minute), ZONE)


def copy(connection: psycopg.Connection[Any], table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Copy rows, those of the same columns together."""
    alike = defaultdict(list)
    for row in rows:
        alike[tuple(row)].append(tuple(row.values()))
    for columns, values in alike.items():
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with connection.cursor().copy(into) as stream:
            for cells in values:
                stream.write_row(cells)
