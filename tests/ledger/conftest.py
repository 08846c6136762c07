"""A small programme with two wallets, a shop and its pledge."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from service import ledger
from service.db import Database
from service.ledger import Kind, Leg, Posted, Reason, Unit

NOW = datetime(2025, 10, 18, 4, 0, tzinfo=UTC)
TODAY = date(2025, 10, 18)
SOON, LATE = date(2025, 12, 31), date(2027, 10, 31)
PROGRAMME = 1

ACCOUNTS = {
    "volunteer:FM0001": (Unit.PTS, ledger.WALLET),
    "volunteer:FM0002": (Unit.PTS, ledger.WALLET),
    "issued": (Unit.PTS, ledger.HOT_END),
    "expired": (Unit.PTS, ledger.HOT_END),
    "redeemed:S01": (Unit.PTS, ledger.HOT_END),
    "fund": (Unit.CNY, ledger.HOT_END),
    "pledge:S01": (Unit.CNY, ledger.Place()),
    "given-goods:S01": (Unit.CNY, ledger.HOT_END),
}


class Books:
    """Shorthand for the moves that the tests make; each is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def reason(self, key: str, **given: object) -> Reason:
        plain = Reason(PROGRAMME, key, "system", "test:1", NOW, TODAY)
        return replace(plain, **given)  # type: ignore[arg-type]

    def post(
        self, key: str, kind: Kind, *legs: Leg, may_owe: bool = False, **given: object
    ) -> Posted:
        reason = self.reason(key, **given)
        return self.database.atomic(
            lambda s: ledger.post(s, reason, kind=kind, legs=legs, now=NOW, may_owe=may_owe)
        )

    def award(self, who: str, points: int, expires_on: date = LATE, key: str = "award:1") -> Posted:
        legs = (Leg("issued", Unit.PTS, -points), Leg(f"volunteer:{who}", Unit.PTS, points))
        return self.post(key, Kind.AWARD, *legs, lot_expires_on=expires_on)

    def spend(
        self, who: str, points: int, key: str = "redeem:1", *, may_owe: bool = False
    ) -> Posted:
        legs = (
            Leg(f"volunteer:{who}", Unit.PTS, -points),
            Leg("redeemed:S01", Unit.PTS, points),
            Leg("pledge:S01", Unit.CNY, -points * 20),
            Leg("given-goods:S01", Unit.CNY, points * 20),
        )
        return self.post(key, Kind.REDEEM, *legs, may_owe=may_owe)

    def reverse(self, transfer_id: int, key: str = "reverse:1", **given: object) -> Posted:
        reason = self.reason(key, **given)
        return self.database.atomic(
            lambda s: ledger.reverse(s, reason, transfer_id=transfer_id, now=NOW)
        )

    def balance(self, address: str, unit: Unit = Unit.PTS) -> int:
        return self.ask(ledger.balance, address=address, unit=unit)

    def lots(self, who: str) -> dict[date, int]:
        return dict(self.ask(ledger.lots, address=f"volunteer:{who}"))

    def trial(self) -> dict[str, int]:
        return {f"{a}/{u}": n for a, u, n in self.ask(ledger.trial_balance)}

    def ask(self, query: Callable[..., object], **given: object) -> object:
        return self.database.atomic(lambda s: query(s, programme_id=PROGRAMME, **given))


@pytest.fixture
def books(database: Database) -> Books:
    """An open set of books, all accounts empty."""

    def work(session: Session) -> None:
        for address, (unit, place) in ACCOUNTS.items():
            ledger.open_account(
                session, programme_id=PROGRAMME, address=address, unit=unit, place=place, now=NOW
            )

    database.atomic(work)
    return Books(database)
