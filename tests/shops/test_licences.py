"""Licences of members: they run out, and are shown anew."""

from typing import Any

import pytest

from tests.shops.market import Market

NEW = {"licence_no": "L-9", "licence_until": "2028-01-31", "reason": "shown today"}


def renewed(market: Market, body: Any = None, *, by: str = "U-CH", shop: str = "A") -> Any:
    return market.post(f"/shops/{shop}/licences", {**NEW, **(body or {})}, by=by)


def kept(market: Market) -> tuple[Any, ...]:
    columns = "licence_no, licence_until::text, food_licence_no"
    row = market.database.call(f"SELECT {columns} FROM shops WHERE code = 'A'")
    assert row is not None
    return tuple(row.values())


def test_a_member_shows_new_licences_and_its_story_says_so(market: Market) -> None:
    answer = renewed(market)
    assert (answer.status_code, answer.json["licence_until"]) == (200, "2028-01-31")
    assert kept(market)[:2] == ("L-9", "2028-01-31")
    (step,) = market.database.rows(
        "SELECT status, reason, actor FROM shops_steps WHERE reason = 'shown today'"
    )
    assert (step["status"], step["actor"]) == ("admitted", "staff:U-CH")
    assert market.count("trail_records WHERE action = 'shop.licences'") == 1


def test_the_same_licences_again_change_nothing(market: Market) -> None:
    for _ in range(2):
        assert renewed(market).status_code == 200
    assert market.count("shops_steps WHERE reason = 'shown today'") == 1


@pytest.mark.parametrize(
    ("body", "slug", "field"),
    [
        ({"licence_no": ""}, "licence-missing", "licence_no"),
        ({"licence_until": "2020-01-31"}, "licence-over", "licence_until"),
        ({"licence_until": "soon"}, "invalid", "licence_until"),
        ({"reason": ""}, "invalid", "reason"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    market: Market, body: Any, slug: str, field: str
) -> None:
    before = kept(market)
    answer = renewed(market, body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"#/{field}"
    assert kept(market) == before


def test_who_sells_food_shows_both(market: Market) -> None:
    sql = "UPDATE shops SET food_licence_required = true WHERE code = 'A' RETURNING id"
    market.database.call(sql)
    assert renewed(market).json["type"].endswith("licence-missing")
    assert renewed(market, {"food_licence_no": "F-1"}).status_code == 200
    assert kept(market)[2] == "F-1"


@pytest.mark.parametrize("by", ["A-OWNER", "U-SEC", "V0001", "U-OTHER"])
def test_only_the_association_enters_them(market: Market, by: str) -> None:
    assert renewed(market, by=by).status_code in {403, 404}
    assert kept(market)[0] is None


def test_who_is_no_member_any_more_has_none_to_show(market: Market) -> None:
    market.database.call("UPDATE shops SET status = 'left' WHERE code = 'A' RETURNING id")
    assert renewed(market).status_code == 409


def test_one_that_was_only_seen_still_runs_out(market: Market) -> None:
    market.database.call(
        "UPDATE shops SET licence_checked = true, licence_until = '2025-10-01'"
        " WHERE code = 'A' RETURNING id"
    )
    headers = {"Authorization": f"Bearer {market.tokens['U-CH']}", "Accept-Language": "en"}
    text = market.client.get("/desk/shops/A", headers=headers).text
    assert "seen · until 2025-10-01" in text
    assert "run out" in text


def test_the_shop_s_page_takes_them(market: Market) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['U-CH']}", "Accept-Language": "en"}
    text = market.client.get("/desk/shops/A", headers=headers).text
    assert 'action="/desk/shops/A/licences"' in text
    done = market.client.post("/desk/shops/A/licences", data=NEW, headers=headers)
    assert (done.status_code, done.headers["Location"]) == (303, "/desk/shops/A")
    assert kept(market)[0] == "L-9"
