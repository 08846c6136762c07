"""A market whose October is over, a press for its statements, and people who sign."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import people, shops
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.settlement import Press, Statement
from service.settlement.actions import months, statements
from service.settlement.actions.days import Act
from service.settlement.rules import Step
from tests.shops.market import Market, build

OCTOBER, NOVEMBER = date(2025, 10, 1), date(2025, 11, 1)
OVER = datetime(2025, 11, 1, 1, 0, tzinfo=UTC)  # 9:00 in Shanghai
DECEMBER = datetime(2025, 12, 1, 1, 0, tzinfo=UTC)
PEOPLE = ("staff:A-OWNER", "staff:U-CH", "staff:U-SEC")


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.fixture
def press(database: Database, tmp_path: Path, clock: Clock) -> Press:
    return Press(database, tmp_path, "https://aixin.example", clock.now, lambda done, total: None)


class Month:
    """One shop's statements as its people use them."""

    def __init__(self, market: Market, press: Press) -> None:
        self.market, self.press = market, press

    def make(self, month: date = OCTOBER, at: datetime = OVER, shop: str = "A") -> Statement:
        """Ask for a statement when the month is over, and issue it; without files: that is slow."""
        self.market.clock.set(at)
        row = self.market.run(shops.shop, code=shop)
        self.market.run(statements.order, members=[row], month=month, by="staff:U-CH", now=at)
        return self.issue(month, shop)

    def issue(self, month: date = OCTOBER, shop: str = "A") -> Statement:
        """Issue a month's statement if it is queued."""
        row, now = self.present(month, shop), self.market.clock.now()
        found: Statement = self.market.run(statements.issue, statement_id=row.id, now=now)
        return found

    def present(self, month: date = OCTOBER, shop: str = "A") -> Statement:
        row = self.market.run(shops.shop, code=shop)
        found: Statement = self.market.run(statements.present, shop_id=row.id, month=month)
        return found

    def sign(self, row: Statement, step: Step, by: str, **more: Any) -> Statement:
        act = Act(step, by, **more)
        now = self.market.clock.now()
        found: Statement = self.market.run(statements.sign, statement_id=row.id, act=act, now=now)
        return found

    def sign_all(self, row: Statement) -> Statement:
        for step, by in zip((Step.CONFIRMED, Step.REVIEWED, Step.CLOSED), PEOPLE, strict=True):
            row = self.sign(row, step, by)
        return row

    def reopen(self, row: Statement) -> Statement:
        now = self.market.clock.now()
        wish = self.market.run(
            months.propose, row=row, wish=months.Wish("staff:U-CH", "a late sale"), now=now
        )
        self.market.run(months.approve, reopening_id=wish.id, by="staff:U-SEC", now=now)
        return self.issue(row.month)


@pytest.fixture
def month(market: Market, press: Press) -> Month:
    return Month(market, press)


def place(market: Market) -> people.Unit:
    found: people.Unit = market.run(people.unit, code="MK")
    return found
