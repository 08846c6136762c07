"""Runs over HTTP: asked for, done by a worker once, repeated, answered."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.db import Database
from tests.activities.town import Town, at
from tests.reconciliation.conftest import DAY, Desk
from tests.redemptions.test_offline import sell
from tests.shops.market import Market
from workers.consumers import BY_NAME
from workers.delivery import Moments, look_again

AMENDED = {
    "activity": "A1",
    "volunteer": "V0003",
    "by": "staff:U-ADM",
    "business_day": str(DAY),
}
Work = Callable[[], int]


@pytest.fixture
def desk(market: Market) -> Desk:
    return Desk(market.client, market.tokens["U-SEC"])


def twice(market: Market) -> None:
    """Sell a bulb at 11:10 without network, and record it again at noon."""
    moment = market.clock.now() - timedelta(minutes=50)
    sell(market, "V0001", "BULB", "OFF-1", moment=moment)
    market.redeem("V0001", "BULB", "RD-7", override_duplicate=True)


def test_a_run_waits_for_a_worker_and_is_done_once(market: Market, desk: Desk, work: Work) -> None:
    run = desk.run(stock_counts={"BULB": 30})
    assert desk.get(f"runs/{run}")["status"] == "queued"
    assert work() == 1
    assert work() == 1  # the day that it reconciled is put up for signing
    assert work() == 0
    assert desk.found(run) == []
    assert len(market.events("DayReconciled")) == 1


def test_a_surplus_after_two_like_sales_is_a_duplicate(
    market: Market, desk: Desk, work: Work
) -> None:
    twice(market)
    run = desk.run(stock_counts={"BULB": 29})
    work()
    (one,) = desk.get(f"runs/{run}")["exceptions"]
    assert (one["kind"], one["key"], one["of"]) == ("duplicate_redemption", "RD-7", "OFF-1")
    assert (one["code"], one["shop"], one["minutes"]) == ("POSSIBLE_DUPLICATE", "A", 50)


def test_it_closes_by_itself_when_the_duplicate_is_undone(
    market: Market, desk: Desk, work: Work
) -> None:
    twice(market)
    run = desk.run(stock_counts={"BULB": 29})
    work()
    market.void("RD-7", "V0001")
    assert work() > 0
    (one,) = desk.get(f"runs/{run}")["exceptions"]
    assert (one["status"], one["resolution"], one["resolved_by"]) == ("resolved", "gone", "system")
    assert len(market.events("ExceptionResolved")) == 1
    assert desk.get(f"days/{DAY}")["blocking"] == 0


def test_what_is_sold_after_the_count_is_no_difference(
    market: Market, desk: Desk, work: Work
) -> None:
    run = desk.run(stock_counts={"A/SOAP": 60})
    market.clock.set(market.clock.now() + timedelta(minutes=5))
    market.redeem("V0001", "SOAP", "k1")
    work()
    assert desk.found(run) == []


def test_an_unexplained_shelf_is_a_stock_difference(market: Market, desk: Desk, work: Work) -> None:
    run = desk.run(stock_counts={"A/SOAP": 58})
    work()
    (one,) = desk.get(f"runs/{run}")["exceptions"]
    assert (one["kind"], one["good"], one["difference"]) == ("stock_diff", "SOAP", -2)


def test_the_same_facts_give_the_old_result(market: Market, desk: Desk, work: Work) -> None:
    first = desk.run(stock_counts={"A/SOAP": 58})
    work()
    second = desk.run(stock_counts={"A/SOAP": 58})
    work()
    said = desk.get(f"runs/{second}")
    assert said["same_as"] == first
    assert said["digest"] == desk.get(f"runs/{first}")["digest"]
    assert said["exceptions"] == desk.get(f"runs/{first}")["exceptions"]
    assert len(market.events("DayReconciled")) == len(market.events("ExceptionOpened")) == 1


def test_a_new_count_takes_the_place_of_the_old_one(market: Market, desk: Desk, work: Work) -> None:
    desk.run(stock_counts={"A/SOAP": 58})
    work()
    run = desk.run(stock_counts={"A/SOAP": 60})
    work()
    assert desk.found(run) == []
    assert [one["resolution"] for one in desk.get("exceptions")["items"]] == ["gone"]
    again = desk.run(stock_counts={"A/SOAP": 58})
    work()
    assert desk.found(again) == [("stock_diff", "open")]


def test_a_person_s_answer_survives_later_runs(market: Market, desk: Desk, work: Work) -> None:
    desk.run(stock_counts={"A/SOAP": 58})
    work()
    (one,) = desk.get("exceptions?open=true")["items"]
    answer = {"resolution": "shop_prevails", "note": "two were broken"}
    desk.post(f"exceptions/{one['id']}/resolution", answer)
    run = desk.run(stock_counts={"A/SOAP": 58, "OIL": 19})
    work()
    found = {said["good"]: said for said in desk.get(f"runs/{run}")["exceptions"]}
    assert (found["SOAP"]["status"], found["SOAP"]["note"]) == ("resolved", "two were broken")
    assert found["SOAP"]["resolved_by"] == "staff:U-SEC"
    assert found["OIL"]["status"] == "open"
    desk.post(f"exceptions/{one['id']}/resolution", answer, status=409)


def test_an_offline_overdraft_is_an_exception(market: Market, desk: Desk, work: Work) -> None:
    sell(market, "V0002", "HAT", "k1")
    run = desk.run()
    work()
    kinds = [kind for kind, _ in desk.found(run)]
    assert kinds == ["limit_breach", "offline_overdraft"]


def test_goods_that_left_on_a_bad_code_are_an_exception(
    market: Market, desk: Desk, work: Work
) -> None:
    told = sell(market, "V0001", "SOAP", "k1", code=market.code("V0001"))  # not of that moment
    assert (told["status"], told["reason"]) == ("refused", "code_expired")
    run = desk.run()
    work()
    assert desk.found(run) == [("offline_bad", "open")]


def test_what_is_held_still_stands_on_the_shelf_when_it_is_counted(
    market: Market, desk: Desk, work: Work
) -> None:
    market.redeem("V0001", "SOAP", "k1", code=market.cards["V0001"].url, qty=2)
    assert (market.state("k1"), market.stock("SOAP")) == ("held", 58)
    run = desk.run(stock_counts={"A/SOAP": 60})
    work()
    assert desk.found(run) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"day": "yesterday"},
        {"day": "2025-10-19"},
        {"day": str(DAY), "stock_counts": {"NOSUCH": 1}},
        {"day": str(DAY), "stock_counts": {"SOAP": 1}},  # two shops offer soap
        {"day": str(DAY), "paper_counts": {"A1": 1}},
        {"day": str(DAY), "stock_counts": {"SOAP": -1}},
        {"day": str(DAY), "stock_counts": {"SOAP": 1.5}},
        {"day": str(DAY), "stock_counts": [1]},
        {"day": str(DAY), "more": 1},
        {"day": str(DAY), "community": "ELSE"},
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(
    market: Market, desk: Desk, body: Any
) -> None:
    desk.post("runs", body, status=422)
    assert market.count("reconciliation_runs") == market.count("reconciliation_counts") == 0


def test_a_day_before_the_rules_began_is_refused(market: Market, desk: Desk) -> None:
    said = desk.post("runs", {"day": "2024-12-31"}, status=409)
    assert said["type"] == "/problems/no-rule-set"
    assert market.count("reconciliation_days") == 0


@pytest.mark.parametrize(
    ("who", "status"),
    [("U-SEC", 202), ("U-ADM", 202), ("U-CH", 202), ("U-SUP", 403), ("A", 403), ("V0001", 403)],
)
def test_who_may_count(market: Market, who: str, status: int) -> None:
    body = {"day": str(DAY), "stock_counts": {"A/SOAP": 60}}
    Desk(market.client, market.tokens[who]).post("runs", body, status=status)


def test_the_association_sees_shops_and_no_person(market: Market, work: Work) -> None:
    twice(market)
    officer = Desk(market.client, market.tokens["U-CH"])
    run = officer.run(stock_counts={"BULB": 29})
    work()
    (one,) = officer.get(f"runs/{run}")["exceptions"]
    assert one["key"] == "RD-7"
    assert "volunteer" not in one
    officer.post(f"days/{DAY}/close", {}, status=403)


def test_another_community_s_secretary_sees_nothing(market: Market, desk: Desk, work: Work) -> None:
    run = desk.run(stock_counts={"A/SOAP": 58})
    work()
    (one,) = desk.get("exceptions")["items"]
    other = Desk(market.client, market.tokens["U-OTHER"])
    other.get(f"runs/{run}", status=404)
    assert other.get("exceptions")["items"] == []
    answer = {"resolution": "false_alarm", "note": "x"}
    other.post(f"exceptions/{one['id']}/resolution", answer, status=404)
    other.get(f"days/{DAY}?community=MK", status=422)


def attend(town: Town, *codes: str) -> None:
    """Write attendances as the gate would."""
    for code in codes:
        town.database.rows(
            "INSERT INTO activities_attendances (activity_id, volunteer_id, kind, status, in_at,"
            " in_way, in_actor) SELECT a.id, v.id, 'service', 'undecided', %(at)s, 'C1', 'test'"
            " FROM activities a, people_volunteers v WHERE a.code = 'A1' AND v.code = %(code)s"
            " RETURNING id",
            {"at": at("08:00"), "code": code},
        )


def test_who_signed_on_paper_only_is_named_and_gone_when_entered(
    town: Town, client: FlaskClient, work: Work
) -> None:
    attend(town, "V0001", "V0002", "V0010")
    town.clock.set(at("19:30"))
    desk = Desk(client, town.tokens["U-ADM"])
    run = desk.run(paper_counts={"A1": 4})
    work()
    (one,) = desk.get(f"runs/{run}")["exceptions"]
    assert (one["kind"], one["activity"]) == ("missing_attendance", "A1")
    assert one["volunteer"] == "V0003"
    attend(town, "V0003")
    town.database.call(
        "SELECT outbox_publish('AttendanceAmended', 'A1', %(said)s, %(now)s)",
        {"said": json.dumps(AMENDED), "now": at("19:40")},
    )
    work()
    assert desk.found(run) == [("missing_attendance", "resolved")]


def test_two_manual_awards_of_one_maker_are_watched(
    town: Town, client: FlaskClient, work: Work
) -> None:
    for key in ("MA-1", "MA-2"):
        town.database.rows(
            "INSERT INTO activities_awards (key, programme_id, kind, volunteer_id, rule,"
            " present_minutes, minutes, points, cut, service_day, service_month, maker, status,"
            " flags, evidence, claimed_from, claimed_to, entered_at) SELECT %(key)s,"
            " programme_id, 'manual', id, 'R-SKILL', 180, 180, 0, 0, %(day)s, '2025-10-01',"
            " 'volunteer:V0009', 'posted', '{manual}', 'photo', %(start)s, %(end)s, %(end)s"
            " FROM people_volunteers WHERE code = 'V0001' RETURNING id",
            {"key": key, "day": DAY, "start": at("09:00"), "end": at("12:00")},
        )
    town.clock.set(at("19:30"))
    desk = Desk(client, town.tokens["U-SEC"])
    run = desk.run()
    work()
    (one,) = desk.get(f"runs/{run}")["exceptions"]
    assert (one["kind"], one["txns"]) == ("manual_award_watch", ["MA-1", "MA-2"])
    assert desk.get(f"days/{DAY}")["blocking"] == 0


def test_a_run_that_dies_half_way_leaves_nothing(
    market: Market, desk: Desk, work: Work, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.reconciliation import actions

    run = desk.run(stock_counts={"A/SOAP": 58})
    with monkeypatch.context() as patch:
        patch.setattr(actions, "findings", lambda facts: 1 / 0)
        assert work() == 0
    assert desk.get(f"runs/{run}")["status"] == "queued"
    assert market.count("outbox_consumptions") == market.count("reconciliation_exceptions") == 0
    later = datetime.now(UTC) + timedelta(days=1)
    assert look_again(database, BY_NAME, Moments(market.clock.now(), later)) == 1
    assert desk.found(run) == [("stock_diff", "open")]
