"""Agreeing to the risks of a post after the sign-up: a walk-in, new words, another one's word."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service import people
from service.activities.actions.agreeing import agree
from service.activities.actions.gate import Sent, scan
from service.activities.eligibility import risk_digest
from service.activities.refusals import NotSignedUp
from service.activities.signup_refusals import RiskNotAgreed
from tests.activities import crowds
from tests.activities.test_plans import api, messages, page, send
from tests.activities.town import NOW, Town, at

TEXT = "Mind the stairs."
NEW = "Mind the stairs. Wear gloves."


def note(town: Town, code: str, agreed: str | None) -> None:
    town.run(
        agree,
        activity=town.activity("A1"),
        volunteer=town.volunteer(code),
        agreed=agreed,
        actor=f"volunteer:{code}",
        now=NOW,
    )


def kept(town: Town, code: str) -> str | None:
    found = town.one(
        "SELECT encode(s.agreed_sha256, 'hex') FROM activities_signups s"
        " JOIN people_volunteers v ON v.id = s.volunteer_id WHERE v.code = %(code)s"
        " AND s.activity_id = (SELECT id FROM activities WHERE code = 'A1')",
        code=code,
    )
    return str(found) if found else None


def test_who_was_let_in_at_the_gate_is_asked_and_the_leader_notes_it(
    town: Town, client: FlaskClient
) -> None:
    crowds.amend_post(town, "A1", risk_text=TEXT, capacity=4)
    town.clock.set(at("08:00"))
    assert scan(town.gate("V0010"), Sent(town.pass_of("V0008"), "in", "n1", activity="A1")).walk_in
    assert kept(town, "V0008") is None
    mine = page(town, client, "/activities/A1", "V0008").text
    assert "Please read the risks" in mine
    assert TEXT in mine
    listed = page(town, client, "/activities/A1/signups", "V0010").text
    assert "let in at the gate" in listed
    assert listed.count("risks not agreed") == 5
    form = {"who": "other", "volunteer": "V0008", "agreed": risk_digest(TEXT)}
    assert send(town, client, "/activities/A1/signups/agree", form, "V0010").status_code == 302
    assert kept(town, "V0008") == risk_digest(TEXT)
    assert page(town, client, "/activities/A1/signups", "V0010").text.count("not agreed") == 4
    assert "Please read the risks" not in page(town, client, "/activities/A1", "V0008").text
    said = "SELECT actor FROM trail_records WHERE action = 'risks_agreed'"
    assert town.one(said) == "volunteer:V0010"


def test_new_words_are_told_and_agreed_to_anew(town: Town, client: FlaskClient) -> None:
    crowds.amend_post(town, "A1", risk_text=TEXT)
    note(town, "V0001", risk_digest(TEXT))
    town.clock.set(at("07:00"))
    post = {"name": "all", "capacity": 3, "risk_text": NEW}
    for _ in range(2):
        assert api(town, client).call("PUT", "/activities/A1", {"posts": [post]}).status_code == 200
    assert messages(town, "risk_changed") == ["V0001", "V0002", "V0003", "V0004"]
    assert NEW in page(town, client, "/activities/A1", "V0001").text
    form = {"agreed": risk_digest(NEW)}
    for _ in range(2):
        sent = send(town, client, "/activities/A1/signups/agree", form, "V0001")
        assert sent.location == "/activities/A1"
    assert kept(town, "V0001") == risk_digest(NEW)
    assert town.one("SELECT count(*) FROM trail_records WHERE action = 'risks_agreed'") == 2


def test_an_agreement_is_to_the_words_that_stand_there_and_of_who_has_a_place(town: Town) -> None:
    crowds.amend_post(town, "A1", risk_text=TEXT)
    for digest in (None, "", risk_digest(NEW)):
        with pytest.raises(RiskNotAgreed):
            note(town, "V0001", digest)
    with pytest.raises(NotSignedUp):
        note(town, "V0009", risk_digest(TEXT))
    assert kept(town, "V0001") is None


@pytest.mark.parametrize("who", ["V0002", "G0001", "U-GZ", "U-SUP"])
def test_nobody_agrees_for_another_one(town: Town, client: FlaskClient, who: str) -> None:
    crowds.amend_post(town, "A1", risk_text=TEXT)
    form = {"who": "other", "volunteer": "V0001", "agreed": risk_digest(TEXT)}
    answer = send(town, client, "/activities/A1/signups/agree", form, who)
    assert answer.status_code in {403, 404}
    assert kept(town, "V0001") is None


def test_a_post_without_risks_asks_for_nothing(town: Town, client: FlaskClient) -> None:
    assert "read the risks" not in page(town, client, "/activities/A1", "V0001").text
    assert "not agreed" not in page(town, client, "/activities/A1/signups", "V0010").text
    note(town, "V0001", None)
    assert kept(town, "V0001") is None


def test_the_guardian_agrees_for_the_ward(town: Town, client: FlaskClient) -> None:
    def adopt(session: object, *, find: Callable[..., people.Volunteer]) -> None:
        ward = find(session, "V0006")
        ward.guardian_id = find(session, "V0009").id

    town.run(adopt, find=people.volunteer)
    town.plan("A5", "14:00", "15:00", signups=("V0006",))
    crowds.amend_post(town, "A5", risk_text=TEXT)
    text = page(town, client, "/activities/A5", "V0009").text
    assert TEXT in text
    assert "I have read the risks and agree." in text
    form = {"who": "ward", "volunteer": "V0006", "agreed": risk_digest(TEXT)}
    assert send(town, client, "/activities/A5/signups/agree", form, "V0009").status_code == 302
    assert town.one("SELECT count(agreed_at) FROM activities_signups") == 1
