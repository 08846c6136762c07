"""The desk's pages of reversals: who sees which sale, proposes, decides, withdraws."""

import re
from typing import Any

import pytest

from tests.redemptions.test_reversals import propose
from tests.shops.market import Market

# Whose office reaches shop A.
READERS = ("U-ADM", "U-SEC", "U-SUP", "U-CH", "A-OWNER")


def page(market: Market, path: str, by: str) -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    return market.client.get(path, headers=headers)


def press(market: Market, path: str, by: str, **form: Any) -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    return market.client.post(path, data=form, headers=headers)


@pytest.fixture
def sold(market: Market) -> Market:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    return market


@pytest.mark.parametrize("by", READERS)
def test_who_may_reads_what_waits_and_the_sale(sold: Market, by: str) -> None:
    propose(sold, by="A", qty=2)
    listed = page(sold, "/desk/sales", by).text
    assert "came back" in listed
    assert "2 / 3" in listed
    assert 'href="/desk/sales/1"' in listed
    told = page(sold, "/desk/sales/1", by).text
    assert "000 001" in told
    assert "Name of" not in told
    assert "V0001" not in told


# For another community's desk the database does not even find it.
@pytest.mark.parametrize(("by", "status"), [("B-OWNER", 404), ("U-OTHER", 404), ("V0001", 403)])
def test_another_s_sale_is_not_shown_nor_listed(sold: Market, by: str, status: int) -> None:
    propose(sold, by="A", qty=2)
    assert page(sold, "/desk/sales/1", by).status_code == status
    assert press(sold, "/desk/sales/1/reversal", by, reason="mine", qty=1).status_code == status
    answer = press(sold, "/desk/sales/1/reversal/1", by, decision="accept")
    assert answer.status_code == status
    assert "came back" not in page(sold, "/desk/sales", by).text
    assert sold.state("k1") == "captured"


def test_a_tablet_has_no_desk(sold: Market) -> None:
    assert page(sold, "/desk/sales", "A").status_code == 403
    assert sold.client.get("/desk/sales").status_code in {302, 303, 401}


def test_a_sale_is_found_by_its_receipt_in_one_s_own_shops(sold: Market) -> None:
    found = page(sold, "/desk/sales?receipt=000 001", "A-OWNER")
    assert (found.status_code, found.headers["Location"]) == (302, "/desk/sales/1")
    assert page(sold, "/desk/sales?receipt=000001", "B-OWNER").status_code == 200
    assert page(sold, "/desk/sales?receipt=xyz", "A-OWNER").status_code == 200
    assert page(sold, "/desk/sales/77", "U-SEC").status_code == 404


def test_one_proposes_and_another_takes_it_back(sold: Market) -> None:
    asked = press(sold, "/desk/sales/1/reversal", "A-OWNER", reason="broken", qty=1, key="f1")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/desk/sales/1")
    press(sold, "/desk/sales/1/reversal", "A-OWNER", reason="broken", qty=1, key="f1")
    assert sold.count("redemptions_reversals") == 1
    own = page(sold, "/desk/sales/1", "A-OWNER").text
    assert 'value="accept"' not in own  # the proposer may only withdraw
    assert 'value="refuse"' in own
    assert press(sold, "/desk/sales/1/reversal/1", "A-OWNER", decision="accept").status_code == 403
    assert 'value="accept"' in page(sold, "/desk/sales/1", "U-SUP").text
    done = press(sold, "/desk/sales/1/reversal/1", "U-SUP", decision="accept")
    assert done.status_code == 303
    assert (sold.state("k1"), sold.balance("V0001")) == ("partly_reversed", 460)
    told = page(sold, "/desk/sales/1", "U-SEC").text
    assert "1 / 3" in told
    assert len(re.findall(r"<option", told)) == 2  # two pieces are left to take back


def test_a_proposal_is_declined_or_withdrawn(sold: Market) -> None:
    for by, proposer in (("U-SUP", "A-OWNER"), ("A-OWNER", "A-OWNER")):
        press(sold, "/desk/sales/1/reversal", proposer, reason="broken", qty=1, key=f"f-{by}")
        nth = sold.count("redemptions_reversals")
        answer = press(sold, f"/desk/sales/1/reversal/{nth}", by, decision="refuse")
        assert answer.status_code == 303
    rows = sold.database.rows("SELECT declined_by FROM redemptions_reversals ORDER BY nth")
    assert [row["declined_by"] for row in rows] == ["staff:U-SUP", "staff:A-OWNER"]
    assert sold.balance("V0001") == 440


def test_without_a_reason_nothing_is_proposed(sold: Market) -> None:
    asked = press(sold, "/desk/sales/1/reversal", "A-OWNER", reason=" ", qty=1)
    assert asked.headers["Location"] == "/desk/sales/1?missing=reason"
    assert 'aria-invalid="true"' in page(sold, "/desk/sales/1?missing=reason", "A-OWNER").text
    for qty in (0, -1, 4):
        wrong = press(sold, "/desk/sales/1/reversal", "A-OWNER", reason="broken", qty=qty)
        assert wrong.status_code == 422
    assert sold.count("redemptions_reversals") == 0


def test_what_waits_comes_in_pages(sold: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.redemptions import sales
    from service.redemptions.routes import sales as routes

    monkeypatch.setattr(sales, "PAGE", 1)
    monkeypatch.setattr(routes, "PAGE", 1)
    sold.redeem("V0003", "BULB", "k2")
    propose(sold)
    propose(sold, key="k2")
    first = page(sold, "/desk/sales", "U-SUP").text
    assert ("000 001" in first, "000 002" in first) == (True, False)
    assert "/desk/sales?after=1" in first
    assert "000 002" in page(sold, "/desk/sales?after=1", "U-SUP").text


def test_the_desk_s_first_page_names_what_waits(sold: Market) -> None:
    propose(sold, by="A", qty=2)
    told = page(sold, "/desk", "U-SUP").text
    assert 'href="/desk/sales/1"' in told
    assert 'href="/desk/sales/1"' not in page(sold, "/desk", "U-OTHER").text


def test_a_shop_is_not_told_that_its_customer_serves(sold: Market) -> None:
    sold.database.call("UPDATE redemptions SET flags = '{serving,proxy}' RETURNING id")
    for by, told in (("A-OWNER", False), ("U-CH", True), ("U-SEC", True)):
        answer = page(sold, "/desk/sales/1?lang=en", by).text
        assert ("was serving in that minute" in answer, "picked it up" in answer) == (told, True)
    for answer in (sold.get("/redemptions", by="A"), sold.get("/redemptions/k1", by="A")):
        assert "proxy" in answer.text
        assert "serving" not in answer.text


def test_a_sale_that_a_volunteer_made_names_the_tail_alone(sold: Market) -> None:
    sold.database.call("UPDATE redemptions SET actor = 'volunteer:V0001' RETURNING id")
    for by in READERS:
        assert "V0001" not in page(sold, "/desk/sales/1", by).text
