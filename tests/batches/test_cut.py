"""Midnight: which day a line belongs to, what waits for the other side, and what comes too late."""

from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
import pytest

from service import batches
from service.clock import business_day
from tests.batches.conftest import DAY, LATER, NEXT, Ground, Row

AFTER = DAY + timedelta(days=1)
DAY_TWO = datetime(2025, 10, 20, 1, 0, tzinfo=UTC)


def test_what_was_sold_before_midnight_waits_for_the_next_day_s_file(ground: Ground) -> None:
    ground.sale("K-1", when="23:59:59.999")
    ground.file([Row("K-8", 100)])
    ground.run(NEXT)
    assert ("OURS_ONLY", "K-1") not in ground.found()
    assert ground.batch()["totals"]["pool"] == {"lines": 1, "fen": -400}
    ground.hold()


def test_the_other_half_after_midnight_is_a_difference_of_the_cut(ground: Ground) -> None:
    ground.sale("K-1", when="23:59:59.999")
    ground.file([Row("K-8", 100)])
    ground.run(NEXT)
    ground.file([Row("K-1", when="00:00:00.000", day=AFTER)], read=DAY_TWO)
    ground.run(DAY_TWO)
    assert ground.found() == [("CUTOFF", "K-1"), ("THEIRS_ONLY", "K-8")]
    ground.hold()


@pytest.mark.parametrize("together", [True, False])
def test_the_same_is_found_however_many_days_run_at_once(ground: Ground, together: bool) -> None:
    ground.sale("K-1", when="23:50:00")
    ground.sale("K-2", when="00:05:00", day=AFTER)
    ground.file([Row("K-2", when="23:58:00"), Row("K-1", when="00:02:00", day=AFTER)])
    for ids in [ground.due()] if together else [[one] for one in ground.due()]:
        ground.run(ids=ids)
    assert ground.found() == [("CUTOFF", "K-1"), ("CUTOFF", "K-2")]
    ground.hold()


def test_what_nobody_brings_in_three_days_is_asked_about(ground: Ground) -> None:
    ground.sale("K-1", when="23:59:00")
    ground.file([Row("K-8", 100)])
    ground.run(NEXT)
    ground.run(datetime(2025, 10, 22, 1, 0, tzinfo=UTC))
    assert ("OURS_ONLY", "K-1") in ground.found()
    ground.hold()


def test_a_leftover_of_the_morning_finds_its_half_on_another_day_too(ground: Ground) -> None:
    ground.sale("K-1", when="09:00:00")
    ground.file([Row("K-8", 100)])
    ground.run(NEXT)
    assert ("OURS_ONLY", "K-1") in ground.found()
    ground.file([Row("K-1", when="09:00:00", day=AFTER)], read=DAY_TWO)
    ground.run(DAY_TWO)
    assert ground.found() == [("CUTOFF", "K-1"), ("THEIRS_ONLY", "K-8")]
    gone = "SELECT resolution FROM reconciliation_exceptions WHERE kind = 'OURS_ONLY'"
    assert ground.market.one(gone) == "gone"
    ground.hold()


def test_the_day_s_own_file_brought_late_takes_the_line_back(ground: Ground) -> None:
    ground.sale("K-1", when="23:50:00")
    ground.file([Row("K-1", when="00:02:00", day=AFTER)], span=(DAY, AFTER))
    ground.run()
    assert ground.found() == [("CUTOFF", "K-1")]
    ground.file([Row("K-1", when="23:50:00")])
    ground.run()
    assert ground.matched() == [(1, "K-1")]
    assert ground.found() == [("THEIRS_ONLY", "K-1")]
    ground.hold()


def close(ground: Ground) -> None:
    ground.admin.execute("UPDATE reconciliation_batches SET status = 'closed', closed_at = now()")


def test_a_closed_batch_is_left_alone(ground: Ground) -> None:
    ground.sale("K-1")
    ground.file([Row("K-1")])
    ground.run()
    close(ground)
    before = ground.batch()
    ground.file([Row("K-9", 700)], read=LATER + timedelta(days=1))
    assert ground.run(ids=[before["id"]], now=LATER + timedelta(days=2)).new == ()
    assert ground.batch() == before


def test_what_comes_for_a_closed_day_is_in_the_next_open_batch_with_its_date(
    ground: Ground,
) -> None:
    ground.sale("K-1")
    ground.file([Row("K-1")])
    ground.run()
    close(ground)
    late = LATER + timedelta(days=1)
    ground.sale("K-2", recorded_at=late, when="12:00:00")
    ground.sale("K-3", recorded_at=late, when="13:00:00")
    ground.file([Row("K-2", when="12:00:00")], read=late)
    ground.sale("K-4", day=AFTER)
    ground.file([Row("K-4", day=AFTER)], read=late)
    ground.run(late + timedelta(hours=1))
    assert ground.matched() == [(1, "K-1"), (1, "K-2"), (1, "K-4")]
    assert ground.found() == [("OURS_ONLY", f"K-3@{AFTER}")]
    sql = "SELECT day, batch_id FROM reconciliation_exceptions"
    (found,) = ground.database.rows(sql)
    assert (found["day"], found["batch_id"]) == (DAY, ground.batch(AFTER)["id"])
    ground.hold()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_the_cut_is_midnight_in_shanghai_wherever_the_server_stands(
    ground: Ground, owner: psycopg.Connection, zone: str
) -> None:
    last = datetime(2025, 10, 18, 15, 59, 59, 999_000, tzinfo=UTC)
    first = last + timedelta(milliseconds=1)
    assert (business_day(last), business_day(first)) == (DAY, AFTER)
    ground.sale("K-1", when="23:59:59.999")
    ground.sale("K-2", when="00:00:00.000", day=AFTER)
    ground.file([Row("K-1", when="23:59:59.999"), Row("K-2", when="00:00:00", day=AFTER)])
    ids = ground.due()

    def there(session: object) -> batches.Ran:
        session.execute(batches.actions.text(f"SET LOCAL timezone = '{zone}'"))  # type: ignore[attr-defined]
        return batches.run(session, ids, now=LATER)  # type: ignore[arg-type]

    ground.database.atomic(there)
    assert ground.matched() == [(1, "K-1"), (1, "K-2")]
    inputs = [ground.batch(day)["inputs"] for day in (DAY, AFTER)]
    ground.admin.execute(
        "UPDATE reconciliation_batches SET digest = NULL, status = 'open', rules = NULL,"
        " inputs = NULL, high_water = NULL, frozen_at = NULL, checked_at = NULL"
    )
    ground.database.atomic(partial(batches.run, ids=ids, now=LATER))
    assert [ground.batch(day)["inputs"] for day in (DAY, AFTER)] == inputs
