"""To be forgotten: one asks, another decides; who it was is gone, the books prove as before."""

from functools import partial

import psycopg
import pytest
from flask import Flask

from service import inbox, ledger, people
from service.certificates import Press
from service.people import NoErasure, OwnErasure
from service.proof import SigningKey
from service.proof.__main__ import main as verify_file
from tests.activities.town import Api, Town, at, build
from tests.certificates.test_certificates import enter, order, serials, tail

KEY = SigningKey.generate("aixin.example/ledger")
RECORDER, SECRETARY = "staff:U-ADM", "staff:U-SEC"


@pytest.fixture
def town(database, settings, clock, app: Flask) -> Town:
    """V0001 has served, been written to, and gave an e-mail address."""
    found = build(database, settings, clock)
    found.clock.set(at("16:00"))
    recorder = Api(app.test_client(), found.tokens["U-ADM"])
    enter(recorder, "V0001", until="10:00")
    whose = found.volunteer("V0001").id
    told = partial(inbox.tell, volunteer_ids=[whose], now=found.clock.now())
    message = inbox.Message(
        "awards_posted",
        "posted:1",
        {"points": 15, "title": "x", "minutes": 90, "day": "2025-10-18"},
    )
    found.run(told, message=message)
    database.rows(
        "INSERT INTO identity.inbox_addresses (volunteer_id, channel, address, locale, consent,"
        " asked_at, expires_at, confirmed_at) VALUES (%(id)s, 'email', 'wang@mail.example', 'en',"
        " 'c', now(), now(), now()) RETURNING id",
        {"id": whose},
    )
    return found


def ask(town: Town, by: str = RECORDER) -> people.Erasure:
    whose = town.volunteer("V0001").id
    return town.run(people.ask_erasure, volunteer_id=whose, asked_by=by, now=town.clock.now())


def erase(town: Town, by: str = SECRETARY) -> None:
    whose = town.volunteer("V0001").id
    town.run(people.erase, volunteer_id=whose, decided_by=by, now=town.clock.now())


def test_what_said_who_it_was_is_gone(town: Town, database) -> None:
    whose = town.volunteer("V0001").id
    ask(town)
    erase(town)
    assert town.run(people.names_of, volunteer_ids=[whose]) == {}
    assert town.run(people.contact_of, volunteer_id=whose) == people.Contact("", "")
    for table in ("identity.people_identities", "inbox_messages", "inbox_mutes"):
        assert town.one(f"SELECT count(*) FROM {table} WHERE volunteer_id = %(id)s", id=whose) == 0
    left = "SELECT address, ended_at IS NOT NULL AS ended FROM identity.inbox_addresses"
    assert database.rows(left) == [{"address": None, "ended": True}]
    assert not town.volunteer("V0001").consent_notice
    assert town.one("SELECT count(*) FROM inbox_deliveries") == 0


def test_every_consent_is_withdrawn_and_told(town: Town, database) -> None:
    whose = town.volunteer("V0001").id
    for purpose in ("photos", "notice"):
        database.rows(
            "INSERT INTO consents (volunteer_id, purpose, given, version, way, by, at) VALUES"
            " (%(id)s, %(purpose)s, true, 1, 'self', 'volunteer:V0001', now()) RETURNING id",
            {"id": whose, "purpose": purpose},
        )
    ask(town)
    erase(town)
    on = "SELECT DISTINCT ON (purpose) purpose, given, by FROM consents WHERE volunteer_id = %(id)s"
    assert database.rows(f"{on} ORDER BY purpose, id DESC", {"id": whose}) == [
        {"purpose": purpose, "given": False, "by": RECORDER}
        for purpose in ("notice", "photos", "register")
    ]
    assert not town.volunteer("V0001").consent_notice
    told = {said["purpose"] for said in town.events("ConsentWithdrawn")}
    assert told == {"notice", "photos", "register"}


def test_neither_phone_nor_booklet_opens_anything_any_more(town: Town, app: Flask) -> None:
    town.print_card("V0001")
    ask(town)
    erase(town)
    token = {"Authorization": f"Bearer {town.tokens['V0001']}"}
    assert app.test_client().get("/api/v1/me", headers=token).json["kind"] == "anonymous"
    whose = town.volunteer("V0001").id
    alive = "SELECT count(*) FROM passes_bindings WHERE volunteer_id = %(id)s"
    assert town.one(f"{alive} AND revoked_at IS NULL", id=whose) == 0
    assert town.one("SELECT status FROM passes_cards WHERE volunteer_id = %(id)s", id=whose) == (
        "void"
    )


def test_points_hours_and_the_trail_stay_under_the_number(town: Town, admin) -> None:
    before = town.balance("V0001")
    assert before > 0
    ask(town)
    erase(town)
    assert town.balance("V0001") == before
    assert town.one("SELECT sum(minutes) FROM activities_awards") == 120
    steps = "SELECT action, actor FROM trail_records WHERE subject = 'volunteer:V0001' ORDER BY id"
    noted = admin.execute(steps).fetchall()
    assert noted[-2:] == [("identity.ask-erasure", RECORDER), ("identity.erase", SECRETARY)]


def test_the_books_prove_after_an_erasure_as_before(town: Town, database, tmp_path) -> None:
    sealing = partial(ledger.seal, signers=[KEY], origin="aixin.example/ledger")
    kept = database.atomic(partial(sealing, now=town.clock.now()))
    ask(town)
    erase(town)
    database.atomic(partial(ledger.ask_verification, asked_by="o", now=town.clock.now()))
    found = ledger.verify_database(database, now=town.clock.now)
    assert (found.faults, found.transfers > 0) == (0, True)
    file, head = tmp_path / "books", tmp_path / "head"
    head.write_text(kept.note)
    with ledger.reading(town.settings.database_url) as connection:
        file.write_bytes(b"".join(ledger.export_lines(connection)))
    assert verify_file([str(file), "--checkpoint", str(head)]) == 0
    assert b"volunteer:V0001" in file.read_bytes()


def test_a_certificate_is_checked_by_its_number_without_a_name(
    town: Town, app: Flask, tmp_path
) -> None:
    client = app.test_client()
    order(Api(client, town.tokens["U-ADM"]), volunteer="V0001")
    press = Press(town.database, town.keys, tmp_path, town.clock.now, lambda *_: None)
    assert press.fulfil_next() == 1
    address = f"/v/{tail(town, serials(town)[0])}?lang=en"
    before = client.get(address)
    ask(town)
    erase(town)
    after = client.get(address)
    assert (before.status_code, after.status_code) == (200, 200)
    assert "志" in before.text
    assert "志**" not in after.text
    assert "FM-2025-00001" in after.text


def test_whoever_asked_does_not_decide(town: Town) -> None:
    ask(town)
    with pytest.raises(OwnErasure):
        erase(town, by=RECORDER)
    erase(town)


@pytest.mark.parametrize("asked_by", ["volunteer:V0001", RECORDER])
def test_nobody_decides_about_the_own_name(town: Town, admin, asked_by: str) -> None:
    ask(town, by=asked_by)
    with pytest.raises(OwnErasure):
        erase(town, by="volunteer:V0001")
    admin.execute("UPDATE people_staff SET volunteer_id = %s WHERE code = 'U-SEC'",
                  (town.volunteer("V0001").id,))  # fmt: skip
    with pytest.raises(OwnErasure):
        erase(town)


def test_nothing_is_wiped_that_nobody_asked_for(town: Town) -> None:
    with pytest.raises(NoErasure):
        erase(town)
    ask(town)
    erase(town)
    with pytest.raises(NoErasure):
        erase(town)


def test_the_database_itself_wants_two_persons(town: Town, database) -> None:
    ask(town)
    whose = {"id": town.volunteer("V0001").id}
    alone = f"SELECT people_erase(%(id)s, '{RECORDER}', now()) AS done"
    assert database.rows(alone, whose) == [{"done": False}]
    assert town.run(people.names_of, volunteer_ids=[whose["id"]])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.rows("DELETE FROM inbox_messages RETURNING id")


def test_a_wish_asked_for_twice_is_one(town: Town) -> None:
    assert ask(town).id == ask(town, by="volunteer:V0001").id
    assert town.count("people_erasures") == 1


def test_a_refused_wish_says_why_and_may_be_asked_for_again(town: Town) -> None:
    ask(town)
    whose, now = town.volunteer("V0001").id, town.clock.now()
    why = "a case about these points is open"
    town.run(people.keep, volunteer_id=whose, decided_by=SECRETARY, why=why, now=now)
    assert town.run(people.open_erasure, volunteer_id=whose) is None
    (row, of), *_ = town.run(people.erasures, community_ids=[town.volunteer("V0001").community_id])
    assert (row.erased, row.refusal, of.code) == (False, why, "V0001")
    assert town.run(people.names_of, volunteer_ids=[whose])
    ask(town)
    assert town.count("people_erasures") == 2
