"""The desk's own pages: every number opens what it is made of, one field finds what may be seen."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg

from service import ledger, reports
from service.config import Settings
from service.db import Database
from tests.reports.conftest import Town

SECRETARY, OTHER, AUDITOR = "U-SEC", "U-GZ", "U-STR"
DAY = "/desk/days/2025-10-18"


def test_each_number_of_the_equation_is_a_link_to_what_it_is_made_of(
    town: Town, served: Callable[[str], Any]
) -> None:
    served("FM0003")
    page = town.page(SECRETARY, "/desk")
    links = re.findall(rf'href="({DAY}/\w+)">', page)
    assert [link.rpartition("/")[2] for link in links] == [
        "opening", "earned", "manual", "reversed", "redeemed", "expired", "closing"
    ]  # fmt: skip
    for link in links:
        town.page(SECRETARY, link)


def test_what_makes_up_a_number_sums_to_it_and_goes_down_to_the_scan(
    town: Town, served: Callable[[str], Any], database: Database
) -> None:
    served("FM0003")
    points = one(database, "SELECT points FROM activities_awards")
    page = town.page(SECRETARY, f"{DAY}/earned")
    assert f'<span class="closed">{points}</span>' in page
    (stay,) = re.findall(r"/desk/attendances/\d+", page)
    found = town.page(SECRETARY, stay)
    assert "in-FM0003" in found
    assert "out-FM0003" in found
    assert "the leader scanned the person" in found
    assert "First signature" in found


def test_a_tablet_shows_what_came_through_it(town: Town) -> None:
    town.at("08:00")
    for n in range(2):
        body = {"code": town.cards["FM0003"], "activity": "A1", "action": "in", "nonce": f"n-{n}",
                "device": "phone-of-a-leader", "device_seq": n + 1}  # fmt: skip
        assert town.call("FM0012", "POST", "/api/v1/scans", json=body)["status"] == "ok"
    page = town.page(SECRETARY, "/desk/devices/phone-of-a-leader")
    assert "already known" in page
    assert "/desk/attendances/" in page
    for who, path in ((OTHER, "phone-of-a-leader"), (SECRETARY, "77")):
        answer = town.client.get(f"/desk/devices/{path}", headers=town.headers(who))
        assert answer.status_code == 404


def test_another_community_s_secretary_gets_nothing_of_it(
    town: Town, served: Callable[[str], Any]
) -> None:
    served("FM0003")
    (stay,) = re.findall(r"/desk/attendances/\d+", town.page(SECRETARY, f"{DAY}/earned"))
    for path in (stay, "/desk/people/FM0003", "/desk/staff/U-SEC"):
        assert town.client.get(path, headers=town.headers(OTHER)).status_code == 404
    assert "FM0003" not in town.page(OTHER, f"{DAY}/earned")
    assert "FM0" not in town.page(OTHER, f"{DAY}/closing")
    for text in ("FM0003", "A1", "S06", "U-SEC"):
        assert "Nothing found" in town.page(OTHER, f"/desk/search?q={text}")


FOUND = {
    "FM0003": "/desk/people/FM0003",
    "fm0003": "/desk/people/FM0003",
    "A1": "/desk/activities/A1",
    "清洁": "/desk/activities/A1",
    "S06": "/desk/reports/shop/S06",
    "U-ADM": "/desk/staff/U-ADM",
    "专干": "/desk/staff/U-ADM",
}


def test_one_field_finds_by_number_code_and_name(town: Town) -> None:
    for text, where in FOUND.items():
        assert f'href="{where}"' in town.page(SECRETARY, f"/desk/search?q={text}")
    for where in set(FOUND.values()):
        town.page(SECRETARY, where)  # no door that says no
    for text in ("%25", "_", "%5C"):  # signs that stand for others in SQL
        assert "Nothing found" in town.page(SECRETARY, f"/desk/search?q={text}")


def test_an_entry_is_found_by_number_key_and_receipt(
    town: Town, served: Callable[[str], Any], database: Database
) -> None:
    served("FM0003")
    award = one(database, "SELECT key FROM activities_awards")
    number = one(database, "SELECT id FROM ledger_transfers WHERE kind = 'award'")
    story = f"/ledger/transfers/{number}"
    (receipt,) = re.findall(r'href="(/t/[^"]+)" class="noprint"', town.page(SECRETARY, story))
    for text in (str(number), f"award:{award}", f"https://aixin.example{receipt}"):
        assert f'href="{story}"' in town.page(SECRETARY, f"/desk/search?q={text}")
        assert story not in town.page(OTHER, f"/desk/search?q={text}")
    assert f'href="/desk/awards/{award}"' in town.page(SECRETARY, f"/desk/search?q={award}")


def test_the_sums_are_the_same_before_and_after_they_are_rolled_up(
    town: Town, served: Callable[[str], Any], database: Database, settings: Settings
) -> None:
    served("FM0003")
    scope = reports.Scope(*one_scope(database))
    day = town.clock.now().date()
    live = reports.equation(database, scope, day)
    old = town.call(SECRETARY, "GET", "/api/v1/reports/totals?first=2025-10-18&last=2025-10-18")
    names = ("opening", "earned", "manual", "reversed_awards", "redeemed", "expired", "closing")
    assert {name: live[name] for name in names} == {name: old[name] for name in names}
    assert live["balanced"]
    seal(database, settings, town)
    assert reports.roll_up(database, limit=100) == 100
    assert reports.equation(database, scope, day) == live
    while reports.roll_up(database):
        pass
    assert reports.equation(database, scope, day) == live
    assert reports.roll_up(database) == 0


def one(database: Database, sql: str) -> Any:
    (row,) = database.rows(sql)
    return next(iter(row.values()))


def one_scope(database: Database) -> tuple[int, tuple[int, ...]]:
    row = database.call("SELECT id, programme_id FROM people_units WHERE code = 'FM'")
    assert row is not None
    return row["programme_id"], (row["id"],)


def seal(database: Database, settings: Settings, town: Town) -> None:
    """Seal everything, a batch after the other."""
    signing = {"signers": settings.signers, "origin": settings.origin, "now": town.clock.now()}
    while database.atomic(partial(ledger.seal, **signing)):
        pass


def test_the_equation_says_when_the_books_do_not_balance(
    town: Town, admin: psycopg.Connection
) -> None:
    assert "does not balance" not in town.page(SECRETARY, "/desk")
    admin.execute("UPDATE ledger_accounts SET posted = posted + 1 WHERE by_lots AND posted = 185")
    assert "does not balance" in town.page(SECRETARY, "/desk")


def test_a_day_that_is_none_and_a_figure_that_is_none(town: Town) -> None:
    assert "2025" in town.page(SECRETARY, "/desk/days/nonsense")
    answer = town.client.get(f"{DAY}/nonsense", headers=town.headers(SECRETARY))
    assert answer.status_code == 404


def test_the_file_of_a_volunteer_says_no_name(town: Town, served: Callable[[str], Any]) -> None:
    served("FM0003")
    page = town.page(SECRETARY, "/desk/people/fm0003")
    assert "/desk/attendances/" in page
    assert "FM0003" in page
    assert town.client.get("/desk/people/FM0003", headers=town.headers("FM0003")).status_code == 403
