"""A shop's months go from pledge to pledge, and its goods and discounts are told by shop."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.reports import Scope
from service.reports.months import lines, subjects
from tests.shops.market import Market, build

API = "/reports/statements"
OCTOBER = date(2025, 10, 1)


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


def told(market: Market, subject: str) -> Any:
    answer = market.get(f"{API}/{subject}?month=2025-10", by="U-SEC")
    assert answer.status_code == 200, answer.text
    return answer.json


def rows(said: Any, name: str) -> list[list[Any]]:
    found: list[list[Any]] = next(one["rows"] for one in said["parts"] if one["name"] == name)
    return found


def test_goods_and_discounts_are_told_by_shop_and_good(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=2)
    market.redeem("V0001", "LAST", "k2")
    market.void("k2", "V0001")
    market.redeem("V0003", "SOAP", "k3", by="B")
    market.discount("V0001", 5680, "d1")
    shop = told(market, "shop/A")
    figures = shop["months"][-1]["figures"]
    assert (figures["opening"], figures["given"], figures["points"]) == (0, -800, 40)
    assert figures["closing"] == market.fen("pledge:A")
    assert (shop["unit"], figures["discount"]) == ("CNY", 454)
    assert rows(shop, "goods") == [["SOAP", "Soap", 1, 2, 40, 800], ["合计", "", 1, 2, 40, 800]]
    place = told(market, "community/MK")
    assert [row[0] for row in rows(place, "shops")] == ["A", "B", "合计"]
    assert rows(place, "shops")[-1][2:] == [2, 60, 1200, 1, 454]
    assert place["months"][-1]["figures"]["redeemed"] == -60
    own = told(market, "volunteer/V0001")
    assert rows(own, "shops")[0][2:] == [1, 40, 800, 1, 454]
    assert own["months"][-1]["figures"]["closing"] == market.balance("V0001")


def test_lines_are_paged_and_add_up_to_their_figure(market: Market) -> None:
    for nth, who in enumerate(("V0001", "V0002", "V0003")):
        market.redeem(who, "SOAP", f"k{nth}")
    market.discount("V0001", 5680, "d1")
    place = market.one("SELECT id FROM people_units WHERE code = 'MK'")
    scope = Scope(market.programme_id, (place,))
    for kind, code in (("community", "MK"), ("shop", "A")):
        subject = subjects.find(market.database, scope, subjects.Kind(kind), code)
        figure = "points" if kind == "shop" else "redeemed"
        seen: list[dict[str, Any]] = []
        asked: lines.Asked | None = lines.Asked(OCTOBER, figure, limit=2)
        while asked is not None:
            page = lines.read(market.database, subject, asked)
            seen += page.rows
            following = page.following
            asked = lines.Asked(OCTOBER, figure, "", following, 2) if following else None
        figures = told(market, f"{kind}/{code}")["months"][-1]["figures"]
        assert len({row["id"] for row in seen}) == len(seen) == 3
        assert sum(row["amount"] for row in seen) == figures[figure]
        for line, most in (("sales", 3), ("bills", 1)):
            page = lines.read(market.database, subject, lines.Asked(OCTOBER, line))
            assert len(page.rows) == most
    own = subjects.find(market.database, scope, subjects.Kind.VOLUNTEER, "V0001")
    for by, found in (("A", [20]), ("B", [])):
        sold = lines.read(market.database, own, lines.Asked(OCTOBER, "sales", by))
        assert [row["amount"] for row in sold.rows] == found
