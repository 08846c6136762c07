"""A scan is taken back at the gate: the attendance stands as if it had not been made."""

from datetime import timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from service.activities.actions.gate import Answer, Sent, scan
from service.activities.actions.undo import take_back
from tests.activities.town import Api, Town, at

NONCES = count()


def read(town: Town, whom: str, clock: str, action: str = "in", **more: Any) -> str:
    """The leader of A1 scans somebody; return the nonce."""
    town.clock.set(at(clock))
    nonce = f"n{next(NONCES)}"
    sent = Sent(town.pass_of(whom), action, nonce, activity=more.pop("activity", "A1"))
    assert scan(town.gate(more.pop("who", "V0010")), sent).status == "ok"
    return nonce


def undo(town: Town, scanned: str, clock: str, **more: Any) -> Answer:
    town.clock.set(at(clock))
    own = more.pop("nonce", f"u{next(NONCES)}")
    sent = Sent("", "undo", own, activity=more.pop("activity", "A1"), undoes=scanned)
    return take_back(town.gate(more.pop("who", "V0010")), sent)


def stays(town: Town) -> list[dict[str, Any]]:
    return town.database.rows(
        "SELECT status, in_at, out_at, out_way, assurance FROM activities_attendances ORDER BY id"
    )


def signup(town: Town, code: str) -> Any:
    return town.one(
        "SELECT s.status FROM activities_signups s JOIN people_volunteers v ON v.id ="
        " s.volunteer_id WHERE v.code = %(code)s ORDER BY s.id LIMIT 1",
        code=code,
    )


def test_a_check_in_is_taken_back_and_can_be_made_again(town: Town) -> None:
    nonce = read(town, "V0001", "08:00")
    assert signup(town, "V0001") == "came"
    answer = undo(town, nonce, "08:15")
    assert (answer.status, answer.reason, answer.already) == ("ok", None, False)
    assert (answer.volunteer, answer.action) == ("V0001", "undo")
    assert (stays(town), signup(town, "V0001")) == ([], "confirmed")
    assert town.count("activities_scans") == 1  # what was read stays read
    read(town, "V0001", "08:20")
    assert stays(town)[0]["in_at"] == at("08:20")


def test_a_check_out_is_taken_back_and_the_stay_is_open_as_before(town: Town) -> None:
    read(town, "V0001", "08:00")
    before = stays(town)
    nonce = read(town, "V0001", "09:00", "out")
    undo(town, nonce, "09:05")
    assert stays(town) == before
    read(town, "V0001", "09:50", "out")
    assert stays(town)[0]["out_at"] == at("09:50")


def test_a_no_show_that_came_and_was_taken_back_is_a_no_show_again(town: Town) -> None:
    from service import activities

    town.run(activities.sweep_no_shows, now=at("08:20"))
    nonce = read(town, "V0001", "08:30")
    undo(town, nonce, "08:31")
    assert signup(town, "V0001") == "no_show"


@pytest.mark.parametrize(("whom", "before"), [("V0008", None), ("V0004", "waiting")])
def test_a_walk_in_s_place_is_free_again(town: Town, whom: str, before: str | None) -> None:
    town.plan("B1", "08:00", "10:00", capacity=1, waitlist=())
    if before:
        town.database.rows(
            "INSERT INTO activities_signups (activity_id, post_id, volunteer_id, status, turn,"
            " assisted, actor, signed_at) SELECT a.id, p.id, v.id, 'waiting', 99, false, 'x', now()"
            " FROM activities a JOIN activities_posts p ON p.activity_id = a.id,"
            " people_volunteers v WHERE a.code = 'B1' AND v.code = %(whom)s RETURNING id",
            {"whom": whom},
        )
    nonce = read(town, whom, "08:00", activity="B1")
    taken = "SELECT taken FROM activities_posts ORDER BY id DESC LIMIT 1"
    assert town.one(taken) == 1
    undo(town, nonce, "08:01", activity="B1")
    assert town.one(taken) == 0
    last = "SELECT status FROM activities_signups ORDER BY id DESC LIMIT 1"
    assert town.one(last) == (before or "cancelled")
    read(town, "V0009", "08:02", activity="B1")


@pytest.mark.parametrize(("after", "reason"), [(900, None), (901, "too_late")])
def test_fifteen_minutes_are_the_limit(town: Town, after: int, reason: str | None) -> None:
    nonce = read(town, "V0001", "08:00")
    town.clock.set(at("08:00") + timedelta(seconds=after))
    sent = Sent("", "undo", "u", activity="A1", undoes=nonce)
    assert take_back(town.gate("V0010"), sent).reason == reason
    assert len(stays(town)) == (1 if reason else 0)


def test_an_undo_sent_twice_is_one(town: Town) -> None:
    nonce = read(town, "V0001", "08:00")
    undo(town, nonce, "08:01", nonce="same")
    again = undo(town, nonce, "08:02", nonce="same")
    assert (again.status, again.replayed) == ("ok", True)
    other = undo(town, nonce, "08:03")
    assert (other.status, other.already) == ("ok", True)
    assert town.count("activities_undos") == 2


def test_only_the_gate_that_scanned_takes_back(town: Town) -> None:
    nonce = read(town, "V0001", "08:00")
    for who in ("U-ADM", "V0001", "V0009"):
        assert undo(town, nonce, "08:01", who=who).reason == "unknown_scan"
    assert (len(stays(town)), town.count("activities_undos")) == (1, 0)


def test_one_s_own_scan_is_taken_back_by_oneself(town: Town) -> None:
    town.clock.set(at("08:00"))
    scan(town.gate("V0001"), Sent(town.onsite("A1").url, "in", "mine"))
    assert undo(town, "mine", "08:01", who="V0001").status == "ok"
    assert stays(town) == []


def test_what_was_confirmed_is_not_taken_back(town: Town, admin: psycopg.Connection) -> None:
    read(town, "V0001", "08:00")
    nonce = read(town, "V0001", "09:00", "out")
    admin.execute("UPDATE activities_attendances SET status = 'confirmed'")
    assert undo(town, nonce, "09:01").reason == "confirmed"
    assert stays(town)[0]["status"] == "confirmed"


def test_taking_a_check_in_back_leaves_its_check_out_to_a_person(town: Town) -> None:
    nonce = read(town, "V0001", "08:00")
    read(town, "V0001", "08:10", "out")
    undo(town, nonce, "08:11")
    assert stays(town) == []
    assert town.one("SELECT kind FROM activities_problems") == "out_without_in"


def test_undos_are_append_only(town: Town) -> None:
    undo(town, read(town, "V0001", "08:00"), "08:01")
    for statement in ("UPDATE activities_undos SET nonce = 'x'", "DELETE FROM activities_undos"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            town.database.rows(statement)


def test_an_undo_over_http_says_what_it_did(town: Town, client: FlaskClient) -> None:
    nonce = read(town, "V0001", "08:00")
    town.clock.set(at("08:05"))
    gate = Api(client, town.tokens["V0010"])
    body = {"activity": "A1", "undoes": nonce, "nonce": "u1", "device": "d", "device_seq": 2}
    answer = gate.post("/scans/undo", body)
    assert answer["text"] == {
        "meaning": "ok", "title": "Taken back: volunteer 001", "detail": "8:05",
    }  # fmt: skip
    assert gate.post("/scans/undo", body)["replayed"] is True
    assert (
        gate.post("/scans/undo", body | {"nonce": "u2", "undoes": "never"})["reason"]
        == "unknown_scan"
    )
