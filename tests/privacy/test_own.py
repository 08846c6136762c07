"""One's own data: switches, everything that is kept, what is wrong, and being forgotten."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import consents, people, trail
from service.privacy import owndata
from service.privacy.schemas import OwnDataSchema
from tests.activities.test_gate import own
from tests.activities.test_hours import confirmed
from tests.activities.town import Town, at
from tests.privacy.conftest import Apis, Pages

HERE = "/home/privacy"


def turn(reader: Any, purpose: str, given: str, path: str = HERE, version: int = 1) -> Any:
    return reader.post(path, purpose=purpose, given=given, version=str(version))


def ask(reader: Any, field: str = "phone", wanted: str = "13900000001") -> None:
    assert reader.post(f"{HERE}/corrections", field=field, wanted=wanted).status_code == 200


def test_the_five_switches_stand_on_one_page_and_each_turns_alone(as_: Pages) -> None:
    page = as_("V0001").get(HERE)
    assert page.count("You do not agree") == 4
    said = turn(as_("V0001"), "partners", "true").get_data(as_text=True)
    assert said.count("You do not agree") == 3
    said = turn(as_("V0001"), "register", "false").get_data(as_text=True)
    assert "You take part no more" in said


def test_an_old_form_turns_nothing_on(as_: Pages) -> None:
    assert turn(as_("V0001"), "photos", "true", version=2).status_code == 409


def test_the_api_turns_the_same_switches(api: Apis) -> None:
    sent = {"purpose": "export", "given": True, "version": 1}
    answer = api("V0001").call("PUT", "/me/consents", sent)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    items = answer.get_json()["items"]
    assert {one["purpose"] for one in items if one["given"]} == {"register", "export"}
    assert api("V0001").get("/me/consents")["items"] == items
    api("U-SEC").get("/me/consents", status=403)


def test_the_notice_s_switch_takes_the_row_out_of_the_paper_too(town: Town, as_: Pages) -> None:
    turn(as_("V0001"), "notice", "true")
    assert town.volunteer("V0001").consent_notice
    assert "Yes: ends in 001" in as_("V0001").get("/me/consents")


def test_a_guardian_turns_the_switches_of_the_own_child_alone(town: Town, as_: Pages) -> None:
    town.database.rows(
        "UPDATE people_volunteers SET guardian_id ="
        " (SELECT id FROM people_volunteers WHERE code = 'V0009') WHERE code = 'V0007' RETURNING id"
    )
    path = f"{HERE}/wards/V0007"
    assert turn(as_("V0007"), "photos", "true").status_code == 409
    assert turn(as_("V0009"), "register", "true", path).status_code == 200
    assert town.volunteer("V0007").guardian_consent
    as_("V0001").get(path, status=404)
    assert turn(as_("V0001"), "photos", "true", path).status_code == 404


def test_own_data_fits_the_described_shape_and_is_the_reader_s_alone(
    town: Town, api: Apis, as_: Pages
) -> None:
    own(town, "V0001", "08:00")
    own(town, "V0001", "10:00", "out")
    assert confirmed(town, "V0001", by="U-ADM").award is not None
    ask(as_("V0001"))
    said = api("V0001").get("/me/data")
    assert OwnDataSchema().validate(said) == {}
    assert set(said) == set(OwnDataSchema().fields)
    assert said["identity"]["name"] == "志愿者001"
    assert [one["points"] for one in said["awards"]] == [20]
    assert len(said["attendances"]) == len(said["phones"]) == 1
    assert "志愿者002" not in json.dumps(said, ensure_ascii=False)
    api("U-SEC").get("/me/data", status=403)


def test_every_part_of_the_file_stands_on_the_page(as_: Pages) -> None:
    page = as_("V0001").get(f"{HERE}/data?print=1")
    for heading in ("Who looked at me", "Check-ins", "Points by expiry", "Certificates"):
        assert heading in page
    assert "<details open>" in page
    assert "<details open>" not in as_("V0001").get(f"{HERE}/data")


def test_the_file_comes_as_a_download_and_leaves_a_trace(town: Town, client: FlaskClient) -> None:
    client.set_cookie("session", town.tokens["V0001"])
    answer = client.get(
        f"{HERE}/data.json", headers={"Authorization": f"Bearer {town.tokens['V0001']}"}
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert OwnDataSchema().validate(json.loads(answer.data)) == {}
    acts = [one.action for one in town.run(trail.about, subject="volunteer:V0001")]
    assert "own-data.take" in acts


def test_who_looked_is_told_by_office_and_not_by_name(town: Town, as_: Pages) -> None:
    as_("U-ADM").get("/desk/volunteers")  # a page of names, this one among them
    act: dict[str, Any] = {"actor": "staff:U-SEC", "action": "identity.look", "now": at("07:00")}
    town.run(trail.record, **act, subject="volunteer:V0001")
    town.run(trail.record, **act, subject="volunteer:V0002")
    found = owndata.gather(town.database, town.volunteer("V0001").id or 0, now=at("08:00"))
    offices = [one["office"] for one in found["looks"]]
    assert offices == ["volunteer_admin", "community_secretary"]
    page = as_("V0001").get(f"{HERE}/data?print=1")
    assert "Recorder" in page
    assert "U-ADM" not in page


# ------------------------------------------------------------------------- corrections


def correction(town: Town) -> dict[str, Any]:
    return town.database.rows("SELECT * FROM identity.privacy_corrections ORDER BY id DESC")[0]


def test_a_correction_that_is_accepted_is_written_down(town: Town, as_: Pages) -> None:
    ask(as_("V0001"))
    page = as_("U-ADM").get("/desk/privacy")
    assert "13900000001" in page
    number = correction(town)["id"]
    said = {"accepted": "true", "why": "Shown on the phone itself"}
    assert as_("U-ADM").post(f"/desk/privacy/corrections/{number}", **said).status_code == 200
    person = town.volunteer("V0001").id
    assert town.run(people.contact_of, volunteer_id=person).phone == "13900000001"
    assert "Shown on the phone itself" in as_("V0001").get(HERE)
    again = as_("U-ADM").post(f"/desk/privacy/corrections/{number}", **said)
    assert again.status_code == 409


def test_what_would_be_right_is_sealed_and_who_saw_it_is_written_down(
    town: Town, as_: Pages
) -> None:
    ask(as_("V0001"))
    assert b"13900000001" not in correction(town)["wanted"]
    as_("U-ADM").get("/desk/privacy")
    looks = town.run(trail.about, subject="volunteer:V0001")
    assert [one.actor for one in looks if one.action == "identity.look"] == ["staff:U-ADM"]
    assert "13900000001" not in as_("U-SUP").get("/desk/privacy")  # decides, does not correct


def test_a_refused_correction_changes_nothing_and_says_why(town: Town, as_: Pages) -> None:
    ask(as_("V0001"), "name", "Another")
    number = correction(town)["id"]
    bad = as_("U-ADM").post(f"/desk/privacy/corrections/{number}", accepted="false")
    assert bad.status_code in {400, 422}  # never without words
    as_("U-ADM").post(f"/desk/privacy/corrections/{number}", accepted="false", why="Bring a paper")
    person = town.volunteer("V0001").id
    assert town.run(people.contact_of, volunteer_id=person).name == "志愿者001"
    assert "Bring a paper" in as_("V0001").get(HERE)


def test_asking_again_replaces_the_words_and_makes_no_second_request(
    town: Town, as_: Pages
) -> None:
    ask(as_("V0001"))
    ask(as_("V0001"), wanted="13900000002")
    assert len(town.database.rows("SELECT 1 FROM identity.privacy_corrections")) == 1
    assert "13900000002" in as_("V0001").get(HERE)


def test_requests_stay_in_their_community(town: Town, as_: Pages) -> None:
    ask(as_("V0001"))
    number = correction(town)["id"]
    said = {"accepted": "true", "why": "yes yes"}
    assert as_("U-GZ").post(f"/desk/privacy/corrections/{number}", **said).status_code == 404
    paper = {"volunteer": "V0001", "purpose": "photos", "given": "true"}
    assert as_("U-GZ").post("/desk/privacy/consents", **paper).status_code == 404
    assert as_("U-SUP").post("/desk/privacy/consents", **paper).status_code == 403
    assert as_("U-ADM").post("/desk/privacy/consents", **paper).status_code == 200


# ---------------------------------------------------------------------------- forgotten


def test_whoever_is_forgotten_agrees_to_nothing_any_more(town: Town, as_: Pages) -> None:
    turn(as_("V0001"), "partners", "true")
    person = town.volunteer("V0001").id
    town.run(people.ask_erasure, volunteer_id=person, asked_by="volunteer:V0001", now=at("08:00"))
    town.run(people.erase, volunteer_id=person, decided_by="staff:U-SEC", now=at("08:10"))
    standing = town.run(consents.switches, volunteer_id=person)
    assert not any(one.given for one in standing.values())
    assert town.volunteer("V0001").withdrawn_at == at("08:10")
    told = [one["purpose"] for one in town.events("ConsentWithdrawn")]
    assert sorted(told) == ["partners", "register"]


@pytest.mark.parametrize("path", [HERE, f"{HERE}/data", f"{HERE}/data.json"])
def test_nobody_else_has_a_page_of_own_data(as_: Pages, path: str) -> None:
    as_("U-SEC").get(path, status=403)
