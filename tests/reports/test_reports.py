"""What people read agrees with the ledger, and nobody reads another community's rows."""

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.reports.conftest import Town

SECRETARY, AUDITOR, NEIGHBOUR = "U-SEC", "U-STR", "U-GZ"
FIGURES = "/api/v1/reports/volunteers"


def test_opening_earned_and_closing_agree_with_the_ledger(
    town: Town, served: Callable[[str], Any]
) -> None:
    assert served("FM0001")["points"] == 20
    totals = town.call(SECRETARY, "GET", "/api/v1/reports/totals?from=2025-10-18")
    assert totals["opening"] + totals["earned"] == totals["closing"]
    assert totals["earned"] == 20
    assert totals["closing"] + sum(totals["ledger"].values()) == 0
    assert (totals["service_records"], totals["service_minutes"]) == (1, 120)
    [row] = town.call(SECRETARY, "GET", f"{FIGURES}?from=2025-10-18&codes=FM0001")["items"]
    assert (row["opening"], row["earned"], row["closing"]) == (185, 20, 205)
    assert (row["lifetime"], row["tier"]) == (440, "T2")
    assert (row["minutes_period"], row["minutes"]) == (120, 42 * 60 + 120)


def test_what_is_left_of_the_pledges_does_not_wait_for_the_log(town: Town) -> None:
    totals = town.call(SECRETARY, "GET", "/api/v1/reports/totals?from=2025-10-18")
    assert totals["pledge_remaining_fen"] == 1_986_000


def test_a_day_before_the_award_does_not_know_it(town: Town, served: Callable[[str], Any]) -> None:
    served("FM0001")
    [row] = town.call(SECRETARY, "GET", f"{FIGURES}?from=2025-10-17&codes=FM0001")["items"]
    assert (row["earned"], row["closing"], row["lifetime"]) == (0, 185, 420)


def test_every_volunteer_is_on_one_page_only(town: Town) -> None:
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = town.call(
            SECRETARY, "GET", f"/api/v1/ledger/accounts?family=volunteer&after={after}"
        )
        seen += [row["address"] for row in page["items"]]
        after = page["next"] and page["next"].split(" ")[0] + "&unit=PTS"
    assert len(seen) == len(set(seen)) == 312


def test_the_trial_balance_sums_to_zero_and_a_forged_row_shows(
    town: Town, admin: psycopg.Connection
) -> None:
    path = "/api/v1/ledger/trial-balance"
    assert town.call(SECRETARY, "GET", path)["sums"] == {"PTS": 0, "CNY": 0}
    assert "balanced" in town.page(SECRETARY, "/ledger/trial-balance")
    admin.execute("UPDATE ledger_entries SET amount = amount + 5 WHERE balance = 185")
    assert town.call(SECRETARY, "GET", path)["sums"]["PTS"] != 0
    assert "does not balance" in town.page(SECRETARY, "/ledger/trial-balance")
    assert "does not balance" in town.page(SECRETARY, "/desk")


def test_a_wrong_award_is_found_in_three_clicks(town: Town, served: Callable[[str], Any]) -> None:
    """Ledger, account, transfer: the last one names the scans, the sum, and who confirmed."""
    served("FM0003")
    ledger = town.page(SECRETARY, "/ledger?search=FM0003&kind=award")
    [link] = re.findall(r"/ledger/transfers/\d+", ledger)
    story = town.page(SECRETARY, link)
    for said in ("Checked in", "Checked out", "120 minutes present, 120 counted", "Volunteer 012"):
        assert said in story
    assert "/ledger/accounts/PTS/volunteer%3AFM0003" in story or "volunteer:FM0003" in story
    assert "签到" in town.page(SECRETARY, link, "zh")


@pytest.mark.parametrize(
    "path", ["/ledger/accounts/volunteer:FM0001/entries", "/ledger/transfers/1"]
)
def test_another_community_s_secretary_does_not_see_ours(town: Town, path: str) -> None:
    answer = town.client.get(f"/api/v1{path}", headers=town.headers(NEIGHBOUR))
    assert answer.status_code == 404
    assert town.call(NEIGHBOUR, "GET", FIGURES)["items"] == []
    listed = town.call(NEIGHBOUR, "GET", "/api/v1/ledger/accounts?search=volunteer:")["items"]
    assert listed == []
    assert len(town.call(AUDITOR, "GET", FIGURES)["items"]) == 312


def test_a_volunteer_reads_the_own_wallet_and_no_other(town: Town) -> None:
    own = town.call("FM0001", "GET", "/api/v1/ledger/accounts/volunteer:FM0001/entries")
    assert (own["balance"], [row["amount"] for row in own["items"]]) == (185, [185])
    other = "/api/v1/ledger/accounts/volunteer:FM0002/entries"
    assert town.client.get(other, headers=town.headers("FM0001")).status_code == 403
    assert town.client.get(FIGURES, headers=town.headers("FM0001")).status_code == 403
    assert town.client.get(FIGURES).status_code == 401


def test_a_volunteer_s_home_shows_points_hours_and_what_they_buy(town: Town) -> None:
    town.at("07:30")
    home = town.page("FM0001", "/home", "zh")
    for said in ("185", "42.0 小时", "红花", "周六清洁家园", "36 家商户"):
        assert said in home
    assert "FM0001" not in home.replace("/FM0001", "")
    assert "期初余额" in town.page("FM0001", "/home/history", "zh")


def test_everybody_begins_on_their_own_page(town: Town) -> None:
    for who, page in (("U-SEC", "/desk"), ("FM0001", "/home"), ("U-CH", "/desk/board")):
        answer = town.client.get("/", headers=town.headers(who))
        assert answer.headers["Location"] == page
    assert town.client.get("/").headers["Location"] == "/sign-in"
    assert town.client.get("/desk").headers["Location"] == "/sign-in?next=/desk"


def test_a_volunteer_s_standing_is_told_to_them_and_to_their_community(town: Town) -> None:
    path = "/api/v1/volunteers/FM0001"
    for who in ("FM0001", SECRETARY, AUDITOR):
        found = town.call(who, "GET", path)
        assert (found["balance"], found["lifetime"], found["tier"]) == (185, 420, "T2")
    for who in ("FM0002", NEIGHBOUR):
        assert town.client.get(path, headers=town.headers(who)).status_code == 404
