"""The wall behind HTTP: who sees it, what it shows, and what it never does."""

import re
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.live import BOARD
from tests.shops.market import Market, build

SERVED = """INSERT INTO activities_awards (key, programme_id, kind, volunteer_id, rule,
  present_minutes, minutes, points, cut, service_day, service_month, maker, status, flags, evidence,
  entered_at, decided_at, spendable_on)
SELECT 'w' || v.id, v.programme_id, 'attendance', v.id, 'R-GEN', 90, %s, 0, 0, '2025-10-18',
  '2025-10-01', 'staff:U-ADM', 'noticed', '{}', 'sheet', now(), now(), '2025-10-21'
FROM people_volunteers v WHERE v.code = ANY (%s)"""


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


def page(market: Market, path: str, by: str = "", lang: str = "en") -> Any:
    headers = {"Accept-Language": lang}
    if by:
        headers["Authorization"] = f"Bearer {market.tokens[by]}"
    return market.client.get(path, headers=headers)


def send(market: Market, path: str, by: str = "U-SEC", **data: str) -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    return market.client.post(path, data=data, headers=headers)


def link(market: Market) -> str:
    answer = send(market, "/desk/wall", key="k1", community="MK", place="Hall")
    assert answer.status_code == 303, answer.text
    shown = page(market, "/desk/wall", by="U-SEC").text
    (found,) = re.findall(r"/wall/MK\?t=[^\"]+", shown)
    return str(found)


def serve(admin: psycopg.Connection, codes: list[str], minutes: int = 90) -> None:
    admin.execute(SERVED, [minutes, codes])


def test_the_community_s_staff_see_it_and_nobody_else(market: Market) -> None:
    assert "Points today" in page(market, "/wall/MK", by="U-SEC").text
    assert "今日积分" in page(market, "/wall/MK", by="U-ADM", lang="zh").text
    assert page(market, "/wall/MK", by="U-OTHER").status_code == 404
    assert page(market, "/wall/NONE", by="U-SEC").status_code == 404
    assert page(market, "/wall/MK", by="A-OWNER").status_code == 404
    nobody = page(market, "/wall/MK")
    assert (nobody.status_code, "sign-in" in nobody.headers["Location"]) == (302, True)


def test_a_link_opens_it_until_it_is_withdrawn(market: Market) -> None:
    address = link(market)
    assert link(market) == address  # the form sent twice is one link
    assert "Points today" in page(market, address).text
    assert page(market, address.replace("/wall/MK", "/wall/ELSE")).status_code == 404
    assert page(market, address[:-2]).status_code == 404

    for _ in range(2):
        assert send(market, "/desk/wall/1/withdraw").status_code == 303
    assert page(market, address).status_code == 404
    assert page(market, address.replace("/wall/MK", "/wall/MK/part")).status_code == 404
    assert "withdrawn" in page(market, "/desk/wall", by="U-SEC").text
    acts = "SELECT action FROM trail_records WHERE subject = 'community:MK' ORDER BY id"
    assert [row["action"] for row in market.database.rows(acts)] == ["wall.link", "wall.withdraw"]


def test_only_the_secretary_makes_and_withdraws_links(market: Market) -> None:
    link(market)
    for who in ("U-ADM", "U-SUP", "U-CH"):
        said = {"key": "k2", "community": "MK", "place": "Hall"}
        assert send(market, "/desk/wall", by=who, **said).status_code == 403
        assert send(market, "/desk/wall/1/withdraw", by=who).status_code == 403
    assert send(market, "/desk/wall/1/withdraw", by="U-OTHER").status_code == 404
    assert send(market, "/desk/wall", key="k3", community="ELSE", place="x").status_code == 404
    assert send(market, "/desk/wall", key="k3", community="MK", place="").status_code == 422
    assert "?t=" not in page(market, "/desk/wall", by="U-SUP").text
    assert market.count("wall_links") == 1


def test_the_points_of_few_people_are_not_told(market: Market) -> None:
    market.redeem("V0001", "SOAP", "r1")
    shown = page(market, "/wall/MK", by="U-SEC").text
    assert "shown once 5 people have moved some" in shown
    assert "Redeemed" not in shown
    assert ">640<" not in shown  # what would be the balance after it: 660 less 20


def test_the_month_is_told_once_five_have_served(market: Market, admin: psycopg.Connection) -> None:
    serve(admin, ["V0001", "V0002", "V0003", "V0004"])
    assert "Shown once 5 people have served" in page(market, "/wall/MK", by="U-SEC").text
    admin.execute(
        "INSERT INTO people_volunteers OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(v,"
        """ '{"id": 99, "code": "V0005"}')).* FROM people_volunteers v WHERE v.code = 'V0001'"""
    )
    serve(admin, ["V0005"])
    shown = page(market, "/wall/MK", by="U-SEC").text
    assert "by 5 people" in shown
    assert 'class="plot upright wide"' in shown  # five on one day: it is drawn


def test_no_number_of_a_booklet_is_on_it(market: Market) -> None:
    market.redeem("V0001", "SOAP", "r1")
    for path in ("/wall/MK", "/wall/MK/part"):
        assert not re.search(r"V000\d", page(market, path, by="U-SEC").text)


def test_goods_and_their_points_are_listed(market: Market) -> None:
    shown = page(market, "/wall/MK/part", by="U-SEC").text
    assert "Soap" in shown
    assert page(market, "/wall/MK", by="U-SEC").headers["X-Robots-Tag"] == "noindex, nofollow"


def test_it_listens_to_the_boards_only(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr("service.wall.routes.offer", lambda *topics: told.append(topics))
    assert page(market, "/wall/MK/part", by="U-SEC").status_code == 200
    assert told == [(BOARD,)]


def test_it_takes_a_fixed_number_of_queries(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = link(market), list[str]()
    for name in ("rows", "call"):
        whole = getattr(Database, name)

        def spied(self: Database, sql: str, *given: Any, whole: Any = whole, **more: Any) -> Any:
            asked.append(sql)
            return whole(self, sql, *given, **more)

        monkeypatch.setattr(Database, name, spied)
    counts = []
    for key in ("r1", "r2"):
        asked.clear()
        page(market, address)
        counts.append(len(asked))
        market.redeem("V0001", "OIL" if key == "r2" else "HAT", key)
    assert counts[0] == counts[1] <= 9
