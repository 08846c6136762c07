"""The pledge sheet, the count of a whole shelf, and what runs low."""

import pytest

from tests.shops.market import Market
from tests.shops.test_house import form, officer

__all__ = ["officer"]


def test_the_pledge_sheet_says_what_is_pledged_and_what_is_left(officer: Market) -> None:
    officer.redeem("V0001", "SOAP", "k1")
    form(officer, "/desk/shops/A/goods/SOAP/pledges", key="p", qty="5", document="Paper 8")
    form(officer, "/desk/shops/A/goods/BULB/end", key="e", document="Paper 9")
    text = officer.client.get("/desk/shops/A/sheet?lang=en").text
    assert "Association·Shop A gives these goods" in text
    pledged = officer.one("SELECT sum(fen) FROM shops_pledges p JOIN shops s ON s.id = p.shop_id"
                          " WHERE s.code = 'A' AND p.kind <> 'end'")  # fmt: skip
    for fen in (pledged, officer.fen("pledge:A")):
        assert f"{fen // 100:,}.{fen % 100:02}" in text
    for words in ("Paper 8", "Paper 9", "−300.00", "−4.00", 'class="closed"', "at most 8 %"):
        assert words in text, words
    assert "Bulb" not in text  # taken back
    assert "V0001" not in text


def test_a_pledge_that_does_not_come_to_what_is_left_is_said_so(officer: Market) -> None:
    assert 'class="closed"' in officer.client.get("/desk/shops/A").text
    officer.database.rows(
        "INSERT INTO shops_pledges (shop_id, key, kind, fen, document, actor, business_day, at,"
        " transfer_id) SELECT id, 'odd', 'sign', 7, '', 'x', '2025-10-18', now(),"
        " (SELECT max(id) FROM ledger_transfers) FROM shops WHERE code = 'A' RETURNING id"
    )
    text = officer.client.get("/desk/shops/A?lang=en").text
    assert "The pledge does not balance" in text
    assert 'class="closed"' not in text


def test_a_whole_shelf_is_counted_in_one_form_and_once(officer: Market) -> None:
    given = {"key": "c", "good-SOAP": "59", "good-OIL": "20", "good-HAT": "", "note": "evening"}
    for _ in range(2):
        assert form(officer, "/desk/shops/A/counts", **given) == "/desk/shops/A/counts"
    assert officer.count("shops_counts") == 2
    text = officer.client.get("/desk/shops/A/counts?lang=en").text
    assert text.count("evening") == 2
    assert text.count("</svg> differs") == 1
    assert officer.stock("SOAP") == 60


@pytest.mark.parametrize(
    "given",
    [{"good-SOAP": "-1"}, {"good-SOAP": "many"}, {"good-NONE": "1"}, {}, {"good-SOAP": "1.5"}],
)
def test_a_count_that_cannot_be_meant_keeps_nothing(officer: Market, given: dict[str, str]) -> None:
    status = 404 if "good-NONE" in given else 422
    form(officer, "/desk/shops/A/counts", status, key="c", **{"good-OIL": "2", **given}
         if given else {})  # fmt: skip
    assert officer.count("shops_counts") == 0


def test_counts_are_read_page_by_page(officer: Market) -> None:
    for n in range(25):
        form(officer, "/desk/shops/A/counts", key=f"c{n}", note=f"note {n}.", **{"good-OIL": "1"})
    first = officer.client.get("/desk/shops/A/counts").text
    following = first.split('href="/desk/shops/A/counts?before=')[1].split('"')[0]
    rest = officer.client.get(f"/desk/shops/A/counts?before={following}").text
    assert "note 24." in first
    assert "note 5." in first
    assert "note 4." not in first
    assert "note 4." in rest
    assert "note 0." in rest


def test_what_is_down_to_a_fifth_runs_low(officer: Market) -> None:
    assert "runs low" not in officer.client.get("/desk/shops/A?lang=en").text
    officer.database.rows("UPDATE shops_goods SET stock = 12 WHERE code = 'SOAP' RETURNING id")
    text = officer.client.get("/desk/shops/A?lang=en").text
    assert "1 good runs low" in text
    assert "1 good runs low" in officer.client.get("/desk/shops?lang=en").text
    officer.database.rows("UPDATE shops_goods SET stock = 0 WHERE code = 'OIL' RETURNING id")
    text = officer.client.get("/desk/shops/A?lang=en").text
    assert "2 goods run low" in text
    assert "used up" in text


def test_windows_and_limits_are_changed_and_taken_away_after_the_good_was_made(
    officer: Market,
) -> None:
    at = "/desk/shops/A/goods/SOAP/limits"
    form(officer, at, daily_limit="9", person_limit="2", sold_from="08:30", sold_to="18:00",
         first_day="2025-10-01", last_day="2025-12-31")  # fmt: skip
    kept = officer.client.get("/desk/shops/A").text
    for value in ('value="9"', 'value="08:30"', 'value="2025-12-31"'):
        assert value in kept
    form(officer, at, person_limit="1")
    row = officer.database.rows(
        "SELECT daily_limit, person_limit, sold_from, first_day FROM shops_goods g"
        " JOIN shops s ON s.id = g.shop_id WHERE s.code = 'A' AND g.code = 'SOAP'"
    )[0]
    assert list(row.values()) == [None, 1, None, None]
    told = form(officer, at, 422, sold_from="10:00", sold_to="09:00")
    assert "sold_to" in told


def test_the_terms_form_leads_to_the_history(officer: Market) -> None:
    form(officer, "/desk/shops/A/terms", key="t", from_day="2030-01-01", discount_max_pct="3",
         discount_bill_cap="12.50", excluded_kinds="烟、酒", document="Paper 10")  # fmt: skip
    text = officer.client.get("/desk/shops/A?lang=en").text
    for words in ("at most 3 % and 12.50 yuan a bill", "not for 烟, 酒", "Paper 10"):
        assert words in text, words


def test_an_owner_prints_and_counts_the_own_shop_only(officer: Market) -> None:
    officer.client.set_cookie("aixin_session", officer.tokens["A-OWNER"])
    for path in ("sheet", "counts", "day"):
        assert officer.client.get(f"/desk/shops/A/{path}").status_code == 200
        assert officer.client.get(f"/desk/shops/B/{path}").status_code == 404
    form(officer, "/desk/shops/B/counts", 404, key="c", **{"good-SOAP": "1"})
    form(officer, "/desk/shops/A/terms", 403, key="t", from_day="2030-01-01",
         discount_max_pct="3", discount_bill_cap="1", document="x")  # fmt: skip
    assert officer.count("shops_counts") == 0


def test_counts_are_listed_as_json_page_by_page(market: Market) -> None:
    for n in range(5):
        said = {"key": f"c{n}", "counted": n, "note": f"note {n}"}
        assert market.post("/shops/A/goods/SOAP/counts", said, by="U-CH").status_code == 201
    first = market.get("/shops/A/counts?limit=3", by="U-CH").json
    assert [(one["good"], one["counted"]) for one in first["items"]] == [
        ("SOAP", 4), ("SOAP", 3), ("SOAP", 2),
    ]  # fmt: skip
    assert first["items"][0]["expected"] == market.stock("SOAP")
    rest = market.get(f"/shops/A/counts?limit=3&before={first['next']}", by="U-CH").json
    assert ([one["note"] for one in rest["items"]], rest["next"]) == (["note 1", "note 0"], None)
    assert market.get("/shops/A/counts?limit=0", by="U-CH").status_code == 422
    assert market.get("/shops/A/counts", by="V0001").status_code == 403
