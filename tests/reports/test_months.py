"""Statements go from opening to closing month by month, and every figure opens what it is."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any

import psycopg
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from service import reports
from service.db import Database
from service.reports.months import books
from tests.reports.conftest import Town

SECRETARY, AUDITOR, NEIGHBOUR = "U-SEC", "U-STR", "U-GZ"
API = "/api/v1/reports/statements"
OCTOBER = "month=2025-10"
MOVES = ("earned", "manual", "reversed_awards", "redeemed", "expired", "adjusted")
EACH = ("volunteer/FM0001", "team/T03", "activity/A1", "shop/S01", "community/FM")


def figures(town: Town, who: str, subject: str, month: str = "2025-10") -> dict[str, int]:
    said = town.call(who, "GET", f"{API}/{subject}?month={month}")
    assert said["months"][-1]["month"] == month
    found: dict[str, int] = said["months"][-1]["figures"]
    return found


def part(town: Town, subject: str, name: str) -> list[list[Any]]:
    said = town.call(SECRETARY, "GET", f"{API}/{subject}?{OCTOBER}")
    rows: list[list[Any]] = next(one["rows"] for one in said["parts"] if one["name"] == name)
    return rows


def links(page: str) -> set[str]:
    return {unescape(href) for href in re.findall(r'href="(/desk/reports/[^"]+)"', page)}


def file(town: Town, subject: str, form: str) -> bytes:
    path = f"/desk/reports/{subject}/file.{form}?{OCTOBER}&lang=en"
    answer = town.client.get(path, headers=town.headers(SECRETARY))
    assert answer.status_code == 200, answer.text
    return answer.data


def test_what_closes_a_month_opens_the_next(town: Town, served: Callable[[str], Any]) -> None:
    served("FM0001")
    own = figures(town, SECRETARY, "volunteer/FM0001")
    assert (own["opening"], own["earned"], own["closing"], own["minutes"]) == (185, 20, 205, 120)
    activity = figures(town, SECRETARY, "activity/A1")
    assert (activity["opening"], activity["earned"], activity["closing"]) == (0, 20, 20)
    town.at("09:00", "2025-11-02")
    town.tokens.clear()  # they were a day's
    for subject in ("volunteer/FM0001", "team/T03", "community/FM"):
        october = figures(town, SECRETARY, subject)
        november = figures(town, SECRETARY, subject, "2025-11")
        assert october["earned"] == 20
        assert october["opening"] + sum(october[name] for name in MOVES) == october["closing"]
        assert november["opening"] == november["closing"] == october["closing"]
        assert november["earned"] == november["minutes"] == 0


def test_parts_add_up_to_the_whole(town: Town, served: Callable[[str], Any]) -> None:
    served("FM0001")
    teams, community = part(town, "community/FM", "parts"), figures(town, SECRETARY, "community/FM")
    assert teams[-1][0] == "合计"
    for place, name in ((2, "opening"), (-2, "closing"), (-1, "minutes")):
        assert sum(row[place] for row in teams[:-1]) == teams[-1][place] == community[name]
    assert community["minutes"] == 120
    assert [row[0] for row in part(town, "activity/A1", "parts")] == ["FM0001", "合计"]
    assert part(town, "activity/A1", "kinds")[0][2:] == [1, 1, 120]
    whole = figures(town, AUDITOR, "subdistrict/XQ")
    each = [figures(town, AUDITOR, f"community/{code}") for code in ("FM", "GZ")]
    assert whole == {name: sum(one[name] for one in each) for name in whole}
    assert "/desk/reports/community/GZ?month=2025-10" in links(
        town.page(AUDITOR, f"/desk/reports/subdistrict/XQ?{OCTOBER}")
    )


def test_a_large_place_says_the_same_from_its_days(
    town: Town, served: Callable[[str], Any], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    served("FM0001")
    small = figures(town, SECRETARY, "community/FM")
    assert small.pop("minutes") == 120
    monkeypatch.setattr(books, "WALLETS_MAX", 10)
    assert figures(town, SECRETARY, "community/FM") == small
    while reports.roll_up(database):
        pass
    assert figures(town, SECRETARY, "community/FM") == small
    opened = town.page(SECRETARY, f"/desk/reports/community/FM/lines?{OCTOBER}&line=earned")
    assert "FM0001" in opened
    assert "周六清洁家园" in opened


def test_every_figure_opens_what_it_is_made_of(town: Town, served: Callable[[str], Any]) -> None:
    served("FM0001")
    found: set[str] = set()
    for subject in EACH:
        said = links(town.page(SECRETARY, f"/desk/reports/{subject}?{OCTOBER}"))
        assert len(said) > 3, subject
        found |= said
    for href in sorted(one for one in found if "file." not in one):
        assert town.client.get(href, headers=town.headers(SECRETARY)).status_code == 200, href
    opened = town.page(SECRETARY, f"/desk/reports/community/FM/lines?{OCTOBER}&line=earned")
    [entry] = set(re.findall(r"/ledger/transfers/\d+", opened))
    assert "120 minutes present, 120 counted" in town.page(SECRETARY, entry)


def test_files_have_real_numbers_and_no_formulas(
    town: Town, served: Callable[[str], Any], admin: psycopg.Connection
) -> None:
    served("FM0001")
    admin.execute("UPDATE people_teams SET name = '=HYPERLINK(1)' WHERE code = 'T03'")
    book = load_workbook(BytesIO(file(town, "volunteer/FM0001", "xlsx")))
    month = list(book["Month by month"].values)[2]
    assert (month[0].date(), month[1:3], month[-1]) == (date(2025, 10, 1), (185, 20), 2)
    assert book["Month by month"]["A3"].number_format == "yyyy-mm"
    [entry] = list(book["Entries of the month"].values)[2:]
    assert (entry[0].date(), entry[3]) == (date(2025, 10, 18), 20)
    said = file(town, "community/FM", "csv")
    assert said.startswith(b"\xef\xbb\xbf")
    assert "T03,'=HYPERLINK(1)," in said.decode("utf-8-sig")
    teams = load_workbook(BytesIO(file(town, "community/FM", "xlsx")))["By team"]
    cell = next(row[1] for row in teams.iter_rows() if row[0].value == "T03")
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")
    for subject in EACH:
        text = PdfReader(BytesIO(file(town, subject, "pdf"))).pages[0].extract_text()
        assert "Statement of points" in text
        assert "From opening to closing" in text


def test_another_community_s_secretary_finds_nothing(town: Town) -> None:
    own = town.headers(NEIGHBOUR)
    for subject in EACH:
        for path in ("", "/lines", "/file.csv"):
            answer = town.client.get(f"/desk/reports/{subject}{path}?{OCTOBER}", headers=own)
            assert answer.status_code == 404
        assert town.client.get(f"{API}/{subject}", headers=own).status_code == 404
    for kind in ("team", "activity", "shop", "volunteer"):
        mine = links(town.page(SECRETARY, f"/desk/reports?of={kind}"))
        assert any(f"/reports/{kind}/" in href for href in mine)
        assert not mine & links(town.page(NEIGHBOUR, f"/desk/reports?of={kind}"))
    assert "/desk/reports/subdistrict/XQ" in town.page(AUDITOR, "/desk/reports")
    assert "/desk/reports/subdistrict/XQ" not in town.page(SECRETARY, "/desk/reports")
    path = f"/desk/reports/subdistrict/XQ?{OCTOBER}"
    assert town.client.get(path, headers=town.headers(SECRETARY)).status_code == 404


def test_every_volunteer_is_listed_once(town: Town) -> None:
    seen: list[str] = []
    path: str | None = "/desk/reports?of=volunteer"
    while path:
        page = town.page(SECRETARY, path)
        seen += re.findall(r"/desk/reports/volunteer/(FM\d+)\?", page)
        more = re.search(r'class="btn end" href="([^"]+)" rel="next"', page)
        path = unescape(more[1]) if more else None
    assert len(seen) == len(set(seen)) == 312


def test_a_volunteer_reads_the_own_statement_and_no_other(
    town: Town, served: Callable[[str], Any]
) -> None:
    served("FM0001")
    page = town.page("FM0001", f"/me/statement?{OCTOBER}")
    for said in ("周六清洁家园", ">205<", "/t/"):
        assert said in page
    assert "/desk/" not in page
    taken_back = town.page("FM0001", f"/me/statement?{OCTOBER}&line=reversed_awards")
    assert "Nothing in this month" in taken_back
    for door in ("/home/me", "/home/history"):
        assert "/me/statement" in town.page("FM0001", door)
    own = town.headers("FM0001")
    assert town.call("FM0001", "GET", f"{API}/volunteer/FM0001?{OCTOBER}")["code"] == "FM0001"
    for path in ("volunteer/FM0002", "community/FM"):
        assert town.client.get(f"{API}/{path}", headers=own).status_code == 404
        assert town.client.get(f"/desk/reports/{path}", headers=own).status_code == 403
    pdf = town.client.get(f"/me/statement/file.pdf?{OCTOBER}", headers=own)
    assert pdf.data.startswith(b"%PDF")


def test_what_is_no_month_kind_form_or_figure_is_refused(town: Town) -> None:
    own = town.headers(SECRETARY)
    for month in ("2025-13", "soon"):
        answer = town.client.get(f"{API}/community/FM?month={month}", headers=own)
        assert answer.status_code == 422
        assert "month" in answer.text
    for path in ("fund/FM", "community/FM/file.exe", "shop/S01/lines?line=earned",
                 "community/FM/lines?line=secrets"):  # fmt: skip
        assert town.client.get(f"/desk/reports/{path}", headers=own).status_code == 404
    to_come = town.call(SECRETARY, "GET", f"{API}/community/FM?month=2031-01")
    assert to_come["month"] == "2025-10"


def test_a_statement_asks_a_fixed_number_of_questions(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    rows = Database.rows

    def counted(self: Database, sql: str, params: Any = None) -> Any:
        asked.append(sql)
        return rows(self, sql, params)

    monkeypatch.setattr(Database, "rows", counted)
    for subject, most in (("volunteer/FM0001", 10), ("community/FM", 14)):
        asked.clear()
        town.page(SECRETARY, f"/desk/reports/{subject}?{OCTOBER}")
        assert 3 < len(asked) <= most, (subject, len(asked))
