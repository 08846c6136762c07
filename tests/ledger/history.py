"""Books with a bit of everything, in a database of their own, to try guards and verifiers on.

Two programmes; two sealed months and an open one; a key that took over from another; every kind of
transfer; holds captured, released and open; a debt; transfers that wait for the sealer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import psycopg

from deploy import embedded
from service import ledger
from service.db import Database
from service.ledger import HOT_END, WALLET, Kind, Leg, Place, Posted, Reason, Unit
from service.migrations.run import upgrade
from service.proof import SigningKey
from tests.ledger.sealer import KEY, NEXT_KEY, ORIGIN

PTS, CNY = Unit.PTS, Unit.CNY
OCTOBER, NOVEMBER = date(2025, 10, 1), date(2025, 11, 1)
SOON, LATE = date(2025, 10, 31), date(2027, 10, 31)
TILE = 256  # leaves below one stored node of the tree

PLACES: dict[tuple[int, str, Unit], Place] = {
    (1, "volunteer:A", PTS): WALLET,
    (1, "volunteer:B", PTS): WALLET,
    (1, "issued", PTS): HOT_END,
    (1, "expired", PTS): HOT_END,
    (1, "redeemed:S01", PTS): HOT_END,
    (1, "fund", CNY): HOT_END,
    (1, "pledge:S01", CNY): Place(floor=-100_000),
    (1, "given-goods:S01", CNY): HOT_END,
    (1, "redeemed:S02", PTS): Place(),  # closed before it was ever used
    (2, "volunteer:A", PTS): WALLET,
    (2, "issued", PTS): HOT_END,
}


class Scribe:
    """Writes history, a transaction at a time, at the hour that it is told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.signers: list[SigningKey] = [KEY]
        self.now = datetime(2025, 10, 18, 4, 0, tzinfo=UTC)
        self.ids: dict[str, int] = {}
        self.serial = count(1)

    def at(self, month: int, day: int) -> None:
        self.now = datetime(2025, month, day, 4, 0, tzinfo=UTC)

    def do(self, verb: Any, **given: Any) -> Any:
        return self.database.atomic(lambda session: verb(session, **given, now=self.now))

    def open(self, spot: tuple[int, str, Unit], place: Place) -> None:
        programme, address, unit = spot
        self.do(
            ledger.open_account, programme_id=programme, address=address, unit=unit, place=place
        )

    def write(self, name: str, verb: Any, reason: dict[str, Any], **given: Any) -> int:
        """Make one transfer; its key is its name, and `ids` keeps its number under it."""
        said = {
            "programme_id": 1, "key": name, "actor": "staff:1", "source": f"document:{name}",
            "occurred_at": self.now - timedelta(minutes=5), "business_day": self.now.date(),
            "lot_expires_on": LATE, **reason,
        }  # fmt: skip
        posted: Posted = self.database.atomic(
            lambda session: verb(session, Reason(**said), **given, now=self.now)
        )
        self.ids[name] = posted.transfer_id
        return posted.transfer_id

    def award(self, name: str, who: str, points: int, **reason: Any) -> int:
        legs = (Leg("issued", PTS, -points), Leg(f"volunteer:{who}", PTS, points))
        return self.write(name, ledger.post, reason, kind=Kind.AWARD, legs=legs)

    def redeem(self, name: str, who: str, points: int) -> int:
        return self.write(name, ledger.post, {}, kind=Kind.REDEEM, legs=goods(who, points))

    def reverse(self, name: str, of: str) -> int:
        return self.write(name, ledger.reverse, {}, transfer_id=self.ids[of])

    def hold(self, name: str, who: str, points: int) -> int:
        ends = self.now + timedelta(days=2)
        return self.write(name, ledger.hold, {}, legs=goods(who, points), expires_at=ends)

    def capture(self, name: str, of: str, legs: tuple[Leg, ...] | None = None) -> int:
        given = {"hold_id": self.ids[of], "kind": Kind.REDEEM, "legs": legs}
        return self.write(name, ledger.capture, {}, **given)

    def release(self, name: str, of: str) -> int:
        return self.write(name, ledger.release, {}, hold_id=self.ids[of])

    def seal(self) -> None:
        self.do(ledger.seal, signers=self.signers, origin=ORIGIN)

    def seal_period(self, month: date) -> None:
        self.do(ledger.close_period, programme_id=1, month=month, actor="staff:1")
        sealing = partial(ledger.seal_period, signers=self.signers, origin=ORIGIN)
        self.do(sealing, programme_id=1, month=month)


def goods(who: str, points: int) -> tuple[Leg, ...]:
    """Return the legs of a redemption, with the yuan that the shop forgoes."""
    return (
        Leg(f"volunteer:{who}", PTS, -points),
        Leg("redeemed:S01", PTS, points),
        Leg("pledge:S01", CNY, -points * 20),
        Leg("given-goods:S01", CNY, points * 20),
    )


def october(scribe: Scribe) -> None:
    for spot, place in PLACES.items():
        scribe.open(spot, place)
    scribe.do(ledger.close_account, programme_id=1, address="redeemed:S02", unit=PTS)
    scribe.award("award:A:1", "A", 30, lot_expires_on=SOON)
    scribe.award("award:A:2", "A", 40)
    scribe.award("award:B:1", "B", 10, memo={"note": "积分 \\ \t\n"})
    scribe.redeem("redeem:A", "A", 35)
    scribe.award("award:B:2", "B", 20, lot_expires_on=SOON)
    scribe.seal()
    scribe.hold("hold:A", "A", 10)
    scribe.hold("hold:B", "B", 5)
    scribe.capture("capture:A", "hold:A", goods("A", 6))
    scribe.release("release:B", "hold:B")
    scribe.reverse("reverse:redeem:A", "redeem:A")
    scribe.redeem("redeem:B", "B", 24)
    scribe.seal()
    scribe.reverse("reverse:award:B:2", "award:B:2")  # B now owes 14
    scribe.award("award:B:3", "B", 5)  # and now 9
    scribe.award("award:2", "A", 50, programme_id=2)


def november(scribe: Scribe) -> None:
    scribe.at(11, 2)
    scribe.do(expire)
    scribe.seal_period(OCTOBER)
    scribe.award("late:A", "A", 7, business_day=date(2025, 10, 30))  # counts for November
    scribe.signers = [NEXT_KEY, KEY]
    scribe.seal()
    scribe.signers = [NEXT_KEY]
    for number in range(TILE):  # enough for the tree to keep a node
        scribe.award(f"many:{number}", "A", 1, programme_id=2)
    scribe.hold("hold:open", "A", 4)
    scribe.seal()


def december(scribe: Scribe) -> None:
    scribe.at(12, 1)
    scribe.seal_period(NOVEMBER)
    scribe.award("award:A:3", "A", 8)
    scribe.award("award:A:4", "A", 9)
    scribe.seal()
    verify(scribe)
    scribe.award("waiting:1", "A", 3)
    scribe.award("waiting:2", "B", 2)


def verify(scribe: Scribe) -> None:
    scribe.do(ledger.ask_verification, asked_by="staff:1")
    ledger.verify_database(scribe.database, now=lambda: scribe.now)


def expire(session: Any, *, now: datetime) -> None:
    lots = ledger.expiring(session, programme_id=1, upto=SOON)
    ledger.expire(session, lots, programme_id=1, now=now)


class History:
    """The finished books: a superuser's connection, and the numbers of the transfers by name."""

    def __init__(self, admin: psycopg.Connection, servers: embedded.Postgres, ids: Any) -> None:
        self.admin, self.servers = admin, servers
        self.ids: dict[str, int] = ids

    def connect(self, user: str) -> psycopg.Connection:
        """Open an autocommit connection of a role to these books."""
        return self.servers.connect(NAME, user)


NAME = "history"


@contextmanager
def written(postgres: embedded.Postgres) -> Iterator[History]:
    """Write the books anew, in a database of their own, and drop it at the end."""
    postgres.create_database(NAME)
    database = Database(postgres.url(NAME))
    try:
        upgrade(postgres.url(NAME, embedded.OWNER))
        scribe = Scribe(database)
        for months in (october, november, december):
            months(scribe)
        with postgres.connect(NAME) as admin:
            yield History(admin, postgres, scribe.ids)
    finally:
        database.close()
        postgres.drop_database(NAME)
