"""Which state follows which, who may take the step, and who hears of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from service import activities
from service.activities.actions.gate import Sent, scan
from service.activities.actions.lifecycle import (
    ARROWS,
    KEEPERS,
    LEADER,
    RECORDER,
    SECRETARY,
    STATES,
    Mover,
    call_off,
    move,
    steps,
)
from service.activities.models import Activity
from service.activities.queries.lists import find_activity
from service.activities.refusals import (
    HasBegun,
    NotYourMove,
    StillUndecided,
    TooSoon,
    WrongState,
)
from tests.activities.town import NOW, Api, Town, at

EARLY = NOW - timedelta(hours=12)
BY_HAND = [(start, to) for start, to in ARROWS if to != "cancelled"]
BY_TIME = [("published", "open"), ("open", "to_confirm")]
NEVER = [
    (start, to)
    for start in STATES
    for to in STATES
    if start != to and (start, to) not in BY_HAND and to != "cancelled"
]


def mover(*parts: str, volunteer_id: int | None = None) -> Mover:
    return Mover("staff:U-ADM", frozenset(parts), volunteer_id)


KEEPER = mover(RECORDER, SECRETARY)


def put(admin: psycopg.Connection, status: str, code: str = "A1") -> None:
    admin.execute("UPDATE activities SET status = %s WHERE code = %s", [status, code])


def moved(town: Town, to: str, by: Mover = KEEPER, now: Any = EARLY) -> str:
    def work(session: Session) -> str:
        return move(session, activities_row(session), to, by=by, now=now).status

    return str(town.run(work))


def activities_row(session: Session, code: str = "A1") -> Activity:
    found = find_activity(session, code)
    assert found is not None
    return found


def called_off(town: Town, by: Mover = KEEPER, now: Any = EARLY, code: str = "A1") -> int:
    def work(session: Session) -> int:
        return call_off(session, activities_row(session, code), reason="Rain", by=by, now=now)

    return int(town.run(work))


@pytest.mark.parametrize(("start", "to"), BY_HAND)
def test_every_arrow_is_walked_by_whoever_may(
    town: Town, admin: psycopg.Connection, start: str, to: str
) -> None:
    put(admin, start)
    for part in sorted({RECORDER, SECRETARY, LEADER} - ARROWS[start, to]):
        with pytest.raises(NotYourMove):
            moved(town, to, mover(part))
    with pytest.raises(NotYourMove):
        moved(town, to, mover())
    for part in sorted(ARROWS[start, to]):
        put(admin, start)
        assert moved(town, to, mover(part)) == to
        assert moved(town, to, mover(part)) == to  # sent twice
    assert town.one("SELECT count(*) FROM trail_records WHERE action = 'activity_moved_on'") == len(
        ARROWS[start, to]
    )


@pytest.mark.parametrize(("start", "to"), NEVER)
def test_no_other_arrow_exists(town: Town, admin: psycopg.Connection, start: str, to: str) -> None:
    put(admin, start)
    with pytest.raises(WrongState):
        moved(town, to)
    assert town.one("SELECT status FROM activities WHERE code = 'A1'") == start


@pytest.mark.parametrize(
    "start",
    [state for state in STATES if (state, "cancelled") not in ARROWS and state != "cancelled"],
)
def test_what_has_begun_is_not_called_off(
    town: Town, admin: psycopg.Connection, start: str
) -> None:
    put(admin, start)
    with pytest.raises((WrongState, HasBegun)):
        called_off(town)
    assert town.count("inbox_messages") == 0
    assert town.one("SELECT sum(taken) FROM activities_posts") == 6


@pytest.mark.parametrize(("start", "to"), BY_TIME)
def test_time_takes_the_steps_that_nobody_takes(
    town: Town, admin: psycopg.Connection, start: str, to: str
) -> None:
    put(admin, start)
    when = {"open": at("07:45"), "to_confirm": at("10:00")}[to]
    town.run(activities.sweep_no_shows, now=when - timedelta(minutes=30))
    assert town.activity("A1").status == start
    town.run(activities.sweep_no_shows, now=when)
    assert town.activity("A1").status == to


@pytest.mark.parametrize("part", [RECORDER, SECRETARY, LEADER])
def test_whoever_may_calls_off_and_everybody_hears_of_it_once(town: Town, part: str) -> None:
    assert called_off(town, mover(part)) == 5  # three with a place, one in line, the leader
    assert called_off(town, mover(part)) == 0
    found = town.activity("A1")
    assert (found.status, found.cancel_reason, found.revision) == ("cancelled", "Rain", 1)
    assert found.cancelled_at == EARLY
    assert town.one("SELECT count(*) FROM inbox_messages WHERE kind = 'activity_cancelled'") == 5
    assert [one["told"] for one in town.events("ActivityCancelled")] == [5]
    assert town.one("SELECT taken FROM activities_posts WHERE activity_id = %(a)s", a=found.id) == 0


def test_who_calls_off_is_not_told_what_they_did(town: Town) -> None:
    leader = town.volunteer("V0010").id
    assert called_off(town, mover(LEADER, volunteer_id=leader)) == 4


def test_a_stranger_calls_nothing_off(town: Town) -> None:
    with pytest.raises(NotYourMove):
        called_off(town, mover())
    assert town.activity("A1").status == "published"


def test_nothing_is_called_off_once_the_gate_may_open(town: Town) -> None:
    opens = town.activity("A1").opens_at
    with pytest.raises(HasBegun):
        called_off(town, now=opens)
    assert called_off(town, now=opens - timedelta(seconds=1)) == 5


def test_a_draft_is_dropped_without_a_word(town: Town, admin: psycopg.Connection) -> None:
    put(admin, "draft", "A2")
    with pytest.raises(NotYourMove):
        called_off(town, mover(LEADER), code="A2")
    assert called_off(town, code="A2") == 0
    assert town.count("inbox_messages") == 0
    assert town.events("ActivityCancelled") == []


def test_calling_off_frees_a_place_once_and_nobody_moves_up(
    town: Town, client: FlaskClient
) -> None:
    called_off(town)
    statuses = town.database.rows(
        "SELECT DISTINCT status FROM activities_signups"
        " WHERE activity_id = (SELECT id FROM activities WHERE code = 'A1')"
    )
    assert [row["status"] for row in statuses] == ["cancelled"]

    mine = Api(client, town.tokens["V0001"]).call("DELETE", "/activities/A1/signups")
    assert mine.status_code in {404, 409}
    assert town.one("SELECT min(taken) FROM activities_posts") == 0
    assert town.events("WaitlistPromoted") == []


def test_a_draft_whose_start_is_over_is_not_published(
    town: Town, admin: psycopg.Connection
) -> None:
    put(admin, "draft")
    with pytest.raises(TooSoon):
        moved(town, "published", now=at("08:00"))
    assert moved(town, "published", now=at("07:59")) == "published"
    assert town.activity("A1").published_at == at("07:59")
    assert len(town.events("ActivityPublished")) == 3


def test_nobody_closes_a_list_on_which_somebody_still_waits(
    town: Town, admin: psycopg.Connection
) -> None:
    town.clock.set(at("08:01"))
    scan(town.gate("V0010"), Sent(town.pass_of("V0001"), "in", "n1", activity="A1"))
    put(admin, "to_confirm")
    with pytest.raises(StillUndecided):
        moved(town, "confirmed")


def test_the_steps_that_a_page_offers_are_the_arrows(town: Town) -> None:
    found = town.activity("A1")
    assert steps(found, KEEPER) == ["cancelled"]
    assert steps(found, mover(LEADER)) == ["cancelled"]
    assert steps(found, mover()) == []
    found.status = "noticed"
    assert steps(found, mover(SECRETARY)) == ["archived"]
    assert steps(found, mover(RECORDER)) == []
    assert {RECORDER, SECRETARY} == KEEPERS


def test_a_sign_up_that_races_a_call_off_is_told_or_refused(town: Town, app: Flask) -> None:
    """Nobody ends up with a place at an activity that does not take place."""
    for round_ in range(6):
        code = f"R{round_}"
        town.plan(code, "18:00", "19:00", capacity=2)

        def take(volunteer: str, code: str = code) -> str:
            mine = Api(app.test_client(), town.tokens[volunteer])
            return str(mine.call("POST", f"/activities/{code}/signups", {}).json.get("status"))

        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(take, f"V000{n}") for n in range(1, 5)]
            off = pool.submit(called_off, town, KEEPER, NOW, code)
            answers = [one.result() for one in asked]
            told = off.result()
        seated = sum(answer in {"confirmed", "waiting"} for answer in answers)
        assert told == seated + 1  # the leader
        held = town.one(
            "SELECT count(*) FROM activities_signups s JOIN activities a ON a.id = s.activity_id"
            " WHERE a.code = %(code)s AND s.status <> 'cancelled'",
            code=code,
        )
        assert held == 0
        assert (
            town.one(
                "SELECT sum(taken) FROM activities_posts p JOIN activities a"
                " ON a.id = p.activity_id WHERE a.code = %(code)s",
                code=code,
            )
            == 0
        )
