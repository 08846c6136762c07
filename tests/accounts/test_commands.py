"""The operator's commands for accounts, as a process would run them."""

from datetime import timedelta

import pytest

from service import accounts, cli, people
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
        "IDENTITY_KEY": settings.identity_key,
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


def test_the_first_administrator_gets_one_link_for_a_day(database, tokens, admin, capsys):
    assert cli.main(["admin-first", "ADM", "QT", "--yes"]) == 0
    first = capsys.readouterr().out.strip()
    assert first.startswith("https://aixin.example/sign-in/first/")
    assert cli.main(["admin-first", "ADM", "QT", "--yes"]) == 0
    second = capsys.readouterr().out.strip()

    def opens(link, now=NOON):
        def work(session):
            token = link.rsplit("/", 1)[1]
            return accounts.pending(session, token=token, purposes=["first"], now=now)

        try:
            return database.atomic(work).purpose
        except accounts.SignInOver:
            return None

    assert [opens(first), opens(second)] == [None, "first"]  # a new one ends the old one
    assert opens(second, NOON + timedelta(hours=24)) is None
    assert people.resolve_token(database, second.rsplit("/", 1)[1], now=NOON) is None
    assert trail(admin) == [("operator", "account.invite", "staff:ADM")] * 2


def test_there_is_no_second_first_administrator(database, tokens, capsys):
    database.atomic(lambda s: neighbourhood.employ(s, "ADM", people.Role.ADMINISTRATOR, "QT", None))
    assert cli.main(["admin-first", "EVIL", "QT", "--yes"]) == 1
    assert "an administrator already" in capsys.readouterr().err
    assert database.atomic(lambda s: people.find_staff(s, "EVIL")) is None


@pytest.mark.parametrize("command", [["admin-first", "ADM", "QT"], ["factors-clear", "R-EA"]])
def test_each_asks_first(database, tokens, admin, command):
    assert cli.main(command) == 2
    assert trail(admin) == []


def test_an_administrator_of_nowhere_is_refused(database, tokens):
    assert cli.main(["admin-first", "ADM", "NOWHERE", "--yes"]) == 1


def test_who_lost_every_factor_begins_anew_with_the_password(database, tokens, admin):
    assert cli.main(["factors-clear", "R-EA", "--yes"]) == 0
    assert known(database, tokens) == {"R-WE", "EA0001"}
    assert trail(admin) == [("operator", "factor.clear", "staff:R-EA")]
