"""A guardian acts for the own ward, sees it on the own pages, and nobody else's child."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from service import people
from tests.activities import crowds
from tests.activities.test_pages import Reader
from tests.activities.town import Api, Town, at

RISK = "道路清扫，注意车辆。"
DIGEST = sha256(RISK.encode()).hexdigest()
As = Callable[[str], Reader]


@pytest.fixture
def family(town: Town) -> Town:
    """V0009 is the guardian of V0006 (consents) and of V0007 (has not); it is 7:00."""

    def work(session: Session) -> None:
        for code in ("V0006", "V0007"):
            ward = people.volunteer(session, code)
            ward.guardian_id = people.volunteer(session, "V0009").id
            session.add(ward)

    town.database.atomic(work)
    town.clock.set(at("07:00"))
    return town


@pytest.fixture
def as_(family: Town, client: FlaskClient) -> As:
    return lambda who: Reader(client, family.tokens[who])


@pytest.fixture
def api(family: Town, client: FlaskClient) -> Callable[[str], Api]:
    return lambda who: Api(client, family.tokens[who])


def send(reader: Reader, path: str, **form: str) -> str:
    return reader.post(path, **form).get_data(as_text=True)


def test_a_guardian_signs_the_ward_up_and_gives_the_place_back(
    family: Town, api: Callable[[str], Api]
) -> None:
    seat = api("V0009").post("/activities/A1/signups", {"volunteer": "V0006"}, 201)
    assert seat == {"status": "waiting", "place": 2, "already": False}
    assert api("V0009").post("/activities/A1/signups", {"volunteer": "V0006"})["already"] is True
    assert crowds.lines(family, "A1")[-1]["kind"] == "guardian"
    gone = api("V0009").call("DELETE", "/activities/A1/signups/V0006")
    assert gone.get_json() == {"status": "ok", "promoted": None}
    assert crowds.statuses(family)["V0006"] == "cancelled"


def test_without_consent_the_guardian_s_own_tap_is_not_enough(
    family: Town, api: Callable[[str], Api]
) -> None:
    refused = api("V0009").post("/activities/A1/signups", {"volunteer": "V0007"}, 409)
    assert refused["type"].endswith("under-age")
    assert "V0007" not in crowds.statuses(family)


def test_a_dangerous_post_is_closed_to_the_ward(family: Town, api: Callable[[str], Api]) -> None:
    family.plan("X4", "19:00", "21:00", template="AT04", insurance_ref="INS")
    api("V0009").post("/activities/X4/signups", {"volunteer": "V0006"}, 409)


@pytest.mark.parametrize("who", ["V0008", "V0006", "V0007"])
def test_nobody_else_speaks_for_the_ward(family: Town, api: Callable[[str], Api], who: str) -> None:
    other = "V0007" if who == "V0006" else "V0006"
    refused = api(who).post("/activities/A1/signups", {"volunteer": other}, 403)
    assert refused["type"].endswith("not-the-leader")
    assert api(who).call("DELETE", f"/activities/A1/signups/{other}").status_code == 403


def test_a_ward_who_is_grown_up_is_a_ward_no_more(family: Town, api: Callable[[str], Api]) -> None:
    family.database.rows(
        "UPDATE people_volunteers SET age_band = '18-19' WHERE code = 'V0006' RETURNING id"
    )
    api("V0009").post("/activities/A1/signups", {"volunteer": "V0006"}, 403)


def test_the_guardian_may_cancel_until_the_gate_opens(
    family: Town, api: Callable[[str], Api]
) -> None:
    family.plan("X1", "14:00", "15:00")
    api("V0009").post("/activities/X1/signups", {"volunteer": "V0006"}, 201)
    family.clock.set(at("13:30"))
    late = api("V0009").call("DELETE", "/activities/X1/signups/V0006")
    assert (late.status_code, late.get_json()["title"]) == (
        409, "Check-in is open; please tell the leader",
    )  # fmt: skip
    gone = api("V0010").call("DELETE", "/activities/X1/signups/V0006")
    assert gone.get_json()["status"] == "ok"


def test_the_pages_lead_a_guardian_through(family: Town, as_: As) -> None:
    crowds.amend_post(family, "A1", risk_text=RISK)
    reader = as_("V0009")
    page = reader.get("/activities/A1")
    assert "For your child" in page
    assert "/activities/A1/join?ward=V0006" in page
    form = reader.get("/activities/A1/join?ward=V0006")
    assert RISK in form
    assert DIGEST in form
    sent = {"form": "1", "who": "ward", "volunteer": "V0006", "post": "all"}
    refused = reader.post("/activities/A1/signups", **sent)
    assert refused.status_code == 409
    assert "Please read the risks first" in refused.get_data(as_text=True)
    done = send(reader, "/activities/A1/signups", **sent | {"agreed:all": DIGEST})
    assert "In line: 2" in done
    assert crowds.statuses(family)["V0006"] == "waiting"
    assert "V0009" not in crowds.statuses(family)
    mine = reader.get("/home/me")
    assert "Your child, number ends in 006" in mine
    assert "Activity A1" in mine
    send(reader, "/activities/A1/signups/cancel", who="ward", volunteer="V0006")
    assert crowds.statuses(family)["V0006"] == "cancelled"
    assert "Activity A1" not in reader.get("/home/me")


def test_others_see_no_child_on_their_pages(family: Town, as_: As) -> None:
    assert "For your child" not in as_("V0001").get("/activities/A1")
    assert "Your child" not in as_("V0001").get("/home/me")
    as_("V0001").get("/activities/A1/join?ward=V0006", 403)


def test_the_risks_are_shown_before_anybody_is_signed_up(family: Town, as_: As) -> None:
    crowds.amend_post(family, "A1", risk_text=RISK)
    reader = as_("V0009")
    assert 'href="/activities/A1/join"' in reader.get("/activities/A1")
    bare = reader.post("/activities/A1/signups", post="all")  # an old page's button
    assert RISK in bare.get_data(as_text=True)
    assert "V0009" not in crowds.statuses(family)
    sent = {"form": "1", "post": "all", "agreed:all": DIGEST}
    assert "No. 2" in send(reader, "/activities/A1/signups", **sent)


def test_a_helper_s_form_keeps_what_was_typed(family: Town, as_: As) -> None:
    reader = as_("U-ADM")
    assert "Booklet number" in reader.get("/activities/A1/join?other=1")
    sent = {"form": "1", "who": "other", "volunteer": " v0005 ", "post": "all"}
    refused = reader.post("/activities/A1/signups", **sent)
    page = refused.get_data(as_text=True)
    assert (refused.status_code, 'value="V0005"' in page) == (409, True)
    assert "There is a place elsewhere at that time" in page
    nobody = reader.post("/activities/A1/signups", **(sent | {"volunteer": ""}))
    assert nobody.status_code == 404
    done = send(reader, "/activities/A1/signups", **(sent | {"volunteer": "v0009"}))
    assert "V0009" in done
    assert crowds.lines(family, "A1")[-1]["kind"] == "recorder"


def test_the_keepers_list_shows_the_queue_in_its_order(family: Town, as_: As) -> None:
    page = as_("V0010").get("/activities/A1/signups")
    assert [page.index(f"Volunteer 00{n}") for n in (1, 2, 3, 4)] == sorted(
        page.index(f"Volunteer 00{n}") for n in (1, 2, 3, 4)
    )
    assert "In line: 1" in page
    assert "志愿者" not in page  # numbers, never names
    send(as_("V0010"), "/activities/A1/signups/cancel", who="other", volunteer="V0001")
    assert crowds.statuses(family)["V0004"] == "confirmed"
    as_("V0001").get("/activities/A1/signups", 403)
    as_("U-GZ").get("/activities/A1/signups", 404)


def test_a_long_list_comes_in_pages(family: Town, as_: As) -> None:
    codes = crowds.settle(family, 55)
    family.plan("BIG", "14:00", "15:00", capacity=2, signups=codes)
    first = as_("U-ADM").get("/activities/BIG/signups")
    assert (first.count("<b>R0"), "Show more" in first) == (50, True)
    turn = crowds.lines(family, "BIG")[49]["turn"]
    rest = as_("U-ADM").get(f"/activities/BIG/signups?after=1.0.{turn}")
    assert (rest.count("<b>R0"), "Show more" in rest) == (5, False)
    assert "In line: 49" in rest
    assert as_("U-ADM").get("/activities/BIG/signups?after=x.y").count("<b>R0") == 50


def test_a_member_of_staff_who_serves_signs_up_as_oneself(
    family: Town, api: Callable[[str], Api]
) -> None:
    family.database.rows(
        "UPDATE people_staff SET volunteer_id = %(id)s WHERE code = 'U-ADM' RETURNING id",
        {"id": family.volunteer("V0009").id},
    )
    assert api("U-ADM").post("/activities/A1/signups", {}, 201)["place"] == 2
    line = crowds.lines(family, "A1")[-1]
    assert (line["code"], line["kind"]) == ("V0009", "self")
