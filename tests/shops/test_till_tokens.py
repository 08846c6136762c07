"""A tablet's token: new every week, the old one for two days; and what a tablet says of itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import people
from service.people import TOKEN_AGE, TOKEN_OVERLAP
from service.people.tokens import FAMILY_CHARACTERS, successor
from tests.shops.market import Market

COOKIE = "aixin_device"


def tablet(market: Market, token: str | None = None) -> FlaskClient:
    """A browser that holds the till's cookie."""
    client = market.client.application.test_client()
    client.set_cookie(COOKIE, token or market.tokens["A"])
    return client


def kept(client: FlaskClient) -> str:
    cookie = client.get_cookie(COOKIE)
    return cookie.value if cookie else ""


def later(market: Market, wait: timedelta) -> None:
    market.clock.set(market.clock.now() + wait)


def young(market: Market) -> None:
    """Make the till's token as new as if it had been paired just now."""
    market.database.call(
        "UPDATE people_devices SET token_made_at = %(now)s RETURNING id",
        {"now": market.clock.now()},
    )


def status(client: FlaskClient) -> int:
    return client.get("/api/v1/till/shift").status_code


def test_a_young_token_stays(market: Market) -> None:
    young(market)
    later(market, TOKEN_AGE - timedelta(seconds=1))
    client = tablet(market)
    assert "Set-Cookie" not in client.get("/api/v1/till/shift").headers
    assert kept(client) == market.tokens["A"]


def test_a_week_old_token_is_renewed_by_itself(market: Market) -> None:
    young(market)
    later(market, TOKEN_AGE)
    client = tablet(market)
    answer = client.get("/api/v1/till/shift")
    assert answer.status_code == 200
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    assert kept(client) != market.tokens["A"]
    later(market, TOKEN_OVERLAP + timedelta(days=1))
    assert status(client) == 200
    later(market, TOKEN_AGE)
    before = kept(client)
    assert status(client) == 200
    assert kept(client) != before
    assert len(kept(client)) == len(before)  # they do not grow


def test_requests_that_cross_all_hear_the_same_new_token(market: Market) -> None:
    later(market, TOKEN_AGE)
    crossing = [tablet(market) for _ in range(3)]
    assert [status(client) for client in crossing] == [200] * 3
    assert len({kept(client) for client in crossing}) == 1
    assert [status(client) for client in crossing] == [200] * 3


def test_the_old_token_works_until_a_minute_after_the_new_one_was_seen(market: Market) -> None:
    client, old = tablet(market), tablet(market)
    assert status(client) == 200  # the market's tokens are months old
    later(market, timedelta(hours=5))
    assert status(client) == 200  # the new one is seen
    later(market, timedelta(seconds=59))
    assert status(tablet(market)) == 200
    later(market, timedelta(seconds=1))
    assert status(old) == 401
    assert status(client) == 200


@pytest.mark.parametrize(("wait", "code"), [(timedelta(0), 401), (-timedelta(seconds=1), 200)])
def test_the_old_token_works_for_two_days_when_the_answer_was_lost(
    market: Market, wait: timedelta, code: int
) -> None:
    assert status(tablet(market)) == 200  # the answer with the new token never arrives
    later(market, TOKEN_OVERLAP + wait)
    client = tablet(market)
    assert status(client) == code
    assert (kept(client) != market.tokens["A"]) == (code == 200)


def test_a_page_that_stays_open_goes_on_after_its_tablet_was_renewed(market: Market) -> None:
    young(market)
    client = tablet(market)
    token = client.get("/till").text.split('name="csrf-token" content="')[1].split('"')[0]
    later(market, TOKEN_AGE)
    for key in ("k1", "k2"):
        answer = client.post(
            "/api/v1/redemptions",
            json={"code": market.code("V0001"), "good": "SOAP", "override_duplicate": True},
            headers={"X-CSRF-Token": token, "Idempotency-Key": key},
        )
        assert answer.status_code == 201, answer.text
        later(market, timedelta(minutes=2))
    assert kept(client) != market.tokens["A"]


def test_a_script_with_a_bearer_token_keeps_it(market: Market) -> None:
    answer = market.get("/till/shift", by="A")
    assert "Set-Cookie" not in answer.headers
    later(market, TOKEN_AGE + TOKEN_OVERLAP)
    assert market.get("/till/shift", by="A").status_code == 200


def test_the_next_token_needs_the_servers_secret_and_shares_only_its_beginning() -> None:
    token = "d." + "A" * 43
    made = {successor(token, secret) for secret in ("one", "two")}
    assert len(made) == 2
    assert {one[:FAMILY_CHARACTERS] for one in made} == {token[:FAMILY_CHARACTERS]}
    assert all(len(one) - FAMILY_CHARACTERS == 43 for one in made)  # 256 bits are new


def test_with_another_secret_no_token_is_given_that_would_not_work(market: Market) -> None:
    device = market.run(people.devices_of_shop, shop_id=1)[0]
    given: dict[str, Any] = {"token": market.tokens["A"], "device_id": device.id}
    known = {**given, "now": market.clock.now()}
    first = people.renew_token(market.database, secret="one", **known)
    assert people.renew_token(market.database, secret="one", **known) == first
    assert people.renew_token(market.database, secret="two", **known) is None


@pytest.mark.parametrize("attempt", range(3))
def test_many_requests_at_once_renew_once(market: Market, attempt: int) -> None:
    device = market.run(people.devices_of_shop, shop_id=1)[0]
    renew = partial(
        people.renew_token,
        market.database,
        token=market.tokens["A"],
        device_id=device.id,
        secret="secret",
        now=market.clock.now(),
    )
    with ThreadPoolExecutor(12) as crowd:
        tokens = list(crowd.map(lambda _: renew(), range(24)))
    assert len(set(tokens)) == 1
    new = str(tokens[0])
    assert people.resolve_token(market.database, new, now=market.clock.now()).id == device.id
    old = people.resolve_token(market.database, market.tokens["A"], now=market.clock.now())
    assert (old.id, old.renew) == (device.id, True)


def shut_out(market: Market) -> int:
    found = market.get("/tills", by="A-OWNER").json["items"][0]["id"]
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    market.client.delete(f"/api/v1/tills/{found}", headers=headers)
    return int(found)


def test_who_is_shut_out_hears_so_and_the_browser_forgets(market: Market) -> None:
    client = tablet(market)
    assert status(client) == 200
    shut_out(market)
    answer = client.get("/api/v1/till/shift")
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/till-revoked")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert kept(client) == ""


def test_the_page_of_who_is_shut_out_leads_to_pairing_and_forgets(market: Market) -> None:
    shut_out(market)
    client = tablet(market)
    answer = client.get("/till")
    assert (answer.status_code, answer.location) == (302, "/till/pair")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert kept(client) == ""


def test_who_is_shut_out_can_be_paired_again(market: Market) -> None:
    shut_out(market)
    claimed = market.post("/tills/claims", {"shop": "A"}, by="U-CH").json
    client = tablet(market)
    body = {"claim": claimed["url"], "digits": claimed["digits"]}
    page = client.get("/till/pair").text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    done = client.post("/till/pair", data={**body, "csrf_token": token})
    assert (done.status_code, done.location) == (303, "/till")
    assert status(client) == 200


def test_both_of_a_renewed_tablets_tokens_are_shut_out(market: Market) -> None:
    client, old = tablet(market), tablet(market)
    status(client)
    shut_out(market)
    assert [status(client), status(old)] == [401, 401]


def beat(market: Market, queued: int = 0, **more: Any) -> Any:
    body = {"queued": queued, "sent_at": market.clock.now().isoformat(), **more}
    return market.post("/till/heartbeat", body, by="A")


def listed(market: Market) -> dict[str, Any]:
    found: dict[str, Any] = market.get("/tills", by="U-CH").json["items"][0]
    return found


def test_a_till_says_what_waits_and_what_its_clock_says(market: Market) -> None:
    since = (market.clock.now() - timedelta(minutes=80)).isoformat()
    slow = (market.clock.now() - timedelta(minutes=4)).isoformat()
    answer = beat(market, 3, oldest_at=since, sent_at=slow)
    assert answer.status_code == 200, answer.text
    assert (answer.json["clock_offset_s"], answer.json["every_s"]) == (-240, 60)
    assert answer.json["shift"]["needed"] is False
    found = listed(market)
    assert (found["queued"], found["clock_offset_s"]) == (3, -240)
    assert found["last_seen_at"] == found["heard_at"]


def test_a_heartbeat_is_written_once_a_minute_unless_the_queue_changes(market: Market) -> None:
    beat(market)
    first = listed(market)["heard_at"]
    later(market, timedelta(seconds=44))
    assert beat(market).status_code == 200
    assert listed(market)["heard_at"] == first
    beat(market, 1)
    second = listed(market)
    assert (second["queued"], second["heard_at"] != first) == (1, True)
    later(market, timedelta(seconds=45))
    beat(market, 1)
    assert listed(market)["heard_at"] != second["heard_at"]


def test_an_empty_queue_waits_since_never(market: Market) -> None:
    beat(market, 0, oldest_at=market.clock.now().isoformat())
    assert listed(market)["queued_since"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("queued", -1), ("queued", 10**6), ("queued", "x"), ("sent_at", "noon"), ("sent_at", None)],
)
def test_a_heartbeat_that_cannot_be_is_refused(market: Market, field: str, value: Any) -> None:
    answer = beat(market, **{field: value})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"#/{field}"


@pytest.mark.parametrize(
    ("sent_at", "bound"), [("1970-01-01T00:00:00Z", -1), ("9999-12-31T00:00:00Z", 1)]
)
def test_a_clock_that_lies_by_decades_is_heard(market: Market, sent_at: str, bound: int) -> None:
    assert beat(market, sent_at=sent_at).json["clock_offset_s"] == bound * 366 * 86_400


def desk(market: Market, lang: str) -> str:
    client = market.client.application.test_client()
    client.set_cookie("aixin_session", market.tokens["U-CH"])
    return client.get(f"/desk/tills?lang={lang}").text


def test_the_associations_page_says_it_in_words(market: Market) -> None:
    since = market.clock.now() - timedelta(minutes=80)  # 10:40
    sent_at = market.clock.now() - timedelta(minutes=4)
    beat(market, 3, oldest_at=since.isoformat(), sent_at=sent_at.isoformat())
    page = desk(market, "en")
    assert "3 not sent since 10:40" in page
    assert "4 min slow" in page
    assert "not heard" in page  # of the other shop's
    page = desk(market, "zh-Hans")
    assert "自 10:40 起 3 笔未上传" in page
    assert "慢 4 分钟" in page


def test_the_list_comes_a_page_at_a_time(market: Market) -> None:
    for number in range(50):
        market.run(
            people.pair_device,
            name=f"T{number}",
            paired_by="staff:U-CH",
            now=market.clock.now(),
            shop_id=1,
            community_id=1,
        )
    first = market.get("/tills", by="U-CH").json
    second = market.get(f"/tills?after={first['next']}", by="U-CH").json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 2, None)
    assert f"after={first['next']}" in desk(market, "en")
    assert market.get("/tills?after=x", by="U-CH").status_code == 422
