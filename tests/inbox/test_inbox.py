"""Messages reach whom they are for, once, in the reader's language."""

from concurrent.futures import ThreadPoolExecutor
from string import Formatter

import pytest
from flask.testing import FlaskClient

from service import inbox
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.inbox.actions import UnknownKind
from service.inbox.words import WORDS
from tests.activities.town import NOW, Api, Town, build

MOVED = inbox.Message(
    "activity_moved",
    "moved:A1:1",
    {"title": "Clean yard", "place": "Yard 2", "starts_at": "2025-10-18T01:30:00+00:00"},
    "/activities/A1",
)


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    return build(database, settings, clock)


def ids(town: Town, *codes: str) -> list[int]:
    return [int(town.volunteer(code).id or 0) for code in codes]


def told(town: Town, message: inbox.Message, *codes: str) -> int:
    return int(town.run(inbox.tell, volunteer_ids=ids(town, *codes), message=message, now=NOW))


def test_the_same_key_tells_nobody_twice(town: Town) -> None:
    assert told(town, MOVED, "V0001", "V0002", "V0001") == 2
    assert told(town, MOVED, "V0002", "V0003") == 1
    assert town.count("inbox_messages") == 3


def test_nobody_to_tell_is_no_fault(town: Town) -> None:
    assert told(town, MOVED) == 0


def test_a_message_without_its_words_or_values_is_a_mistake(town: Town) -> None:
    with pytest.raises(UnknownKind):
        told(town, inbox.Message("nothing_of_ours", "k"), "V0001")
    with pytest.raises(UnknownKind):
        told(town, inbox.Message("activity_moved", "k", {"title": "x"}), "V0001")
    assert town.count("inbox_messages") == 0


def test_messages_are_told_in_the_reader_s_language(town: Town, client: FlaskClient) -> None:
    told(town, MOVED, "V0001")
    found = Api(client, town.tokens["V0001"]).get("/me/messages")
    assert found["unread"] == 1
    assert found["items"][0]["title"] == "Changed: Clean yard"
    assert "Saturday 18 October 9:30, Yard 2" in found["items"][0]["body"]
    chinese = client.get(
        "/api/v1/me/messages?lang=zh",
        headers={"Authorization": f"Bearer {town.tokens['V0001']}"},
    ).get_json()
    assert chinese["items"][0]["title"] == "活动有变：Clean yard"
    assert "10 月 18 日 星期六 9:30" in chinese["items"][0]["body"]


def test_reading_is_noted_once_and_only_by_the_one_it_is_for(
    town: Town, client: FlaskClient, clock: Clock
) -> None:
    told(town, MOVED, "V0001")
    mine, other = (Api(client, town.tokens[code]) for code in ("V0001", "V0002"))
    number = mine.get("/me/messages")["items"][0]["id"]
    other.post(f"/me/messages/{number}/read", status=404)
    assert mine.get("/me/messages")["unread"] == 1
    first = mine.post(f"/me/messages/{number}/read")["read_at"]
    clock.set(clock.now().replace(minute=30))
    assert mine.post(f"/me/messages/{number}/read")["read_at"] == first
    assert mine.get("/me/messages")["unread"] == 0
    assert other.get("/me/messages")["items"] == []


def test_a_long_inbox_comes_in_pages_without_gaps(town: Town, client: FlaskClient) -> None:
    for n in range(45):
        told(town, inbox.Message("star_granted", f"star:{n}", {"stars": n}), "V0001")
    mine, seen, before = Api(client, town.tokens["V0001"]), [], ""
    while True:
        page = mine.get(f"/me/messages{before}")
        seen += [one["title"] for one in page["items"]]
        if page["next"] is None:
            break
        before = f"?before={page['next']}"
    assert seen == [f"You are a volunteer of {n} stars now" for n in reversed(range(45))]


def test_staff_and_visitors_have_no_inbox(town: Town, client: FlaskClient) -> None:
    Api(client, town.tokens["U-SEC"]).get("/me/messages", status=403)
    Api(client, "nobody").get("/me/messages", status=401)


def test_the_home_page_counts_what_is_unread_and_opening_leads_on(
    town: Town, client: FlaskClient
) -> None:
    told(town, MOVED, "V0001")
    bearer = {"Authorization": f"Bearer {town.tokens['V0001']}", "Accept-Language": "en"}
    assert b"1 new message" in client.get("/home", headers=bearer).data
    page = client.get("/me/inbox", headers=bearer)
    assert b"Changed: Clean yard" in page.data
    number = town.one("SELECT id FROM inbox_messages")
    opened = client.post(f"/me/inbox/{number}", headers=bearer)
    assert (opened.status_code, opened.location) == (302, "/activities/A1")
    assert b"new message" not in client.get("/home", headers=bearer).data


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_the_words_of_every_kind_name_their_values(kind: str) -> None:
    for text in WORDS[kind]:
        for _, name, form, convert in Formatter().parse(text):
            assert name is None or (name.isidentifier() and not form and not convert)


def test_many_who_tell_at_once_tell_once(town: Town) -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: told(town, MOVED, "V0001", "V0002"), range(8)))
    assert sum(counts) == 2
    assert town.count("inbox_messages") == 2
