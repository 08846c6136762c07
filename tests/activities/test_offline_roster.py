"""What a gate without a network may know, and for how long."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import people
from tests.activities.town import Api, Town, at


def ask(client: FlaskClient, town: Town, who: str, activity: str = "A1") -> dict[str, Any]:
    found: dict[str, Any] = Api(client, town.tokens[who]).get(
        f"/activities/{activity}/offline-roster"
    )
    return found


def hashed(salt: str, kind: str, one: str) -> str:
    return sha256(f"{salt}|{kind}|{one}".encode()).hexdigest()[:32]


def test_people_are_known_by_salted_hashes_of_what_they_show(
    town: Town, client: FlaskClient
) -> None:
    card = town.print_card("V0001")
    found = ask(client, town, "V0010")
    cid = card.url.rsplit("/", 1)[1]
    digest = sha256(f"aixin-card|{cid}".encode()).hexdigest()
    ids = {"pass": town.pids["V0001"], "number": card.number, "card": digest}
    [mine] = [one for one in found["people"] if one["tail"] == "001"]
    assert set(mine["hashes"]) == {hashed(found["salt"], kind, one) for kind, one in ids.items()}
    assert (mine["signup"], mine["post"], mine["in_at"]) == ("confirmed", "all", None)


def test_nobody_s_name_number_or_code_is_in_it(town: Town, client: FlaskClient) -> None:
    card = town.print_card("V0001")
    said = Api(client, town.tokens["V0010"]).call("GET", "/activities/A1/offline-roster")
    text = said.get_data(as_text=True)
    for secret in ("V0001", card.number, card.url[-14:], town.pids["V0001"], "志愿者"):
        assert secret not in text
    assert said.headers["Cache-Control"] == "no-store"


def test_it_names_those_with_a_place_or_a_turn_and_the_leader(
    town: Town, client: FlaskClient
) -> None:
    rows = {one["tail"]: one["signup"] for one in ask(client, town, "V0010")["people"]}
    assert rows == {
        "001": "confirmed", "002": "confirmed", "003": "confirmed", "004": "waiting",
        "010": "leader",
    }  # fmt: skip


def test_every_answer_has_a_salt_of_its_own(town: Town, client: FlaskClient) -> None:
    assert ask(client, town, "V0010")["salt"] != ask(client, town, "V0010")["salt"]


def test_it_is_over_a_day_after_the_gate_has_closed(town: Town, client: FlaskClient) -> None:
    found = ask(client, town, "V0010")
    assert datetime.fromisoformat(found["expires_at"]) == at("11:00") + timedelta(days=1)


def test_it_lives_two_days_at_most(town: Town, client: FlaskClient) -> None:
    town.clock.set(at("08:00") - timedelta(days=3))
    opened = town.run(
        people.open_volunteer_session,
        volunteer_id=town.volunteer("V0010").id,
        now=town.clock.now(),
    )
    found = Api(client, opened).get("/activities/A1/offline-roster")
    assert datetime.fromisoformat(found["expires_at"]) == town.clock.now() + timedelta(hours=48)


@pytest.mark.parametrize(
    ("who", "status"),
    [("V0001", 403), ("V0009", 403), ("U-GZ", 403), ("U-SUP", 403), ("U-ADM", 200)],
)
def test_only_who_stands_at_this_gate_may_have_it(
    town: Town, client: FlaskClient, who: str, status: int
) -> None:
    answer = Api(client, town.tokens[who]).call("GET", "/activities/A1/offline-roster")
    assert answer.status_code == status


def test_a_revoked_tablet_hears_that_it_is_nobody(town: Town, client: FlaskClient) -> None:
    unit = town.run(people.unit, code="FM")
    device, token = town.run(
        people.pair_device, name="gate", community_id=unit.id,
        paired_by="staff:U-ADM", now=town.clock.now(),
    )  # fmt: skip
    tablet = Api(client, token)
    assert tablet.call("GET", "/activities/A1/offline-roster").status_code == 200
    town.run(people.revoke_device, device_id=device.id, now=town.clock.now())
    assert tablet.call("GET", "/activities/A1/offline-roster").status_code == 401
