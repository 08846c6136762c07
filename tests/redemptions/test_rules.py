"""The arithmetic of the till, by tables."""

from datetime import UTC, datetime, timedelta

import pytest

from service.redemptions.rules import (
    Discount,
    Offer,
    discount,
    objection,
    receipt,
    scan_usable,
    tiles,
    too_old,
    void_until,
)
from service.shops import Terms

NOON = datetime(2025, 10, 18, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("bill_fen", "tier_pct", "terms", "expected"),
    [
        (4000, 5, Terms(10, 1000), Discount(5, 200, 3800)),  # the tier is the smaller
        (5680, 10, Terms(8, 3000), Discount(8, 454, 5226)),  # the shop is; 454.4 is floored
        (3000, 0, Terms(10, 1000), Discount(0, 0, 3000)),  # no standing
        (19, 5, Terms(10, 1000), Discount(5, 0, 19)),  # floors to nothing
        (20, 5, Terms(10, 1000), Discount(5, 1, 19)),
        (100_000, 20, Terms(20, 2000), Discount(20, 2000, 98_000)),  # the cap on a bill
        (100_000, 20, Terms(20, 0), Discount(20, 0, 100_000)),  # a cap of nothing
        (1, 100, Terms(100, 1), Discount(100, 1, 0)),
    ],
)
def test_the_smaller_rate_floored_to_the_fen_within_the_cap(
    bill_fen: int, tier_pct: int, terms: Terms, expected: Discount
) -> None:
    assert discount(bill_fen, tier_pct, terms) == expected


def offer(**given: object) -> Offer:
    plain = {"code": "G", "name": "G", "points": 50, "stock": 5, "daily_limit": None}
    return Offer(**{**plain, "taken_today": 0, "used": 0, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shelf", "balance", "reason"),
    [
        ({}, 50, None),
        ({}, 49, "insufficient"),
        ({}, -1, "blocked_negative"),
        ({"stock": 0}, 50, "out_of_stock"),
        ({"stock": 0}, 49, "insufficient"),
        ({"daily_limit": 2, "taken_today": 1}, 50, None),
        ({"daily_limit": 2, "taken_today": 2}, 50, "daily_limit"),
        ({"daily_limit": 0}, 50, "daily_limit"),
        ({"daily_limit": 1, "taken_today": 1, "stock": 0}, -1, "daily_limit"),
    ],
)
def test_the_first_of_several_reasons_is_named(
    shelf: dict[str, object], balance: int, reason: str | None
) -> None:
    assert objection(offer(**shelf), balance) == reason


def test_the_most_used_six_keep_their_places() -> None:
    shelf = [offer(code=f"G{n}", used=n) for n in range(8)]
    assert [tile.code for tile in tiles(shelf, 100)] == ["G7", "G6", "G5", "G4", "G3", "G2"]


def test_what_cannot_be_had_gives_way_only_when_there_is_no_room() -> None:
    shelf = [offer(code=f"G{n}", used=9 - n) for n in range(7)]
    shelf[0] = offer(code="G0", used=9, stock=0)
    assert [tile.code for tile in tiles(shelf, 100)] == ["G1", "G2", "G3", "G4", "G5", "G6"]
    few = tiles(shelf[:3], 100)
    assert [(tile.code, tile.can) for tile in few] == [("G0", False), ("G1", True), ("G2", True)]


@pytest.mark.parametrize(
    ("age", "usable"),
    [
        (timedelta(0), True),
        (timedelta(seconds=180), True),
        (timedelta(seconds=181), False),
        (timedelta(seconds=-5), True),
        (timedelta(seconds=-6), False),
    ],
)
def test_a_scan_lives_three_minutes(age: timedelta, usable: bool) -> None:
    assert scan_usable(NOON - age, NOON) is usable


def test_an_offline_sale_is_late_after_the_hours_of_the_rules() -> None:
    assert not too_old(NOON, NOON + timedelta(hours=24), 24)
    assert too_old(NOON, NOON + timedelta(hours=24) + SECOND, 24)


def test_the_last_moment_to_void_counts() -> None:
    assert void_until(NOON, 30) == NOON + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("number", "read"), [(127, "000 127"), (1_234_567, "1234 567"), (999_999, "999 999")]
)
def test_a_receipt_can_be_read_aloud(number: int, read: str) -> None:
    assert receipt(number) == read
