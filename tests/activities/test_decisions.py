"""A forgotten check-out is a decision: of a person, or of time; both are marked for ever."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from service import activities, people
from service.activities.actions.attendance import fill_in_check_out
from service.activities.actions.gate import Sent, scan
from service.activities.actions.oversight import reopen
from service.activities.refusals import CannotReopen, ReasonNeeded
from tests.activities.town import Api, Town, at


@pytest.fixture
def forgotten(town: Town) -> Town:
    """V0001 came at eight and never checked out."""
    town.clock.set(at("08:00"))
    assert scan(town.gate("V0010"), Sent(town.pass_of("V0001"), "in", "n", activity="A1")).at
    town.clock.set(at("11:30"))
    town.run(activities.sweep_no_shows, now=town.clock.now())
    return town


def stay(town: Town) -> dict[str, Any]:
    row = town.database.call(
        "SELECT status, out_at, out_way, amended, amended_by, decided, assurance"
        " FROM activities_attendances"
    )
    assert row is not None
    return dict(row)


def decide(town: Town, who: str, **form: Any) -> Any:
    def work(session: Any) -> Any:
        found = activities.activity(session, "A1")
        person = people.volunteer(session, "V0001")
        caller = town.caller(who)
        return fill_in_check_out(session, found, person, by=caller, now=town.clock.now(), **form)

    return town.run(work)


@pytest.mark.parametrize(
    ("moment", "left", "decided"),
    [("10:00", "10:00", "planned_end"), ("09:10", "09:10", "time"), (None, "08:00", "not_counted")],
)
def test_three_decisions(forgotten: Town, moment: str | None, left: str, decided: str) -> None:
    assert stay(forgotten)["status"] == "undecided"
    assert decide(forgotten, "V0010", at=at(moment) if moment else None).status == "ok"
    assert stay(forgotten) == {
        "status": "out", "out_at": at(left), "out_way": "C4", "amended": True,
        "amended_by": "volunteer:V0010", "decided": decided, "assurance": "A0",
    }  # fmt: skip
    told = forgotten.database.rows("SELECT kind, params FROM inbox_messages")
    assert [row["kind"] for row in told] == (["not_counted"] if moment is None else [])


def test_nobody_decides_for_himself(town: Town) -> None:
    assert decide(town, "V0001", at=at("10:00")).reason == "rejected_self"


def test_after_seven_days_it_counts_nothing_and_the_volunteer_is_told(forgotten: Town) -> None:
    due = at("11:00") + timedelta(days=7)
    assert forgotten.run(activities.expire_undecided, now=due) == 0
    later = due + timedelta(seconds=1)
    assert forgotten.run(activities.expire_undecided, now=later) == 1
    assert forgotten.run(activities.expire_undecided, now=later) == 0
    found = stay(forgotten)
    assert (found["out_at"], found["decided"]) == (at("08:00"), "expired")
    assert found["amended_by"] == "system"
    told = forgotten.database.call("SELECT kind, link, params FROM inbox_messages")
    assert told is not None
    assert (told["kind"], told["link"]) == ("not_counted", "/activities/A1")
    assert told["params"]["title"] == "Activity A1"


def open_again(town: Town, clock: str, **more: Any) -> Any:
    given = {"reason": "the road was blocked", "until": at(clock)} | more

    def work(session: Any) -> Any:
        found = activities.activity(session, "A1")
        return reopen(session, found, by=town.caller("U-SEC"), now=town.clock.now(), **given)

    return town.run(work)


def test_a_gate_is_opened_again_with_a_reason(forgotten: Town) -> None:
    sent = Sent(forgotten.pass_of("V0001"), "out", "o1", activity="A1")
    assert scan(forgotten.gate("V0010"), sent).reason == "window_closed"
    first, again = open_again(forgotten, "12:30"), open_again(forgotten, "12:30")
    assert first.id == again.id
    assert stay(forgotten)["status"] == "in"
    forgotten.clock.set(at("12:00"))
    sent = Sent(forgotten.pass_of("V0001"), "out", "o2", activity="A1")
    assert scan(forgotten.gate("V0010"), sent).status == "ok"
    kept = forgotten.database.call(
        "SELECT actor, detail FROM trail_records WHERE action = 'reopen'"
    )
    assert kept is not None
    assert (kept["actor"], kept["detail"]["reason"]) == ("staff:U-SEC", "the road was blocked")


@pytest.mark.parametrize(("until", "days"), [("11:20", 0), ("12:00", 2)])
def test_a_gate_opens_forward_and_for_a_day_at_most(forgotten: Town, until: str, days: int) -> None:
    with pytest.raises(CannotReopen):
        open_again(forgotten, "12:00", until=at(until) + timedelta(days=days))
    with pytest.raises(ReasonNeeded):
        open_again(forgotten, "12:30", reason="")


def test_a_cancelled_activity_is_not_opened(forgotten: Town, admin: psycopg.Connection) -> None:
    admin.execute("UPDATE activities SET status = 'cancelled' WHERE code = 'A1'")
    with pytest.raises(CannotReopen):
        open_again(forgotten, "12:30")


def test_only_officers_open_a_gate_again(forgotten: Town, client: FlaskClient) -> None:
    body = {"until": at("12:30").isoformat(), "reason": "late"}
    for who, status in (("V0010", 403), ("V0001", 403), ("U-GZ", 404), ("U-ADM", 200)):
        answer = Api(client, forgotten.tokens[who]).call("POST", "/activities/A1/reopenings", body)
        assert answer.status_code == status, who
