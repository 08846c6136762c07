"""Tokens, sessions and tablets: who is calling is one statement away."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import extract_parameters

from service import people
from service.db import Database
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD

NOW = datetime(2025, 10, 18, 4, tzinfo=UTC)


@pytest.fixture
def built(database: Database) -> neighbourhood.Neighbourhood:
    return database.atomic(neighbourhood.build)


def test_a_staff_token_names_the_person_the_offices_and_the_place(database, built):
    token = neighbourhood.staff_token(database, "R-EA", now=NOW)
    caller = people.resolve_token(database, token, now=NOW)
    assert (caller.kind, caller.code, caller.actor) == ("staff", "R-EA", "staff:R-EA")
    assert caller.roles == {("volunteer_admin", "EA")}
    assert (caller.community, caller.community_id) == ("EA", built.east_id)
    assert caller.programme_id == built.programme_id
    assert caller.volunteer_id is None


def test_an_auditor_without_a_community_has_the_programme_of_the_scope(database, built):
    token = neighbourhood.staff_token(database, "AUD", now=NOW)
    caller = people.resolve_token(database, token, now=NOW)
    assert (caller.community, caller.community_id) == ("", None)
    assert caller.programme_id == built.programme_id


def test_a_volunteer_token_names_the_volunteer(database, built):
    token = neighbourhood.volunteer_token(database, "WE0002", now=NOW)
    caller = people.resolve_token(database, token, now=NOW)
    assert (caller.kind, caller.code) == ("volunteer", "WE0002")
    assert caller.id == caller.volunteer_id
    assert caller.community == "WE"


@pytest.mark.parametrize(("hours", "known"), [(11, True), (12, False)])
def test_a_staff_session_lasts_twelve_hours(database, built, hours, known):
    token = neighbourhood.staff_token(database, "R-EA", now=NOW)
    found = people.resolve_token(database, token, now=NOW + timedelta(hours=hours))
    assert (found is not None) is known


@pytest.mark.parametrize(("days", "known"), [(29, True), (30, False)])
def test_a_volunteers_session_lasts_thirty_days(database, built, days, known):
    token = neighbourhood.volunteer_token(database, "EA0001", now=NOW)
    found = people.resolve_token(database, token, now=NOW + timedelta(days=days))
    assert (found is not None) is known


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 100_000, "\x00", "' OR 1=1 --"])
def test_a_strange_token_is_nobodys(database, built, token):
    assert people.resolve_token(database, token, now=NOW) is None


def test_a_closed_session_is_over_and_closing_again_is_no_fault(database, built):
    token = neighbourhood.staff_token(database, "R-EA", now=NOW)
    for _ in range(2):
        database.atomic(lambda s: people.close_session(s, token=token, now=NOW))
    assert people.resolve_token(database, token, now=NOW) is None


def test_the_database_keeps_no_token(database, built, admin):
    token = neighbourhood.staff_token(database, "R-EA", now=NOW)
    stored = admin.execute("SELECT people_sessions::text FROM people_sessions").fetchall()
    assert token not in str(stored)


def test_somebody_who_left_is_nobody(database, built):
    token = neighbourhood.staff_token(database, "R-EA", now=NOW)

    def leave(session):
        people.staff(session, "R-EA").active = False

    database.atomic(leave)
    assert people.resolve_token(database, token, now=NOW) is None
    with pytest.raises(people.WrongSignIn):
        database.atomic(lambda s: people.authenticate_staff(s, login="R-EA", password=PASSWORD))


def test_a_new_password_ends_the_old_sessions(database, built):
    token = neighbourhood.staff_token(database, "R-EA", now=NOW)
    new = "another horse battery"
    database.atomic(lambda s: people.set_password(s, code="R-EA", password=new, now=NOW))
    assert people.resolve_token(database, token, now=NOW) is None
    found = database.atomic(lambda s: people.authenticate_staff(s, login="R-EA", password=new))
    assert found.code == "R-EA"


def test_passwords_are_argon2id_at_more_than_twice_the_figures_owasp_names(built):
    figures = extract_parameters(neighbourhood.HASH)
    assert (figures.memory_cost, figures.time_cost, figures.parallelism) == (46 * 1024, 2, 1)
    assert figures.type.name == "ID"


@pytest.mark.parametrize(("login", "password"), [("R-EA", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_every_wrong_sign_in_has_one_answer(database, built, login, password):
    with pytest.raises(people.WrongSignIn) as caught:
        database.atomic(lambda s: people.authenticate_staff(s, login=login, password=password))
    assert caught.value.params == {}


def test_an_unknown_name_is_hashed_too(database, built, monkeypatch):
    compared = []
    verify = people.passwords.HASHER.verify
    monkeypatch.setattr(
        type(people.passwords.HASHER),
        "verify",
        lambda self, stored, password: compared.append(stored) or verify(stored, password),
    )
    with pytest.raises(people.WrongSignIn):
        database.atomic(lambda s: people.authenticate_staff(s, login="nobody", password="x"))
    assert len(compared) == 1


def test_a_tablet_is_a_caller_until_it_is_revoked(database, built):
    def pair(session):
        device, token = people.pair_device(
            session, name="Door", paired_by="staff:R-EA", community_id=built.east_id, now=NOW
        )
        return device.id, token

    device_id, token = database.atomic(pair)
    caller = people.resolve_token(database, token, now=NOW)
    assert (caller.kind, caller.profile, caller.actor) == ("device", "gate", f"device:{device_id}")
    assert people.authorised(caller, ["gate"], ("EA", "QT"))
    assert not people.authorised(caller, ["gate"], ("WE", "QT"))
    database.atomic(lambda s: people.revoke_device(s, device_id=device_id, now=NOW))
    shut_out = people.resolve_token(database, token, now=NOW)
    assert (shut_out.kind, shut_out.shut_out, shut_out.profile) == ("anonymous", True, None)


def test_a_tablet_with_a_shop_is_a_till_and_is_seen_once_an_hour(database, built):
    def pair(session):
        return people.pair_device(
            session, name="Till", paired_by="staff:R-EA", shop_id=7, community_id=None, now=NOW
        )[1]

    token = database.atomic(pair)
    for minutes, seen in ((0, 0), (59, 0), (61, 61)):
        moment = NOW + timedelta(minutes=minutes)
        caller = people.resolve_token(database, token, now=moment)
        assert (caller.profile, caller.shop_id) == ("till", 7)
        row = database.atomic(lambda s: people.devices_of_shop(s, 7)[0])
        assert row.last_seen_at == NOW + timedelta(minutes=seen)
