"""The trail: read by subject and by person, changed by nobody."""

import psycopg
import pytest
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from service import trail
from service.db import Database
from tests.conftest import NOON, Servers


def write(database: Database, *subjects: str) -> None:
    def work(session: Session) -> None:
        for subject in subjects:
            trail.record(session, actor="staff:S", action="looked", subject=subject, now=NOON)

    database.atomic(work)


def test_the_trail_is_read_by_subject_in_the_order_of_what_was_done(database: Database) -> None:
    write(database, "a", "b", "a")
    found = database.atomic(lambda session: trail.about(session, "a"))
    assert [record.subject for record in found] == ["a", "a"]
    assert [record.id for record in found] == sorted(record.id or 0 for record in found)


@pytest.mark.parametrize(
    "statement", ["UPDATE trail_records SET actor = 'x'", "DELETE FROM trail_records"]
)
def test_the_application_cannot_change_the_trail(database: Database, statement: str) -> None:
    from sqlalchemy import text

    write(database, "a")
    with pytest.raises(ProgrammingError, match="permission denied"):
        database.atomic(lambda session: session.execute(text(statement)))


def test_not_even_the_owner_can_change_the_trail(database: Database, servers: Servers) -> None:
    write(database, "a")
    from deploy import embedded

    with (
        servers.postgres.connect(embedded.DATABASE) as owner,
        pytest.raises(psycopg.errors.DatabaseError, match="append-only"),
    ):
        owner.execute("UPDATE trail_records SET actor = 'x'")
