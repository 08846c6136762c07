"""Forged claims: who somebody is comes from the token alone, never from what is sent with it."""

from functools import partial

import psycopg
import pytest

from service import people
from tests.attack.world import World, digests
from tests.web.neighbours import borrowed, doors, text_of

TABLETS = {
    "POST /redemptions": {"good": "S01-G2"},
    "POST /discounts": {"bill_fen": 1000},
    "POST /till/lookups": {},
}
CLAIMS: tuple[dict[str, str], ...] = (
    {"X-Device-Profile": "till", "X-Profile": "till"},
    {"X-Device-Id": "1", "X-Device": "till:S01"},
    {"X-Shop": "S01", "X-Shop-Id": "1"},
    {"X-Role": "till", "X-User": "U-CH", "X-Forwarded-User": "U-CH", "Remote-User": "U-CH"},
    {"User-Agent": "aixin-till/1.0"},
)
PEOPLE = "SELECT id FROM people_volunteers"
SEEN = {"public.people_devices": {"last_seen_at"}, "public.trail_records": {"*"}}


@pytest.mark.parametrize("who", ["FM0001", "gate:FM", "U-CH", "U-SEC", ""])
def test_nobody_becomes_a_till_by_saying_so(
    world: World, who: str, admin: psycopg.Connection
) -> None:
    before, client, code = digests(admin, SEEN), world.client(), world.codes[2]
    for claim in CLAIMS:
        for act, more in TABLETS.items():
            method, path = act.split()
            body = {"code": f"https://aixin.example{code}", **more}
            headers = world.headers(who, **claim, **{"Idempotency-Key": "forged"})
            path = f"/api/v1{path}?profile=till&shop=S01&device=1"
            answer = client.open(path, method=method, json=body, headers=headers)
            assert answer.status_code in {401, 403}, (act, claim, answer.text)
    assert digests(admin, SEEN) == before


def test_a_token_with_another_beginning_is_nobodys(world: World) -> None:
    own = world.tokens["FM0001"]
    for forged in (f"d.{own}", own[:-1], f"{own}x", own.swapcase(), "d.", "d." + "A" * 43):
        headers = {"Authorization": f"Bearer {forged}", "Idempotency-Key": "k"}
        said = world.client().get("/api/v1/me", headers=headers)
        assert said.json["kind"] == "anonymous", forged
        body = {"code": "x", "good": "S01-G2"}
        sold = world.client().post("/api/v1/redemptions", json=body, headers=headers)
        assert sold.status_code == 401


def test_a_persons_token_in_a_tablets_cookie_is_that_person_still(world: World) -> None:
    client = world.app.test_client()
    client.set_cookie("aixin_device", world.tokens["FM0001"])
    assert client.get("/api/v1/me").json["kind"] == "volunteer"
    assert client.get("/api/v1/till/shift").status_code == 403


def test_a_tablets_cookie_beside_an_officers_gives_the_tablet_no_office(world: World) -> None:
    client = world.app.test_client()
    client.set_cookie("aixin_device", world.tokens["till:S01"])
    client.set_cookie("aixin_session", world.tokens["FM0001"])
    assert client.get("/desk/tills").status_code == 403
    assert client.get("/api/v1/redemptions").status_code == 200


def test_a_scan_says_for_itself_from_which_device_it_comes_and_is_not_believed(
    world: World,
) -> None:
    body = {"code": world.town.cards["FM0003"], "activity": "A1", "action": "in", "nonce": "n1"}
    body["device"] = "gate:FM"
    answer = world.client().post("/api/v1/scans", json=body, headers=world.headers("FM0001"))
    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["till:S01", "gate:FM"])
def test_a_tablet_reads_no_name_no_history_and_no_balance(
    world: World, admin: psycopg.Connection, who: str
) -> None:
    ids = [number for (number,) in admin.execute(PEOPLE).fetchall()]
    names = set(world.database.atomic(partial(people.names_of, volunteer_ids=ids)).values())
    assert len(names) > 100
    told, client = set(), world.client()
    for _, rule in doors(world.app, "GET"):
        path = borrowed(world.app, rule)
        answer = client.get(path, headers=world.headers(who), buffered=True)
        if answer.status_code == 200 and not path.startswith("/static"):
            text = text_of(answer)
            told |= {f"{path} {name}" for name in names if name in text}
    assert told == set()
    for history in ("/home/history", "/api/v1/reports/statements/volunteer/FM0001", "/ledger"):
        assert client.get(history, headers=world.headers(who)).status_code == 403
