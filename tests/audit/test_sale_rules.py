"""What the rules about sales, spending and cover say of facts, at each boundary."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from service.audit.covering import Overdrawn, Shelf, Standing, overdrawn, shelves, uncovered
from service.audit.selling import (
    OwnPass,
    Pair,
    Sale,
    Voided,
    closed_doors,
    late_voids,
    own_passes,
    same_twice,
)
from service.audit.spending import Quick, Waking, sprees, wakes
from service.programmes import parse

DAY = date(2025, 10, 18)
RULES = parse("T-1", date(2025, 1, 1), {"rates_points_per_hour": []})
NIGHT = datetime(2025, 10, 18, 14, 0, tzinfo=UTC)  # 22:00 in Shanghai
SALE = Sale(
    1, "K1", 7, "S1", 11, "G1", "V1", NIGHT, DAY, 3, "device:3", own_hours=False, flagged=False
)
PAIR = Pair(
    2, "K2", "K1", 7, "S1", 11, "G1", "V1", NIGHT, NIGHT - timedelta(hours=1), DAY, asked=True
)
VOID = Voided(1, "K1", 7, 8, "S1", 11, "V1", DAY, NIGHT, NIGHT, NIGHT, "device:3")
WAKING = Waking(1, "K1", 7, 20, "booklet", "S1", DAY, "V1", 11, DAY - timedelta(days=180), 5)
QUICK = Quick(1, "K1", 7, DAY.replace(day=1), DAY, 20, NIGHT, "S1", "V1", 11, 6, NIGHT)


@pytest.mark.parametrize(
    ("sale", "named"),
    [
        (SALE, True),
        (replace(SALE, occurred_at=NIGHT - timedelta(seconds=1)), False),
        (replace(SALE, occurred_at=datetime(2025, 10, 17, 22, 0, tzinfo=UTC)), False),  # 6:00
        (replace(SALE, occurred_at=datetime(2025, 10, 17, 21, 59, tzinfo=UTC)), True),
        (replace(SALE, own_hours=True), False),
        (replace(SALE, own_hours=True, flagged=True), True),
    ],
)
def test_a_sale_is_named_when_no_door_was_open(sale: Sale, named: bool) -> None:
    found = list(closed_doors([sale], RULES))
    assert [one.subject for one in found] == (["shop:S1"] if named else [])


def test_what_is_found_points_at_the_sale_its_till_and_its_transfer() -> None:
    (found,) = closed_doors([SALE], RULES)
    assert found.evidence["redemptions"] == ["K1"]
    assert found.evidence["transfers"] == [7]
    assert found.evidence["devices"] == [3]
    assert found.evidence["time"] == "22:00"


def test_the_same_good_is_named_up_to_the_hour() -> None:
    later = replace(PAIR, earlier_at=PAIR.earlier_at - timedelta(seconds=1))
    assert [one.evidence["redemptions"] for one in same_twice([PAIR], RULES)] == [["K1", "K2"]]
    assert list(same_twice([later], RULES)) == []


@pytest.mark.parametrize(
    ("minutes", "times", "named"),
    [(31, 1, 1), (30, 1, 0), (30, 2, 0), (30, 3, 1), (20, 3, 1), (19, 3, 0), (31, 3, 3)],
)
def test_voids_are_named_when_late_or_often_slow(minutes: int, times: int, named: int) -> None:
    undone = NIGHT + timedelta(minutes=minutes)
    voids = [replace(VOID, id=n, key=f"K{n}", undone_at=undone) for n in range(times)]
    assert len(list(late_voids(voids, RULES))) == named


def test_a_void_is_as_late_as_we_knew_of_its_sale() -> None:
    uploaded = NIGHT + timedelta(hours=3)
    quick = replace(VOID, recorded_at=uploaded, undone_at=uploaded + timedelta(minutes=5))
    assert list(late_voids([quick], RULES)) == []


def test_slow_voids_of_two_tills_are_not_added_up() -> None:
    undone = NIGHT + timedelta(minutes=25)
    mine = [replace(VOID, id=n, undone_at=undone) for n in range(2)]
    theirs = [replace(VOID, id=9, undone_at=undone, undone_by="device:4")]
    assert list(late_voids([*mine, *theirs], RULES)) == []


def test_an_own_pass_is_named_with_what_it_took() -> None:
    taken = OwnPass(4, "K4", "discount", 7, "S1", 11, "V1", "U-OWN", DAY, 0, 130)
    (found,) = own_passes([taken], RULES)
    assert (found.key, found.subject) == ("discount:4", "shop:S1")
    assert found.evidence["discounts"] == ["K4"]
    assert found.evidence["staff"] == ["U-OWN"]


def test_a_booklet_wakes_after_half_a_year_and_not_a_day_before() -> None:
    awake = replace(WAKING, moved_on=WAKING.moved_on + timedelta(days=1))
    assert [one.evidence["days"] for one in wakes([WAKING], RULES)] == [180]
    assert list(wakes([awake], RULES)) == []


def test_a_spree_is_three_sales_in_one_shop_and_month() -> None:
    sales = [replace(QUICK, id=n, key=f"K{n}", award_transfer_id=n + 10) for n in range(3)]
    (found,) = sprees(sales, RULES)
    assert (found.subject, found.evidence["times"]) == ("volunteer:V1", 3)
    assert list(sprees(sales[:2], RULES)) == []
    elsewhere = [*sales[:2], replace(QUICK, shop="S2")]
    assert list(sprees(elsewhere, RULES)) == []


def test_a_shelf_is_named_once_a_month_and_once_a_count() -> None:
    shelf = Shelf("S1", 11, "G1", DAY, None, None, booked=5, found=4)
    tomorrow = replace(shelf, day=DAY + timedelta(days=1))
    counted = replace(shelf, count_id=3, actor="device:3")
    keys = {one.key for one in shelves([shelf, tomorrow, counted], RULES)}
    assert keys == {"S1:G1:2025-10", "S1:G1:count-3"}
    assert list(shelves([replace(shelf, found=5)], RULES)) == []


def test_a_pledge_is_named_from_its_first_day_with_the_worst_of_the_month() -> None:
    first = Overdrawn("S1", 11, DAY, -400, "K1", 7, offline=True)
    worse = replace(first, day=DAY + timedelta(days=1), left_fen=-900, key="K2", offline=False)
    (found,) = overdrawn([first, worse], RULES)
    assert (found.day, found.evidence["over_fen"], found.evidence["offline"]) == (DAY, 900, 1)


@pytest.mark.parametrize(("pledged", "named"), [(20_000, False), (19_999, True)])
def test_points_need_their_worth_in_pledges(pledged: int, named: bool) -> None:
    standing = Standing("P", 11, DAY, points=1_000, pledged_fen=pledged)
    found = list(uncovered([standing], RULES))
    assert [one.evidence["needed_fen"] for one in found] == ([20_000] if named else [])
