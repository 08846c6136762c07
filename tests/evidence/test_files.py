"""A shop's file from the form to its rows: once, scoped, refused whole or loaded whole."""

import io
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import openpyxl
import pytest
from redis import Redis
from werkzeug.test import TestResponse

from service import evidence
from service.db import Database
from service.evidence.storage import place, sweep
from tests.conftest import NOON
from tests.evidence.conftest import CORPUS
from tests.shops.market import Market
from workers.runtime import Runtime
from workers.shop_files import read_shop_files


def send(
    market: Market, content: bytes, *, by: str = "A-OWNER", shop: str = "A", name: str = "a.csv"
) -> TestResponse:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    data = {"file": (io.BytesIO(content), name)}
    return market.client.post(f"/api/v1/shops/{shop}/files", data=data, headers=headers)


def sent(market: Market, content: bytes, **more: Any) -> dict[str, Any]:
    response = send(market, content, **more)
    assert response.status_code == 201, response.text
    return dict(response.json)


def accepted(market: Market, content: bytes, **given: Any) -> dict[str, Any]:
    file = sent(market, content)
    response = market.post(f"/shop-files/{file['id']}/acceptance", given, by="A-OWNER")
    assert response.status_code == 200, response.text
    return dict(response.json)


def corpus(name: str) -> bytes:
    return (CORPUS / name).read_bytes()


def rows(market: Market) -> int:
    return market.count("evidence_live_rows")


def digest(market: Market, day: date = date(2025, 10, 18)) -> bytes:
    shop = market.one("SELECT id FROM shops WHERE code = 'A'")
    found: bytes = market.run(evidence.rows_digest, shop_id=shop, day=day)
    return found


def test_a_file_is_sent_looked_at_and_accepted(market: Market) -> None:
    file = sent(market, corpus("totals.csv"))
    assert (file["status"], file["shop"], file["layout"]["encoding"]) == ("draft", "A", "UTF-8")
    look = market.post(f"/shop-files/{file['id']}/preview", {}, by="A-OWNER").json
    assert look["plan"]["columns"]["occurred_at"] == "完成时间"
    assert (look["head_line"], look["totals"]["goods_points"], look["fault"]) == (1, 135, None)
    assert (len(look["rows"]), rows(market)) == (4, 0)
    done = market.post(f"/shop-files/{file['id']}/acceptance", {}, by="A-OWNER").json
    assert (done["status"], done["rows"], done["first_day"]) == ("loaded", 4, "2025-10-18")
    page = market.get(f"/shop-files/{file['id']}/rows", by="A-OWNER").json
    assert [row["line"] for row in page["items"]] == [2, 3, 4, 5]
    assert page["items"][2] | {"kind": "discount", "amount_fen": 640} == page["items"][2]
    assert page["items"][0]["occurred_at"] == "2025-10-18T01:01:05+00:00"


def test_the_same_bytes_are_one_file_and_the_same_acceptance_one_reading(market: Market) -> None:
    first = accepted(market, corpus("utf8.csv"))
    again = sent(market, corpus("utf8.csv"), name="another name.csv")
    assert (again["id"], again["status"]) == (first["id"], "loaded")
    assert market.post(f"/shop-files/{first['id']}/acceptance", {}, by="A-OWNER").json == first
    assert (rows(market), market.count("evidence_files")) == (4, 1)
    other = sent(market, corpus("utf8.csv"), by="B-OWNER", shop="B")
    assert other["id"] != first["id"]


def test_what_was_read_is_not_read_again_in_another_way(market: Market) -> None:
    first = accepted(market, corpus("utf8.csv"))
    other = {"plan": {"columns": {"occurred_at": "完成时间", "points": "数量"}}}
    answer = market.post(f"/shop-files/{first['id']}/acceptance", other, by="A-OWNER")
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/already-read")


@pytest.mark.parametrize("name", ["totals_wrong.csv", "shortened.xlsx"])
def test_a_bad_file_leaves_nothing_but_its_fault(market: Market, name: str) -> None:
    file = accepted(market, corpus(name))
    assert file["status"] == "bad"
    assert file["fault"]["line"] in {2, 6}
    assert file["fault"]["column"] in file["fault"]["said"]
    assert (rows(market), market.count("evidence_rows")) == (0, 0)
    shop = market.one("SELECT id FROM shops WHERE code = 'A'")
    [bad] = market.run(evidence.bad_files, shop_id=shop)
    assert bad.id == file["id"]


def test_a_late_fault_takes_back_all_rows_before_it(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.evidence.loading.ROWS_A_COPY", 1000)
    text = corpus("utf8.csv").decode()
    line = text.splitlines()[1]
    many = text + "".join(
        line.replace("R20251018000001", f"R{at:014}") + "\r\n" for at in range(3_000)
    )
    file = accepted(market, (many + line.replace(",40,", ",4O,") + "\r\n").encode())
    assert (file["status"], file["fault"]["line"], file["fault"]["value"]) == ("bad", 3_006, "4O")
    assert market.count("evidence_rows") == 0


def test_a_bad_file_is_read_with_a_better_mapping(market: Market) -> None:
    content = corpus("utf8.csv").replace("状态".encode(), "备注".encode())
    file = accepted(
        market, content, plan={"columns": {"occurred_at": "兑换单号", "points": "积分"}}
    )
    assert file["status"] == "bad"
    columns = {"occurred_at": "完成时间", "points": "积分", "amount": "价值(元)"}
    again = accepted(market, content, plan={"columns": columns})
    assert (again["id"], again["status"], again["fault"]) == (file["id"], "loaded", None)


def test_a_mapping_is_remembered_for_the_next_file_with_the_same_head(market: Market) -> None:
    strange = corpus("strange_names.csv")
    columns = {"occurred_at": "甲", "reference": "乙", "points": "丙", "amount": "丁"}
    first = sent(market, strange)
    assert (first["status"], first["fault"]["slug"]) == ("bad", "no_head")
    pointed = {"plan": {"head_line": 1}}
    look = market.post(f"/shop-files/{first['id']}/preview", pointed, by="A-OWNER").json
    assert (look["head_line"], look["plan"]["head_line"]) == (1, 1)
    assert look["names"] == ["甲", "乙", "丙", "丁"]
    done = accepted(market, strange, plan={"columns": columns, "head_line": 1})
    assert (done["status"], done["rows"]) == ("loaded", 1)
    following = sent(market, strange.replace(b"X1", b"X2"))
    look = market.post(f"/shop-files/{following['id']}/preview", {}, by="A-OWNER").json
    assert look["remembered"] is True
    assert look["plan"]["columns"] == columns
    assert accepted(market, strange.replace(b"X1", b"X2"))["status"] == "loaded"


def test_equal_lines_are_numbered_and_never_thrown_away(market: Market) -> None:
    file = accepted(market, corpus("twice.csv"))
    page = market.get(f"/shop-files/{file['id']}/rows", by="A-OWNER").json
    assert [row["occurrence"] for row in page["items"]] == [1, 1, 1, 1, 2]


def test_a_file_in_two_halves_in_any_order_says_the_same(market: Market) -> None:
    whole = accepted(market, corpus("twice.csv"))
    before = digest(market)
    withdraw(market, whole["id"])
    assert digest(market) != before
    head, *lines = corpus("twice.csv").decode().splitlines()
    for part in (lines[3:], lines[2::-1]):
        text = "\r\n".join([head, *part]).encode()
        assert accepted(market, text, repeats="count")["status"] == "loaded"
    assert digest(market) == before
    assert rows(market) == 5


def test_lines_of_another_file_are_counted_or_left_out_as_somebody_says(market: Market) -> None:
    accepted(market, corpus("utf8.csv"))
    longer = corpus("utf8.csv") + "2025-10-18 20:00:00,R9,9,兑换,米,1,9,45,成功\r\n".encode()
    file = sent(market, longer)
    undecided = market.post(f"/shop-files/{file['id']}/acceptance", {}, by="A-OWNER")
    assert (undecided.status_code, undecided.json["type"]) == (409, "/problems/repeats-undecided")
    assert rows(market) == 4
    done = accepted(market, longer, repeats="leave_out")
    assert (done["rows"], done["totals"]["repeated"], rows(market)) == (1, 4, 5)


def test_a_withdrawn_file_counts_no_more_and_may_come_again(market: Market) -> None:
    file = accepted(market, corpus("utf8.csv"))
    gone = withdraw(market, file["id"])
    assert (gone["status"], gone["reason"], rows(market)) == ("withdrawn", "the wrong month", 0)
    assert withdraw(market, file["id"]) == gone
    again = accepted(market, corpus("utf8.csv"))
    assert (again["id"] != file["id"], again["status"], rows(market)) == (True, "loaded", 4)
    shop = market.one("SELECT id FROM shops WHERE code = 'A'")
    assert market.run(evidence.days_touched, since=NOON) == [(shop, date(2025, 10, 18))]
    [row] = market.run(evidence.files_on, shop_id=shop, day=date(2025, 10, 18))
    assert row.id == again["id"]


def withdraw(market: Market, file_id: int) -> dict[str, Any]:
    given = {"reason": "the wrong month"}
    answer = market.post(f"/shop-files/{file_id}/withdrawal", given, by="A-OWNER")
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_who_keeps_another_shop_learns_nothing(market: Market) -> None:
    file = accepted(market, corpus("utf8.csv"))
    for who in ("B-OWNER", "U-OTHER"):
        for path in ("", "/rows"):
            assert market.get(f"/shop-files/{file['id']}{path}", by=who).status_code == 404
        assert market.get("/shops/A/files", by=who).status_code == 404
        answer = market.post(f"/shop-files/{file['id']}/withdrawal", {"reason": "no"}, by=who)
        assert answer.status_code in {403, 404}
    assert send(market, b"x", by="B-OWNER").status_code == 404
    assert send(market, b"x", by="U-SEC").status_code == 403
    assert market.get(f"/shop-files/{file['id']}", by="U-SEC").json["rows"] == 4
    assert market.get("/shops/A/files", by="U-CH").json["items"][0]["id"] == file["id"]
    assert send(market, corpus("totals.csv"), by="U-CH").status_code == 201
    assert market.client.get(f"/api/v1/shop-files/{file['id']}").status_code == 401


def test_nothing_sent_and_too_much_are_said_by_name(market: Market) -> None:
    assert send(market, b"").json["type"] == "/problems/nothing-sent"
    missing = market.client.post(
        "/api/v1/shops/A/files", headers={"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    )
    assert missing.status_code == 422
    twice = {"plan": {"columns": {"amount": "积分", "points": "积分"}}}
    file = sent(market, corpus("utf8.csv"))
    answer = market.post(f"/shop-files/{file['id']}/acceptance", twice, by="A-OWNER")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/plan/columns")


def test_files_and_rows_are_paged(market: Market) -> None:
    text = corpus("utf8.csv").decode()
    head, line = text.splitlines()[:2]
    for at in range(52):
        sent(market, f"{head}\r\n{line.replace('R2025', f'R{at:04}')}".encode())
    page = market.get("/shops/A/files", by="A-OWNER").json
    assert (len(page["items"]), page["next"]) == (50, page["items"][-1]["id"])
    rest = market.get(f"/shops/A/files?before={page['next']}", by="A-OWNER").json
    assert (len(rest["items"]), rest["next"]) == (2, None)
    many = [line.replace("R2025", f"S{at:04}") for at in range(51)]
    file = accepted(market, "\r\n".join([head, *many]).encode())
    page = market.get(f"/shop-files/{file['id']}/rows", by="A-OWNER").json
    assert (len(page["items"]), page["next"]) == (50, 51)
    rest = market.get(f"/shop-files/{file['id']}/rows?after=51", by="A-OWNER").json
    assert [row["line"] for row in rest["items"]] == [52]


def test_a_large_file_waits_for_a_worker_which_reads_it_once(
    market: Market, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.evidence.actions.AT_ONCE", {"text": 100, "xlsx": 100})
    file = accepted(market, corpus("utf8.csv"))
    assert (file["status"], rows(market)) == ("waiting", 0)
    world = Runtime(market.settings, market.database, redis, market.clock)
    monkeypatch.setattr("workers.shop_files.runtime", lambda: world)
    assert (read_shop_files(), read_shop_files()) == (1, 0)
    assert rows(market) == 4
    other = sent(market, corpus("totals.csv"))
    undecided = market.post(f"/shop-files/{other['id']}/acceptance", {}, by="A-OWNER")
    assert undecided.json["type"] == "/problems/repeats-undecided"


def test_the_bytes_lie_outside_the_web_root_and_what_no_row_names_is_swept(market: Market) -> None:
    accepted(market, corpus("utf8.csv"))
    folder = market.settings.files_folder
    kept = place(folder, sha256(corpus("utf8.csv")).digest())
    assert kept.read_bytes() == corpus("utf8.csv")
    stray = place(folder, b"\0" * 32)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    later = datetime(2030, 1, 1, tzinfo=UTC)
    assert market.run(sweep, folder=folder, now=later) >= 1
    assert (kept.exists(), stray.exists()) == (True, False)


def test_the_application_may_not_change_what_was_read(market: Market, database: Database) -> None:
    for right in ("UPDATE", "DELETE", "TRUNCATE"):
        sql = f"SELECT has_table_privilege('aixin_app', 'evidence_rows', '{right}') AS may"
        assert database.call(sql) == {"may": False}


def test_the_list_and_the_file_are_pages_with_a_form_that_works(market: Market) -> None:
    book = openpyxl.Workbook()
    for row in corpus("utf8.csv").decode().splitlines():
        book.active.append(row.split(","))
    stream = io.BytesIO()
    book.save(stream)
    client = market.client
    client.set_cookie("aixin_session", market.tokens["A-OWNER"])
    page = client.get("/desk/files?lang=en").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "shop": "A", "file": (io.BytesIO(stream.getvalue()), "b.xlsx")}
    moved = client.post("/desk/files", data=form)
    assert moved.status_code == 303
    where = moved.headers["Location"]
    shown = client.get(f"{where}?lang=en").text
    assert "R20251018000001" in shown
    assert "Accept 4 sales" in shown
    query = {"lang": "en", "look": "1", "column-occurred_at": "完成时间", "column-points": "数量"}
    assert "Accept 4 sales" in client.get(where, query_string=query).text
    columns = {f"column-{name}": column for name, column in {
        "occurred_at": "完成时间", "reference": "兑换单号", "amount": "价值(元)", "points": "积分",
    }.items()}  # fmt: skip
    done = client.post(f"{where}/acceptance", data={"csrf_token": token, **columns})
    assert done.status_code == 303, done.text
    shown = client.get(f"{where}?lang=en").text
    assert "What was read" in shown
    assert rows(market) == 4
    with client.get(f"{where}/original") as original:
        assert original.data == stream.getvalue()
        assert "attachment" in original.headers["Content-Disposition"]
    listed = client.get("/desk/files?lang=zh").text
    assert "已读取" in listed
    assert "商户账单" in listed


def test_the_pages_show_another_shop_s_keeper_nothing(market: Market) -> None:
    file = accepted(market, corpus("utf8.csv"))
    market.client.set_cookie("aixin_session", market.tokens["B-OWNER"])
    assert market.client.get(f"/desk/files/{file['id']}").status_code == 404
    assert market.client.get(f"/desk/files/{file['id']}/original").status_code == 404
    assert market.client.get("/desk/files?shop=A").status_code == 403
    assert "a.csv" not in market.client.get("/desk/files").text
    market.client.set_cookie("aixin_session", market.tokens["U-SEC"])
    shown = market.client.get(f"/desk/files/{file['id']}?lang=en").text
    assert "What was read" in shown
    assert "Withdraw the file" not in shown


def test_a_refused_file_names_its_line_on_its_page_in_both_languages(market: Market) -> None:
    file = sent(market, corpus("totals_wrong.csv"))
    assert file["status"] == "bad"
    market.client.set_cookie("aixin_session", market.tokens["A-OWNER"])
    shown = market.client.get(f"/desk/files/{file['id']}?lang=zh").text
    assert "第 6 行“价值(元)”列：文件写的合计是 33.50，明细加起来是 33.40。" in shown
    shown = market.client.get(f"/desk/files/{file['id']}?lang=en").text
    assert "Line 6, column “价值(元)”: The file says 33.50 here" in shown
    assert "Accept" not in shown
