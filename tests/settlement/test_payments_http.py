"""Payments over HTTP and on the statement's page: who enters, who confirms, who only reads."""

from typing import Any

import pytest

from service import people
from tests.settlement.conftest import Month
from tests.settlement.test_http import NUMBER, page, sign_in
from tests.settlement.test_payments import OVER_FEN, PLEDGED, give
from tests.shops.market import Market

PATH = f"/settlement/statements/{NUMBER}/payments"
SLIP = {"key": "k1", "fen": 2000, "paid_on": "2025-11-01", "reference": "ICBC 0007"}


@pytest.fixture
def closed(market: Market, month: Month) -> Market:
    """October of shop A is closed with 30 yuan owed; everybody signs in again."""
    give(market, PLEDGED + OVER_FEN, "beyond")
    month.sign_all(month.make())
    sign_in(market)
    return market


def form(market: Market, path: str, by: str, **fields: str) -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    return market.client.post(f"/desk/statements/{NUMBER}/payments{path}", data=fields,
                              headers=headers)  # fmt: skip


def test_an_officer_enters_and_the_secretary_confirms(closed: Market) -> None:
    entered = closed.post(PATH, SLIP, by="U-CH")
    assert (entered.status_code, entered.json["left_fen"]) == (201, OVER_FEN)
    assert closed.post(PATH, SLIP, by="U-CH").json == entered.json
    (one,) = entered.json["items"]
    answer = closed.post(f"{PATH}/{one['id']}/decision", {"approve": True}, by="U-SEC")
    assert (answer.status_code, answer.json["left_fen"]) == (200, 1000), answer.text
    assert answer.json["items"][0]["status"] == "posted"
    again = closed.post(f"{PATH}/{one['id']}/decision", {"approve": True}, by="U-SEC")
    assert again.json == answer.json
    assert closed.get(PATH, by="A-OWNER").json == answer.json


def test_others_may_not(closed: Market) -> None:
    for by in ("A-OWNER", "U-SEC", "U-SUP", "U-ADM"):
        assert closed.post(PATH, SLIP, by=by).status_code == 403
    (one,) = closed.post(PATH, SLIP, by="U-CH").json["items"]
    for by in ("A-OWNER", "U-CH", "U-ADM"):
        answer = closed.post(f"{PATH}/{one['id']}/decision", {"approve": True}, by=by)
        assert answer.status_code == 403
    answer = closed.post(f"{PATH}/{one['id']}/decision", {"approve": True}, by="U-OTHER")
    assert answer.status_code == 404
    assert closed.get(PATH, by="B-OWNER").status_code == 404


def test_who_has_both_offices_does_not_confirm_their_own(closed: Market) -> None:
    def also(session: Any) -> None:
        row = people.staff(session, "U-CH")
        people.grant(session, staff_id=row.id or 0, role=people.Role.APPROVER, scope_code="MK")

    closed.run(also)
    sign_in(closed)
    (one,) = closed.post(PATH, SLIP, by="U-CH").json["items"]
    answer = closed.post(f"{PATH}/{one['id']}/decision", {"approve": True}, by="U-CH")
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/own-payment")


def test_taken_back_over_http(closed: Market) -> None:
    (one,) = closed.post(PATH, SLIP, by="U-CH").json["items"]
    closed.post(f"{PATH}/{one['id']}/decision", {"approve": True}, by="U-SEC")
    answer = closed.post(f"{PATH}/{one['id']}/back", {"note": "another shop's"}, by="U-CH")
    assert (answer.status_code, answer.json["paid_fen"]) == (200, 2000)
    answer = closed.post(f"{PATH}/{one['id']}/decision", {"approve": True}, by="U-SUP")
    assert (answer.json["items"][0]["status"], answer.json["left_fen"]) == ("taken_back", OVER_FEN)
    assert closed.post(f"{PATH}/999/back", {"note": "x"}, by="U-CH").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"fen": 0}, {"fen": "2000"}, {"paid_on": "yesterday"}, {"reference": ""}, {"key": "a b"}],
)
def test_bad_input_names_its_field(closed: Market, wrong: dict[str, Any]) -> None:
    answer = closed.post(PATH, SLIP | wrong, by="U-CH")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"#/{next(iter(wrong))}"


def test_the_page_shows_each_person_what_is_theirs_to_do(closed: Market) -> None:
    place = f"/desk/statements/{NUMBER}"
    assert "Enter the payment" in page(closed, place, by="U-CH")
    assert "Enter the payment" not in page(closed, place, by="U-SEC")
    sent = {"key": "k1", "yuan": "20.00", "paid_on": "2025-11-01", "reference": "ICBC 0007"}
    assert form(closed, "", "U-CH", **sent).status_code == 303
    assert "ICBC 0007" in page(closed, place, by="A-OWNER")
    waits = page(closed, place, by="U-CH")
    assert "Confirm the payment" not in waits
    assert "Enter the payment" not in waits
    assert "Confirm the payment" in page(closed, place, by="U-SEC")
    number = closed.one("SELECT id FROM settlement_payments")
    assert form(closed, f"/{number}/approve", "U-SEC").status_code == 303
    shown = page(closed, place, by="U-CH")
    assert "confirmed by U-SEC" in shown
    assert "Ask to take it back" in shown
    why = {f"why-{number}": "twice"}
    assert form(closed, f"/{number}/back", "U-CH", **why).status_code == 303
    assert form(closed, f"/{number}/decline", "U-SEC").status_code == 303
    assert closed.fen("payable:A") == -1000
    assert "付款" in page(closed, place, by="U-CH", lang="zh")
    assert form(closed, "", "U-CH", **(sent | {"yuan": "many"})).status_code == 422


def test_a_statement_within_the_pledge_says_nothing_of_payments(
    market: Market, month: Month
) -> None:
    month.sign_all(month.make())
    sign_in(market)
    assert "Enter the payment" not in page(market, f"/desk/statements/{NUMBER}", by="U-CH")
