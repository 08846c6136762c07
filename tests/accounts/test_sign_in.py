"""The first step: one answer to every mistake, and growing waits that nobody is told of."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from time import process_time

import pytest

from service import accounts, people
from service.accounts import Asker
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD

HERE = Asker("192.0.2.1", "Chrome · Windows")


@pytest.fixture
def built(database):
    return database.atomic(neighbourhood.build)


def begin(database, login="R-EA", password=PASSWORD, *, asker=HERE, strict=False, now=NOON):
    return accounts.begin(
        database, login=login, password=password, asker=asker, strict=strict, now=now
    )


def wrong(database, login="R-EA", password="wrong", **others):
    with pytest.raises(people.WrongSignIn) as caught:
        begin(database, login, password, **others)
    return caught.value


def trail(admin):
    return admin.execute(
        "SELECT actor, action, subject, detail FROM trail_records ORDER BY id"
    ).fetchall()


def test_a_name_and_a_password_open_a_session_and_it_is_noted(database, built, admin):
    step = begin(database)
    assert (step.state, step.staff.code) == ("open", "R-EA")
    caller = people.resolve_token(database, step.token, now=NOON)
    assert (caller.code, caller.strong) == ("R-EA", False)
    detail = {"device": "Chrome · Windows", "factor": ""}
    assert trail(admin) == [("staff:R-EA", "session.open", "staff:R-EA", detail)]


def test_after_five_mistakes_the_right_password_waits_too_and_reads_the_same(database, built):
    said = {str(wrong(database)) for _ in range(5)}
    said.add(str(wrong(database, password=PASSWORD)))
    said.add(str(wrong(database, "nobody")))
    assert len(said) == 1
    assert begin(database, now=NOON + timedelta(seconds=31)).state == "open"


def test_each_wait_is_twice_as_long_up_to_a_quarter_of_an_hour(database, built):
    for _ in range(4):
        wrong(database)
    moment = NOON
    for seconds in (30, 60, 120, 240, 480, 900, 900):
        wrong(database, now=moment)
        wrong(database, password=PASSWORD, now=moment + timedelta(seconds=seconds - 1))
        moment += timedelta(seconds=seconds)
    assert begin(database, now=moment).state == "open"


def test_whoever_gets_in_begins_anew(database, built):
    for _ in range(4):
        wrong(database)
    begin(database)
    for _ in range(4):
        wrong(database)
    assert begin(database).state == "open"


def test_a_day_later_mistakes_are_forgotten(database, built):
    for _ in range(4):
        wrong(database)
    later = NOON + timedelta(days=1, seconds=1)
    wrong(database, now=later)
    assert begin(database, now=later).state == "open"


def test_a_waiting_name_stops_nobody_else(database, built):
    for _ in range(6):
        wrong(database)
    assert begin(database, "R-WE").state == "open"


def test_an_address_that_tries_name_after_name_waits_and_another_address_does_not(database, built):
    for at in range(30):
        wrong(database, f"name-{at}")
    wrong(database, "R-EA", PASSWORD)
    assert begin(database, "R-EA", asker=Asker("192.0.2.2")).state == "open"


def test_getting_in_does_not_wash_an_address(database, built):
    for at in range(29):
        wrong(database, f"name-{at}")
    begin(database, "R-WE")
    wrong(database, "name-30")
    wrong(database, "R-WE", PASSWORD)


def test_a_name_written_otherwise_is_the_same_name(database, built):
    for name in ("R-EA", "r-ea", "R-ea", "r-EA", "R-EA"):
        wrong(database, name)
    wrong(database, password=PASSWORD)


def test_failures_are_kept_as_hashes_and_a_wait_is_noted_without_what_was_typed(
    database, built, admin
):
    for _ in range(5):
        wrong(database, "my secret password")
    for _ in range(5):
        wrong(database)
    kept = str(admin.execute("SELECT accounts_tries::text FROM accounts_tries").fetchall())
    noted = trail(admin)
    assert "secret" not in kept + str(noted)
    assert [row[1:3] for row in noted] == [
        ("session.wait", "staff:?"),
        ("session.wait", "staff:R-EA"),
    ]


def test_twenty_guesses_at_once_are_twenty_guesses(database, built, admin):
    def guess(at):
        wrong(database, password=f"guess {at}", asker=Asker(f"192.0.2.{at}"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(guess, range(20)))
    failures = admin.execute("SELECT max(failures) FROM accounts_tries").fetchone()[0]
    assert failures == 5  # the fifth began the wait; the others were not looked at
    wrong(database, password=PASSWORD)


def test_unknown_wrong_and_waiting_take_the_same_time(database, built):
    """By the processor's time, so that a busy machine tells nothing wrong."""
    for _ in range(6):
        wrong(database, "R-WE")
    cases = {"unknown": ("nobody", "x"), "wrong": ("R-EA", "x"), "waiting": ("R-WE", PASSWORD)}
    spent = {name: [] for name in cases}
    for at in range(7):
        for name, (login, password) in cases.items():
            began = process_time()
            wrong(
                database,
                login,
                password,
                asker=Asker(f"192.0.2.{at}"),
                now=NOON + timedelta(minutes=at * 20 if name == "wrong" else 0),
            )
            spent[name].append(process_time() - began)
    middle = {name: median(each) for name, each in spent.items()}
    assert max(middle.values()) < 1.5 * min(middle.values()), middle


def test_an_old_hash_is_made_anew_at_todays_figures(database, built, admin):
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    admin.execute("UPDATE people_staff SET password_hash = %s WHERE code = 'R-EA'", [old])
    begin(database)
    kept = admin.execute("SELECT password_hash FROM people_staff WHERE code = 'R-EA'").fetchone()[0]
    assert "m=47104,t=2,p=1" in kept


def test_a_session_is_seen_every_ten_minutes(database, built, admin):
    token = begin(database).token
    for minutes, seen in ((9, None), (11, 11), (20, 11), (22, 22)):
        moment = NOON + timedelta(minutes=minutes)
        people.resolve_token(database, token, now=moment)
        found = admin.execute("SELECT last_seen_at FROM people_sessions").fetchone()[0]
        assert found == (NOON + timedelta(minutes=seen) if seen else None)
