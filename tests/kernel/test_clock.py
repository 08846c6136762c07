"""A simulated day stands where it was set, and goes on where it was started."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from service.clock import Clock, business_day

SATURDAY = datetime(2025, 10, 17, 23, 30, tzinfo=UTC)


def test_a_clock_that_was_set_stands_still_for_everybody(tmp_path: Path) -> None:
    Clock(tmp_path / "now").set(SATURDAY)
    reader = Clock(tmp_path / "now")
    assert reader.now() == reader.now() == SATURDAY


def test_a_clock_that_was_started_goes_on(tmp_path: Path) -> None:
    Clock(tmp_path / "now").start(SATURDAY)
    first = Clock(tmp_path / "now").now()
    time.sleep(0.01)
    second = Clock(tmp_path / "now").now()
    assert SATURDAY <= first < second < SATURDAY + timedelta(minutes=1)


def test_without_a_file_it_is_the_machine_s_time(tmp_path: Path) -> None:
    for clock in (Clock(), Clock(tmp_path / "none")):
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_business_day_is_the_day_in_shanghai() -> None:
    assert business_day(SATURDAY) == date(2025, 10, 18)
    assert business_day(datetime(2025, 10, 18, 15, 59, 59, tzinfo=UTC)) == date(2025, 10, 18)
    assert business_day(datetime(2025, 10, 18, 16, 0, tzinfo=UTC)) == date(2025, 10, 19)
