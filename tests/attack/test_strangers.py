"""Strangers and friends of friends: trying codes, doors and digits, and codes that were relayed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from service import passes
from tests.attack.test_guessing import sign_in
from tests.attack.world import World, onsite

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture(autouse=True)
def today(world: World) -> Iterator[None]:
    """Each test begins at the moment at which the world stands, and ends there."""
    moment = world.town.clock.now()
    yield
    world.town.clock.set(moment)


def test_a_stranger_tries_thirty_codes_a_minute_over_all_kinds(world: World) -> None:
    client, kinds = world.client(), ("/c/{:014d}", "/v/{}.1", "/r/{:013d}", "/m/X{}")
    seen = [client.get(kinds[n % 4].format(n)).status_code for n in range(60)]
    assert seen.count(429) == 30
    assert client.get(world.codes[0]).status_code == 429
    assert client.get(world.codes[0], environ_base=ELSEWHERE).status_code == 200
    assert client.get(world.codes[0], headers=world.headers("FM0001")).status_code == 200


def test_a_header_gives_a_stranger_no_new_address(world: World) -> None:
    client = world.client()
    for n in range(31):
        client.get("/c/00000000000000", headers={"X-Forwarded-For": f"192.0.2.{n}"})
    late = client.get("/c/00000000000000", headers={"X-Forwarded-For": "198.51.100.1"})
    assert late.status_code == 429


def test_who_guesses_sign_ins_is_stopped_and_the_neighbour_is_not(world: World) -> None:
    for n in range(25):
        sent = {"login": f"U-NOBODY-{n}", "password": "wrong and long enough"}
        assert sign_in(world.client(), sent).status_code in {401, 429}
    right = {"login": "U-SEC", "password": "aixin-demo"}
    assert sign_in(world.client(), right).status_code == 429
    assert sign_in(world.client(), right, "192.0.2.7").status_code == 201


def test_the_six_digits_of_a_place_are_guessed_five_times_a_minute(world: World) -> None:
    town = world.town
    town.at("08:05", day="2025-10-25")
    for n in range(5):
        assert scan(world, f"{n:06d}", f"g{n}").get("status") != "ok"
    digits = digits_of(world)
    assert scan(world, digits, "right").get("status") != "ok"


def scan(world: World, code: str, nonce: str, who: str = "FM0003") -> dict[str, Any]:
    body = {"code": code, "activity": "A1", "action": "in", "nonce": nonce}
    answer = world.client().post("/api/v1/scans", json=body, headers=world.town.headers(who))
    return dict(answer.json)


def digits_of(world: World) -> str:
    sql = "SELECT onsite_secret FROM activities WHERE code = 'A1'"
    secret = (world.database.call(sql) or {})["onsite_secret"]
    now = world.town.clock.now()
    return passes.onsite_code(world.keys, secret, "A1", at=now).digits


def test_the_code_of_a_place_sent_to_a_friend_is_over_in_forty_seconds(world: World) -> None:
    screen = onsite(world)
    moment = world.town.clock.now()
    world.town.clock.set(moment + timedelta(seconds=61))
    body = {"code": screen, "action": "in", "nonce": "relay"}
    said = world.client().post("/api/v1/scans", json=body, headers=world.town.headers("FM0005"))
    assert said.json.get("reason") == "code_expired", said.text


def test_a_relayed_code_opens_nobody_elses_attendance(world: World) -> None:
    """It speaks for who sends it alone; the sender cannot name another person."""
    body = {"code": onsite(world), "action": "in", "nonce": "relay", "volunteer": "FM0006"}
    said = world.client().post("/api/v1/scans", json=body, headers=world.town.headers("FM0005"))
    assert said.status_code == 422


def test_a_scan_that_claims_an_earlier_moment_is_marked_so(world: World) -> None:
    """A phone that says it scanned in time and sends it later goes through the queue's rules."""
    screen, moment = onsite(world), world.town.clock.now()
    world.town.clock.set(moment + timedelta(hours=3))
    body = {"code": screen, "action": "in", "nonce": "relay", "occurred_at": moment.isoformat()}
    world.client().post("/api/v1/scans", json=body, headers=world.town.headers("FM0005"))
    sql = """SELECT count(*) AS n FROM activities_attendances t
      JOIN people_volunteers v ON v.id = t.volunteer_id
      WHERE v.code = 'FM0005' AND NOT t.offline"""
    assert (world.database.call(sql) or {})["n"] == 0


def test_a_stolen_session_ends_when_its_owner_signs_out(world: World) -> None:
    headers = world.town.headers("FM0009")
    assert world.client().get("/api/v1/me/passes", headers=headers).status_code == 200
    world.client().delete("/api/v1/sessions/current", headers=headers)
    assert world.client().get("/api/v1/me/passes", headers=headers).status_code == 401
