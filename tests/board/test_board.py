"""The board: figures of a day, what waits, who is silent, what runs out; each reader's own."""

import re
import sys
from datetime import date, timedelta
from typing import Any

import pytest

from service.clock import business_day
from tests.shops.market import Market

EXCEPTION = """INSERT INTO reconciliation_exceptions (programme_id, community_id, day, kind,
  subject, reference, detail, status, opened_at, shop_id, aged_from)
SELECT s.programme_id, s.community_id, %(day)s, %(kind)s, %(subject)s, %(reference)s, '{}',
  'open', now(), CASE WHEN %(subject)s = s.code THEN s.id END, %(day)s
FROM shops s WHERE s.code = %(shop)s RETURNING id"""
WORD = """INSERT INTO redemptions_day_words
  (shop_id, key, business_day, redemptions, points, discounts, discount_fen, agrees, counted,
   actor, at)
SELECT id, %(key)s, %(day)s, 1, 20, 0, 0, %(agrees)s, %(counted)s, 'x', now()
FROM shops WHERE code = %(shop)s RETURNING id"""


def page(market: Market, by: str = "U-CH", query: str = "", language: str = "en") -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}", "Accept-Language": language}
    return market.client.get(f"/desk/board{query}", headers=headers)


def told(market: Market, by: str = "U-CH", query: str = "") -> Any:
    answer = market.get(f"/board{query}", by=by)
    assert answer.status_code == 200, answer.text
    return answer.json


def today(market: Market) -> date:
    return business_day(market.clock.now())


def raised(market: Market, kind: str, days: int, shop: str = "A", subject: str = "") -> None:
    day = today(market) - timedelta(days=days)
    params = {"kind": kind, "day": day, "shop": shop, "subject": subject or shop}
    market.database.call(EXCEPTION, {**params, "reference": f"{kind}-{days}-{shop}"})


def says(market: Market, shop: str, days: int, *, counted: int | None = None) -> None:
    day = today(market) - timedelta(days=days)
    params = {"shop": shop, "key": f"{day}-{counted}", "day": day, "counted": counted}
    market.database.call(WORD, {**params, "agrees": counted is None})


def test_the_day_is_added_up_over_the_shops(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=2)
    market.redeem("V0001", "LAST", "k2")
    market.void("k2", "V0001")
    market.discount("V0001", 5680, "d1")
    sums = told(market)["totals"]
    assert (sums["sales"], sums["points"], sums["bills"], sums["discount_fen"]) == (1, 40, 1, 454)
    assert (sums["shops"], sums["busy"], sums["agree"]) == (2, 1, 0)
    lines = {one["code"]: one for one in told(market)["shops"]}
    assert (lines["A"]["points"], lines["B"]["points"]) == (40, 0)
    assert sums["goods_fen"] == lines["A"]["goods_fen"] > 0


def test_another_day_has_its_own_board_and_one_to_come_has_none(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    before = today(market) - timedelta(days=1)
    assert told(market, query=f"?day={before}")["totals"]["sales"] == 0
    assert told(market, query="?day=2999-01-01")["day"] == str(today(market))
    assert market.get("/board?day=never", by="U-CH").status_code == 422
    assert page(market, query="?day=never").status_code == 422


def test_exceptions_are_counted_by_class_and_age(market: Market) -> None:
    for days in (0, 2, 3, 6, 7, 30):
        raised(market, "STOCK_DIFF", days)
    raised(market, "OFF_HOURS", 1)
    found = {one["kind"]: one for one in told(market)["exceptions"]}
    assert found["STOCK_DIFF"]["by_age"] == {"today": 1, "few": 1, "late": 2, "overdue": 2}
    assert found["OFF_HOURS"]["count"] == 1
    text = page(market).text
    assert "2 for 7 days or more" in text
    assert 'href="/desk/exceptions?kind=STOCK_DIFF"' in text
    market.database.rows(
        "UPDATE reconciliation_exceptions SET status = 'resolved', resolution = 'false_alarm',"
        " resolved_by = 'x', resolved_at = now() RETURNING id"
    )
    assert told(market)["exceptions"] == []
    assert "No exception waits" in page(market).text


def test_what_was_carried_rests_until_its_day(market: Market) -> None:
    raised(market, "STOCK_DIFF", 9)
    market.database.call(
        "UPDATE reconciliation_exceptions SET status = 'carried', resolved_by = 'x',"
        " resolved_at = now(), aged_from = %(day)s RETURNING id",
        {"day": today(market) + timedelta(days=2)},
    )
    assert told(market)["exceptions"] == []


def test_a_paper_sheet_is_the_desk_s_affair(market: Market) -> None:
    raised(market, "MISSING_ATTENDANCE", 1, subject="A1")
    raised(market, "MANUAL_AWARD_WATCH", 1, subject="A")
    assert told(market, "U-CH")["exceptions"] == []
    found = {one["kind"] for one in told(market, "U-SEC")["exceptions"]}
    assert found == {"MISSING_ATTENDANCE", "MANUAL_AWARD_WATCH"}


def test_a_shop_that_said_nothing_or_something_else_is_named(market: Market, admin: Any) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.discount("V0001", 4000, "d1")
    assert told(market)["silent"] == []  # the day is not over
    for table in ("redemptions", "redemptions_discounts"):
        admin.execute(f"UPDATE {table} SET business_day = business_day - 1".encode())
    (found,) = told(market)["silent"]
    assert (found["code"], found["n"], found["agrees"]) == ("A", 2, None)
    says(market, "A", 1, counted=7)
    assert told(market)["silent"][0]["counted"] == 7
    assert "counted 7" in page(market).text
    says(market, "A", 1)
    assert told(market)["silent"] == []
    assert "Every shop has confirmed its days" in page(market).text


def test_a_day_that_was_signed_is_confirmed_and_a_disputed_one_is_not(
    market: Market, admin: Any
) -> None:
    market.redeem("V0001", "SOAP", "k1")
    admin.execute("UPDATE redemptions SET business_day = business_day - 1")
    says(market, "A", 1)
    admin.execute(
        "INSERT INTO settlement_days (shop_id, day, programme_id, community_id, version, step,"
        " digest, content, waiting, silent_until) SELECT s.id, r.business_day, s.programme_id,"
        " s.community_id, 1, 'disputed', 'd', '{}', 0, r.business_day + 5"
        " FROM redemptions r JOIN shops s ON s.id = r.shop_id"
    )
    assert told(market)["silent"][0]["step"] == "disputed"
    assert "disputes it" in page(market).text
    admin.execute("UPDATE settlement_days SET step = 'confirmed'")
    admin.execute("TRUNCATE redemptions_day_words")
    assert told(market)["silent"] == []


def test_the_part_that_changes_says_where_to_listen(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics: list[str] = []
    assert 'data-live="/desk/board/part?day=' in page(market).text
    headers = {"Authorization": f"Bearer {market.tokens['U-CH']}"}
    monkeypatch.setattr(sys.modules["service.board.routes.pages"], "offer", topics.append)
    part = market.client.get("/desk/board/part", headers=headers)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert topics == ["board"]
    other = {"Authorization": f"Bearer {market.tokens['V0001']}"}
    assert market.client.get("/desk/board/part", headers=other).status_code == 403


def test_a_pledge_that_runs_low_is_named(market: Market, admin: Any) -> None:
    assert told(market)["pledges_low"] == []
    assert told(market)["pledge_left_fen"] == market.fen("pledge:A") + market.fen("pledge:B")
    admin.execute("UPDATE shops SET pledge_fen = 5 * pledge_fen - 1 WHERE code = 'A'")
    assert told(market)["pledges_low"] == []
    admin.execute("UPDATE shops SET pledge_fen = pledge_fen + 1 WHERE code = 'A'")
    (low,) = told(market)["pledges_low"]
    assert (low["code"], low["left_fen"]) == ("A", market.fen("pledge:A"))
    assert "runs low" in page(market).text
    admin.execute("UPDATE ledger_accounts SET posted = -10000000 WHERE address = 'pledge:A'")
    assert "more than pledged" in page(market).text


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "run out"), (0, "1 day left"), (30, "31 days left")]
)
def test_a_licence_that_runs_out_warns(market: Market, days: int, words: str) -> None:
    until = today(market) + timedelta(days=days)
    sql = "UPDATE shops SET licence_until = %(until)s WHERE code = 'A' RETURNING id"
    market.database.call(sql, {"until": until})
    assert told(market)["licences"][0]["until"] == str(until)
    assert words in page(market).text


def test_of_many_the_first_to_end_are_listed_and_the_others_counted(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.board.watch.LIST_MAX", 1)
    sql = "UPDATE shops SET licence_until = %(day)s - CASE code WHEN 'B' THEN 1 ELSE 0 END"
    market.database.rows(f"{sql} RETURNING id", {"day": today(market)})
    assert [one["code"] for one in told(market)["licences"]] == ["B"]
    assert "and 1 more" in page(market).text


def test_a_licence_that_lasts_or_is_not_asked_for_does_not_warn(market: Market) -> None:
    later = {"until": today(market) + timedelta(days=31), "food": today(market)}
    market.database.call(
        "UPDATE shops SET licence_until = %(until)s, food_licence_until = %(food)s"
        " WHERE code = 'A' RETURNING id",
        later,
    )
    assert told(market)["licences"] == []
    market.database.call(
        "UPDATE shops SET food_licence_required = true WHERE code = 'A' RETURNING 1"
    )
    assert told(market)["licences"][0]["paper"] == "food"


@pytest.mark.parametrize("by", ["U-CH", "A-OWNER", "U-SEC", "U-ADM", "U-SUP"])
def test_who_keeps_shops_or_their_community_reads_it(market: Market, by: str) -> None:
    market.redeem("V0001", "SOAP", "k1")
    raised(market, "STOCK_DIFF", 1)
    assert told(market, by)["totals"]["points"] == 20
    answer = page(market, by)
    assert answer.status_code == 200
    assert 'href="/desk/board" aria-current="page"' in answer.text
    assert "V0001" not in answer.text
    assert "Name of" not in answer.text


@pytest.mark.parametrize("by", ["B-OWNER", "U-OTHER"])
def test_another_shop_s_and_community_s_reader_gets_nothing_of_it(market: Market, by: str) -> None:
    market.redeem("V0001", "SOAP", "k1")
    raised(market, "STOCK_DIFF", 9)
    found = told(market, by)
    assert (found["totals"]["points"], found["exceptions"]) == (0, [])
    assert "A" not in [one["code"] for one in found["shops"]]
    assert "Shop A" not in page(market, by).text


@pytest.mark.parametrize("by", ["V0001", "A"])
def test_volunteers_and_tills_have_no_board(market: Market, by: str) -> None:
    assert market.get("/board", by=by).status_code == 403
    assert page(market, by).status_code in {303, 403}


def test_the_shops_are_read_page_by_page(market: Market, monkeypatch: Any) -> None:
    from service.board import figures

    monkeypatch.setattr(figures, "PAGE", 1)
    first = told(market)
    assert [one["code"] for one in first["shops"]] == ["A"]
    second = told(market, query=f"?after={first['next']}")
    assert ([one["code"] for one in second["shops"]], second["next"]) == (["B"], None)
    assert second["totals"]["shops"] == 2
    assert f"after={first['next']}" in page(market).text


def test_charts_stand_on_the_page_with_their_tables(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    raised(market, "STOCK_DIFF", 4)
    text = page(market).text
    assert len(re.findall(r'role="img"', text)) == 6  # three charts in two widths
    assert "1 exceptions wait, 1 of them too long" in text
    assert text.count("The same as a table") == 2
    assert "style=" not in text


def test_in_chinese_every_word_is_chinese(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    raised(market, "STOCK_DIFF", 8)
    text = page(market, language="zh-CN").text
    for words in ("看板", "1 件满 7 天", "1 件满 7 天", "商户都已确认", "当天各商户"):
        assert words in text, words
