"""The pages of the second step, of adding a factor and of the one-time link; and the JSON of it."""

import re
from dataclasses import replace

import pyotp
import pytest
from flask import Flask

from service import accounts, people
from service.db import Database
from service.web.app import create_app
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD, bearer

NEW = "lamp river tired button"
RIGHT = {"login": "R-EA", "password": PASSWORD}


@pytest.fixture
def built(app, database):
    return database.atomic(neighbourhood.build)


@pytest.fixture
def strict(app: Flask, database: Database, settings, built):
    """The application as in production, where offices ask for a second factor."""
    live = replace(settings, env="production", clock_file=settings.clock_file)
    made = create_app(live, database=database)
    made.testing = True
    return made.test_client()


def send(client, path, *, page="/account", base=None, **form):
    shown = client.get(page, base_url=base)
    found = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
    return client.post(path, data={"csrf_token": found[1] if found else "", **form}, base_url=base)


def secret(page):
    return pyotp.TOTP(re.search(r"data-secret>(\w+)<", page)[1])


def codes(page):
    return re.findall(r'<li class="num">([A-Z2-9-]{19})</li>', page)


def enrol(client):
    """Add an app from the account's page; return it with the codes on paper."""
    send(client, "/account/factors", password=PASSWORD)
    app = secret(client.get("/sign-in/factor").text)
    answer = send(client, "/sign-in/factor", page="/sign-in/factor", code=app.now())
    assert answer.status_code == 200
    return app, codes(answer.text)


@pytest.fixture
def enrolled(client, built):
    client.post("/sign-in", data=RIGHT)
    return enrol(client)


@pytest.fixture
def fresh(client):
    return client.application.test_client()


def test_a_page_asks_for_the_second_step_and_goes_on_where_it_should(fresh, enrolled):
    answer = fresh.post("/sign-in", data=RIGHT | {"next": "/desk/volunteers"})
    assert answer.location == "/sign-in/second?next=%2Fdesk%2Fvolunteers"
    assert fresh.get("/desk/volunteers").status_code == 302  # nothing is open yet
    assert fresh.get("/api/v1/me").json["kind"] == "anonymous"
    page = fresh.get(answer.location).text
    assert 'value="/desk/volunteers"' in page
    wrong = fresh.post("/sign-in/second?lang=en", data={"code": "000000"})
    assert (wrong.status_code, "does not fit" in wrong.text) == (401, True)
    right = fresh.post("/sign-in/second", data={"code": enrolled[1][0], "next": "/desk/volunteers"})
    assert right.location == "/desk/volunteers"
    assert fresh.get("/desk/volunteers").status_code == 200
    assert fresh.get("/sign-in/second").location == "/sign-in"  # it is used up


def test_the_second_step_leads_nowhere_else(fresh, enrolled):
    fresh.post("/sign-in", data=RIGHT)
    answer = fresh.post("/sign-in/second", data={"code": enrolled[1][0], "next": "//evil.example"})
    assert answer.location == "/"


def test_an_apps_code_of_now_is_refused_where_it_was_used_a_moment_ago(fresh, enrolled):
    fresh.post("/sign-in", data=RIGHT)
    assert fresh.post("/sign-in/second", data={"code": enrolled[0].now()}).status_code == 401


@pytest.mark.parametrize("path", ["/sign-in/second", "/sign-in/factor"])
def test_without_a_password_there_is_no_second_step(client, built, path):
    assert client.get(path).location == "/sign-in"
    assert client.post(path, data={"code": "000000"}).location == "/sign-in"


def test_the_json_names_the_second_step_and_takes_it_with_the_first(fresh, enrolled, client):
    missing = fresh.post("/api/v1/sessions", json=RIGHT)
    assert (missing.status_code, missing.json["type"]) == (401, "/problems/second-step-needed")
    wrong = fresh.post("/api/v1/sessions", json=RIGHT | {"code": "000000"})
    assert (wrong.status_code, wrong.json["type"]) == (401, "/problems/wrong-code")
    right = fresh.post("/api/v1/sessions", json=RIGHT | {"code": enrolled[1][0]})
    assert right.status_code == 201
    plain = fresh.application.test_client().post("/api/v1/sessions", json=RIGHT | {"login": "R-WE"})
    assert plain.status_code == 201  # who has no second factor goes on as before
    extra = client.application.test_client().post(
        "/api/v1/sessions", json=RIGHT | {"login": "R-WE", "code": "000000"}
    )
    assert extra.status_code == 201


def test_the_answer_to_a_wrong_password_does_not_tell_of_a_second_factor(fresh, enrolled):
    def said(login):
        return fresh.post("/api/v1/sessions", json={"login": login, "password": "wrong"}).json

    assert said("R-EA") == said("R-WE") == said("nobody")


def test_the_account_shows_factors_and_removes_them_with_the_password(client, enrolled, database):
    page = client.get("/account?lang=en").text
    assert "App with six digits" in page
    assert "10 are left" in page
    remove = re.search(r"/account/factors/\d+/remove", page)[0]
    assert send(client, remove, password="wrong").status_code == 401
    assert "App with six digits" in client.get("/account?lang=en").text
    assert send(client, remove, password=PASSWORD).location == "/account?done=removed"
    assert "App with six digits" not in client.get("/account?lang=en").text


def test_new_codes_put_the_old_ones_out_of_use(client, fresh, enrolled):
    assert send(client, "/account/codes", password="wrong").status_code == 401
    new = codes(send(client, "/account/codes", password=PASSWORD).text)
    assert len(new) == 10
    for code, status in ((enrolled[1][0], 401), (new[0], 201)):
        sent = fresh.post("/api/v1/sessions", json=RIGHT | {"code": code})
        assert sent.status_code == status


def test_without_a_factor_there_are_no_codes(client, built):
    client.post("/sign-in", data=RIGHT)
    assert send(client, "/account/codes", password=PASSWORD).status_code == 404


def test_nothing_is_added_without_the_password(client, built):
    client.post("/sign-in", data=RIGHT)
    assert send(client, "/account/factors", password="wrong").status_code == 401
    assert client.get("/sign-in/factor").location == "/sign-in"


@pytest.mark.parametrize(
    "passkey",
    [
        "x",
        "{}",
        "[]",
        "null",
        '{"id":"a"}',
        '{"id":"a","rawId":"!","type":"public-key"}',
        "9" * 30_000,
    ],
)
def test_what_is_no_passkey_is_refused_and_nothing_breaks(fresh, enrolled, client, passkey):
    fresh.post("/sign-in", data=RIGHT)
    assert fresh.post("/sign-in/second", data={"passkey": passkey}).status_code == 401
    send(client, "/account/factors", password=PASSWORD)
    answer = send(client, "/sign-in/factor", page="/sign-in/factor", passkey=passkey)
    assert answer.status_code == 401


SECURE = "https://aixin.example"


def test_in_production_an_auditor_adds_a_factor_before_anything_else(strict):
    sign = {"login": "AUD", "password": PASSWORD}
    answer = strict.post("/sign-in", data=sign, base_url=SECURE)
    assert answer.location == "/sign-in/factor?next=%2F"
    assert strict.get("/api/v1/me", base_url=SECURE).json["kind"] == "anonymous"
    said = strict.post("/api/v1/sessions", json=sign, base_url=SECURE).json
    assert said["type"] == "/problems/factor-needed"
    app = secret(strict.get("/sign-in/factor", base_url=SECURE).text)
    added = strict.post("/sign-in/factor", data={"code": app.now()}, base_url=SECURE)
    assert len(codes(added.text)) == 10
    assert strict.get("/api/v1/me", base_url=SECURE).json["code"] == "AUD"


def test_in_production_an_office_given_meanwhile_asks_for_the_second_step(strict, database):
    token = neighbourhood.staff_token(database, "R-EA", now=NOON)
    asked = {"headers": bearer(token), "base_url": SECURE}
    assert strict.get("/api/v1/me", **asked).json["kind"] == "staff"
    role = {"role": people.Role.APPROVER, "scope_code": "EA"}
    database.atomic(lambda s: people.grant(s, staff_id=people.staff(s, "R-EA").id, **role))
    assert strict.get("/api/v1/me", **asked).json["kind"] == "anonymous"
    assert strict.get("/desk/volunteers", **asked).status_code == 302


def link(database):
    def work(session):
        return accounts.invite_first(session, login="ADM", scope="QT", now=NOON)

    return f"/sign-in/first/{database.atomic(work)}"


def test_a_one_time_link_sets_a_password_and_a_factor_and_looking_uses_nothing_up(
    fresh, built, database
):
    path = link(database)
    for _ in range(3):
        assert "ADM" in fresh.get(path).text
    weak = fresh.post(path, data={"new": "password1234", "again": "password1234"})
    unlike = fresh.post(path, data={"new": NEW, "again": "x"})
    assert (weak.status_code, unlike.status_code) == (422, 422)
    answer = fresh.post(path, data={"new": NEW, "again": NEW})
    assert answer.location == "/sign-in/factor"
    assert fresh.get("/api/v1/me").json["kind"] == "anonymous"
    app = secret(fresh.get("/sign-in/factor").text)
    assert len(codes(fresh.post("/sign-in/factor", data={"code": app.now()}).text)) == 10
    said = fresh.get("/api/v1/me").json
    assert (said["code"], said["roles"]) == ("ADM", [{"role": "administrator", "scope": "QT"}])
    for answer in (
        fresh.get(path),
        fresh.application.test_client().post(path, data={"new": NEW, "again": NEW}),
    ):
        assert answer.status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "a" * 2000])
def test_a_link_that_never_was_opens_nothing(client, built, token):
    assert client.get(f"/sign-in/first/{token}").status_code in {400, 404}
