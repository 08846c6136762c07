"""Calendars to subscribe to, read back with a parser of the standard."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from flask.testing import FlaskClient
from icalendar import Calendar, Event

from tests.activities.town import Api, Town, at

ZONE = ZoneInfo("Asia/Shanghai")


def events(answer: Any) -> dict[str, Event]:
    """The events of an answer by their UID."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(answer.data)
    assert not found.errors
    return {str(one["UID"]): one for one in found.walk("VEVENT")}


def of_community(client: FlaskClient, code: str = "FM") -> dict[str, Event]:
    return events(client.get(f"/calendar/{code}.ics"))


def call_off(town: Town, client: FlaskClient, code: str = "A1") -> None:
    town.clock.set(at("06:00"))
    Api(client, town.tokens["U-ADM"]).post(
        f"/activities/{code}/cancellation", {"reason": "Heavy rain"}
    )


def link(town: Town, client: FlaskClient, who: str = "V0001", do: str = "new") -> str:
    bearer = {"Authorization": f"Bearer {town.tokens[who]}"}
    client.post("/me/calendar", data={"do": do}, headers=bearer)
    text = client.get("/me/calendar", headers=bearer).get_data(as_text=True)
    if "/calendar/mine/" not in text:
        return ""
    return "/calendar/mine/" + text.split("/calendar/mine/")[1].split("<")[0]


def test_a_community_s_activities_are_read_back_as_they_were_planned(
    town: Town, client: FlaskClient
) -> None:
    found = of_community(client)
    assert set(found) == {"a1@aixin.example", "a2@aixin.example"}
    one = found["a1@aixin.example"]
    assert one["SUMMARY"] == "Activity A1"
    assert one["LOCATION"] == "Yard 1"
    assert one["STATUS"] == "CONFIRMED"
    assert one["SEQUENCE"] == 0
    assert one["URL"] == "https://aixin.example/activities/A1"
    assert one.start == datetime(2025, 10, 18, 8, tzinfo=ZONE)
    assert one.end == datetime(2025, 10, 18, 10, tzinfo=ZONE)
    assert one["DTSTART"].params["TZID"] == "Asia/Shanghai"


def test_the_file_keeps_the_standard_s_rules(town: Town, client: FlaskClient) -> None:
    raw = client.get("/calendar/FM.ics").data
    lines = raw.decode().split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
    found = Calendar.from_ical(raw)
    assert (found["VERSION"], found["METHOD"]) == ("2.0", "PUBLISH")
    assert found["PRODID"]
    assert [str(zone["TZID"]) for zone in found.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    for one in found.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS"} <= set(one)
        assert one["DTSTAMP"].to_ical().endswith(b"Z")


def test_names_with_commas_and_line_breaks_survive(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    title, content = "扫雪，清冰; yard 1, 2", "带手套\n穿厚鞋" * 20
    admin.execute(
        "UPDATE activities SET title = %s, content = %s WHERE code = 'A1'", [title, content]
    )
    one = of_community(client)["a1@aixin.example"]
    assert (one["SUMMARY"], one["DESCRIPTION"]) == (title, content)


def test_a_changed_activity_keeps_its_name_and_counts_the_change(
    town: Town, client: FlaskClient
) -> None:
    before = of_community(client)["a2@aixin.example"]
    Api(client, town.tokens["U-ADM"]).call(
        "PUT", "/activities/A2",
        {"starts_at": "2025-10-19T09:00:00+08:00", "ends_at": "2025-10-19T11:00:00+08:00"},
    )  # fmt: skip
    after = of_community(client)["a2@aixin.example"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.start == before.start + timedelta(days=1)
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt


def test_what_is_called_off_is_said_so_and_drafts_are_not_said(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    call_off(town, client)
    admin.execute("UPDATE activities SET status = 'draft' WHERE code = 'A2'")
    found = of_community(client)
    assert set(found) == {"a1@aixin.example"}
    assert found["a1@aixin.example"]["STATUS"] == "CANCELLED"
    assert found["a1@aixin.example"]["SEQUENCE"] == 1


def test_a_draft_that_was_dropped_was_never_there(
    town: Town, client: FlaskClient, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE activities SET status = 'draft', published_at = NULL WHERE code = 'A2'")
    call_off(town, client, "A2")
    assert set(of_community(client)) == {"a1@aixin.example"}


def test_whoever_asks_again_hears_that_nothing_changed(town: Town, client: FlaskClient) -> None:
    first = client.get("/calendar/FM.ics")
    assert first.headers["Cache-Control"] == "public, max-age=900"
    tag = first.headers["ETag"]
    again = client.get("/calendar/FM.ics", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    town.clock.set(at("09:00"))
    assert client.get("/calendar/FM.ics").headers["ETag"] == tag
    town.clock.set(at("06:00"))
    call_off(town, client)
    assert client.get("/calendar/FM.ics", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("code", ["XX", "GZ"])
def test_other_communities_have_their_own(town: Town, client: FlaskClient, code: str) -> None:
    answer = client.get(f"/calendar/{code}.ics")
    if code == "GZ":
        assert events(answer) == {}
    else:
        assert answer.status_code == 404


def test_one_s_own_calendar_has_places_turns_and_what_one_leads(
    town: Town, client: FlaskClient
) -> None:
    states = {
        who: {uid: str(one["STATUS"]) for uid, one in own(town, client, who).items()}
        for who in ("V0002", "V0004", "V0010", "V0007")
    }
    assert states == {
        "V0002": {"a1@aixin.example": "CONFIRMED", "a2@aixin.example": "CONFIRMED"},
        "V0004": {"a1@aixin.example": "TENTATIVE"},
        "V0010": {"a1@aixin.example": "CONFIRMED"},
        "V0007": {},
    }


def own(town: Town, client: FlaskClient, who: str) -> dict[str, Event]:
    return events(client.get(link(town, client, who)))


def test_a_place_given_back_leaves_the_calendar_and_one_called_off_is_said_so(
    town: Town, client: FlaskClient
) -> None:
    town.clock.set(at("05:00"))
    Api(client, town.tokens["V0002"]).call("DELETE", "/activities/A1/signups")
    assert set(own(town, client, "V0002")) == {"a2@aixin.example"}
    call_off(town, client)
    assert set(own(town, client, "V0002")) == {"a2@aixin.example"}
    assert own(town, client, "V0003")["a1@aixin.example"]["STATUS"] == "CANCELLED"


def test_the_own_link_needs_no_cookie_and_is_for_its_holder_alone(
    town: Town, client: FlaskClient
) -> None:
    path = link(town, client)
    stranger = client.application.test_client()
    answer = stranger.get(path)
    assert set(events(answer)) == {"a1@aixin.example"}
    assert answer.headers["Cache-Control"] == "private, max-age=900"
    assert "Set-Cookie" not in answer.headers


def test_another_link_ends_the_old_one_and_taking_it_back_ends_both(
    town: Town, client: FlaskClient
) -> None:
    first = link(town, client)
    second = link(town, client)
    assert first != second
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    assert link(town, client, do="end") == ""
    assert client.get(second).status_code == 404


def test_what_the_database_holds_is_not_enough_for_a_link(town: Town, client: FlaskClient) -> None:
    good = link(town, client)
    serial = town.one("SELECT serial FROM activities_feeds")
    tail = good.removeprefix("/calendar/mine/").removesuffix(".ics")
    assert tail.startswith(f"{serial}.")
    flipped = tail[:-1] + ("a" if tail[-1] != "a" else "b")
    for wrong in (serial, f"{serial}.", flipped, "x", "ä", tail.upper()):
        assert client.get(f"/calendar/mine/{wrong}.ics").status_code == 404, wrong


def test_the_link_stands_where_a_volunteer_looks_for_it(town: Town, client: FlaskClient) -> None:
    bearer = {"Authorization": f"Bearer {town.tokens['V0001']}"}
    assert b'href="/me/calendar"' in client.get("/home/me", headers=bearer).data
    assert b"/calendar/FM.ics" in client.get("/me/calendar", headers=bearer).data
    staff = {"Authorization": f"Bearer {town.tokens['U-ADM']}"}
    assert client.get("/me/calendar", headers=staff).status_code == 403
