"""Messages reach whoever agreed by e-mail too: confirmed, hidden, once, until stopped."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from service import inbox, scope
from service.clock import Clock
from service.config import Settings, SettingsError
from service.db import Database
from service.inbox import deliveries
from service.inbox.channels import Channel, Parcel, Result
from service.inbox.channels.smtp import Server, Smtp
from service.inbox.words import WORDS, topic_of
from tests.activities.town import NOW, Api, build
from tests.inbox.conftest import MINE, MOVED, POINTS, SENDER, Bench
from tests.inbox.mailserver import Mailbox, mail_server


def test_an_address_counts_when_it_was_confirmed_from_its_mailbox(bench: Bench) -> None:
    asked = bench.put("V0001", MINE)
    assert (asked["status"], asked["address"]) == ("asked", "r…@mail.example")
    bench.tell(MOVED, "V0001")  # not yet agreed: this one stays in the inbox
    assert bench.post() == {"sent": 1}
    question = bench.mailbox.mails.pop()
    assert question["To"] == MINE
    link = bench.link(question)
    assert bench.client.get(link).status_code == 200  # a look by a robot changes nothing
    assert bench.api("V0001").get("/me/notices")["items"][0]["status"] == "asked"
    for _ in range(2):
        assert bench.client.post(link).status_code == 200
    found = bench.api("V0001").get("/me/notices")["items"][0]
    assert (found["status"], found["topics"]) == (
        "confirmed",
        ["activities", "points", "records", "matters"],
    )
    given = {"volunteer": "V0001", "purpose": "email"}
    assert bench.town.events("ConsentGiven") == [given]  # told once, and without the address


def test_a_message_is_sent_once_encrypted_and_names_nobody_above(bench: Bench) -> None:
    bench.join("V0001")
    assert bench.tell(MOVED, "V0001", "V0002") == 2
    assert bench.tell(MOVED, "V0001") == 0
    assert bench.post() == {"sent": 1}
    assert bench.post() == {}
    (mail,) = bench.mailbox.mails
    assert mail["Subject"] == "Aixin: about an activity of yours"
    body = mail.get_content()
    assert "Changed: Clean yard" in body
    assert "https://aixin.example/activities/A1" in body
    assert "V0001" not in str(mail)
    assert "志愿者" not in body  # no name in it at all
    assert bench.mailbox.encrypted == [True, True]


def test_what_a_neighbour_tells_is_copied_as_well(bench: Bench) -> None:
    """A volunteer who serves next door hears of it from there, behind that community's wall."""
    bench.join("V0001")
    reader = bench.town.volunteer("V0001").id
    (next_door,) = bench.town.database.rows("SELECT id FROM people_units WHERE code = 'GZ'")
    with scope.within(scope.spelled([next_door["id"]])):
        assert bench.town.run(inbox.tell, volunteer_ids=[reader], message=MOVED, now=NOW) == 1
    assert bench.post() == {"sent": 1}
    assert bench.mailbox.mails[0]["To"] == MINE


def test_a_mail_speaks_the_language_in_which_it_was_asked_for(bench: Bench) -> None:
    headers = {"Authorization": f"Bearer {bench.town.tokens['V0001']}", "Accept-Language": "zh-CN"}
    bench.client.put("/api/v1/me/notices/email", json={"address": MINE}, headers=headers)
    bench.post()
    question = bench.mailbox.mails.pop()
    assert question["Subject"] == "爱心积分：请确认这个邮箱"
    bench.client.post(bench.link(question))
    bench.tell(MOVED, "V0001")
    bench.post()
    assert "10 月 18 日 星期六 9:30" in bench.mailbox.mails.pop().get_content()


def test_what_is_muted_stays_in_the_inbox(bench: Bench) -> None:
    bench.join("V0001")
    chosen = bench.api("V0001").call("PUT", "/me/notices/email/topics", {"topics": ["points"]})
    assert chosen.get_json()["topics"] == ["points"]
    bench.tell(MOVED, "V0001")
    bench.tell(POINTS, "V0001")
    assert bench.post() == {"sent": 1}
    assert "points" in bench.mailbox.mails.pop()["Subject"]
    assert bench.api("V0001").get("/me/messages")["unread"] == 2


def test_one_tap_in_the_mail_stops_them_all(bench: Bench) -> None:
    bench.join("V0001")
    bench.tell(MOVED, "V0001")
    bench.post()
    mail = bench.mailbox.mails.pop()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = urlsplit(mail["List-Unsubscribe"].strip().strip("<>")).path
    bench.tell(POINTS, "V0001")
    for _ in range(2):
        assert bench.client.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert bench.post() == {}
    assert bench.statuses()[-1] == "stopped"
    assert (
        bench.town.one("SELECT count(*) FROM identity.inbox_addresses WHERE address IS NOT NULL")
        == 0
    )
    assert len(bench.town.events("ConsentWithdrawn")) == 1


def test_nobody_else_s_address_can_be_seen_or_ended(bench: Bench) -> None:
    bench.join("V0001")
    assert bench.api("V0002").get("/me/notices")["items"][0]["status"] == "none"
    bench.api("V0002").call("DELETE", "/me/notices/email")
    assert bench.api("V0001").get("/me/notices")["items"][0]["status"] == "confirmed"
    number = bench.town.one("SELECT id FROM identity.inbox_addresses")
    for forged in (f"{number}-aaaa", f"{number}", "x-y", "9" * 30 + "-a"):
        assert bench.client.post(f"/notices/{forged}").status_code == 404
        assert bench.client.post(f"/notices/{forged}/stop").status_code == 404


def test_a_link_for_confirming_cannot_stop_and_is_over_after_a_day(bench: Bench) -> None:
    bench.put("V0001", MINE)
    bench.post()
    link = bench.link(bench.mailbox.mails.pop())
    assert bench.client.post(f"{link}/stop").status_code == 404
    bench.later(hours=25)
    assert bench.client.post(link).status_code == 410
    assert bench.api("V0001").get("/me/notices")["items"][0]["status"] == "late"


def test_a_busy_server_is_tried_again_and_what_it_said_is_kept(bench: Bench) -> None:
    bench.join("V0001")
    bench.tell(MOVED, "V0001")
    bench.mailbox.answers[MINE] = f"451 {MINE} is busy"
    assert bench.post() == {"waiting": 1}
    assert bench.post() == {}  # not before the wait is over
    outcome = bench.town.one("SELECT outcome FROM inbox_deliveries ORDER BY id DESC LIMIT 1")
    assert outcome == "451 … is busy"  # without the address
    bench.mailbox.answers.clear()
    bench.later(minutes=2)
    assert bench.post() == {"sent": 1}


def test_after_the_last_try_it_is_given_up(bench: Bench) -> None:
    bench.join("V0001")
    bench.tell(MOVED, "V0001")
    bench.mailbox.answers[MINE] = "451 busy"
    ended = []
    for _ in range(7):
        ended.append(bench.post())
        bench.later(hours=8, minutes=1)
    assert ended == [{"waiting": 1}] * 5 + [{"failed": 1}, {}]
    assert bench.town.run(deliveries.counts, now=bench.town.clock.now())["failed"] == 1


def test_a_mailbox_that_is_not_there_is_never_written_to_again(bench: Bench) -> None:
    bench.join("V0001")
    bench.tell(MOVED, "V0001")
    bench.mailbox.answers[MINE] = "550 no such user"
    assert bench.post() == {"failed": 1}
    bench.tell(POINTS, "V0001")
    assert bench.post() == {}
    assert bench.api("V0001").get("/me/notices")["items"][0]["status"] == "none"
    told = [letter["kind"] for letter in bench.api("V0001").get("/me/messages")["items"]]
    assert told.count("address_refused") == 1


def test_a_server_that_is_away_or_open_to_all_gets_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.join("V0001")
    bench.tell(MOVED, "V0001")
    assert bench.post(Smtp("smtp://127.0.0.1:1", SENDER)) == {"waiting": 1}
    bench.later(minutes=2)
    with mail_server(tmp_path, tls=False) as (mailbox, url, _):
        assert bench.post(Smtp(url.partition("?")[0], SENDER)) == {"waiting": 1}
        assert mailbox.mails == []  # it cannot hide what is said, so nothing was said
    bench.later(minutes=6)
    assert bench.post(Smtp(bench.url, SENDER)) == {"waiting": 1}  # nobody vouches for it
    assert bench.mailbox.mails == []


def test_a_worker_that_died_is_followed_by_another(bench: Bench) -> None:
    bench.join("V0001")
    bench.tell(MOVED, "V0001")
    assert len(bench.town.run(deliveries.take, now=bench.town.clock.now())) == 1
    assert bench.post() == {}  # somebody has it in hand
    bench.later(minutes=11)
    assert bench.post() == {"sent": 1}


def test_two_workers_send_each_message_once(bench: Bench) -> None:
    people = [f"V000{n}" for n in (1, 2, 3, 4, 5)]
    for n, who in enumerate(people):
        bench.join(who, f"r{n}@mail.example")
    bench.tell(MOVED, *people)
    with ThreadPoolExecutor(2) as pool:
        ended = [done.result() for done in [pool.submit(bench.post) for _ in range(2)]]
    assert sum(one.get("sent", 0) for one in ended) == 5
    assert len({mail["To"] for mail in bench.mailbox.mails}) == len(bench.mailbox.mails) == 5


def test_an_address_sent_twice_is_asked_once_and_a_fourth_one_is_refused(bench: Bench) -> None:
    for _ in range(3):
        bench.put("V0001", MINE)
    assert bench.statuses() == ["waiting"]
    bench.put("V0001", "two@mail.example")
    bench.put("V0001", "three@mail.example")
    refused = bench.put("V0001", "four@mail.example", status=429)
    assert refused["errors"][0]["pointer"] == "#/address"
    assert bench.statuses() == ["stopped", "stopped", "waiting"]


@pytest.mark.parametrize("wrong", ["", "x", "a@b", "a b@c.example", "x" * 250 + "@c.example"])
def test_a_wrong_address_is_said_beside_its_field(bench: Bench, wrong: str) -> None:
    refused = bench.put("V0001", wrong, status=422)
    assert refused["errors"][0]["pointer"] == "#/address"
    assert bench.statuses() == []
    assert bench.town.one("SELECT count(*) FROM identity.inbox_addresses") == 0


@pytest.mark.parametrize("name", ["wechat", "sms", "pigeon"])
def test_a_way_that_is_not_set_up_takes_no_address(bench: Bench, name: str) -> None:
    answer = bench.api("V0001").call("PUT", f"/me/notices/{name}", {"address": MINE})
    assert answer.status_code == 404
    ready = {one["channel"]: one["ready"] for one in bench.api("V0001").get("/me/notices")["items"]}
    assert ready == {"email": True, "wechat": False, "sms": False}


def test_without_a_mail_server_nothing_is_offered(
    client: FlaskClient, database: Database, settings: Settings, clock: Clock
) -> None:
    town = build(database, settings, clock)
    api = Api(client, town.tokens["V0001"])
    assert not any(one["ready"] for one in api.get("/me/notices")["items"])
    assert api.call("PUT", "/me/notices/email", {"address": MINE}).status_code == 404


@pytest.mark.parametrize("channel", inbox.channels(Settings("test", "", "", "", "", "")).values())
def test_a_way_without_settings_says_so_and_sends_nothing(channel: Channel) -> None:
    parcel = Parcel(1, channel.name, MINE, "en", "s", "b", "https://aixin.example/stop")
    assert not channel.ready
    assert channel.send(parcel).result is not Result.SENT
    channel.close()


def test_the_page_says_how_far_it_is(bench: Bench) -> None:
    headers = {"Authorization": f"Bearer {bench.town.tokens['V0001']}", "Accept-Language": "en"}
    page = bench.client.get("/me/notices", headers=headers).text
    assert "Your e-mail address" in page
    assert "not open here yet" in page
    sent = {"address": "nonsense"}
    wrong = bench.client.post("/me/notices/email", data=sent, headers=headers)
    assert wrong.status_code == 422
    assert "Not a valid email address." in wrong.text
    assert 'value="nonsense"' in wrong.text
    done = bench.client.post("/me/notices/email", data={"address": MINE}, headers=headers)
    assert done.headers["Location"] == "/me/notices?said=asked"
    assert "not confirmed yet" in bench.client.get("/me/notices", headers=headers).text
    assert "Sign in" not in bench.client.get("/home/me", headers=headers).text


def test_every_kind_of_message_has_a_topic() -> None:
    topics = {kind: topic_of(kind) for kind in WORDS}
    assert topics["star_granted"] == "records"
    assert topics["waitlist_promoted"] == "activities"
    assert topics["not_counted"] == topics["entry_refused"] == "points"
    assert topics["matter_taken"] == "matters"


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://u:p%40ss@mail.example", 587, "start"),
        ("smtps://mail.example", 465, "whole"),
        ("smtp://mail.example:25?starttls=no", 25, "no"),
    ],
)
def test_the_way_to_the_server_is_read_from_its_address(url: str, port: int, tls: str) -> None:
    found = Server.at(url)
    assert (found.host, found.port, found.tls) == ("mail.example", port, tls)
    assert found.password == ("p@ss" if "@mail" in url and ":p" in url else "")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"SMTP_URL": "http://x", "MAIL_FROM": "a@b"}, "SMTP_URL must start"),
        ({"SMTP_URL": "smtp://x"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtp://x?starttls=no", "MAIL_FROM": "a@b"}, "in the open"),
    ],
)
def test_settings_that_cannot_send_are_refused_at_the_start(
    given: dict[str, str], wrong: str
) -> None:
    with pytest.raises(SettingsError, match=wrong):
        Settings.from_env({"AIXIN_ENV": "production", **given})


def test_a_server_with_a_certificate_of_its_own_is_trusted_only_by_name(
    server: tuple[Mailbox, str, ssl.SSLContext],
) -> None:
    parcel = Parcel(1, "email", MINE, "en", "s", "b", "https://aixin.example/stop")
    knows, stranger = Smtp(server[1], SENDER, trusted=server[2]), Smtp(server[1], SENDER)
    assert knows.send(parcel).result is Result.SENT
    assert stranger.send(parcel).result is Result.LATER
    knows.close()
