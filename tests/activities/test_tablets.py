"""A gate's tablet: an officer makes it where it stands, and it scans until it is shut out."""

import re
from datetime import timedelta

from flask.testing import FlaskClient

from tests.activities.town import Town, at

FORM = {"name": "Gate of yard 1", "community": "FM"}


def signed_in(client: FlaskClient, town: Town, who: str) -> str:
    """Open a page as a browser that somebody signed in at; return its CSRF token.

    The gates' page if it is opened to them, else the one about their sign-in.
    """
    client.set_cookie("aixin_session", town.tokens[who])
    pages = (client.get(path).get_data(as_text=True) for path in ("/gate/", "/account"))
    found = [re.search(r'name="csrf_token" value="(\w+)"', page) for page in pages]
    return next(token[1] for token in found if token)


def make_gate(client: FlaskClient, town: Town, who: str = "U-ADM") -> int:
    """Make the browser a gate; return its number."""
    form = FORM | {"csrf_token": signed_in(client, town, who)}
    assert client.post("/gate/tablets", data=form).status_code == 303
    return int(town.one("SELECT max(id) FROM people_devices"))


def test_a_tablet_made_a_gate_scans_without_anybody_s_sign_in(
    town: Town, client: FlaskClient
) -> None:
    town.clock.set(at("08:00"))
    number = make_gate(client, town)
    assert client.get_cookie("aixin_session") is None
    page = client.get("/gate/A1").get_data(as_text=True)
    assert "/activities/A1/confirm" not in page  # it scans, and confirms nothing
    card = town.print_card("V0003").number
    token = re.search(r'name="csrf-token" content="(\w+)"', page)
    assert token
    form = {"code": card, "action": "in", "csrf_token": token[1]}
    assert client.post("/gate/A1", data=form).status_code == 200
    assert town.one("SELECT in_actor FROM activities_attendances") == f"device:{number}"
    assert client.get("/activities/A1/confirm").status_code == 403
    assert "签到平板" not in client.get("/gate/").get_data(as_text=True)


def test_the_officer_s_session_ends_on_the_tablet(town: Town, client: FlaskClient) -> None:
    make_gate(client, town)
    client.delete_cookie("aixin_device")
    client.set_cookie("aixin_session", town.tokens["U-ADM"])
    assert client.get("/api/v1/activities/A1/offline-roster").status_code == 401


def test_a_tablet_that_was_shut_out_is_nobody(town: Town, client: FlaskClient) -> None:
    number = make_gate(client, town)
    cookie = client.get_cookie("aixin_device")
    assert cookie
    roster = "/api/v1/activities/A1/offline-roster"
    assert client.get(roster).status_code == 200
    client.delete_cookie("aixin_device")
    form = {"csrf_token": signed_in(client, town, "U-SEC")}
    for _ in range(2):  # sent twice, it is shut out once
        assert client.post(f"/gate/tablets/{number}/revoke", data=form).status_code == 303
    trail = "SELECT count(*) FROM trail_records WHERE action = 'gate.revoke'"
    assert town.one(trail) == 1
    client.delete_cookie("aixin_session")
    client.set_cookie("aixin_device", cookie.value)
    assert client.get(roster).status_code == 401


def test_only_officers_make_gates_of_their_own_community(town: Town, client: FlaskClient) -> None:
    number = make_gate(client, town)
    client.delete_cookie("aixin_device")
    for who, said, status in (
        ("V0010", FORM, 403),
        ("U-SUP", FORM, 403),
        ("U-GZ", FORM, 403),
        ("U-SEC", FORM | {"name": " "}, 422),
    ):
        form = said | {"csrf_token": signed_in(client, town, who)}
        assert client.post("/gate/tablets", data=form).status_code == status, who
    token = {"csrf_token": signed_in(client, town, "U-GZ")}
    assert "Gate of yard 1" not in client.get("/gate/").get_data(as_text=True)
    assert client.post(f"/gate/tablets/{number}/revoke", data=token).status_code == 404
    assert town.one("SELECT count(*) FROM people_devices WHERE revoked_at IS NOT NULL") == 0


def test_the_list_names_the_tablets_and_when_they_were_seen(
    town: Town, client: FlaskClient
) -> None:
    make_gate(client, town)
    client.get("/gate/A1")
    client.delete_cookie("aixin_device")
    client.set_cookie("aixin_session", town.tokens["U-SEC"])
    page = client.get("/gate/").get_data(as_text=True)
    assert "Gate of yard 1" in page
    assert "最近在线" in page


def beat(client: FlaskClient, town: Town, queued: int, ahead: int = 0) -> dict[str, object]:
    """Say as the gate's tablet what waits on it; the cookie speaks, so the page's token is sent."""
    page = client.get("/gate/").get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="(\w+)"', page)
    assert token
    moment = town.clock.now()
    body = {"queued": queued, "sent_at": (moment + timedelta(seconds=ahead)).isoformat()}
    body |= {"oldest_at": moment.isoformat()} if queued else {}
    headers = {"X-CSRF-Token": token[1]}
    answer = client.post("/api/v1/gate/heartbeat", json=body, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, object] = answer.get_json()
    return found


def test_a_gate_says_every_minute_what_waits_on_it_and_its_officers_read_it(
    town: Town, client: FlaskClient
) -> None:
    number = make_gate(client, town)
    told = beat(client, town, queued=7, ahead=180)
    assert (told["clock_offset_s"], told["every_s"]) == (180, 60)
    kept = "SELECT queued, clock_offset_s, queued_since IS NULL AS calm FROM people_devices"
    assert town.database.call(kept) == {"queued": 7, "clock_offset_s": 180, "calm": False}
    cookie = client.get_cookie("aixin_device")
    assert cookie
    client.delete_cookie("aixin_device")
    for who, seen in (("U-SEC", True), ("U-GZ", False)):
        client.set_cookie("aixin_session", town.tokens[who])
        page = client.get("/desk/gates?lang=en").get_data(as_text=True)
        assert ("Gate of yard 1" in page) == seen
        assert ("7 not sent since" in page) == seen
        assert ("3 min fast" in page) == seen
    client.set_cookie("aixin_session", town.tokens["U-SUP"])
    assert client.get("/desk/gates").status_code == 403
    form = {"csrf_token": signed_in(client, town, "U-SEC"), "from": "desk"}
    gone = client.post(f"/gate/tablets/{number}/revoke", data=form)
    assert (gone.status_code, gone.location) == (303, "/desk/gates")
    assert "Gate of yard 1" not in client.get("/desk/gates").get_data(as_text=True)


def test_a_gate_that_has_sent_everything_is_calm_again(town: Town, client: FlaskClient) -> None:
    make_gate(client, town)
    beat(client, town, queued=3)
    beat(client, town, queued=0)
    kept = "SELECT queued, queued_since FROM people_devices"
    assert town.database.call(kept) == {"queued": 0, "queued_since": None}


def test_only_a_gate_s_tablet_has_a_heartbeat(town: Town, client: FlaskClient) -> None:
    body = {"queued": 0, "sent_at": town.clock.now().isoformat()}
    for who in ("U-SEC", "V0010"):
        headers = {"Authorization": f"Bearer {town.tokens[who]}"}
        answer = client.post("/api/v1/gate/heartbeat", json=body, headers=headers)
        assert answer.status_code == 403, who
    assert client.post("/api/v1/gate/heartbeat", json=body).status_code in {401, 403}
