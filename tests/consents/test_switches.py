"""Consents as switches: every turn is a row with its text's version; the newest says yes or no."""

import json
from typing import Any

import psycopg
import pytest
from psycopg import errors

from service import consents, people
from service.clock import Clock
from service.config import Settings
from service.consents import Purpose, Turn, Way
from service.consents.texts import FILE, texts
from service.db import Database
from tests.activities.test_gate import own
from tests.activities.test_hours import confirmed
from tests.activities.town import Town, at, build

# What each version says, in both languages. A text is never edited: a new one follows it.
SAID = {
    (Purpose.REGISTER, 1): "596c5175c9cc7d20",
    (Purpose.NOTICE, 1): "177a88dea3341ebc",
    (Purpose.PHOTOS, 1): "57e79d9cc1d0c91d",
    (Purpose.EXPORT, 1): "42dc655b979f1ed1",
    (Purpose.PARTNERS, 1): "7f64653f53e29d42",
}


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    return build(database, settings, clock)


def turn(
    town: Town, code: str, purpose: Purpose, given: bool, way: Way = Way.SELF, **more: Any
) -> people.Volunteer:
    person = town.volunteer(code)
    asked = Turn(purpose, given, way, **more)
    return town.run(
        consents.turn, volunteer_id=person.id, asked=asked, by=f"volunteer:{code}", now=at("08:00")
    )


def given(town: Town, code: str) -> set[str]:
    standing = town.run(consents.switches, volunteer_id=town.volunteer(code).id)
    return {purpose for purpose, switch in standing.items() if switch.given}


def test_whoever_registers_has_agreed_to_that_alone(town: Town) -> None:
    assert given(town, "V0001") == {"register"}
    assert given(town, "V0006") == {"register"}  # 15, the guardian consented
    assert given(town, "V0007") == set()  # 15, nobody did


def test_every_turn_is_a_row_with_the_version_and_who_said_it(town: Town) -> None:
    turn(town, "V0001", Purpose.PHOTOS, True)
    turn(town, "V0001", Purpose.PHOTOS, False, Way.PAPER)
    turn(town, "V0001", Purpose.PHOTOS, False)  # stands there already
    rows = town.run(consents.history, volunteer_id=town.volunteer("V0001").id)
    said = [(row.purpose, row.given, row.version, row.way, row.by) for row in rows]
    assert said == [
        ("photos", False, 1, "paper", "volunteer:V0001"),
        ("photos", True, 1, "self", "volunteer:V0001"),
        ("register", True, 1, "carried", "system"),
    ]
    assert given(town, "V0001") == {"register"}
    photos = {"volunteer": "V0001", "purpose": "photos", "version": 1}
    assert town.events("ConsentGiven") == [photos]
    assert town.events("ConsentWithdrawn") == [photos]


def test_a_turn_can_be_neither_changed_nor_deleted(town: Town, owner: psycopg.Connection) -> None:
    for act in ("UPDATE consents SET given = false", "DELETE FROM consents", "TRUNCATE consents"):
        with pytest.raises(psycopg.DatabaseError, match="append-only"), owner.transaction():
            owner.execute(act)
        with pytest.raises(errors.InsufficientPrivilege):
            town.database.rows(act + (" RETURNING 1" if "TRUNC" not in act else ""))


def test_a_yes_to_a_text_that_was_changed_meanwhile_is_no_yes(town: Town) -> None:
    with pytest.raises(consents.OldText):
        turn(town, "V0001", Purpose.PARTNERS, True, version=7)
    turn(town, "V0001", Purpose.PARTNERS, True, version=1)
    turn(town, "V0001", Purpose.PARTNERS, False, version=7)  # a no needs no text


def test_below_18_a_guardian_says_yes_and_anybody_says_no(town: Town) -> None:
    with pytest.raises(consents.GuardianAsked):
        turn(town, "V0006", Purpose.PHOTOS, True)
    turn(town, "V0006", Purpose.PHOTOS, True, Way.GUARDIAN)
    assert given(town, "V0006") == {"register", "photos"}
    turn(town, "V0006", Purpose.PHOTOS, False)
    for way in Way:
        with pytest.raises(consents.MinorsStayOut):
            turn(town, "V0006", Purpose.NOTICE, True, way)


def test_a_guardian_s_yes_opens_the_account_of_a_minor(town: Town) -> None:
    assert not town.volunteer("V0007").guardian_consent
    turn(town, "V0007", Purpose.REGISTER, True, Way.GUARDIAN_PAPER)
    assert town.volunteer("V0007").guardian_consent
    assert given(town, "V0007") == {"register"}


def test_the_old_column_and_the_switch_of_the_notice_say_the_same(town: Town) -> None:
    turn(town, "V0001", Purpose.NOTICE, True)
    assert town.volunteer("V0001").consent_notice
    turn(town, "V0001", Purpose.NOTICE, False)
    assert not town.volunteer("V0001").consent_notice
    # As the release before writes it, while both run.
    town.database.rows(
        "UPDATE people_volunteers SET consent_notice = true WHERE code = 'V0002' RETURNING id"
    )
    assert given(town, "V0002") == {"register", "notice"}


def test_where_the_switches_stand_is_read_from_the_index(
    town: Town, owner: psycopg.Connection
) -> None:
    owner.execute("SET enable_seqscan = off")
    sql = "EXPLAIN SELECT consents_given(1, 'partners')"
    assert owner.execute(sql).fetchone()
    plan = owner.execute(
        "EXPLAIN (FORMAT JSON) SELECT given FROM consents WHERE volunteer_id = 1"
        " AND purpose = 'partners' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert plan is not None
    assert "ix_consents_volunteer_id_purpose" in json.dumps(plan[0])
    assert '"Sort"' not in json.dumps(plan[0])


# ------------------------------------------------------------- taking part no more


def test_who_withdrew_the_registration_is_refused_at_the_gate_and_keeps_the_hours(
    town: Town,
) -> None:
    assert own(town, "V0001", "08:00").status == "ok"
    turn(town, "V0001", Purpose.REGISTER, False)
    turn(town, "V0002", Purpose.REGISTER, False)
    refused = own(town, "V0002", "08:10")
    assert (refused.status, refused.reason) == ("refused", "withdrawn")
    turn(town, "V0002", Purpose.REGISTER, True)
    assert own(town, "V0002", "08:20").status == "ok"
    assert own(town, "V0001", "10:00", "out").status == "ok"  # leaving is free
    assert confirmed(town, "V0001", by="U-ADM").award is not None


def test_the_gate_asks_no_statement_more_for_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    call = Database.call
    monkeypatch.setattr(
        Database,
        "call",
        lambda self, sql, params=None: (asked.append(sql), call(self, sql, params))[1],
    )
    own(town, "V0001", "08:00")
    usual, asked[:] = len(asked), []
    turn(town, "V0002", Purpose.REGISTER, False)
    asked.clear()
    own(town, "V0002", "08:10")
    assert len(asked) == usual


# ------------------------------------------------------------------------ the texts


def test_no_text_is_edited_after_it_was_shown() -> None:
    assert {key: text.digest[:16] for key, text in texts().items()} == SAID


def test_every_purpose_has_a_text_in_both_languages_numbered_without_gaps() -> None:
    rows = json.loads(FILE.read_text("utf-8"))
    for purpose in Purpose:
        numbers = [row["version"] for row in rows if row["purpose"] == purpose]
        assert numbers == list(range(1, len(numbers) + 1))
        for words in (consents.current(purpose).zh, consents.current(purpose).en):
            assert words.title
            assert words.says
            assert words.ends
