"""One's own account over HTTP: sessions, and the password."""

import re
from datetime import timedelta

import pyotp
import pytest

from service import accounts, people
from service.clock import Clock
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD, bearer

CHROME = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36"}
NEW = "lamp river tired button"
WEAK, OWN = "password1234", "R-EAR-EAR-EA"


@pytest.fixture
def built(app, database):
    return database.atomic(neighbourhood.build)


@pytest.fixture
def signed(client, built):
    assert (
        client.post(
            "/sign-in", data={"login": "R-EA", "password": PASSWORD}, headers=CHROME
        ).status_code
        == 302
    )
    return client


def send(client, path, **form):
    page = client.get("/account").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return client.post(path, data={"csrf_token": token, **form})


def handles(page):
    return re.findall(r"/account/sessions/(\w+)/end", page)


def elsewhere(database, code="R-EA"):
    return bearer(neighbourhood.staff_token(database, code, now=NOON))


def kind(client, headers):
    another = client.application.test_client()  # without the cookie
    return another.get("/api/v1/me", headers=headers).json["kind"]


def test_the_page_lists_my_sessions_and_says_which_is_this(signed, database):
    other = elsewhere(database)
    page = signed.get("/account?lang=en").text
    assert page.count("Chrome · Windows") == 1
    assert "another device" in page
    assert page.count("this one") == 1
    assert len(handles(page)) == 1  # this one has no button
    send(signed, f"/account/sessions/{handles(page)[0]}/end")
    assert kind(signed, other) == "anonymous"
    assert handles(signed.get("/account").text) == []


def test_nobody_ends_anothers_session(signed, database, admin):
    other = elsewhere(database, "R-WE")
    hashed = admin.execute(
        "SELECT token_hash FROM people_sessions JOIN people_staff t ON t.id = staff_id"
        " WHERE t.code = 'R-WE'"
    ).fetchone()[0]
    send(signed, f"/account/sessions/{hashed[:8].hex()}/end")
    assert kind(signed, other) == "staff"


def test_signing_out_everywhere_is_here_too(signed, database):
    other = elsewhere(database)
    assert send(signed, "/account/sessions/end").location == "/sign-in"
    assert kind(signed, other) == "anonymous"
    assert signed.get("/account").location == "/sign-in?next=/account"


def test_a_new_password_ends_the_other_sessions_and_not_this_one(signed, database, admin):
    other = elsewhere(database)
    answer = send(signed, "/account/password", password=PASSWORD, new=NEW, again=NEW)
    assert answer.location == "/account?done=password"
    assert kind(signed, other) == "anonymous"
    assert signed.get("/account").status_code == 200
    again = signed.application.test_client().post(
        "/api/v1/sessions", json={"login": "R-EA", "password": NEW}
    )
    assert again.status_code == 201
    assert ("password.set",) in admin.execute("SELECT action FROM trail_records").fetchall()


def test_the_old_password_is_no_new_one(signed):
    answer = send(
        signed, "/account/password?lang=en", password=PASSWORD, new=PASSWORD, again=PASSWORD
    )
    assert (answer.status_code, "you have now" in answer.text) == (422, True)


def test_adding_a_second_step_ends_the_other_sessions_and_says_so(signed, database, admin):
    other = elsewhere(database)
    neighbours = elsewhere(database, "R-WE")
    page = enrol(signed)
    assert "signed out" in page.text
    assert kind(signed, other) == "anonymous"
    assert kind(signed, neighbours) == "staff"
    assert signed.get("/account").status_code == 200
    assert ("factor.add", "1") in trail(admin)
    another = elsewhere(database)
    assert enrol(signed).location == "/account?done=factor"  # a second one: no codes to show
    assert "signed out" in signed.get("/account?done=factor&lang=en").text
    assert kind(signed, another) == "anonymous"


def test_removing_a_second_step_ends_the_other_sessions_and_says_so(signed, database, admin):
    enrol(signed)
    other = elsewhere(database)
    number = re.search(r"/account/factors/(\d+)/remove", signed.get("/account").text)[1]
    answer = send(signed, f"/account/factors/{number}/remove", password=PASSWORD)
    assert "signed out" in signed.get(f"{answer.location}&lang=en").text
    assert kind(signed, other) == "anonymous"
    assert signed.get("/account").status_code == 200
    assert ("factor.remove", "1") in trail(admin)


def test_a_sign_in_that_is_half_open_ends_with_the_old_password(signed, database, clock):
    enrol(signed)
    begun = {"login": "R-EA", "password": PASSWORD, "asker": accounts.Asker("192.0.2.9")}
    half = accounts.begin(database, **begun, strict=False, now=NOON)
    clock.set(NOON + timedelta(seconds=1))
    send(signed, "/account/password", password=PASSWORD, new=NEW, again=NEW)

    def found(session):
        return accounts.pending(session, token=half.token, purposes=["second"], now=clock.now())

    with pytest.raises(accounts.SignInOver):
        database.atomic(found)


def enrol(client):
    """Add an app to the account of whoever is signed in."""
    at = send(client, "/account/factors", password=PASSWORD).location
    page = client.get(f"{at}&lang=en").text
    secret = re.search(r"data-secret>(\w+)<", page)[1]
    form = {
        name: re.search(rf'name="{name}" value="([^"]*)"', page)[1]
        for name in ("csrf_token", "next")
    }
    code = pyotp.TOTP(secret).at(int(Clock().now().timestamp()))
    return client.post("/sign-in/factor?lang=en", data=form | {"code": code})


def trail(admin):
    return admin.execute("SELECT action, detail->>'sessions' FROM trail_records").fetchall()


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"password": "wrong", "new": NEW, "again": NEW}, 401, "do not belong"),
        ({"password": PASSWORD, "new": WEAK, "again": WEAK}, 422, "easy to guess"),
        ({"password": PASSWORD, "new": OWN, "again": OWN}, 422, "easy to guess"),
        ({"password": PASSWORD, "new": NEW, "again": "another"}, 422, "not the same"),
        ({}, 401, "do not belong"),
    ],
)  # fmt: skip
def test_a_change_that_is_not_right_changes_nothing(signed, database, form, status, words):
    answer = send(signed, "/account/password?lang=en", **form)
    assert (answer.status_code, words in answer.text) == (status, True)
    database.atomic(lambda s: people.authenticate_staff(s, login="R-EA", password=PASSWORD))


def test_an_open_page_is_no_place_to_guess_passwords(signed):
    for _ in range(6):
        send(signed, "/account/password", password="guess", new=NEW, again=NEW)
    answer = send(signed, "/account/password", password=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path", ["/account/password", "/account/sessions/00/end", "/account/sessions/end"]
)
def test_only_staff_have_such_an_account(client, built, database, path):
    volunteer = bearer(neighbourhood.volunteer_token(database, "EA0001", now=NOON))
    assert client.get("/account", headers=volunteer).status_code == 403
    assert client.post(path, headers=volunteer).status_code == 403
    assert client.post(path).status_code == 401
