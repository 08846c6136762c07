"""Members of staff and their offices, as an administrator keeps them: never one's own."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from service import people
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import bearer, staff_token

CHOOSE = (401, "/problems/own-password-needed")
RECORDER, ADMINISTRATOR = "volunteer_admin EA", "administrator QT"


@pytest.fixture
def built(app, database):
    """QT with two administrators; above it a district with one, beside it another sub-district."""

    def work(session):
        neighbourhood.build(session)
        kinds = people.UnitKind
        district = people.found_unit(session, kind=kinds.DISTRICT, code="DI", name="District")
        people.unit(session, "QT").parent_id = district.id
        people.found_unit(
            session, kind=kinds.SUBDISTRICT, code="OT", name="Other", parent_id=district.id
        )
        for code, scope in (("ADM-1", "QT"), ("ADM-2", "QT"), ("TOP", "DI"), ("OTHER", "OT")):
            neighbourhood.employ(session, code, people.Role.ADMINISTRATOR, scope, None)

    return database.atomic(work)


@pytest.fixture
def client(app):
    """A caller who says with every request who asks."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def act(client, database, built):
    """Send a form as somebody; return the status."""

    def send(path, who="ADM-1", **form):
        headers = bearer(staff_token(database, who, now=NOON)) | {"Accept-Language": "en"}
        return client.post(f"/desk/staff{path}", data=form, headers=headers)

    return send


@pytest.fixture
def page(client, database, built):
    def read(who="ADM-1"):
        answer = client.get(
            "/desk/staff?lang=en", headers=bearer(staff_token(database, who, now=NOON))
        )
        return answer.text if answer.status_code == 200 else str(answer.status_code)

    return read


@pytest.fixture
def offices(database):
    def of(code):
        def work(session):
            return people.roles_of(session, people.staff(session, code).id)

        return {f"{role} {scope}" for role, scope in database.atomic(work)}

    return of


def trail(database):
    # Who sent it a second time changed nothing, and has a line that says only that.
    sql = "SELECT actor, action, subject FROM trail_records WHERE action <> 'change' ORDER BY id"
    return [tuple(row.values()) for row in database.rows(sql)]


def test_an_administrator_sees_who_works_within_reach_and_nobody_else(page):
    said = page()
    assert all(code in said for code in ("R-EA", "R-WE", "AUD", "ADM-1", "ADM-2"))
    assert "TOP" not in said
    assert "OTHER" not in said
    assert "R-EA" in page("TOP")
    assert "R-EA" not in page("OTHER")


@pytest.mark.parametrize("who", ["R-EA", "AUD"])
def test_who_is_no_administrator_is_refused(page, act, offices, who):
    assert page(who) == "403"
    assert act("/R-WE/offices", who=who, post=RECORDER).status_code == 403
    assert offices("R-WE") == {"volunteer_admin WE"}


def test_an_office_is_given_and_taken_and_twice_is_once(act, offices, database):
    for _ in range(2):
        assert act("/R-WE/offices", post=RECORDER).status_code == 303
    assert offices("R-WE") == {"volunteer_admin WE", RECORDER}
    row = database.call("SELECT given_by, given_at FROM people_roles WHERE given_by IS NOT NULL")
    assert (row["given_by"], row["given_at"]) == ("staff:ADM-1", NOON)
    for _ in range(2):
        assert act("/R-WE/dismissals", post=RECORDER).status_code == 303
    assert offices("R-WE") == {"volunteer_admin WE"}
    assert trail(database) == [
        ("staff:ADM-1", "office.give", "staff:R-WE"),
        ("staff:ADM-1", "office.take", "staff:R-WE"),
    ]


def test_an_office_ends_with_the_next_request(act, client, database):
    token = bearer(staff_token(database, "R-EA", now=NOON))
    assert client.get("/api/v1/volunteers", headers=token).status_code == 200
    act("/R-EA/dismissals", post=RECORDER)
    assert client.get("/api/v1/volunteers", headers=token).status_code == 403


@pytest.mark.parametrize("path", ["offices", "dismissals", "stop", "resume", "password"])
def test_nobody_changes_himself(act, offices, path):
    form = {"post": ADMINISTRATOR} if path in {"offices", "dismissals"} else {}
    answer = act(f"/ADM-1/{path}", **form)
    assert answer.status_code == 403
    assert "about yourself" in answer.text
    assert offices("ADM-1") == {ADMINISTRATOR}


def test_one_administrator_takes_the_others_office_and_one_stays(act, offices):
    assert act("/ADM-2/dismissals", post=ADMINISTRATOR).status_code == 303
    assert offices("ADM-2") == set()
    assert act("/ADM-1/dismissals", who="TOP", post=ADMINISTRATOR).status_code == 303
    assert offices("TOP") == {"administrator DI"}  # the district's counts here too


def test_two_who_remove_each_other_at_once_leave_one(act, app, database, admin):
    admin.execute("DELETE FROM people_roles WHERE scope_code = 'DI'")
    tokens = {who: bearer(staff_token(database, who, now=NOON)) for who in ("ADM-1", "ADM-2")}

    def remove(pair):
        own, other = pair
        form = {"post": ADMINISTRATOR}
        path = f"/desk/staff/{other}/dismissals"
        return app.test_client().post(path, data=form, headers=tokens[own]).status_code

    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(remove, [("ADM-1", "ADM-2"), ("ADM-2", "ADM-1")]))
    assert min(told) == 303
    assert max(told) in {403, 409}
    left = database.rows("SELECT 1 FROM people_roles WHERE role = 'administrator'")
    assert len(left) == 2  # of QT, and of OT


def test_offices_are_given_within_reach_and_in_places_of_their_kind(act, offices):
    assert act("/R-EA/offices", post="administrator DI").status_code == 404
    assert act("/R-EA/offices", post="administrator OT").status_code == 404
    assert act("/R-EA/offices", post="administrator EA").status_code == 422
    assert act("/R-EA/offices", post="subdistrict_auditor EA").status_code == 422
    assert act("/R-EA/offices", post="shop_owner EA").status_code == 422
    assert act("/R-EA/offices", post="emperor QT").status_code == 422
    assert offices("R-EA") == {"volunteer_admin EA"}


@pytest.mark.parametrize("path", ["stop", "password"])
def test_somebody_beyond_reach_is_not_there(act, path):
    assert act(f"/OTHER/{path}").status_code == 404
    assert act(f"/TOP/{path}").status_code == 404


def test_who_also_works_beyond_reach_is_not_stopped_from_below(act, database):
    act("/R-EA/offices", who="TOP", post="administrator OT")
    for path in ("stop", "password"):
        assert act(f"/R-EA/{path}").status_code == 403
    assert act("/R-EA/stop", who="TOP").status_code == 303


def test_stopping_ends_every_session_and_twice_is_once(act, client, database):
    token = bearer(staff_token(database, "R-EA", now=NOON))
    for _ in range(2):
        assert act("/R-EA/stop").status_code == 303
    assert client.get("/api/v1/me", headers=token).json["kind"] == "anonymous"
    sent = {"login": "R-EA", "password": neighbourhood.PASSWORD}
    assert client.post("/api/v1/sessions", json=sent).status_code == 401
    assert act("/R-EA/offices", post="grid_worker EA").status_code == 409
    for _ in range(2):
        assert act("/R-EA/resume").status_code == 303
    assert client.post("/api/v1/sessions", json=sent).status_code == 201
    assert client.get("/api/v1/me", headers=token).json["kind"] == "anonymous"
    kept = [action for _, action, _ in trail(database) if action.startswith("staff.")]
    assert kept == ["staff.stop", "staff.resume"]


def test_somebody_new_gets_a_first_password_that_is_said_once(act, client, offices):
    form = {"login": "R-NEW", "title": "Recorder 2", "post": RECORDER}
    first = act("", **form)
    password = re.search(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b", first.text)[0]
    said = client.post("/api/v1/sessions", json={"login": "R-NEW", "password": password})
    assert (said.status_code, said.json["type"]) == CHOOSE
    again = act("", **form)
    assert again.status_code == 200
    assert "works here already" in again.text
    assert password not in again.text
    assert offices("R-NEW") == {RECORDER}
    assert act("", **form | {"title": "Somebody else"}).status_code == 409
    assert act("", **form | {"login": "TOP"}).status_code == 409


def test_a_new_password_ends_what_the_old_one_opened(act, client, database):
    token = bearer(staff_token(database, "R-EA", now=NOON))
    drawn = re.search(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b", act("/R-EA/password").text)[0]
    assert client.get("/api/v1/me", headers=token).json["kind"] == "anonymous"
    old = {"login": "R-EA", "password": neighbourhood.PASSWORD}
    assert client.post("/api/v1/sessions", json=old).status_code == 401
    new = {"login": "R-EA", "password": drawn}
    said = client.post("/api/v1/sessions", json=new)
    assert (said.status_code, said.json["type"]) == CHOOSE
    assert drawn not in str(database.rows("SELECT detail::text FROM trail_records"))


@pytest.mark.parametrize(
    "form",
    [
        {"login": "", "title": "x", "post": RECORDER},
        {"login": "a b", "title": "x", "post": RECORDER},
        {"login": "R-X", "title": " ", "post": RECORDER},
        {"login": "R-X", "title": "x", "post": "volunteer_admin"},
        {"login": "R-X", "title": "x", "post": RECORDER, "active": "1"},
    ],
)
def test_a_form_that_is_not_right_writes_nothing(act, database, form):
    before = database.rows("SELECT count(*) FROM people_staff")
    assert act("", **form).status_code == 422
    assert database.rows("SELECT count(*) FROM people_staff") == before
