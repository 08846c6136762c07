"""A password that somebody else gave opens one page, on which its owner chooses an own one."""

import io
import re
from datetime import timedelta

import pyotp
import pytest

from service import accounts, cli, people
from service.accounts import Asker, Shown, Site
from service.people import Role
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD, bearer

ASKER = Asker("192.0.2.1", "Chrome")
SITE = Site("aixin.example", "https://aixin.example")
OWN = "lamp river tired button"
HIDDEN = re.compile(r'name="(csrf_token|next)" value="([^"]*)"')


@pytest.fixture
def built(app, database):
    neighbours = database.atomic(neighbourhood.build)
    database.atomic(
        lambda session: neighbourhood.employ(session, "ADM", Role.ADMINISTRATOR, "QT", None)
    )
    return neighbours


@pytest.fixture
def first(client, built, database):
    """The first password that an administrator has drawn for R-EA at the desk."""
    token = neighbourhood.staff_token(database, "ADM", now=NOON)
    page = client.post("/desk/staff/R-EA/password", headers=bearer(token))
    return re.search(r'class="mono">([^<]+)<', page.text)[1]


def sign_in(client, password, login="R-EA", wanted="/desk"):
    return client.post("/sign-in", data={"login": login, "password": password, "next": wanted})


def choose(client, new, again=None):
    page = client.get("/sign-in/password?next=/desk&lang=en")
    form = dict(HIDDEN.findall(page.text))
    return client.post("/sign-in/password?lang=en", data=form | {"new": new, "again": again or new})


def test_a_first_password_leads_to_its_change_and_opens_nothing_else(client, first):
    assert sign_in(client, first).location == "/sign-in/password?next=%2Fdesk"
    for path in ("/account", "/desk", "/desk/volunteers"):
        assert client.get(path).location.startswith("/sign-in?")
    assert client.get("/api/v1/me").json["kind"] == "anonymous"


def test_with_the_own_password_one_is_in(client, first, database, admin):
    sign_in(client, first)
    assert choose(client, OWN).location == "/desk"
    assert client.get("/account").status_code == 200
    another = client.application.test_client()
    assert sign_in(another, first).status_code == 401
    assert sign_in(another, OWN).location == "/desk"
    done = admin.execute("SELECT actor, action FROM trail_records ORDER BY id").fetchall()
    assert ("staff:R-EA", "password.set") in done


def test_the_step_is_taken_once_and_is_over_after_a_while(client, first, clock, admin):
    sign_in(client, first)
    kept = client.get_cookie("aixin_half").value
    choose(client, OWN)
    again = client.application.test_client()
    again.set_cookie("aixin_half", kept)
    assert again.get("/sign-in/password").location == "/sign-in"
    admin.execute("UPDATE people_staff SET password_first = true WHERE code = 'R-EA'")
    sign_in(again, OWN)
    clock.set(NOON + timedelta(minutes=21))
    assert again.get("/sign-in/password").location == "/sign-in"


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [("password1234", None, "easy to guess"), (OWN, "another", "not the same"), ("", None, "easy")],
)
def test_what_is_no_good_password_changes_nothing(client, first, new, again, words):
    sign_in(client, first)
    answer = choose(client, new, again)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert sign_in(client.application.test_client(), first).status_code == 302


def test_the_first_password_is_not_chosen_again(client, first):
    sign_in(client, first)
    answer = choose(client, first)
    assert (answer.status_code, "you have now" in answer.text) == (422, True)


def test_the_second_step_comes_before_and_its_session_is_a_strong_one(client, built, database):
    own = database.atomic(lambda session: people.staff(session, "R-EA").id)

    def begun(session):
        token = accounts.begin_adding(session, staff_id=own, device="x", opens=False, now=NOON)
        session.flush()
        half = accounts.pending(session, token=token, purposes=["enrol"], now=NOON)
        return token, pyotp.TOTP(accounts.app_secret(session, half=half))

    token, app = database.atomic(begun)
    at = int(NOON.timestamp())
    shown = [Shown(code=app.at(at + drift), seconds=at + drift) for drift in (-60, 0)]
    adding = {"token": token, "shown": shown[0], "site": SITE, "now": NOON}
    database.atomic(lambda session: accounts.add(session, **adding))
    set_by_operator(database, "R-EA", "four given words here")
    asked = {"login": "R-EA", "password": "four given words here", "asker": ASKER}
    step = accounts.begin(database, **asked, strict=True, now=NOON)
    assert step.state == "second"
    finishing = {"token": step.token, "shown": shown[1], "site": SITE, "asker": ASKER, "now": NOON}
    step = accounts.finish(database, **finishing)
    assert step.state == "renew"
    assert people.resolve_token(database, step.token, now=NOON) is None
    renewing = {"token": step.token, "password": OWN, "now": NOON}
    step = database.atomic(lambda session: accounts.renew(session, **renewing))
    assert people.resolve_token(database, step.token, now=NOON).strong


def set_by_operator(database, code, password):
    def work(session):
        staff = people.staff(session, code)
        accounts.set_password(session, staff=staff, new=password, actor="operator", now=NOON)

    database.atomic(work)


def test_a_program_is_told_to_choose_one_on_the_page(client, first):
    answer = client.post("/api/v1/sessions", json={"login": "R-EA", "password": first})
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/own-password-needed")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "command",
    [["staff-password", "R-EA"], ["staff-add", "NEW", "volunteer_admin", "EA", "--title", "New"]],
)
def test_what_an_operator_types_is_a_first_password_too(
    client, built, settings, monkeypatch, command
):
    monkeypatch.setattr("service.config.Settings.from_env", classmethod(lambda cls, _: settings))
    monkeypatch.setattr("sys.stdin", io.StringIO("four given words here\n"))
    assert cli.main(command) == 0
    login = command[1]
    answer = sign_in(client, "four given words here", login)
    assert answer.location == "/sign-in/password?next=%2Fdesk"


def test_practice_data_keeps_its_passwords(client, built):
    assert sign_in(client, PASSWORD).location == "/desk"
