"""Whose rows a connection may see: said when it changes, never believed when it may be untrue."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from psycopg import OperationalError
from sqlalchemy import text
from sqlmodel import Session

from service import scope
from service.db import Database
from tests.conftest import Servers

TOLD = "SELECT current_setting('aixin.communities', true) AS told"


@pytest.fixture
def single(servers: Servers) -> Iterator[Database]:
    """A handle with one connection of either kind."""
    found = Database(servers.postgres.url(), pool_max=1)
    yield found
    found.close()


def told(database: Database) -> str | None:
    found = database.call(TOLD)
    return found["told"] if found else None


def told_session(session: Session) -> str | None:
    return session.connection().execute(text(TOLD)).scalar()


def test_what_may_see_everything_says_so(single: Database) -> None:
    assert scope.present() == scope.EVERYTHING
    assert told(single) == "*"
    assert single.atomic(told_session) == "*"


def test_both_kinds_of_connection_hear_what_changes_and_hear_it_again(single: Database) -> None:
    for reach in ("{1,2}", "{}", "*", "{7}"):
        with scope.within(reach):
            assert told(single) == reach
            assert single.atomic(told_session) == reach
    assert told(single) == "*"
    assert single.atomic(told_session) == "*"


def test_the_same_reach_is_said_once(single: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with scope.within("{3}"):
        assert told(single) == "{3}"
        monkeypatch.setattr(scope, "SAY", b"SELECT nonsense")
        assert told(single) == "{3}"


def test_a_transaction_that_fails_takes_nothing_back(single: Database) -> None:
    def fail(session: Session) -> None:
        session.connection().execute(text("SELECT set_config('a.b', '1', false)"))
        raise LookupError

    with scope.within("{4}"), pytest.raises(LookupError):
        single.atomic(fail)
    with scope.within("{4}"):
        assert single.atomic(told_session) == "{4}"


def test_what_may_not_have_arrived_is_said_again(
    single: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.within("{5}"):
        with monkeypatch.context() as broken:
            broken.setattr(scope, "SAY", b"SELECT $1::text, nonsense")
            with pytest.raises(OperationalError):
                told(single)
            with pytest.raises(OperationalError):
                single.atomic(told_session)
        assert told(single) == "{5}"
        assert single.atomic(told_session) == "{5}"
    assert told(single) == "*"  # and not believed to say nothing


def test_a_new_connection_in_the_place_of_a_dead_one_hears_it(single: Database) -> None:
    with scope.within("{6}"):
        assert told(single) == "{6}"
        with single.lend() as connection:
            connection.close()
        single.engine.dispose()
        assert told(single) == "{6}"
        assert single.atomic(told_session) == "{6}"


def test_threads_that_take_turns_with_connections_see_their_own(servers: Servers) -> None:
    shared, start = Database(servers.postgres.url(), pool_max=2), Barrier(6)

    def ask(number: int) -> set[str | None]:
        start.wait()
        with scope.within(scope.spelled([number])):
            return {answer for _ in range(30) for answer in (told(shared), asked(shared))}

    def asked(database: Database) -> str | None:
        return database.atomic(told_session)

    with ThreadPoolExecutor(6) as apart:
        found = list(apart.map(ask, range(6)))
    shared.close()
    assert found == [{f"{{{number}}}"} for number in range(6)]


def test_one_reach_has_one_spelling() -> None:
    assert scope.spelled([3, 1, 2]) == scope.spelled((1, 2, 3)) == "{1,2,3}"
    assert scope.spelled([]) == scope.NOTHING
