"""The draw itself: by the seed alone, in an order that anybody can make again."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sampling import rules

NUMBERS = st.sets(st.integers(1, 2**40), max_size=200)
ROOT = bytes(range(32))


@given(NUMBERS, st.integers(1, 100))
def test_the_share_is_drawn_rounded_up_and_nothing_twice(numbers: set[int], percent: int) -> None:
    drawn = rules.draw("seed", numbers, percent)
    assert len(drawn) == len(set(drawn)) == -(-len(numbers) * percent // 100)
    assert set(drawn) <= numbers


@given(NUMBERS, st.randoms())
def test_the_order_in_which_the_list_comes_does_not_matter(numbers: set[int], random) -> None:
    shuffled = list(numbers)
    random.shuffle(shuffled)
    assert rules.draw("seed", shuffled, 30) == rules.draw("seed", sorted(numbers), 30)


def test_another_seed_draws_others() -> None:
    numbers = range(1, 1001)
    first, second = (set(rules.draw(seed, numbers, 5)) for seed in ("a", "b"))
    assert first != second
    assert len(first & second) < 20  # 2.5 by chance


def test_everybody_is_as_likely_as_everybody_else() -> None:
    counts = dict.fromkeys(range(100), 0)
    for seed in range(2000):
        for number in rules.draw(str(seed), counts, 5):
            counts[number] += 1
    assert 60 <= min(counts.values()) <= max(counts.values()) <= 145  # 100 each, give or take


def test_one_of_few_is_drawn_and_none_of_none() -> None:
    assert rules.draw("seed", [7], 5) == [7]
    assert rules.draw("seed", [], 5) == []


def test_the_seed_is_of_the_month_and_the_head_as_they_are_published() -> None:
    said = b"2025-10 " + ROOT.hex().encode()
    assert rules.seed_of(date(2025, 10, 1), ROOT) == sha256(said).hexdigest()


def test_a_month_ends_at_midnight_where_the_programme_lives() -> None:
    found = rules.bounds(date(2025, 12, 1), "Asia/Shanghai")
    assert found.start == datetime(2025, 11, 30, 16, tzinfo=UTC)
    assert found.end == datetime(2025, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "today", "due"),
    [
        (None, date(2025, 11, 1), [date(2025, 10, 1)]),
        (None, date(2026, 1, 31), [date(2025, 12, 1)]),
        (date(2025, 10, 1), date(2025, 11, 30), []),
        (date(2025, 10, 1), date(2025, 12, 1), [date(2025, 11, 1)]),
        (date(2025, 10, 1), date(2026, 1, 5), [date(2025, 11, 1), date(2025, 12, 1)]),
    ],
)
def test_what_is_due_is_every_month_since_the_last(
    last: date | None, today: date, due: list[date]
) -> None:
    assert rules.months_due(last, today) == due


def test_the_list_is_public_when_nobody_can_be_warned_any_more() -> None:
    drawn_at = datetime(2025, 11, 1, tzinfo=UTC)
    running, over = rules.Progress(3, 1, 1, 0), rules.Progress(3, 1, 1, 1)
    assert (running.open, over.open) == (1, 0)
    assert not rules.list_is_public(running, drawn_at, drawn_at + timedelta(days=30))
    assert rules.list_is_public(running, drawn_at, drawn_at + timedelta(days=31))
    assert rules.list_is_public(over, drawn_at, drawn_at)
