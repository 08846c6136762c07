"""The list of volunteers, and who is calling, over HTTP."""

from datetime import timedelta

import pytest

from service import people
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


@pytest.fixture
def minor(built, admin):
    """EA0002 is fifteen."""
    admin.execute("UPDATE people_volunteers SET age_band = '14-17' WHERE code = 'EA0002'")


def noted(admin):
    told = "SELECT actor, subject, detail FROM trail_records WHERE action = 'identity.look'"
    return admin.execute(f"{told} ORDER BY id").fetchall()


def test_a_look_at_the_list_says_whose_names_were_shown(client, east, minor, admin):
    client.get("/desk/volunteers", headers=east)
    detail = {"reason": "list", "booklets": ["EA0001", "EA0003"]}
    assert noted(admin) == [("staff:R-EA", "volunteers", detail)]


def test_a_minors_name_is_not_on_the_list_and_shown_to_whoever_says_why(client, east, minor, admin):
    page = client.get("/desk/volunteers?lang=en", headers=east)
    assert "Name EA 2" not in page.text
    assert 'href="/desk/volunteers/EA0002/name"' in page.text
    asked = client.get("/desk/volunteers/EA0002/name?lang=en", headers=east)
    assert "Why do you need the name?" in asked.text
    assert "Name EA 2" not in asked.text
    said = {"reason": "guardian", "words": "ill at the gate"}
    shown = client.post("/desk/volunteers/EA0002/name", data=said, headers=east)
    assert "Name EA 2" in shown.text
    assert noted(admin)[-1] == ("staff:R-EA", "volunteer:EA0002", said)


@pytest.mark.parametrize("said", [{}, {"reason": "other", "words": " "}, {"reason": "curious"}])
def test_without_a_reason_no_name_is_shown_and_no_look_written(client, east, minor, admin, said):
    answer = client.post("/desk/volunteers/EA0002/name", data=said, headers=east)
    assert answer.status_code == 422
    assert "Name EA 2" not in answer.text
    assert noted(admin) == []


def test_another_communitys_name_is_shown_to_nobody(client, east, auditor):
    path = "/desk/volunteers/WE0001/name"
    assert client.get(path, headers=east).status_code == 404
    assert client.post(path, data={"reason": "safety"}, headers=east).status_code == 404
    assert client.post(path, data={"reason": "safety"}, headers=auditor).status_code == 403


@pytest.mark.parametrize("whom", ["name ea 3", "Name EA 3", "138 0000 0003", "13800000003"])
def test_the_desk_finds_a_whole_name_or_phone_and_logs_neither(
    client, east, built, database, admin, whom
):
    def tell(session):
        found = people.volunteer(session, "EA0003")
        people.write_down(session, volunteer_id=found.id, said={"phone": "13800000003"})

    database.atomic(tell)
    page = client.post("/desk/volunteers", data={"whom": whom}, headers=east)
    assert page.status_code == 200
    assert ("EA0003" in page.text, "EA0001" in page.text) == (True, False)
    assert noted(admin)[-1][2] == {"reason": "search", "booklets": ["EA0003"]}
    kept = str(admin.execute("SELECT * FROM trail_records").fetchall())
    assert "13800000003" not in kept
    assert "ame EA" not in kept


def test_a_name_elsewhere_is_not_found(client, east):
    page = client.post("/desk/volunteers?lang=en", data={"whom": "Name WE 1"}, headers=east)
    assert "Nobody found" in page.text


@pytest.mark.parametrize("whom", ["EA0002", "0002", "ea00"])
def test_a_number_leads_to_an_address_and_a_name_never_does(client, east, whom):
    answer = client.post("/desk/volunteers", data={"whom": whom}, headers=east)
    assert answer.location == f"/desk/volunteers?search={whom}"


def test_one_asks_at_the_desk_and_another_forgets(client, east, database, built):
    database.atomic(
        lambda session: neighbourhood.employ(
            session, "S-EA", people.Role.SECRETARY, "EA", built.east_id
        )
    )
    secretary = bearer(neighbourhood.staff_token(database, "S-EA", now=NOON))
    asked = client.post("/desk/erasures", data={"volunteer": "ea0001"}, headers=east)
    assert asked.location == "/desk/erasures"
    assert "EA0001" in client.get("/desk/erasures", headers=secretary).text
    path, sure = "/desk/erasures/EA0001", {"decision": "erase", "number": "EA0001"}
    assert client.post(path, data=sure, headers=east).status_code == 403
    assert client.post(path, data=sure | {"number": "x"}, headers=secretary).status_code == 422
    assert client.post(path, data={"decision": "keep"}, headers=secretary).status_code == 422
    assert "Name EA 1" in client.get("/desk/volunteers", headers=east).text
    assert client.post(path, data=sure, headers=secretary).status_code == 303
    assert client.post(path, data=sure, headers=secretary).status_code == 404
    page = client.get("/desk/volunteers", headers=east).text
    assert ("EA0001" in page, "Name EA 1" in page) == (True, False)


def test_a_volunteer_asks_and_reads_that_it_waits(client, database, built):
    own = bearer(neighbourhood.volunteer_token(database, "EA0001", now=NOON))
    assert "Ask for my data" in client.get("/me/erasure?lang=en", headers=own).text
    for _ in range(2):
        assert client.post("/me/erasure", headers=own).location == "/me/erasure"
    assert "You have asked for it" in client.get("/me/erasure?lang=en", headers=own).text
    assert database.rows("SELECT asked_by FROM people_erasures") == [
        {"asked_by": "volunteer:EA0001"}
    ]
