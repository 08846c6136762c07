"""The list of what did not fit: read by those who keep the gate, settled by a named person."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from service.activities.actions.gate import Sent
from tests.activities.queues import read, table, upload
from tests.activities.town import Api, Town, at


@pytest.fixture
def listed(town: Town) -> Town:
    """V0002 checked out at nine and never in; V0010, the leader, as well."""
    upload(town, read(town, "V0002", "09:00", "out"))
    upload(town, read(town, "V0010", "09:10", "out"), who="U-ADM")
    return town


def items(client: FlaskClient, town: Town, who: str, query: str = "") -> list[dict[str, Any]]:
    answer = Api(client, town.tokens[who]).get(f"/activities/A1/problems{query}")
    found: list[dict[str, Any]] = answer["items"]
    return found


def test_the_leader_sees_tails_and_words(listed: Town, client: FlaskClient) -> None:
    rows = items(client, listed, "V0010")
    assert [(row["kind"], row["tail"]) for row in rows] == [
        ("out_without_in", "010"), ("out_without_in", "002"),
    ]  # fmt: skip
    assert rows[1]["text"]["title"] == "Check-out without check-in"
    assert rows[1]["occurred_at"] == at("09:00").isoformat()


@pytest.mark.parametrize(("who", "status"), [("V0001", 403), ("U-GZ", 404), ("U-SUP", 200)])
def test_who_reads_the_list(listed: Town, client: FlaskClient, who: str, status: int) -> None:
    answer = Api(client, listed.tokens[who]).call("GET", "/activities/A1/problems")
    assert answer.status_code == status


def settle(client: FlaskClient, town: Town, who: str, number: int, **more: Any) -> Any:
    body = {"resolution": "noted", "note": "asked the leader"} | more
    return Api(client, town.tokens[who]).call("POST", f"/problems/{number}/resolution", body)


def test_a_row_is_settled_with_a_name_and_a_note(listed: Town, client: FlaskClient) -> None:
    number = items(client, listed, "V0010")[1]["id"]
    for _ in range(2):
        answer = settle(client, listed, "U-ADM", number)
        assert (answer.status_code, answer.get_json()["resolution"]) == (200, "noted")
    assert settle(client, listed, "U-SEC", number).status_code == 409
    assert len(items(client, listed, "V0010", "?open=1")) == 1
    row = listed.database.call("SELECT resolved_by, note FROM activities_problems ORDER BY id")
    assert row == {"resolved_by": "staff:U-ADM", "note": "asked the leader"}
    assert listed.one("SELECT count(*) FROM trail_records WHERE action = 'resolve'") == 1


def test_a_stay_is_counted_by_a_person_s_word_and_marked(listed: Town, client: FlaskClient) -> None:
    number = items(client, listed, "V0010")[1]["id"]
    times = {"in_at": at("08:05").isoformat(), "out_at": at("09:00").isoformat()}
    answer = settle(client, listed, "V0010", number, resolution="counted", **times)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    [row] = table(listed)
    assert (row["in_at"], row["out_at"], row["in_way"]) == (at("08:05"), at("09:00"), "C4")
    assert (row["assurance"], row["signup"]) == ("A0", "came")
    assert listed.one("SELECT amended_by FROM activities_attendances") == "volunteer:V0010"


@pytest.mark.parametrize(
    ("came", "left"), [("09:00", "08:00"), ("07:00", "09:00"), ("08:00", "11:01"), ("08:00", None)]
)
def test_times_that_cannot_be_meant_change_nothing(
    listed: Town, client: FlaskClient, came: str, left: str | None
) -> None:
    number = items(client, listed, "V0010")[1]["id"]
    times = {"in_at": at(came).isoformat(), "out_at": at(left).isoformat() if left else None}
    answer = settle(client, listed, "V0010", number, resolution="counted", **times)
    assert answer.status_code == 422
    assert table(listed) == []
    assert len(items(client, listed, "V0010", "?open=1")) == 2


def test_nobody_settles_what_is_about_himself(listed: Town, client: FlaskClient) -> None:
    number = items(client, listed, "V0010")[0]["id"]
    assert settle(client, listed, "V0010", number).status_code == 409
    assert settle(client, listed, "U-ADM", number).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("V0001", 404), ("U-GZ", 404), ("U-SUP", 403)])
def test_who_does_not_keep_the_gate_settles_nothing(
    listed: Town, client: FlaskClient, who: str, status: int
) -> None:
    number = items(client, listed, "V0010")[1]["id"]
    assert settle(client, listed, who, number).status_code == status


def test_what_came_after_confirmation_cannot_be_counted_here(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE activities SET status = 'confirmed' WHERE code = 'A1'")
    upload(town, read(town, "V0002", "09:00"))
    row = items(client, town, "V0010")[0]
    assert row["kind"] == "confirmed"
    times = {"in_at": at("08:05").isoformat(), "out_at": at("09:00").isoformat()}
    answer = settle(client, town, "V0010", row["id"], resolution="counted", **times)
    assert answer.status_code == 409
    page = Api(client, town.tokens["U-ADM"])
    html = client.get(
        "/activities/A1/problems", headers={"Authorization": f"Bearer {page.token}"}
    ).text
    assert "/desk/awards?activity=A1&amp;volunteer=V0002&amp;day=2025-10-18&amp;from=09:00" in html


def browse(client: FlaskClient, town: Town, who: str, path: str) -> Any:
    headers = {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": "en"}
    return client.get(path, headers=headers)


def test_the_pages_show_the_list_without_names(listed: Town, client: FlaskClient) -> None:
    leader = browse(client, listed, "V0010", "/activities/A1/problems")
    assert leader.status_code == 200
    assert "Check-out without check-in" in leader.text
    assert "V0002" not in leader.text
    assert "志愿者" not in leader.text
    desk = browse(client, listed, "U-ADM", "/desk/problems")
    assert "V0002" in desk.text
    assert "志愿者002" not in desk.text
    assert browse(client, listed, "U-GZ", "/desk/problems").text.count("V0002") == 0
    assert browse(client, listed, "V0010", "/desk/problems").status_code == 403


def test_the_sheet_says_that_something_needs_a_look(listed: Town, client: FlaskClient) -> None:
    sheet = browse(client, listed, "V0010", "/activities/A1/confirm").text
    assert "2 scans need a look" in sheet
    assert 'href="/activities/A1/problems"' in sheet


def post(client: FlaskClient, town: Town, who: str, path: str, **form: Any) -> Any:
    headers = {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": "en"}
    return client.post(path, data=form, headers=headers)


def test_the_form_counts_a_stay_and_keeps_heads(listed: Town, client: FlaskClient) -> None:
    number = items(client, listed, "V0010")[1]["id"]
    path = f"/activities/A1/problems/{number}"
    form = {"resolution": "counted", "note": "was here", "in": "08:00", "out": "09:00"}
    assert post(client, listed, "V0010", path, **form).status_code == 302
    assert table(listed)[0]["in_at"] == at("08:00")
    heads = {"count": "12", "nonce": "h1"}
    for _ in range(2):
        post(client, listed, "V0010", "/activities/A1/headcounts", **heads)
    assert listed.count("activities_headcounts") == 1
    shown = browse(client, listed, "V0010", "/activities/A1/problems").text
    assert "difference 12" in shown


def test_a_note_must_say_something(listed: Town, client: FlaskClient) -> None:
    number = items(client, listed, "V0010")[1]["id"]
    answer = post(client, listed, "V0010", f"/activities/A1/problems/{number}", resolution="noted")
    assert answer.status_code == 422
    assert "Please write why" in answer.text


def test_headcounts_stand_beside_the_gate_s_own_number(town: Town, client: FlaskClient) -> None:
    upload(town, read(town, "V0001", "08:00"), read(town, "V0002", "08:00"))
    leader = Api(client, town.tokens["V0010"])
    said = leader.post("/activities/A1/headcounts", {"count": 3, "nonce": "h"})
    assert (said["count"], said["present"], said["difference"]) == (3, 2, 1)
    assert leader.post("/activities/A1/headcounts", {"count": 3, "nonce": "h"})["replayed"]
    assert [row["difference"] for row in leader.get("/activities/A1/headcounts")["items"]] == [1]
    Api(client, town.tokens["V0001"]).post(
        "/activities/A1/headcounts", {"count": 3, "nonce": "x"}, 403
    )


def test_the_list_is_read_page_by_page(town: Town, client: FlaskClient) -> None:
    sent = [
        Sent(
            "nonsense", "in", f"g{n}", activity="A1", occurred_at=at("08:00") + timedelta(seconds=n)
        )
        for n in range(35)
    ]
    upload(town, *sent)
    leader = Api(client, town.tokens["V0010"])
    first = leader.get("/activities/A1/problems")
    rest = leader.get(f"/activities/A1/problems?before={first['next']}")
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (30, 5, None)
