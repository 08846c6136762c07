"""Adopted rule sets: one is in force on a day, none is ever edited."""

from datetime import date

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from service import programmes
from service.db import Database

BARE = {"rates_points_per_hour": [{"code": "R1", "rate": 10}], "caps": {"points_per_day": 80}}


@pytest.fixture
def programme_id(database: Database) -> int:
    return database.atomic(lambda s: programmes.open_programme(s, code="P", name="P").id)


def adopt(database: Database, programme_id: int, code: str, first: date, last: date | None = None,
          cap: int = 80) -> None:  # fmt: skip
    figures = BARE | {"caps": {"points_per_day": cap}}

    def work(session: Session) -> None:
        programmes.adopt(
            session, programme_id=programme_id, code=code, figures=figures,
            effective_from=first, effective_to=last,
        )  # fmt: skip

    database.atomic(work)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2025, 1, 1), "ONE"),
        (date(2025, 6, 30), "ONE"),
        (date(2025, 7, 1), "TWO"),
        (date(2030, 1, 1), "TWO"),
    ],
)
def test_the_rules_begun_last_are_in_force(database, programme_id, day, code):
    adopt(database, programme_id, "ONE", date(2025, 1, 1))
    adopt(database, programme_id, "TWO", date(2025, 7, 1), cap=90)
    assert programmes.rule_set(database, programme_id, day).code == code
    by_session = database.atomic(lambda s: programmes.rule_set(s, programme_id, day))
    assert by_session.code == code


def test_no_rules_before_the_first_day_or_after_the_last(database, programme_id):
    adopt(database, programme_id, "ONE", date(2025, 1, 1), date(2025, 1, 31))
    for day in (date(2024, 12, 31), date(2025, 2, 1)):
        with pytest.raises(programmes.NoRuleSet):
            programmes.rule_set(database, programme_id, day)


def test_an_adopted_rule_set_cannot_be_edited(database, programme_id, admin: psycopg.Connection):
    adopt(database, programme_id, "ONE", date(2025, 1, 1))

    def edit(session: Session) -> None:
        row = session.get_one(programmes.RuleSetRow, 1)
        row.figures = BARE | {"caps": {"points_per_day": 81}}

    with pytest.raises(DBAPIError, match="adopted"):
        database.atomic(edit)
    assert programmes.rule_set(database, programme_id, date(2025, 1, 1)).day_cap == 80


def test_rules_that_cannot_be_read_are_not_adopted(database, programme_id):
    def work(session: Session) -> None:
        programmes.adopt(session, programme_id=programme_id, code="BAD", figures={},
                         effective_from=date(2025, 1, 1))  # fmt: skip

    with pytest.raises(KeyError):
        database.atomic(work)
