"""How a shop comes, pauses and leaves; what it offers and pledges, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service import shops
from tests.shops.market import Market

NEW = {"code": "C", "name": "Shop C", "kind": "bakery", "community": "MK"}
SEEN = {"step": "check", "reason": "seen", "licence_no": "L-1", "licence_until": "2027-01-31"}
TERMS = {"step": "admit", "reason": "agreed", "discount_max_pct": 8, "discount_bill_cap_fen": 2000}
OF_C = "WHERE shop_id = (SELECT id FROM shops WHERE code = 'C')"
BREAD = {"code": "BREAD", "name": "Bread", "value_fen": 600}


def sent(market: Market, path: str, body: Any, status: int, *, by: str = "U-CH") -> Any:
    response = market.post(path, body, by=by)
    assert response.status_code == status, response.text
    return response.json


def walk(market: Market, *steps: str, code: str = "C") -> Any:
    """Take steps one after the other; the answer of the last one."""
    given = {"check": SEEN, "admit": TERMS}
    answer = None
    for step in steps:
        body = given.get(step, {"step": step, "reason": f"to {step}"})
        answer = sent(market, f"/shops/{code}/steps", body, 200)
    return answer


@pytest.fixture
def applied(market: Market) -> Market:
    """A market to which shop C applies."""
    sent(market, "/shops", NEW, 201)
    return market


@pytest.fixture
def admitted(applied: Market) -> Market:
    """A market that has admitted shop C."""
    walk(applied, "check", "admit")
    return applied


def test_a_shop_applies_is_checked_and_admitted_and_its_story_says_who(admitted: Market) -> None:
    shop = admitted.get("/shops/C", by="U-CH").json
    assert (shop["status"], shop["discount_max_pct"]) == ("admitted", 8)
    assert shop["steps"] == ["suspend", "leave"]
    rows = admitted.database.rows(
        f"SELECT status, reason, actor FROM shops_steps {OF_C} ORDER BY id"
    )
    assert [row["status"] for row in rows] == ["applied", "checked", "admitted"]
    assert {row["actor"] for row in rows} == {"staff:U-CH"}
    assert admitted.fen("pledge:C") == 0
    told = [one["shop"] for one in admitted.events("ShopAdmitted")]
    assert told[-1] == "C"


def test_a_shop_stands_in_a_community_of_its_association_s_programme(market: Market) -> None:
    market.database.call(
        "INSERT INTO people_units (kind, code, name) VALUES ('community', 'FAR', 'F') RETURNING id"
    )
    for place in ("TOWN", "FAR"):  # a sub-district, and a community of another programme
        answer = sent(market, "/shops", {**NEW, "community": place}, 404)
        assert answer["errors"][0]["pointer"] == "#/community"
    assert market.one("SELECT count(*) FROM shops WHERE code = 'C'") == 0


def story(market: Market) -> int:
    """Count the steps of shop C."""
    return int(market.one(f"SELECT count(*) FROM shops_steps {OF_C}"))


ARROWS = {
    "applied": ("check", "leave"),
    "checked": ("admit", "leave"),
    "admitted": ("suspend", "leave"),
    "suspended": ("resume", "leave"),
    "left": (),
}
WAY = {
    "applied": (),
    "checked": ("check",),
    "admitted": ("check", "admit"),
    "suspended": ("check", "admit", "suspend"),
    "left": ("leave",),
}
TARGET = {
    "check": "checked",
    "admit": "admitted",
    "suspend": "suspended",
    "resume": "admitted",
    "leave": "left",
}


@pytest.mark.parametrize("status", ARROWS)
@pytest.mark.parametrize("step", TARGET)
def test_only_the_arrows_that_there_are_can_be_taken(
    applied: Market, status: str, step: str
) -> None:
    walk(applied, *WAY[status])
    body = {"check": SEEN, "admit": TERMS}.get(step, {"step": step, "reason": "x"})
    answer = applied.post("/shops/C/steps", body, by="U-CH")
    if step in ARROWS[status]:
        assert (answer.status_code, answer.json["status"]) == (200, TARGET[step])
    elif TARGET[step] == status:  # sent twice: the answer of the first time
        assert (answer.status_code, answer.json["status"]) == (200, status)
        assert story(applied) == len(WAY[status]) + 1
    else:
        assert (answer.status_code, answer.json["type"]) == (409, "/problems/no-such-step")
        assert applied.one("SELECT status FROM shops WHERE code = 'C'") == status


def test_an_application_sent_twice_is_one_and_another_s_code_is_refused(applied: Market) -> None:
    sent(applied, "/shops", NEW, 201)
    assert applied.count("shops") == 3
    taken = sent(applied, "/shops", {**NEW, "name": "Another"}, 409)
    assert (taken["type"], taken["errors"][0]["pointer"]) == ("/problems/code-taken", "#/code")
    assert applied.one("SELECT name FROM shops WHERE code = 'C'") == "Shop C"


@pytest.mark.parametrize(
    ("given", "slug", "field"),
    [
        ({"licence_no": ""}, "licence-missing", "licence_no"),
        ({"licence_until": "2020-01-31"}, "licence-over", "licence_until"),
        (
            {"food_licence_no": "F-1", "food_licence_until": "2020-01-31"},
            "licence-over",
            "food_licence_until",
        ),
    ],
)
def test_a_licence_that_is_missing_or_over_is_named(
    applied: Market, given: dict[str, str], slug: str, field: str
) -> None:
    told = sent(applied, "/shops/C/steps", {**SEEN, **given}, 422)
    assert (told["type"], told["errors"][0]["pointer"]) == (f"/problems/{slug}", f"#/{field}")
    assert applied.one("SELECT status FROM shops WHERE code = 'C'") == "applied"


def test_who_sells_food_shows_the_food_licence_too(market: Market) -> None:
    sent(market, "/shops", {**NEW, "food_licence_required": True}, 201)
    told = sent(market, "/shops/C/steps", SEEN, 422)
    assert told["errors"][0]["pointer"] == "#/food_licence_no"
    done = sent(market, "/shops/C/steps", {**SEEN, "food_licence_no": "F-1"}, 200)
    assert done["status"] == "checked"


@pytest.mark.parametrize("who", ["A-OWNER", "U-SEC", "U-OTHER", "V0001"])
def test_only_the_association_decides(applied: Market, who: str) -> None:
    assert applied.post("/shops/C/steps", SEEN, by=who).status_code in {403, 404}
    assert applied.post("/shops", {**NEW, "code": "D"}, by=who).status_code == 403
    assert story(applied) == 1


def test_an_owner_sees_the_own_shop_and_no_other(applied: Market) -> None:
    assert [one["code"] for one in applied.get("/shops", by="A-OWNER").json["items"]] == ["A"]
    assert applied.get("/shops/B", by="A-OWNER").status_code == 404
    assert applied.post("/shops/B/goods", BREAD, by="A-OWNER").status_code == 404
    waiting = applied.get("/shops?status=applied", by="U-CH").json["items"]
    assert [one["code"] for one in waiting] == ["C"]


def test_who_only_applied_has_no_part_in_the_day(applied: Market) -> None:
    found = applied.run(shops.list_shops, programme_id=applied.programme_id)
    assert [shop.code for shop in found] == ["A", "B"]
    assert applied.post("/tills/claims", {"shop": "C"}, by="U-CH").status_code == 409


def test_who_leaves_loses_tills_goods_and_pledge(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    walk(market, "leave", code="A")
    assert market.fen("pledge:A") == 0
    assert market.stock("SOAP") == 0
    answer = market.post("/redemptions", {"code": market.code("V0001"), "good": "SOAP"}, by="A")
    assert answer.status_code == 401
    ends = market.one("SELECT sum(fen) FROM shops_pledges WHERE kind = 'end'")
    pledged = market.one(
        "SELECT sum(fen) FROM shops_pledges p JOIN shops s ON s.id = p.shop_id"
        " WHERE s.code = 'A' AND p.kind = 'sign'"
    )
    assert pledged - ends == 400  # the soap that was given
    market.check_books()


# ---------------------------------------------------------------- goods, pledges, counts


def test_a_good_is_offered_pledged_topped_up_and_ended_as_postings(admitted: Market) -> None:
    good = sent(admitted, "/shops/C/goods", BREAD, 201)
    assert (good["points"], good["stock"]) == (30, 0)
    line = {"key": "p1", "qty": 10, "document": "Agreement 1"}
    first = sent(admitted, "/shops/C/goods/BREAD/pledges", line, 201)
    again = sent(admitted, "/shops/C/goods/BREAD/pledges", line, 201)
    assert (first, first["kind"], first["fen"]) == (again, "sign", 6000)
    more = {"key": "p2", "qty": 5, "document": "Agreement 2"}
    assert sent(admitted, "/shops/C/goods/BREAD/pledges", more, 201)["kind"] == "top_up"
    assert admitted.fen("pledge:C") == 9000
    assert admitted.stock("BREAD", "C") == 15
    over = {"key": "p3", "document": "Agreement 3"}
    ended = sent(admitted, "/shops/C/goods/BREAD/pledges", over, 201)
    assert (ended["kind"], ended["qty"], admitted.fen("pledge:C")) == ("end", 15, 0)
    assert sent(admitted, "/shops/C/goods/BREAD/pledges", over, 201) == ended
    none = sent(admitted, "/shops/C/goods/BREAD/pledges", {**over, "key": "p4"}, 409)
    assert none["type"] == "/problems/nothing-pledged"
    assert [one["fen"] for one in admitted.events("PledgeRecorded")[-3:]] == [6000, 3000, -9000]
    admitted.check_books()


def test_a_key_is_never_used_for_another_line(admitted: Market) -> None:
    sent(admitted, "/shops/C/goods", BREAD, 201)
    line = {"key": "p1", "qty": 10, "document": "Agreement 1"}
    sent(admitted, "/shops/C/goods/BREAD/pledges", line, 201)
    told = sent(admitted, "/shops/C/goods/BREAD/pledges", {**line, "qty": 11}, 422)
    assert told["type"] == "/problems/key-reused"
    assert admitted.stock("BREAD", "C") == 10


def test_the_first_line_of_an_old_shop_never_takes_its_pledge_s_key(market: Market) -> None:
    line = {"key": "1st", "qty": 1, "document": "more"}
    told = sent(market, "/shops/A/goods/SOAP/pledges", line, 201)
    key = market.one("SELECT key FROM ledger_transfers WHERE id = %(id)s", id=told["transfer_id"])
    assert key == "pledge:A:2"


def test_a_value_that_is_no_whole_points_is_refused(admitted: Market) -> None:
    told = sent(admitted, "/shops/C/goods", {**BREAD, "value_fen": 610}, 422)
    assert (told["type"], told["errors"][0]["pointer"]) == (
        "/problems/value-not-whole",
        "#/value_fen",
    )
    assert admitted.one("SELECT count(*) FROM shops_goods WHERE code = 'BREAD'") == 0


def test_a_suspended_shop_offers_and_pledges_nothing(admitted: Market) -> None:
    sent(admitted, "/shops/C/goods", BREAD, 201)
    walk(admitted, "suspend")
    line = {"key": "p1", "qty": 10, "document": "x"}
    assert sent(admitted, "/shops/C/goods", {**BREAD, "code": "CAKE"}, 409)
    assert sent(admitted, "/shops/C/goods/BREAD/pledges", line, 409)
    walk(admitted, "resume")
    sent(admitted, "/shops/C/goods/BREAD/pledges", line, 201)


def test_a_count_stands_beside_the_books_and_moves_nothing(market: Market) -> None:
    body = {"key": "c1", "counted": 58, "note": "two are gone"}
    seen = sent(market, "/shops/A/goods/SOAP/counts", body, 201, by="A-OWNER")
    assert (seen["counted"], seen["expected"]) == (58, 60)
    assert sent(market, "/shops/A/goods/SOAP/counts", body, 201, by="A-OWNER") == seen
    assert sent(market, "/shops/A/goods/SOAP/counts", {**body, "counted": 5}, 422)
    assert market.stock("SOAP") == 60
    told = market.events("StockCounted")
    assert [(one["counted"], one["expected"]) for one in told] == [(58, 60)]


def test_pledging_while_tills_sell_loses_neither(market: Market) -> None:
    def sell(n: int) -> str:
        with market.client.application.test_client() as client:
            headers = {"Authorization": f"Bearer {market.tokens['A']}", "Idempotency-Key": f"s{n}"}
            card = {"code": market.cards["V0001"].url, "good": "SOAP", "pin": "4711"}
            body = {**card, "override_duplicate": True}
            answer = client.post("/api/v1/redemptions", json=body, headers=headers)
            return str(answer.json["status"])

    def more(n: int) -> int:
        with market.client.application.test_client() as client:
            headers = {"Authorization": f"Bearer {market.tokens['U-CH']}"}
            body = {"key": f"m{n}", "qty": 2, "document": "more"}
            path = "/api/v1/shops/A/goods/SOAP/pledges"
            return client.post(path, json=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        sales = [pool.submit(sell, n) for n in range(6)]
        lines = [pool.submit(more, n) for n in range(6)]
        sold = [one.result() for one in sales].count("ok")
        assert [one.result() for one in lines] == [201] * 6
    assert sold > 0
    assert market.stock("SOAP") == 60 + 12 - sold
    pledged = sum(400 * 2 for _ in range(6)) - 400 * sold
    start = market.one(
        "SELECT fen FROM shops_pledges p JOIN shops s ON s.id = p.shop_id"
        " WHERE s.code = 'A' AND p.key = '1'"
    )
    assert market.fen("pledge:A") == start + pledged
    market.check_books()


def test_leaving_while_tills_sell_waits_for_nobody_who_waits_for_it(market: Market) -> None:
    def sell(n: int) -> str:
        with market.client.application.test_client() as client:
            headers = {"Authorization": f"Bearer {market.tokens['A']}", "Idempotency-Key": f"s{n}"}
            card = {"code": market.cards["V0001"].url, "good": "SOAP", "pin": "4711"}
            answer = client.post(
                "/api/v1/redemptions", json={**card, "override_duplicate": True}, headers=headers
            )
            assert answer.status_code in {200, 201, 401}, answer.text
            return str((answer.json or {}).get("status"))

    def go() -> int:
        with market.client.application.test_client() as client:
            headers = {"Authorization": f"Bearer {market.tokens['U-CH']}"}
            body = {"step": "leave", "reason": "moves away"}
            return client.post("/api/v1/shops/A/steps", json=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        sales = [pool.submit(sell, n) for n in range(8)]
        left = pool.submit(go)
        sold = [one.result() for one in sales].count("ok")
        assert left.result() == 200
    assert market.count("redemptions WHERE status = 'captured'") == sold
    assert (market.stock("SOAP"), market.fen("pledge:A")) == (0, 0)
    sql = "SELECT sum(deadlocks)::int FROM pg_stat_database"
    assert market.one(sql) == 0
    market.check_books()
