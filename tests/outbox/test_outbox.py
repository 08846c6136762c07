"""Events: written with what they tell, told in order, dealt with once."""

import json
import threading
from datetime import timedelta

import pytest
from sqlmodel import Session

from service import outbox
from service.db import Database
from tests.conftest import NOON
from tests.outbox.samples import sample

TYPES = ["CheckedIn", "CheckedOut"]


def publish(database: Database, *subjects: str, kind: str = "CheckedIn") -> list[int]:
    def work(session: Session) -> list[int]:
        said = sample(kind) if kind in outbox.CATALOGUE else {}
        events = [outbox.publish(session, kind, subject, said, now=NOON) for subject in subjects]
        session.flush()
        return [event.id or 0 for event in events]

    return database.atomic(work)


def claim(database: Database, ids: list[int], consumer: str = "tester") -> list[int]:
    def work(session: Session) -> list[int]:
        found = outbox.claim(session, ids, consumer=consumer, types=TYPES, now=NOON)
        return [event.id or 0 for event in found]

    return database.atomic(work)


def test_an_event_is_told_only_if_its_transaction_commits(database: Database) -> None:
    def work(session: Session) -> None:
        outbox.publish(session, "CheckedIn", "volunteer:1", {}, now=NOON)
        session.flush()
        raise LookupError

    with pytest.raises(LookupError):
        database.atomic(work)
    assert database.rows("SELECT FROM outbox_events") == []


def test_an_unknown_type_is_refused(database: Database) -> None:
    with pytest.raises(outbox.UnknownEvent):
        publish(database, "volunteer:1", kind="SomethingHappened")
    assert database.rows("SELECT FROM outbox_events") == []


def test_sql_and_python_write_the_same_row(database: Database) -> None:
    publish(database, "volunteer:1")
    said = {"said": json.dumps(sample("CheckedIn")), "now": NOON}
    database.call("SELECT outbox_publish('CheckedIn', 'volunteer:1', %(said)s, %(now)s)", said)
    first, second = database.rows("SELECT * FROM outbox_events ORDER BY id")
    assert first.keys() == second.keys()
    assert first.pop("id") != second.pop("id")
    assert first.pop("event_id") != second.pop("event_id")
    assert first == second


def test_an_event_may_have_happened_before_it_was_recorded(database: Database) -> None:
    earlier = NOON - timedelta(hours=1)

    def work(session: Session) -> None:
        outbox.publish(
            session, "CheckedIn", "v:1", sample("CheckedIn"), now=NOON, occurred_at=earlier
        )

    database.atomic(work)
    row = database.call("SELECT occurred_at, recorded_at FROM outbox_events")
    assert row == {"occurred_at": earlier, "recorded_at": NOON}


def test_while_one_relay_works_a_second_one_finds_nothing(database: Database) -> None:
    publish(database, "a", "b")

    def first(session: Session) -> tuple[int, int]:
        mine = outbox.waiting(session, limit=1)
        theirs = database.atomic(lambda other: outbox.waiting(other, limit=10))
        return len(mine), len(theirs)

    assert database.atomic(first) == (1, 0)
    assert len(database.atomic(lambda session: outbox.waiting(session, limit=10))) == 2


def test_a_consumer_gets_an_event_once_and_another_consumer_gets_it_too(database: Database) -> None:
    ids = publish(database, "a", "b")
    assert claim(database, ids) == ids
    assert claim(database, ids) == []
    assert claim(database, ids, consumer="other") == ids


def test_a_consumer_is_spared_the_types_it_does_not_ask_for(database: Database) -> None:
    ids = publish(database, "a", kind="NoShowMarked")
    assert claim(database, ids) == []


def test_earlier_events_of_the_same_subject_come_along_first(database: Database) -> None:
    first, other, second = publish(database, "a", "b", "a")
    assert claim(database, [second]) == [first, second]
    assert claim(database, [first, other]) == [other]


def test_a_failed_effect_gives_its_claim_back(database: Database) -> None:
    ids = publish(database, "a")

    def work(session: Session) -> None:
        assert outbox.claim(session, ids, consumer="tester", types=TYPES, now=NOON)
        raise LookupError

    with pytest.raises(LookupError):
        database.atomic(work)
    assert claim(database, ids) == ids


def test_many_consumers_at_once_deal_with_each_event_once(database: Database) -> None:
    ids = publish(database, *(f"subject:{number % 7}" for number in range(70)))
    dealt: list[int] = []

    def consume(part: list[int]) -> None:
        dealt.extend(claim(database, part))

    parts = [ids[start : start + 20] for start in range(0, 70, 10)]
    threads = [threading.Thread(target=consume, args=[part]) for part in parts * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(dealt) == ids
