"""Sales that a case takes back: with the points, the stock and the pledge, all of them or none."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.shops.market import Market, build

SALES = ["k1", "k2"]


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    """A shop that gave soap to V0001 and to V0002."""
    found = build(database, settings, clock, client)
    for key, who in zip(SALES, ("V0001", "V0002"), strict=True):
        assert found.redeem(who, "SOAP", key)["status"] == "ok"
    return found


def proposed(market: Market) -> dict[str, Any]:
    given = {"key": "c", "title": "sold to himself", "volunteer": "V0001", "sales": SALES}
    case = market.post("/cases", given, by="U-SEC")
    assert case.status_code == 201, case.text
    said = {"key": "p", "reason": "nobody came", "sales": SALES}
    answer = market.post(f"/cases/{case.json['id']}/proposals", said, by="U-SEC")
    assert answer.status_code == 201, answer.text
    return dict(answer.json["proposals"][0])


def test_two_sales_go_back_together(market: Market) -> None:
    stock = market.stock("SOAP")
    assert proposed(market)["points"] == 40  # the wallets get them back
    done = market.post("/cases/1/proposals/1/decision", {}, by="U-SUP")
    assert done.status_code == 200, done.text
    assert (market.balance("V0001"), market.balance("V0002")) == (500, 60)
    assert market.stock("SOAP") == stock + len(SALES)
    assert all(part["transfer"] for part in done.json["proposals"][0]["parts"])
    assert len(market.events("RedemptionReversed")) == len(SALES)


def test_a_sale_of_a_case_is_not_decided_alone(market: Market) -> None:
    before = market.balance("V0001")
    proposed(market)
    for verb in ("approval", "refusal"):
        alone = market.post(f"/redemptions/k1/reversal/{verb}", {}, by="U-SUP")
        assert alone.status_code == 409, alone.text
        assert alone.json["type"].endswith("sale-decided-together")
    assert market.balance("V0001") == before


def test_a_refused_proposal_leaves_the_sales_free(market: Market) -> None:
    proposed(market)
    said = {"accept": False, "reason": "they came"}
    assert market.post("/cases/1/proposals/1/decision", said, by="U-SUP").status_code == 200
    again = market.post("/redemptions/k1/reversal", {"reason": "came back"}, by="U-ADM")
    assert again.status_code == 201, again.text
    done = market.post("/redemptions/k1/reversal/approval", {}, by="U-SUP")
    assert done.status_code == 200, done.text
