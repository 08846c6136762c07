"""The sub-district's auditor reads the sales of all its communities, and writes nothing."""

from functools import partial
from typing import Any

import pytest

from service import people
from tests.redemptions.test_reversals import propose
from tests.redemptions.test_sales_pages import page, press
from tests.shops.market import Market, employ


@pytest.fixture
def sold(market: Market) -> Market:
    for code, scope in (("U-TOWN", "TOWN"), ("U-ELSE", "ELSE")):
        role = people.Role.AUDITOR
        market.run(partial(employ, market=market, code=code, role=role, scope=scope))
    market.redeem("V0001", "SOAP", "k1", qty=3)
    propose(market, by="A", qty=2)
    return market


def test_the_auditor_reads_what_waits_one_sale_and_the_shop_s_day(sold: Market) -> None:
    listed = page(sold, "/desk/sales", "U-TOWN").text
    assert 'href="/desk/sales/1"' in listed
    assert 'href="/desk/sales" aria-current="page"' in listed
    told = page(sold, "/desk/sales/1", "U-TOWN").text
    assert "2 / 3" in told
    assert "V0001" not in told
    assert 'value="accept"' not in told
    assert "<textarea" not in told
    day = page(sold, "/desk/shops/A/day", "U-TOWN").text
    assert "000 001" in day
    assert 'href="/desk/shops/A"' not in day  # the shop's own page is its keepers'
    assert page(sold, "/desk/sales?receipt=000001", "U-TOWN").status_code == 302


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/desk/sales/1/reversal", {"reason": "mine", "qty": 1, "key": "x"}),
        ("/desk/sales/1/reversal/1", {"decision": "accept"}),
        ("/desk/sales/1/reversal/1", {"decision": "refuse"}),
    ],
)
def test_the_auditor_proposes_and_decides_nothing(
    sold: Market, path: str, form: dict[str, Any]
) -> None:
    assert press(sold, path, "U-TOWN", **form).status_code == 403
    assert sold.state("k1") == "captured"
    assert sold.count("redemptions_reversals") == 1
    assert sold.one("SELECT declined_at IS NULL FROM redemptions_reversals")


def test_another_place_s_auditor_gets_nothing(sold: Market) -> None:
    assert 'href="/desk/sales/1"' not in page(sold, "/desk/sales", "U-ELSE").text
    assert page(sold, "/desk/sales/1", "U-ELSE").status_code == 404  # no such row comes out
    assert page(sold, "/desk/shops/A/day", "U-ELSE").status_code == 404


def test_the_auditor_has_the_board_of_all_communities(sold: Market) -> None:
    assert sold.get("/board", by="U-TOWN").json["totals"]["points"] == 60
    assert sold.get("/board", by="U-ELSE").json["totals"]["points"] == 0
