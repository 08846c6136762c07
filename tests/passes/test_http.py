"""Signing in, passes, cards and scanned codes over HTTP."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from PIL import Image

from service import passes, people
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD, bearer

STAFF = {"login": "R-EA", "password": PASSWORD}


@pytest.fixture
def built(app, database):
    return database.atomic(neighbourhood.build)


@pytest.fixture
def keys(settings):
    return passes.keyring(settings.secret_key, settings.public_url)


@pytest.fixture
def card(database, built, keys):
    def work(session):
        owner = people.volunteer(session, "EA0001")
        return passes.reissue_card(session, keys, volunteer=owner, now=NOON)

    return database.atomic(work)


@pytest.fixture
def east(database, built):
    return bearer(neighbourhood.staff_token(database, "R-EA", now=NOON))


@pytest.fixture
def west(database, built):
    return bearer(neighbourhood.staff_token(database, "R-WE", now=NOON))


@pytest.fixture
def volunteer(client, card):
    answer = client.post("/api/v1/sessions", json={"booklet": "EA0001", "pin": card.pin})
    client.delete_cookie("aixin_session")
    return bearer(answer.json["token"])


# ---------------------------------------------------------------- signing in


def test_staff_sign_in_and_the_token_opens_and_the_cookie_is_out_of_reach(client, built):
    answer = client.post("/api/v1/sessions", json=STAFF)
    assert answer.status_code == 201
    assert answer.json["roles"] == [{"role": "volunteer_admin", "scope": "EA"}]
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    client.delete_cookie("aixin_session")
    assert client.get("/api/v1/me", headers=bearer(answer.json["token"])).json["code"] == "R-EA"


def test_a_volunteer_signs_in_with_the_booklet_or_the_cards_number(client, card):
    for name in ("EA0001", " ea0001 ", card.number, f"{card.number[:4]} {card.number[4:]}"):
        answer = client.post("/api/v1/sessions", json={"booklet": name, "pin": card.pin})
        assert (answer.status_code, answer.json["code"]) == (201, "EA0001"), name
        client.delete_cookie("aixin_session")


@pytest.mark.parametrize(
    "sent",
    [
        {"login": "R-EA", "password": "wrong"},
        {"login": "nobody", "password": PASSWORD},
        {"login": "r-ea", "password": PASSWORD},
        {"booklet": "EA0002", "pin": "0000"},
        {"booklet": "nobody", "pin": "0000"},
        {"booklet": "00000000", "pin": "0000"},
    ],
)
def test_every_wrong_sign_in_reads_the_same(client, card, sent):
    answer = client.post("/api/v1/sessions", json=sent)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == "/problems/wrong-sign-in"
    assert "Set-Cookie" not in answer.headers


def test_five_wrong_pins_lock_the_booklet_until_tomorrow(client, card, clock):
    wrong = {"booklet": "EA0001", "pin": "0000" if card.pin != "0000" else "1111"}
    statuses = [client.post("/api/v1/sessions", json=wrong).status_code for _ in range(6)]
    assert statuses == [401] * 4 + [429] * 2
    right = {"booklet": "EA0001", "pin": card.pin}
    assert client.post("/api/v1/sessions", json=right).status_code == 429
    clock.set(datetime(2025, 10, 18, 16, 0, tzinfo=UTC))
    assert client.post("/api/v1/sessions", json=right).status_code == 201


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"login": "R-EA"},
        STAFF | {"booklet": "EA0001"},
        {"booklet": "EA0001", "pin": 1234},
        {"booklet": "EA0001", "pin": "12345"},
        {"booklet": "EA0001", "pin": "１２３４"},
        STAFF | {"remember": True},
        [],
        "text",
        None,
    ],
)
def test_a_malformed_sign_in_is_refused(client, built, sent):
    answer = client.post("/api/v1/sessions", json=sent)
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_what_is_not_json_is_refused(client, built):
    answer = client.post("/api/v1/sessions", data="{", content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_signing_out_ends_the_session_and_again_is_no_fault(client, built):
    headers = bearer(client.post("/api/v1/sessions", json=STAFF).json["token"])
    for _ in range(2):
        assert client.delete("/api/v1/sessions/current", headers=headers).status_code == 204
    assert client.get("/api/v1/me", headers=headers).json["kind"] == "anonymous"


def test_twenty_failures_a_minute_stop_an_address_and_no_other(client, built, redis):
    wrong = [{"booklet": f"EA00{nth}", "pin": "0000"} for nth in range(20, 41)]
    statuses = [client.post("/api/v1/sessions", json=one).status_code for one in wrong]
    assert statuses == [401] * 20 + [429]
    answer = client.post("/api/v1/sessions", json=STAFF)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert client.post("/sign-in", data=STAFF).status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    other = client.post("/api/v1/sessions", json=STAFF, environ_base=elsewhere)
    assert other.status_code == 201
    assert 0 < redis.ttl("limit:sign-in:127.0.0.1") <= 60


def test_right_sign_ins_are_never_counted(client, built, redis):
    client.post("/api/v1/sessions", json=STAFF)
    assert redis.keys("limit:*") == []


def test_without_redis_people_still_sign_in(client, built, app, monkeypatch):
    from redis import Redis

    gone = Redis.from_url("unix:///nowhere/redis.sock")
    monkeypatch.setitem(app.extensions, "aixin.redis", gone)
    wrong = client.post("/api/v1/sessions", json=STAFF | {"password": "wrong"})
    assert wrong.status_code == 401
    assert client.post("/api/v1/sessions", json=STAFF).status_code == 201


# -------------------------------------------------------------------- pages


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("/desk/volunteers", "/desk/volunteers"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
    ],
)
def test_the_page_signs_in_and_goes_on_only_on_our_host(client, built, wanted, there):
    answer = client.post("/sign-in", data=STAFF | {"next": wanted})
    assert (answer.status_code, answer.location) == (302, there)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "号码和密码对不上"), ("en", "These do not belong together")],
)
def test_the_page_says_what_was_wrong_and_keeps_the_number(client, card, language, words):
    form = {"booklet": "EA0001", "pin": "x"}
    answer = client.post(f"/sign-in?lang={language}", data=form)
    assert answer.status_code == 401
    assert words in answer.text
    assert 'value="EA0001"' in answer.text


def test_signing_out_needs_our_own_pages_token(client, built):
    client.post("/sign-in", data=STAFF)
    assert client.post("/sign-out").status_code == 403
    page = client.get("/desk/volunteers").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = client.post("/sign-out", data={"csrf_token": token})
    assert answer.location == "/sign-in"
    assert client.get("/desk/volunteers").location == "/sign-in?next=/desk/volunteers"


def test_practice_sign_ins_are_not_shown_elsewhere(client, built):
    assert "practice" not in client.get("/sign-in?lang=en").text.lower()


# ------------------------------------------------------------ passes, cards


def test_a_phone_gets_twenty_codes_and_their_pictures(client, volunteer, database, keys):
    said = client.get("/api/v1/me/passes", headers=volunteer).json
    assert said["step_seconds"] == 30
    assert datetime.fromisoformat(said["server_time"]) == NOON
    assert said["tail"] == "001"
    assert len(said["codes"]) == 20
    for at, one in enumerate(said["codes"]):
        moment = NOON + timedelta(seconds=30 * at)
        assert passes.resolve(database, keys, one["url"], at=moment).status == "ok"
    assert said["codes"][0]["svg"] == passes.svg(said["codes"][0]["url"])


def test_only_a_volunteer_has_a_pass(client, east):
    assert client.get("/api/v1/me/passes").status_code == 401
    assert (
        client.get("/api/v1/me/passes", headers=east).status_code == 403
    )  # signed in, no volunteer


def test_a_pass_of_a_lost_phone_ends_at_once(client, volunteer, east):
    assert (
        client.delete("/api/v1/volunteers/EA0001/passes/current", headers=east).status_code == 204
    )
    answer = client.get("/api/v1/me/passes", headers=volunteer)
    assert (answer.status_code, answer.json["type"]) == (404, "/problems/no-pass")


def test_a_recorder_reissues_a_card_and_hears_it_once(client, database, keys, card, east, admin):
    answer = client.post("/api/v1/volunteers/EA0001/cards", headers=east)
    assert answer.status_code == 201
    new = answer.json
    assert new["booklet"] == "EA0001"
    assert passes.resolve(database, keys, card.url, at=NOON).status == "card_replaced"
    assert passes.resolve(database, keys, new["url"], at=NOON).code == "EA0001"
    signed = client.post("/api/v1/sessions", json={"booklet": "EA0001", "pin": new["pin"]})
    assert signed.status_code == 201
    noted = admin.execute("SELECT actor, action, subject FROM trail_records").fetchall()
    assert noted == [
        ("staff:R-EA", "card.reissue", "volunteer:EA0001"),
        ("volunteer:EA0001", "session.open", "volunteer:EA0001"),
    ]
    told = admin.execute("SELECT type FROM outbox_events ORDER BY id").fetchall()
    assert told == [("PassReissued",), ("PassIssued",)]


@pytest.mark.parametrize("path", ["cards", "passes/current", "cards/current"])
def test_another_communitys_volunteer_is_not_there(client, card, west, path):
    send = client.post if path == "cards" else client.delete
    answer = send(f"/api/v1/volunteers/EA0001/{path}", headers=west)
    unknown = send(f"/api/v1/volunteers/ZZ9999/{path}", headers=west)
    assert (answer.status_code, answer.json) == (404, unknown.json)


def test_a_volunteer_reports_the_own_card_lost_and_nobody_elses(
    client, database, keys, card, volunteer
):
    other = client.delete("/api/v1/volunteers/EA0002/cards/current", headers=volunteer)
    assert other.status_code == 404
    own = client.delete("/api/v1/volunteers/EA0001/cards/current", headers=volunteer)
    assert own.status_code == 204
    assert passes.resolve(database, keys, card.url, at=NOON).status == "card_blocked"
    assert client.post("/api/v1/volunteers/EA0001/cards", headers=volunteer).status_code == 403


def test_the_printed_page_shows_the_card_once_and_the_pin_on_its_own_slip(client, card, east):
    asked = client.get("/desk/volunteers/EA0001/booklet", headers=east)
    assert "<form" in asked.text
    page = client.post("/desk/volunteers/EA0001/booklet", headers=east)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    cuts = page.text.split("<section")[1:]
    pin = re.search(r'<b class="no8">(\d{4})</b>', cuts[2])[1]
    assert f">{pin}<" not in cuts[0] + cuts[1]
    signed = client.post("/api/v1/sessions", json={"booklet": "EA0001", "pin": pin})
    assert signed.status_code == 201


# ------------------------------------------------------------ scanned codes


@pytest.fixture
def rows(admin):
    def count():
        tables = ("people_sessions", "passes_bindings", "passes_uses", "trail_records")
        found = [admin.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in tables]
        return [*found, *admin.execute("SELECT count(*) FROM outbox_events").fetchone()]

    return count


def test_a_right_card_and_a_wrong_one_open_the_same_page_and_change_nothing(
    client, card, volunteer, rows
):
    before = rows()
    path = card.url.removeprefix("https://aixin.example")
    pages = {client.get(one).text for one in (path, "/c/00000000000000", "/c/x", "/p/a.1.b")}
    assert len(pages) == 1
    assert rows() == before


@pytest.mark.parametrize(
    ("who", "link"), [("east", "/activities"), ("volunteer", "/home"), (None, "/sign-in")]
)
def test_a_scanned_card_says_what_the_viewer_can_do(client, card, request, who, link):
    headers = request.getfixturevalue(who) if who else {}
    page = client.get("/c/00000000000000", headers=headers).text
    assert re.search(r'class="btn main wide" href="([^"]+)"', page)[1] == link


def test_a_till_is_led_to_its_page(client, database, built):
    token = database.atomic(
        lambda s: people.pair_device(s, name="T", paired_by="x", shop_id=1, now=NOON)[1]
    )
    assert 'href="/till"' in client.get("/c/x", headers=bearer(token)).text


def test_a_poster_and_the_code_of_the_place_lead_to_the_activity(client, built, keys):
    assert client.get("/e/A1").location == "/activities/a1"
    code = passes.onsite_code(keys, "secret", "A1", at=NOON)
    path = code.url.removeprefix("https://aixin.example")
    there = client.get(path).location
    assert there == path.replace("/s/a1.", "/activities/a1?onsite=")


@pytest.mark.parametrize("path", ["/e/a1", "/m/S01"])
def test_public_codes_are_drawn(client, built, path):
    assert client.get("/qr.svg", query_string={"path": path}).mimetype == "image/svg+xml"
    drawn = client.get("/qr.png", query_string={"path": path})
    from io import BytesIO

    found = zxingcpp.read_barcode(Image.open(BytesIO(drawn.data)))
    assert found.text == f"https://aixin.example{path.lower()}"


@pytest.mark.parametrize(
    "path", ["/c/00000000000000", "hello", "https://evil.example/e/a1", "/e/a b", "/v/x", ""]
)
def test_no_other_text_is_ever_drawn(client, built, path):
    assert client.get("/qr.svg", query_string={"path": path}).status_code in {404, 422}


def test_a_standee_says_how_to_redeem_and_can_start_nothing(client, built, volunteer, rows):
    before = rows()
    pages = {client.get(f"/m/{shop}?lang=en", headers=volunteer).text for shop in ("S01", "zz")}
    assert len(pages) == 1
    assert "Show your member code" in next(iter(pages))
    assert "<form" not in next(iter(pages)).split("<main", 1)[1].split("</main>")[0]
    assert rows() == before
