"""A gate's tablet: an officer makes it where it stands, and it scans until it is shut out."""

import re

from flask.testing import FlaskClient

from tests.activities.town import Town, at

FORM = {"name": "Gate of yard 1", "community": "FM"}


def signed_in(client: FlaskClient, town: Town, who: str) -> str:
    """Open the gates' page as a browser that somebody signed in at; return its CSRF token."""
    client.set_cookie("aixin_session", town.tokens[who])
    found = re.search(
        r'name="csrf_token" value="(\w+)"', client.get("/gate/").get_data(as_text=True)
    )
    assert found
    return found[1]


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
