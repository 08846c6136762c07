"""Pairing a tablet: a claim by who may, four digits, once; and shutting it out."""

from datetime import timedelta

import pytest
import zxingcpp
from flask.testing import FlaskClient

from tests.shops.market import Market


def claim(market: Market, shop: str = "A", by: str = "U-CH") -> dict[str, str]:
    response = market.post("/tills/claims", {"shop": shop}, by=by)
    assert response.status_code == 201, response.text
    return {"claim": response.json["url"].rsplit("/", 1)[-1], "digits": response.json["digits"]}


def pair(client: FlaskClient, claimed: dict[str, str]) -> tuple[int, dict[str, str]]:
    response = client.post("/api/v1/tills", json=claimed)
    return response.status_code, response.json


def test_a_claim_and_four_digits_make_a_till(market: Market, client: FlaskClient) -> None:
    status, paired = pair(client, claim(market))
    assert (status, paired["shop"]) == (201, "A")
    market.tokens["new"] = paired["token"]
    answer = market.redeem("V0001", "SOAP", "k1", by="new")
    assert answer["status"] == "ok"
    assert [event["shop"] for event in market.events("TillPaired")] == ["A"]


def test_the_tablets_browser_keeps_the_token_out_of_reach(
    market: Market, client: FlaskClient
) -> None:
    response = client.post("/api/v1/tills", json=claim(market))
    kept = response.headers["Set-Cookie"]
    assert kept.startswith("aixin_device=")
    assert "HttpOnly" in kept
    assert "SameSite=Strict" in kept
    assert client.get("/till").status_code == 200


@pytest.mark.parametrize(("by", "status"), [("U-CH", 201), ("A-OWNER", 201), ("B-OWNER", 404)])
def test_the_association_and_the_own_shop_pair(market: Market, by: str, status: int) -> None:
    assert market.post("/tills/claims", {"shop": "A"}, by=by).status_code == status


@pytest.mark.parametrize("by", ["U-SEC", "V0001", "A"])
def test_nobody_else_pairs(market: Market, by: str) -> None:
    assert market.post("/tills/claims", {"shop": "A"}, by=by).status_code == 403
    assert market.count("shops_till_claims") == 0


def test_a_claim_pairs_one_tablet(market: Market, client: FlaskClient) -> None:
    claimed = claim(market)
    assert pair(client, claimed)[0] == 201
    assert pair(client.application.test_client(), claimed)[0] == 410


def test_wrong_digits_are_counted_and_the_claim_dies_of_five(
    market: Market, client: FlaskClient
) -> None:
    claimed = claim(market)
    wrong = {**claimed, "digits": f"{(int(claimed['digits']) + 1) % 10_000:04d}"}
    for _ in range(5):
        status, said = pair(client, wrong)
        assert (status, said["type"]) == (403, "/problems/wrong-digits")
    assert pair(client, claimed)[0] == 410


@pytest.mark.parametrize(("seconds", "status"), [(599, 201), (600, 410)])
def test_a_claim_lives_ten_minutes(
    market: Market, client: FlaskClient, seconds: int, status: int
) -> None:
    claimed = claim(market)
    market.clock.set(market.clock.now() + timedelta(seconds=seconds))
    assert pair(client, claimed)[0] == status


def test_an_invented_claim_pairs_nothing(market: Market, client: FlaskClient) -> None:
    assert pair(client, {"claim": "0" * 20, "digits": "0000"})[0] == 410
    assert pair(client, {"claim": "0" * 20, "digits": "00"})[0] == 422


def test_a_till_that_was_shut_out_is_nobody(market: Market) -> None:
    items = market.get("/tills", by="A-OWNER").json["items"]
    assert [till["shop"] for till in items] == ["A"]
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    path = f"/api/v1/tills/{items[0]['id']}"
    assert market.client.delete(path, headers=headers).status_code == 204
    body = {"code": market.code("V0001"), "good": "SOAP"}
    assert market.post("/redemptions", body, by="A", key="k1").status_code == 401
    assert market.get("/tills", by="A-OWNER").json["items"] == []


def test_shutting_out_twice_tells_it_once(market: Market) -> None:
    till = market.get("/tills", by="A-OWNER").json["items"][0]["id"]
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    for _ in range(2):
        answer = market.client.delete(f"/api/v1/tills/{till}", headers=headers)
        assert answer.status_code == 204
    assert [told["device"] for told in market.events("TillRevoked")] == [till]


def test_another_shops_till_is_not_mine_to_shut_out(market: Market) -> None:
    items = market.get("/tills", by="U-CH").json["items"]
    other = next(till["id"] for till in items if till["shop"] == "B")
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    assert market.client.delete(f"/api/v1/tills/{other}", headers=headers).status_code == 404
    assert market.client.delete("/api/v1/tills/999", headers=headers).status_code == 404


def staff_client(market: Market, who: str) -> FlaskClient:
    client = market.client.application.test_client()
    client.set_cookie("aixin_session", market.tokens[who])
    return client


def csrf(client: FlaskClient, path: str) -> str:
    page = client.get(path).text
    return page.split('name="csrf-token" content="')[1].split('"')[0]


def test_the_associations_page_shows_a_code_that_a_tablet_can_read(market: Market) -> None:
    client = staff_client(market, "U-CH")
    token = csrf(client, "/desk/tills")
    page = client.post("/desk/tills/claims", data={"shop": "B", "csrf_token": token})
    assert page.status_code == 200
    url = page.text.split("<code>")[1].split("</code>")[0]
    from io import BytesIO

    from PIL import Image

    from service import passes

    picture = Image.open(BytesIO(passes.png(url)))
    assert zxingcpp.read_barcode(picture).text == url
    landing = client.application.test_client().get(url.removeprefix("https://aixin.example"))
    assert "Shop B" in landing.text
    assert market.one("SELECT used_at FROM shops_till_claims") is None  # reading changes nothing


def test_the_form_of_the_page_pairs_this_browser(market: Market) -> None:
    claimed = claim(market)
    client = market.client.application.test_client()
    wrong = {**claimed, "digits": f"{(int(claimed['digits']) + 1) % 10_000:04d}"}
    assert client.post("/till/pair", data=wrong).status_code == 403
    done = client.post("/till/pair", data=claimed)
    assert (done.status_code, done.headers["Location"]) == (303, "/till")
    assert "Shop A" in client.get("/till").text


def test_a_page_shuts_a_till_out(market: Market) -> None:
    client = staff_client(market, "A-OWNER")
    token = csrf(client, "/desk/tills")
    till = market.get("/tills", by="A-OWNER").json["items"][0]["id"]
    done = client.post(f"/desk/tills/{till}/revoke", data={"csrf_token": token})
    assert done.status_code == 303
    assert market.get("/tills", by="A-OWNER").json["items"] == []


def test_a_claim_dies_with_the_shop_s_membership(market: Market) -> None:
    claim = market.post("/tills/claims", {"shop": "A"}, by="U-CH").json
    market.one("UPDATE shops SET status = 'left' WHERE code = 'A' RETURNING 1")
    body = {"claim": claim["url"], "digits": claim["digits"]}
    assert market.client.post("/api/v1/tills", json=body).status_code == 410
    assert market.count("people_devices") == 2


def test_a_suspended_shop_gets_no_till(market: Market) -> None:
    market.one("UPDATE shops SET status = 'suspended' WHERE code = 'A' RETURNING 1")
    response = market.post("/tills/claims", {"shop": "A"}, by="U-CH")
    assert response.status_code == 409
