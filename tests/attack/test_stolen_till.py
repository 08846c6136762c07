"""A till that was carried away or lies, before and after the association shuts it out."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.attack.world import digests
from tests.redemptions.test_offline import sell
from tests.shops.market import Market
from tests.web.neighbours import borrowed, doors

SEEN = {"public.people_devices": {"last_seen_at"}, "public.trail_records": {"*"}}


def shut_out(market: Market) -> None:
    till = market.get("/tills", by="U-CH").json["items"][0]
    headers = {"Authorization": f"Bearer {market.tokens['U-CH']}"}
    gone = market.client.delete(f"/api/v1/tills/{till['id']}", headers=headers)
    assert gone.status_code == 204


def test_after_it_is_shut_out_it_does_nothing(
    market: Market, app: Flask, admin: psycopg.Connection
) -> None:
    code = market.code("V0001")
    shut_out(market)
    before = digests(admin, SEEN)
    for method, rule in doors(app, "GET", "POST", "PUT", "DELETE"):
        path = borrowed(app, rule)
        if not path.startswith("/api/v1/") or path == "/api/v1/clock":
            continue
        headers = {"Authorization": f"Bearer {market.tokens['A']}", "Idempotency-Key": "k"}
        body = {"code": code, "good": "SOAP", "bill_fen": 1000}
        answer = app.test_client().open(path, method=method, json=body, headers=headers)
        assert answer.status_code == 401, path
    assert digests(admin, SEEN) == before
    assert market.balance("V0001") == 500


def test_what_it_sold_without_a_network_is_refused_after_that(market: Market) -> None:
    """The association counts these goods by hand: a thief's queue must not spend points."""
    moment = market.clock.now() - timedelta(minutes=5)
    shut_out(market)
    body = {"code": market.code("V0001", moment), "good": "SOAP", "offline": True}
    body |= {"occurred_at": moment.isoformat()}  # type: ignore[dict-item]
    answer = market.post("/redemptions", body, by="A", key="queued")
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/till-revoked")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert market.count("redemptions") == 0


def test_before_that_an_offline_queue_beyond_the_rules_becomes_exceptions(market: Market) -> None:
    """One pass and day above the figure is recorded and flagged: somebody looks at each."""
    first = sell(market, "V0003", "BULB", "k1")
    more = sell(market, "V0003", "HAT", "k2", moment=market.clock.now() - timedelta(minutes=10))
    forged = sell(market, "V0003", "SOAP", "k3", code=market.code("V0003", market.clock.now()))
    assert first["flags"] == []
    assert {"limit_breach", "offline_overdraft"} <= set(more["flags"])
    assert (forged["status"], forged["flags"]) == ("refused", ["offline_bad"])  # suspense
    market.check_books()


def test_the_other_till_of_the_association_works_on(market: Market) -> None:
    shut_out(market)
    assert market.redeem("V0001", "SOAP", "k1", by="B")["status"] == "ok"


@pytest.mark.parametrize(
    "more",
    [{"shop": "B"}, {"shop_id": 2}, {"device": 2}, {"profile": "till"}, {"actor": "staff:U-CH"}],
)
def test_a_shop_in_the_body_is_refused_and_sells_nothing(
    market: Market, more: dict[str, Any]
) -> None:
    body = {"code": market.code("V0001"), "good": "SOAP", **more}
    assert market.post("/redemptions", body, by="A", key="k1").status_code == 422
    assert market.count("redemptions") == 0


def test_a_till_sells_for_its_own_shop_whatever_it_adds(market: Market) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['A']}", "Idempotency-Key": "k1"}
    headers |= {"X-Shop": "B", "X-Device-Id": "2"}
    body = {"code": market.code("V0001"), "good": "SOAP"}
    sold = market.client.post("/api/v1/redemptions?shop=B", json=body, headers=headers)
    assert sold.status_code == 201
    assert market.one("SELECT s.code FROM redemptions r JOIN shops s ON s.id = r.shop_id") == "A"
