"""Batches as their readers see them: the list, both sides of a day, each line and why."""

import hashlib
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from service import batches
from service.clock import business_day
from tests.shops.market import Market

FILE = """INSERT INTO evidence_files (shop_id, sha256, name, kind, bytes, status, rows, first_day,
  last_day, sent_by, sent_at, accepted_by, accepted_at, read_at)
SELECT id, %(sha)s, 'till.csv', 'text', 9, 'loaded', 9, %(day)s, %(day)s, 'x', now(), 'x', now(),
  now() FROM shops WHERE code = 'A' RETURNING id"""
ROW = """INSERT INTO evidence_rows (id, file_id, shop_id, line, business_day, occurred_at,
  reference, kind, item, qty, amount_fen, points, status, occurrence)
SELECT (%(file)s::bigint << 24) + %(line)s, %(file)s, id, %(line)s, %(day)s, %(at)s, %(ref)s,
  'good', 'Soap', 1, %(fen)s, 20, 'done', 1 FROM shops WHERE code = 'A' RETURNING id"""


def page(market: Market, path: str, by: str = "U-CH", language: str = "en") -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}", "Accept-Language": language}
    return market.client.get(path, headers=headers)


def read(market: Market, path: str = "", by: str = "U-CH") -> Any:
    answer = market.get(f"/batches{path}", by=by)
    assert answer.status_code == 200, answer.text
    return answer.json


def sent(market: Market, *lines: tuple[str | None, int]) -> None:
    """Let shop A's file of today say these references and amounts."""
    day = business_day(market.clock.now())
    sha = hashlib.sha256(repr(lines).encode()).digest()
    file = market.one(FILE, sha=sha, day=day)
    for line, (ref, fen) in enumerate(lines, 2):
        given = {"file": file, "line": line, "day": day, "ref": ref, "fen": fen}
        market.one(ROW, at=market.clock.now(), **given)


def compared(market: Market) -> None:
    """Let the night's job open and run every batch."""
    day = business_day(market.clock.now())
    market.run(partial(batches.open_batches, since=day, until=day))
    ids = [row["id"] for row in market.database.rows("SELECT id FROM reconciliation_batches")]
    market.run(partial(batches.run, ids=ids, now=market.clock.now() + timedelta(hours=1)))


@pytest.fixture
def day(market: Market) -> Market:
    """A day of shop A: one line agrees, one differs, one is ours alone, one is theirs alone."""
    for who, key in (("V0001", "k1"), ("V0002", "k2"), ("V0003", "k3")):
        market.redeem(who, "SOAP", key)
        market.clock.set(market.clock.now() + timedelta(minutes=1))
    sent(market, ("k1", 400), ("k2", 500), ("X-9", 700))
    compared(market)
    return market


def test_the_list_names_the_day_both_sides_and_what_waits(day: Market) -> None:
    (one,) = read(day)["items"]
    assert (one["shop"], one["status"], one["waiting"]) == ("A", "prepared", 3)
    assert one["totals"]["ours"]["fen"] == 1200
    assert one["totals"]["theirs"]["fen"] == 1600
    text = page(day, "/desk/batches").text
    assert f'href="/desk/batches/{one["id"]}"' in text
    assert "12.00" in text
    assert "16.00" in text


def test_the_two_sides_differ_by_what_is_named(day: Market) -> None:
    one = read(day, f"/{read(day)['items'][0]['id']}")
    assert (one["ours_fen"], one["theirs_fen"], one["balanced"]) == (1200, 1600, True)
    apart = one["exceptions_fen"] + one["pool_fen"] + one["rounding_fen"]
    assert apart == one["theirs_fen"] - one["ours_fen"] == 400
    text = page(day, f"/desk/batches/{one['id']}").text
    assert 'class="closed">16.00' in text
    assert "Same reference" in text
    assert 'role="img"' in text
    assert "style=" not in text


def test_figures_that_do_not_add_up_are_not_underlined(day: Market, admin: Any) -> None:
    number = read(day)["items"][0]["id"]
    admin.execute("UPDATE reconciliation_exceptions SET theirs_fen = 1 WHERE theirs_fen = 700")
    assert read(day, f"/{number}")["balanced"] is False
    text = page(day, f"/desk/batches/{number}").text
    assert "This does not add up" in text
    assert 'class="closed"' not in text


def test_each_line_says_why_it_stands_there(day: Market) -> None:
    number = read(day)["items"][0]["id"]
    found = read(day, f"/{number}/lines")["items"]
    whys = {(one["part"], one["why"], one["ours_fen"], one["theirs_fen"]) for one in found}
    assert whys == {
        (1, "AMOUNT_DIFF", 400, 500),
        (1, "OURS_ONLY", 400, None),
        (1, "THEIRS_ONLY", None, 700),
        (4, "1", 400, 400),
    }
    text = page(day, f"/desk/batches/{number}").text
    for one in found:
        if one["part"] == 1:
            assert f'href="/desk/exceptions/{one["id"]}"' in text
    assert 'href="/desk/sales/1"' in text
    assert f'href="/desk/files/{found[0]["file_id"] or found[1]["file_id"]}"' in text


@pytest.fixture
def summed(market: Market) -> Market:
    """A day on which the shop wrote two sales as one line."""
    for who, key in (("V0001", "k1"), ("V0002", "k2")):
        market.redeem(who, "SOAP", key)
        market.clock.set(market.clock.now() + timedelta(minutes=1))
    sent(market, ("BOTH", 800))
    compared(market)
    return market


def test_a_sum_that_fits_is_suggested_and_leads_to_its_exceptions(summed: Market) -> None:
    market = summed
    number = read(market)["items"][0]["id"]
    found = read(market, f"/{number}/lines")["items"]
    waiting = {one["id"]: one["why"] for one in found if one["part"] == 1}
    suggested = [one for one in found if one["part"] == 3]
    assert len(suggested) == 2
    for one in suggested:
        assert waiting[one["ours_exception"]] == "OURS_ONLY"
        assert waiting[one["theirs_exception"]] == "THEIRS_ONLY"
    text = page(market, f"/desk/batches/{number}").text
    assert "Several make one" in text
    assert text.count(f'href="/desk/exceptions/{suggested[0]["theirs_exception"]}"') == 3


def test_one_yes_answers_every_exception_of_a_sum_once(summed: Market) -> None:
    number = read(summed)["items"][0]["id"]
    assert summed.one("SELECT count(*) FROM reconciliation_exceptions WHERE status = 'open'") == 3
    text = page(summed, f"/desk/batches/{number}").text
    theirs = read(summed, f"/{number}/lines")["items"][-1]["theirs_id"]
    asked = f"/batches/{number}/sums/{theirs}"
    assert text.count(f'action="/desk{asked}"') == 1
    posted = [summed.post(asked, {}, by="U-CH").json["answered"] for _ in range(2)]
    assert posted == [3, 0]
    answered = summed.database.rows(
        "SELECT DISTINCT status, resolution, resolved_by, note FROM reconciliation_exceptions"
    )
    assert [tuple(row.values())[:3] for row in answered] == [
        ("resolved", "false_alarm", "staff:U-CH")
    ]
    assert answered[0]["note"]
    compared(summed)
    assert read(summed)["items"][0]["waiting"] == 0
    assert f'action="/desk{asked}"' not in page(summed, f"/desk/batches/{number}").text


def test_who_may_not_answer_exceptions_confirms_no_sum(summed: Market) -> None:
    number = read(summed)["items"][0]["id"]
    theirs = read(summed, f"/{number}/lines")["items"][-1]["theirs_id"]
    assert summed.post(f"/batches/{number}/sums/{theirs}", {}, by="U-SUP").status_code == 403
    assert summed.post(f"/batches/{number}/sums/{theirs + 1}", {}, by="U-CH").status_code == 404
    assert "/sums/" not in page(summed, f"/desk/batches/{number}", by="U-SUP").text


def test_lines_come_page_by_page_each_once(day: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.board import batches as reads

    monkeypatch.setattr(reads, "PAGE", 1)
    number, seen, after = read(day)["items"][0]["id"], [], ""
    while after is not None:
        found = read(day, f"/{number}/lines?after={after}")
        seen += [(one["part"], one["id"]) for one in found["items"]]
        after = found["next"]
    assert len(seen) == len(set(seen)) == 4
    assert seen == sorted(seen)
    assert f"?after={seen[0][0]}-{seen[0][1]}" in page(day, f"/desk/batches/{number}").text
    assert market_refuses(day, f"/{number}/lines?after=x")


def market_refuses(market: Market, path: str) -> bool:
    return bool(market.get(f"/batches{path}", by="U-CH").status_code == 422)


def test_batches_are_listed_newest_first_and_page_by_page(
    day: Market, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.board import batches as reads

    monkeypatch.setattr(reads, "PAGE", 2)
    admin.execute(
        "INSERT INTO reconciliation_batches (programme_id, community_id, shop_id, day)"
        " SELECT programme_id, community_id, id, DATE '2025-10-18' - n FROM shops,"
        " generate_series(1, 2) n"
    )
    seen, before = [], ""
    while before is not None:
        found = read(day, f"?before={before}" if before else "")
        seen += [(one["day"], one["id"]) for one in found["items"]]
        before = found["next"]
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)
    only = read(day, "?shop=B&status=open")["items"]
    assert {one["shop"] for one in only} == {"B"}
    assert read(day, "?status=closed")["items"] == []
    assert market_refuses(day, "?status=odd")
    assert "not compared yet" in page(day, f"/desk/batches/{only[0]['id']}").text


def test_a_day_without_a_file_waits_for_the_shop(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    compared(market)
    one = read(market, f"/{read(market)['items'][0]['id']}")
    assert one["balanced"] is True
    assert one["pool_fen"] == -400
    text = page(market, f"/desk/batches/{one['id']}").text
    assert "the shop has sent no file for this day" in text
    assert "The shop has sent nothing about this day" in text


@pytest.mark.parametrize("by", ["U-CH", "A-OWNER", "U-SEC", "U-ADM", "U-SUP"])
def test_who_keeps_the_shop_or_its_community_reads_it(day: Market, by: str) -> None:
    number = read(day, by=by)["items"][0]["id"]
    text = page(day, f"/desk/batches/{number}", by).text
    assert "Amounts" in text or "amounts" in text
    assert "V0001" not in text
    assert "Name of" not in text


@pytest.mark.parametrize("by", ["B-OWNER", "U-OTHER"])
def test_another_s_reader_finds_none(day: Market, by: str) -> None:
    number = read(day)["items"][0]["id"]
    assert read(day, by=by)["items"] == []
    for path in (f"/{number}", f"/{number}/lines"):
        assert day.get(f"/batches{path}", by=by).status_code == 404
    assert page(day, f"/desk/batches/{number}", by).status_code == 404


def test_a_volunteer_has_none(day: Market) -> None:
    assert day.get("/batches", by="V0001").status_code == 403
    assert page(day, "/desk/batches", "V0001").status_code == 403


def test_in_chinese_every_word_is_chinese(day: Market) -> None:
    number = read(day)["items"][0]["id"]
    listed = page(day, "/desk/batches", language="zh-CN").text
    text = page(day, f"/desk/batches/{number}", language="zh-CN").text
    assert "商户日账" in listed
    for words in ("平台账与商户账", "编号相同", "平台漏记", "怎么匹配上的"):
        assert words in text, words
