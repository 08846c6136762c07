"""What facts amount to: tables of sheets, shelves, pairs, awards and flags."""

from datetime import UTC, date, datetime

import pytest

from service.reconciliation.rules import (
    Entered,
    Facts,
    Flagged,
    Pair,
    Sheet,
    Shelf,
    findings,
    last_ended_day,
    spoken,
)

PAIR = Pair("S06", "S06-G1", "FM0004", earlier="OFF-1", later="RD-7", qty=1, minutes=50)


def found(facts: Facts) -> list[tuple[str, str, str]]:
    return [(one.kind, one.subject, one.reference) for one in findings(facts)]


@pytest.mark.parametrize(
    ("lines", "attendances", "absent", "named"),
    [
        (7, 7, ("V1",), []),
        (6, 7, ("V1",), []),
        (8, 7, ("V1",), ["V1"]),
        (9, 7, ("V1", "V2"), ["V1", "V2"]),
        (8, 7, ("V1", "V2"), [""]),
        (9, 7, ("V1",), [""]),
        (8, 7, (), [""]),
    ],
)
def test_paper_names_people_only_where_it_leaves_no_choice(
    lines: int, attendances: int, absent: tuple[str, ...], named: list[str]
) -> None:
    facts = Facts(sheets=(Sheet("A1", lines, attendances, absent),))
    assert found(facts) == [("MISSING_ATTENDANCE", "A1", name) for name in named]


def test_where_there_is_a_choice_the_absent_are_candidates() -> None:
    (one,) = findings(Facts(sheets=(Sheet("A1", 8, 7, ("V1", "V2")),)))
    assert one.detail["candidates"] == ["V1", "V2"]
    assert one.detail["missing"] == 1
    assert "volunteer" not in one.detail


TWICE, STOCK = ("POSSIBLE_DUPLICATE", "S06", "RD-7"), ("STOCK_DIFF", "S06", "S06-G1")


@pytest.mark.parametrize(
    ("counted", "booked", "pairs", "expected"),
    [
        (18, 18, (), []),
        (19, 18, (PAIR,), [TWICE]),  # the shelf has what the second record took
        (18, 18, (PAIR,), []),  # both sales were real
        (17, 18, (PAIR,), [STOCK]),  # something else is missing
        (21, 18, (PAIR,), [TWICE, STOCK]),  # one explained, two not
        (19, 18, (), [STOCK]),
        (17, 18, (), [STOCK]),
    ],
)
def test_a_surplus_is_explained_by_sales_recorded_twice(
    counted: int, booked: int, pairs: tuple[Pair, ...], expected: list[tuple[str, str, str]]
) -> None:
    facts = Facts(shelves=(Shelf("S06", "S06-G1", counted, booked),), pairs=pairs)
    assert found(facts) == expected


def test_the_rest_of_a_surplus_is_the_difference() -> None:
    facts = Facts(shelves=(Shelf("S06", "S06-G1", 21, 18),), pairs=(PAIR,))
    assert findings(facts)[1].detail["difference"] == 2


def test_a_pair_on_a_shelf_that_nobody_counted_is_asked_about() -> None:
    (one,) = findings(Facts(pairs=(PAIR,)))
    assert (one.detail["key"], one.detail["of"]) == ("RD-7", "OFF-1")
    assert spoken(one.kind) == "duplicate_redemption"


@pytest.mark.parametrize(("keys", "count"), [(("MA-1",), 0), (("MA-1", "MA-2"), 1)])
def test_several_awards_of_one_maker_are_watched(keys: tuple[str, ...], count: int) -> None:
    said = findings(Facts(entered=(Entered("volunteer:FM0019", "FM0011", keys, 72),)))
    assert [one.detail["txns"] for one in said] == [list(keys)] * count


def test_flags_of_a_sale_become_exceptions_one_of_a_kind() -> None:
    flags = ("offline_overdraft", "limit_breach", "oversold", "unverified")
    facts = Facts(flagged=(Flagged("S06", "K", "FM0004", 75, flags),))
    assert [kind for kind, _, _ in found(facts)] == ["LIMIT_BREACH", "OFFLINE_OVERDRAFT"]


def test_the_same_facts_have_the_same_digest_and_other_facts_another() -> None:
    one, same = (Facts(pairs=(PAIR,)) for _ in range(2))
    assert one.digest == same.digest != Facts().digest


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 10, 31, 15, 58, 59, tzinfo=UTC), date(2025, 10, 30)),
        (datetime(2025, 10, 31, 15, 59, tzinfo=UTC), date(2025, 10, 31)),  # 23:59 in Shanghai
        (datetime(2025, 10, 31, 16, 0, tzinfo=UTC), date(2025, 10, 31)),
        (datetime(2025, 11, 1, 15, 58, tzinfo=UTC), date(2025, 10, 31)),
    ],
)
def test_a_day_has_ended_in_its_last_minute(moment: datetime, day: date) -> None:
    assert last_ended_day(moment) == day
