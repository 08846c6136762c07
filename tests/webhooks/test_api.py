"""Partners and set-aside events over HTTP: the administrator's, and only of own programmes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlmodel import Session, col, select

from service import outbox, people, programmes
from service.webhooks import rules
from tests.shops.market import employ
from tests.webhooks.conftest import MORNING, Office

TYPES = ["ShopAdmitted"]


@pytest.fixture
def town(office: Office) -> Office:
    """U-ADMIN administrates the market's sub-district, U-FAR another one with a programme."""
    office.market.run(found_staff, market=office.market)
    return office


def found_staff(session: Session, *, market: Any) -> None:
    other = people.found_unit(
        session, kind=people.UnitKind.SUBDISTRICT, code="FAR", name="Far away"
    )
    away = programmes.open_programme(session, code="AWAY", name="Away")
    people.found_unit(
        session,
        kind=people.UnitKind.COMMUNITY,
        code="FAR-1",
        name="Far one",
        parent_id=other.id,
        programme_id=away.id,
    )
    administrator = people.Role.ADMINISTRATOR
    employ(session, market, "U-ADMIN", role=administrator, scope="TOWN")
    employ(session, market, "U-FAR", role=administrator, scope="FAR")


def asked(town: Office, **more: Any) -> dict[str, Any]:
    said = {"programme": code(town), "title": "City", "url": town.partner.url, "types": TYPES}
    return said | more


def code(town: Office) -> str:
    return str(town.market.one("SELECT code FROM programmes WHERE id = %(id)s",
                               id=town.market.programme_id))  # fmt: skip


def made(town: Office) -> int:
    answer = town.market.post("/webhooks", asked(town), by="U-ADMIN")
    assert answer.status_code == 201, answer.text
    number: int = answer.json["id"]
    return number


def put(town: Office, number: int, **said: Any) -> Any:
    headers = {"Authorization": f"Bearer {town.market.tokens['U-ADMIN']}"}
    body = {"title": "City", "types": TYPES} | said
    return town.market.client.put(f"/api/v1/webhooks/{number}", json=body, headers=headers)


def test_an_address_is_opened_once_and_shows_no_secret_until_asked(town: Office) -> None:
    number = made(town)
    assert made(town) == number
    listed = town.market.get("/webhooks", by="U-ADMIN").json
    assert [one["id"] for one in listed["items"]] == [number]
    assert "salt" not in listed["items"][0]
    told = town.market.post(f"/webhooks/{number}/secret", {}, by="U-ADMIN").json
    key = town.market.settings.secret_key
    assert told["secret"] == rules.secret(key, town.endpoint().salt, 1)
    assert town.market.count("trail_records WHERE action = 'webhook.secret_shown'") == 1
    other = town.market.post("/webhooks", asked(town, title="Other"), by="U-ADMIN")
    assert (other.status_code, other.json["type"]) == (422, "/problems/key-reused")


@pytest.mark.parametrize(
    ("said", "slug", "field"),
    [
        ({"url": "https://10.0.0.7/x"}, "address-refused", "url"),
        ({"url": "https://[::ffff:169.254.169.254]/"}, "address-refused", "url"),
        ({"url": "ftp://partner.example/"}, "address-refused", "url"),
        ({"url": "https://me:secret@partner.example/"}, "address-refused", "url"),
        ({"types": ["Nonsense"]}, "unknown-event-type", "types"),
        ({"programme": "AWAY"}, "unknown-programme", "programme"),
        ({"types": []}, "invalid", "types"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(
    town: Office, said: dict[str, Any], slug: str, field: str
) -> None:
    answer = town.market.post("/webhooks", asked(town, **said), by="U-ADMIN")
    assert (answer.status_code, answer.json["type"]) == (422, f"/problems/{slug}")
    assert answer.json["errors"][0]["pointer"] == f"#/{field}"
    assert town.market.count("webhooks_endpoints") == 0


@pytest.mark.parametrize("who", ["U-CH", "U-SEC", "U-ADM", "A-OWNER", "V0001", "A"])
def test_nobody_else_sees_or_does_anything(town: Office, who: str) -> None:
    number = made(town)
    for path in ("/webhooks", f"/webhooks/{number}", f"/webhooks/{number}/deliveries"):
        assert town.market.get(path, by=who).status_code == 403, path
    assert town.market.get("/events/failures", by=who).status_code == 403
    for path in (f"/webhooks/{number}/secret", "/events/failures/retry"):
        assert town.market.post(path, {}, by=who).status_code == 403


def test_another_sub_district_s_administrator_sees_nothing_of_it(town: Office) -> None:
    number = made(town)
    town.tell("A")
    failed = set_aside(town)
    assert town.market.get("/webhooks", by="U-FAR").json["items"] == []
    assert town.market.get("/events/failures", by="U-FAR").json["items"] == []
    for path in (f"/webhooks/{number}", f"/webhooks/{number}/deliveries",
                 f"/webhooks/{number}/deliveries/1", f"/events/failures/{failed}"):  # fmt: skip
        assert town.market.get(path, by="U-FAR").status_code == 404, path
    for path in (f"/webhooks/{number}/secret", f"/webhooks/{number}/redeliveries",
                 f"/events/failures/{failed}/retry"):  # fmt: skip
        assert town.market.post(path, {}, by="U-FAR").status_code == 404, path
    assert town.market.post("/events/failures/retry", {}, by="U-FAR").json == {"count": 0}


def set_aside(town: Office) -> int:
    """Have an event of shop A set aside for the reconciliation."""

    def work(session: Session) -> int:
        newest = select(outbox.Event).order_by(col(outbox.Event.id).desc()).limit(1)
        event = session.exec(newest).one()
        row = outbox.fail(
            session, event, consumer="reconciliation", error="KeyError: x", now=MORNING, wait=False
        )
        session.flush()
        return row.id or 0

    number: int = town.database.atomic(work)
    return number


def test_a_delivery_shows_what_was_sent_and_can_be_sent_again(town: Office) -> None:
    number = made(town)
    town.partner.answers = [(500, {}), (204, {})]
    town.tell("A", "B")
    town.send()
    listed = town.market.get(f"/webhooks/{number}/deliveries", by="U-ADMIN").json["items"]
    assert [one["subject"] for one in listed] == ["shop:B", "shop:A"]
    path = f"/webhooks/{number}/deliveries/{listed[1]['id']}"
    shown = town.market.get(path, by="U-ADMIN").json
    assert [one["code"] for one in shown["tries"]] == [500]
    assert shown["body"]["data"] == {"shop": "A"}
    for _ in range(2):
        assert town.market.post(f"{path}/redelivery", {}, by="U-ADMIN").status_code == 202
    assert town.send(timedelta(days=900)) == 2
    asked_for = town.market.get(f"/webhooks/{number}/deliveries?status=pending", by="U-ADMIN")
    assert asked_for.json["items"] == []
    assert town.market.get(f"/webhooks/{number}/deliveries/77", by="U-ADMIN").status_code == 404


def test_switched_off_by_hand_nothing_is_told_until_it_is_on_again(town: Office) -> None:
    number = made(town)
    assert put(town, number, status="disabled").json["reason"] == "by_hand"
    town.tell("A")
    assert town.deliveries() == []
    again = town.market.post(f"/webhooks/{number}/redeliveries", {}, by="U-ADMIN")
    assert (again.status_code, again.json["type"]) == (409, "/problems/webhook-disabled")
    assert put(town, number, status="enabled", types=["ShopAdmitted", "PassLost"]).json["types"]
    town.tell("A")
    assert len(town.deliveries()) == 1


def test_replacing_a_secret_twice_replaces_it_once(town: Office) -> None:
    number = made(town)
    path = f"/webhooks/{number}/rotation"
    first = town.market.post(path, {"generation": 1}, by="U-ADMIN").json
    again = town.market.post(path, {"generation": 1}, by="U-ADMIN").json
    assert (first, first["generation"]) == (again, 2)
    assert first["previous_until"] is not None


def test_deliveries_are_paged(town: Office) -> None:
    number = made(town)
    town.tell(*("A", "B") * 30)
    first = town.market.get(f"/webhooks/{number}/deliveries", by="U-ADMIN").json
    path = f"/webhooks/{number}/deliveries?after={first['next']}"
    second = town.market.get(path, by="U-ADMIN").json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 10, None)


def test_a_set_aside_event_is_seen_tried_again_and_left_out(town: Office) -> None:
    town.tell("A")
    number = set_aside(town)
    (listed,) = town.market.get("/events/failures", by="U-ADMIN").json["items"]
    assert (listed["id"], listed["type"], listed["status"]) == (number, "ShopAdmitted", "dead")
    shown = town.market.get(f"/events/failures/{number}", by="U-ADMIN").json
    assert shown["payload"]["shop"] == "A"
    assert town.market.post("/events/failures/retry", {}, by="U-ADMIN").json == {"count": 1}
    again = town.market.post(f"/events/failures/{number}/retry", {}, by="U-ADMIN")
    assert (again.status_code, again.json["status"]) == (202, "retrying")
    skip = f"/events/failures/{number}/skip"
    assert town.market.post(skip, {}, by="U-ADMIN").status_code == 422
    for _ in range(2):
        left = town.market.post(skip, {"note": "never was"}, by="U-ADMIN")
        assert (left.status_code, left.json["status"]) == (200, "skipped")
    refused = town.market.post(f"/events/failures/{number}/retry", {}, by="U-ADMIN")
    assert refused.status_code == 409
    assert town.market.get("/events/failures", by="U-ADMIN").json["items"] == []


def test_the_pages_do_what_the_api_does(town: Office) -> None:
    client = town.market.client
    client.set_cookie("aixin_session", town.market.tokens["U-ADMIN"])

    def send(path: str, **given: Any) -> Any:
        page = client.get("/desk/webhooks").text
        token = page.split('name="csrf-token" content="')[1].split('"')[0]
        answer = client.post(path, data={"csrf_token": token, **given})
        assert answer.status_code in {200, 303}, answer.text
        return answer

    location = send("/desk/webhooks", **asked(town)).location
    town.partner.answers = [(410, {})]
    town.tell("A")
    town.send()
    shown = client.get(f"{location}?lang=en").text
    assert "the partner wants nothing more" in shown
    assert "whsec_" not in shown
    assert "whsec_" in send(f"{location}/secret").text
    assert "whsec_" in send(f"{location}/rotation", generation="1").text
    send(location, title="City", types=TYPES, status="enabled")
    send(f"{location}/deliveries/1/redelivery")
    assert "so it is" in client.get(f"{location}/deliveries/1").text
    failed = set_aside(town)
    assert "KeyError: x" in client.get(f"/desk/events/{failed}").text
    assert 'aria-current="page"' in client.get("/desk/events").text
    rail = client.get("/desk/associations").text
    assert '/desk/events"' in rail
    send("/desk/events/retry")
    send(f"/desk/events/{failed}/skip", note="never was")
    assert "never was" in client.get(f"/desk/events/{failed}").text


def test_everybody_may_read_the_catalogue(office: Office) -> None:
    client = office.market.client
    listed = client.get("/api/events/").json["items"]
    assert len(listed) == len(outbox.CATALOGUE)
    for one in listed:
        answer = client.get(one["dataschema"].removeprefix("https://aixin.example"))
        assert answer.content_type == "application/schema+json"
        Draft202012Validator.check_schema(answer.json)
        assert answer.json["$id"] == one["dataschema"]
    assert client.get("/api/events/aixin.nothing.happened.v1.json").status_code == 404
    page = client.get("/events?lang=en").text
    assert all(one["type"] in page for one in listed)


def test_the_clock_of_a_simulated_day_delays_nobody(town: Office) -> None:
    number = made(town)
    town.market.clock.set(datetime(2099, 1, 1, tzinfo=UTC))
    town.tell("A")
    town.market.post(f"/webhooks/{number}/deliveries/1/redelivery", {}, by="U-ADMIN")
    assert town.deliveries()[0].next_at < datetime(2098, 1, 1, tzinfo=UTC)
