"""Taking part no more: what lies ahead is given back, what was done stays."""

from typing import Any

import pytest

from service import activities, consents
from service.consents import Purpose, Turn, Way
from tests.activities.test_gate import own
from tests.activities.town import Town, at
from tests.privacy.conftest import Apis, Pages
from tests.privacy.test_own import ask, correction, turn

STANDS = """SELECT a.code, s.status FROM activities_signups s JOIN activities a
ON a.id = s.activity_id JOIN people_volunteers v ON v.id = s.volunteer_id
WHERE v.code = %(code)s ORDER BY a.code"""
TOLD = """SELECT m.kind, m.params FROM inbox_messages m JOIN people_volunteers v
ON v.id = m.volunteer_id WHERE v.code = %(code)s ORDER BY m.id"""


def stands(town: Town, code: str) -> dict[str, str]:
    return {row["code"]: row["status"] for row in town.database.rows(STANDS, {"code": code})}


def told(town: Town, code: str) -> list[str]:
    return [row["kind"] for row in town.database.rows(TOLD, {"code": code})]


@pytest.mark.parametrize("hour", ["07:00", "07:45"])  # before and after the gate has opened
def test_whoever_withdraws_gives_every_place_back_and_the_first_in_line_moves_up(
    town: Town, as_: Pages, hour: str
) -> None:
    town.clock.set(at(hour))
    assert turn(as_("V0002"), "register", "false").status_code == 200
    assert stands(town, "V0002") == {"A1": "cancelled", "A2": "cancelled"}
    assert stands(town, "V0004") == {"A1": "confirmed"}
    assert told(town, "V0004") == ["waitlist_promoted"]
    assert told(town, "V0002") == ["place_given_back"] * 2
    assert [one["volunteer"] for one in town.events("SignupCancelled")] == ["V0002"] * 2
    assert [one["volunteer"] for one in town.events("WaitlistPromoted")] == ["V0004"]


def test_a_turn_in_the_queue_ends_too(town: Town, as_: Pages) -> None:
    turn(as_("V0004"), "register", "false")
    assert stands(town, "V0004") == {"A1": "cancelled"}
    turn(as_("V0002"), "register", "false")
    assert stands(town, "V0004") == {"A1": "cancelled"}  # nobody was in line any more


def test_withdrawing_twice_gives_back_once_and_agreeing_again_brings_no_place(
    town: Town, as_: Pages
) -> None:
    for given in ("false", "false", "true"):
        turn(as_("V0002"), "register", given)
    assert stands(town, "V0002") == {"A1": "cancelled", "A2": "cancelled"}
    assert told(town, "V0002") == ["place_given_back"] * 2


def test_what_was_done_stays(town: Town, as_: Pages) -> None:
    assert own(town, "V0002", "08:00").status == "ok"
    town.clock.set(at("08:30"))
    turn(as_("V0002"), "register", "false")
    assert stands(town, "V0002") == {"A1": "came", "A2": "cancelled"}
    assert own(town, "V0002", "10:00", "out").status == "ok"


@pytest.mark.parametrize("how", ["paper", "guardian"])
def test_on_paper_and_by_a_guardian_it_is_the_same(town: Town, as_: Pages, how: str) -> None:
    paper = {"volunteer": "V0002", "purpose": "register", "given": "false"}
    if how == "paper":
        answer = as_("U-ADM").post("/desk/privacy/consents", **paper)
    else:
        town.database.rows(
            "UPDATE people_volunteers SET age_band = '14-17', guardian_id = (SELECT id FROM"
            " people_volunteers WHERE code = 'V0009') WHERE code = 'V0002' RETURNING id"
        )
        answer = turn(as_("V0009"), "register", "false", "/home/privacy/wards/V0002")
    assert answer.status_code == 200
    assert set(stands(town, "V0002").values()) == {"cancelled"}


def roster(api: Apis) -> set[str]:
    return {one["tail"] for one in api("V0010").get("/activities/A1/offline-roster")["people"]}


def test_a_gate_without_a_network_knows_the_withdrawn_no_more(
    town: Town, api: Apis, as_: Pages
) -> None:
    assert roster(api) == {"001", "002", "003", "004", "010"}
    turn(as_("V0002"), "register", "false")
    assert roster(api) == {"001", "003", "004", "010"}
    own(town, "V0001", "08:00")
    town.clock.set(at("08:10"))
    turn(as_("V0001"), "register", "false")  # is there: the way out stays open
    turn(as_("V0003"), "register", "false")  # has a place and has not come
    assert roster(api) == {"001", "004", "010"}


def test_a_place_taken_in_the_blink_of_the_withdrawal_is_found_by_the_sweep(town: Town) -> None:
    given: dict[str, Any] = {"by": "volunteer:V0002", "now": at("07:00")}
    asked = Turn(Purpose.REGISTER, False, Way.SELF)
    town.run(consents.turn, volunteer_id=town.volunteer("V0002").id, asked=asked, **given)
    assert stands(town, "V0002") == {"A1": "confirmed", "A2": "confirmed"}
    assert town.run(activities.leave_for_the_withdrawn, now=at("07:01")) == 2
    assert town.run(activities.leave_for_the_withdrawn, now=at("07:02")) == 0
    assert stands(town, "V0004") == {"A1": "confirmed"}


@pytest.mark.parametrize(
    ("accepted", "kind", "title"),
    [
        ("true", "correction_accepted", "Your data was put right"),
        ("false", "correction_refused", "Your wish for a correction was answered"),
    ],
)
def test_whoever_asked_for_a_correction_hears_the_answer(
    town: Town, as_: Pages, accepted: str, kind: str, title: str
) -> None:
    ask(as_("V0001"))
    number, why = correction(town)["id"], "Shown on the phone itself"
    as_("U-ADM").post(f"/desk/privacy/corrections/{number}", accepted=accepted, why=why)
    assert town.database.rows(TOLD, {"code": "V0001"}) == [
        {"kind": kind, "params": {"answer": why}}
    ]
    page = as_("V0001").get("/me/inbox")
    assert title in page
    assert why in page
