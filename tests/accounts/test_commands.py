"""The operator's commands for accounts, as a process would run them."""

import pytest

from service import cli, people
from tests.conftest import NOON
from tests.people import neighbourhood


@pytest.fixture
def environ(settings, monkeypatch, clock):
    values = {
        "AIXIN_ENV": "test",
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "LEDGER_KEY": settings.ledger_key,
        "PUBLIC_URL": settings.public_url,
        "AIXIN_CLOCK_FILE": str(settings.clock_file),
        "AIXIN_LOCALE": "en",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def tokens(database, environ):
    database.atomic(neighbourhood.build)
    staff = {code: neighbourhood.staff_token(database, code, now=NOON) for code in ("R-EA", "R-WE")}
    return staff | {"EA0001": neighbourhood.volunteer_token(database, "EA0001", now=NOON)}


def known(database, tokens):
    return {code for code, one in tokens.items() if people.resolve_token(database, one, now=NOON)}


def trail(admin):
    return admin.execute("SELECT actor, action, subject FROM trail_records").fetchall()


def test_one_member_of_staff_is_signed_out_and_it_is_noted(database, tokens, admin, capsys):
    assert cli.main(["sessions-revoke", "--staff", "R-EA", "--yes"]) == 0
    assert capsys.readouterr().out == "1 sessions ended\n"
    assert known(database, tokens) == {"R-WE", "EA0001"}
    assert trail(admin) == [("operator", "session.end", "staff:R-EA")]


def test_everybody_is_signed_out(database, tokens, admin):
    assert cli.main(["sessions-revoke", "--all", "--yes"]) == 0
    assert known(database, tokens) == set()
    assert trail(admin) == [("operator", "session.end", "sessions:all")]


def test_without_a_yes_nothing_is_done(database, tokens, admin, capsys):
    assert cli.main(["sessions-revoke", "--all"]) == 2
    assert "Nothing was done" in capsys.readouterr().err
    assert len(known(database, tokens)) == 3
    assert trail(admin) == []


def test_an_unknown_name_is_refused(database, tokens):
    assert cli.main(["sessions-revoke", "--staff", "NOBODY", "--yes"]) == 1
