"""The list of volunteers, and who is calling, over HTTP."""

from datetime import timedelta

import pytest

from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import bearer


@pytest.fixture
def built(app, database):
    return database.atomic(neighbourhood.build)


@pytest.fixture
def east(database, built):
    return bearer(neighbourhood.staff_token(database, "R-EA", now=NOON))


@pytest.fixture
def auditor(database, built):
    return bearer(neighbourhood.staff_token(database, "AUD", now=NOON))


def codes(answer):
    return [item["code"] for item in answer.json["items"]]


def test_nobody_is_anonymous(client, built):
    assert client.get("/api/v1/me").json == {
        "kind": "anonymous", "code": "", "roles": [], "community": "", "profile": None,
    }  # fmt: skip


def test_me_tells_the_offices(client, east):
    said = client.get("/api/v1/me", headers=east).json
    assert said["roles"] == [{"role": "volunteer_admin", "scope": "EA"}]
    assert (said["kind"], said["code"], said["community"]) == ("staff", "R-EA", "EA")


def test_a_recorder_sees_the_own_community_only(client, east):
    assert codes(client.get("/api/v1/volunteers", headers=east)) == ["EA0001", "EA0002", "EA0003"]


def test_an_auditor_sees_both_communities(client, auditor):
    found = codes(client.get("/api/v1/volunteers", headers=auditor))
    assert found == ["EA0001", "EA0002", "EA0003", "WE0001", "WE0002", "WE0003"]


def test_pages_together_are_everything_and_nothing_twice(client, auditor):
    seen, after = [], ""
    for _ in range(10):
        url = f"/api/v1/volunteers?limit=2&after={after}"
        page = client.get(url, headers=auditor)
        seen += codes(page)
        after = page.json["next"]
        if after is None:
            break
    assert seen == ["EA0001", "EA0002", "EA0003", "WE0001", "WE0002", "WE0003"]


@pytest.mark.parametrize(
    ("search", "found"), [("ea0002", ["EA0002"]), ("%", []), ("_", []), ("0002", ["EA0002"])]
)
def test_a_search_takes_a_part_of_the_number_and_no_wildcards(client, east, search, found):
    answer = client.get("/api/v1/volunteers", query_string={"search": search}, headers=east)
    assert codes(answer) == found


def test_the_json_holds_no_name(client, auditor):
    assert "Name" not in client.get("/api/v1/volunteers", headers=auditor).text


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x"])
def test_a_strange_page_is_refused_with_its_pointer(client, east, query):
    answer = client.get(f"/api/v1/volunteers?{query}", headers=east)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"][0]["pointer"] == f"#/{query.split('=')[0]}"


def test_volunteers_and_strangers_see_no_list(client, database, built):
    own = bearer(neighbourhood.volunteer_token(database, "EA0001", now=NOON))
    assert client.get("/api/v1/volunteers").status_code == 401
    assert client.get("/api/v1/volunteers", headers=own).status_code == 403
    assert client.get("/desk/volunteers", headers=own).status_code == 403
    assert client.get("/desk/volunteers").location == "/sign-in?next=/desk/volunteers"


def test_an_expired_session_is_nobodys(client, database, built, clock):
    headers = bearer(neighbourhood.staff_token(database, "R-EA", now=NOON))
    clock.set(NOON + timedelta(hours=13))
    assert client.get("/api/v1/volunteers", headers=headers).status_code == 401


@pytest.mark.parametrize(("language", "word"), [("zh", "志愿者"), ("en", "Volunteers")])
def test_the_recorders_page_shows_names_and_notes_the_look(client, east, admin, language, word):
    page = client.get(f"/desk/volunteers?lang={language}", headers=east)
    assert f"<h1>{word}</h1>" in page.text
    assert "Name EA 1" in page.text
    assert "Name WE" not in page.text
    noted = admin.execute("SELECT actor, action FROM trail_records").fetchall()
    assert noted == [("staff:R-EA", "identity.look")]


def test_the_auditor_counts_and_reads_no_names(client, auditor):
    assert client.get("/desk/volunteers", headers=auditor).status_code == 403
