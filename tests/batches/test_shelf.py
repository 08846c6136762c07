"""A shop's own day asks about its shelf, and about sales that may be one."""

from functools import partial

import pytest

from service import reconciliation
from service.reconciliation import CommunityDay
from tests.batches.conftest import DAY, LATER, NEXT, Ground, Row, at


def count(ground: Ground, counted: int, expected: int, when: str = "20:00:00") -> None:
    """Write what the shop counted, beside what our books then said."""
    ground.made += 1
    row = {"good_id": ground.good["SOAP"], "key": f"c{ground.made}", "counted": counted,
           "expected": expected, "note": "", "actor": "staff:A-OWNER", "at": at(when)}  # fmt: skip
    ground.write("shops_counts", row)


def recount(ground: Ground, counted: int, when: str = "20:00:00", subject: str = "A/SOAP") -> None:
    """Write what the community counted on the shop's shelf."""
    row = {"programme_id": 1, "community_id": ground.market.one(
        "SELECT community_id FROM shops WHERE code = 'A'"), "day": DAY, "kind": "stock",
        "subject": subject, "count": counted, "actor": "staff:U-ADM", "at": at(when)}  # fmt: skip
    ground.write("reconciliation_counts", row)


def twice(ground: Ground, minutes: int = 50, volunteer: int = 1) -> None:
    """Sell the same soap to the same person twice."""
    ground.sale("K-1", volunteer_id=volunteer)
    ground.sale("K-2", when=f"{10 + minutes // 60}:{minutes % 60:02}:00", volunteer_id=volunteer)


def detail(ground: Ground, kind: str) -> dict[str, object]:
    sql = "SELECT detail FROM reconciliation_exceptions WHERE kind = %(kind)s"
    found = ground.database.call(sql, {"kind": kind})
    assert found
    return dict(found["detail"])


def test_what_the_shop_counted_is_held_against_its_books(ground: Ground) -> None:
    ground.sale("K-1")
    count(ground, 57, 59)
    ground.run()
    assert ground.found() == [("STOCK_DIFF", "SOAP")]
    said = {"shop": "A", "good": "SOAP", "counted": 57, "booked": 59, "difference": -2}
    assert detail(ground, "STOCK_DIFF") == said


def test_the_last_count_of_the_day_is_meant(ground: Ground) -> None:
    ground.sale("K-1")
    count(ground, 57, 59, "12:00:00")
    count(ground, 59, 59, "20:00:00")
    ground.run()
    assert ground.found() == []


def test_what_was_recorded_after_the_count_had_left_the_shelf(ground: Ground) -> None:
    late = {"recorded_at": at("22:00:00"), "offline": True}
    ground.sale("K-1", when="18:00:00", **late)
    count(ground, 59, 60)
    ground.run()
    assert ground.found() == []


def test_a_count_alone_makes_a_day(ground: Ground) -> None:
    count(ground, 61, 60)
    ground.run()
    assert ground.found() == [("STOCK_DIFF", "SOAP")]
    assert ground.batch()["rules"] == "R2"


def test_the_community_s_count_stands_beside_what_is_left_now(ground: Ground) -> None:
    ground.admin.execute("UPDATE shops_goods SET stock = 58 WHERE code = 'SOAP'")
    ground.sale("K-1", when="10:00:00")
    ground.sale("K-2", when="21:00:00")
    recount(ground, 59)
    recount(ground, 3, subject="B/SOAP")
    ground.run(ids=[one for one in ground.due() if one == ground.batch()["id"]])
    assert ground.found() == []
    recount(ground, 58, "20:30:00")
    ground.run()
    assert ("STOCK_DIFF", "SOAP") in ground.found()


def test_a_pledge_after_the_count_changes_nothing(ground: Ground) -> None:
    recount(ground, 60)
    ground.run()
    assert ground.found() == []
    ground.write("shops_pledges", {
        "shop_id": ground.shop, "key": "p9", "kind": "top_up", "good_id": ground.good["SOAP"],
        "qty": 40, "fen": 16000, "document": "x", "actor": "staff:U-CH", "business_day": DAY,
        "at": NEXT, "transfer_id": 1})  # fmt: skip
    ground.admin.execute("UPDATE shops_goods SET stock = 100 WHERE code = 'SOAP'")
    ground.run(ids=[ground.batch()["id"]])
    assert ground.found() == []


def test_the_same_pass_and_good_within_the_hour_is_asked_about(ground: Ground) -> None:
    twice(ground, 60)
    ground.run()
    assert ground.found() == [("POSSIBLE_DUPLICATE", "K-2")]
    said = detail(ground, "POSSIBLE_DUPLICATE")
    assert (said["of"], said["minutes"], said["good"], said["qty"]) == ("K-1", 60, "SOAP", 1)


@pytest.mark.parametrize("other", [{"minutes": 61}, {"volunteer": 2}])
def test_later_or_somebody_else_is_not(ground: Ground, other: dict[str, int]) -> None:
    if "volunteer" in other:
        ground.sale("K-1", volunteer_id=1)
        ground.sale("K-2", when="10:05:00", volunteer_id=2)
    else:
        twice(ground, 61)
    ground.run()
    assert ground.found() == []


def test_across_midnight_it_is_the_later_day_s(ground: Ground) -> None:
    ground.sale("K-1", when="23:50:00", volunteer_id=1)
    ground.sale("K-2", when="00:10:00", volunteer_id=1, day=NEXT.date())
    ground.run()
    assert ground.found() == [("POSSIBLE_DUPLICATE", "K-2")]


def test_a_shelf_that_agrees_shows_that_both_were_real(ground: Ground) -> None:
    twice(ground)
    count(ground, 58, 58)
    ground.run()
    assert ground.found() == []


def test_what_the_shelf_has_too_much_is_explained_by_the_pair(ground: Ground) -> None:
    twice(ground)
    count(ground, 59, 58)
    ground.run()
    assert ground.found() == [("POSSIBLE_DUPLICATE", "K-2")]


def test_the_rest_is_a_difference(ground: Ground) -> None:
    twice(ground)
    count(ground, 61, 58)
    ground.run()
    assert ground.found() == [("POSSIBLE_DUPLICATE", "K-2"), ("STOCK_DIFF", "SOAP")]
    assert detail(ground, "STOCK_DIFF")["difference"] == 2


def test_a_new_count_makes_the_day_due_and_takes_the_question_away(ground: Ground) -> None:
    twice(ground)
    ground.run(NEXT)
    assert ground.due(NEXT) == []
    ground.made += 1
    row = {"good_id": ground.good["SOAP"], "key": "late", "counted": 58, "expected": 58,
           "note": "", "actor": "staff:A-OWNER", "at": at("20:00:00")}  # fmt: skip
    ground.admin.execute("UPDATE reconciliation_batches SET checked_at = %s", [at("19:00:00")])
    ground.write("shops_counts", row)
    assert ground.due(NEXT) == [ground.batch()["id"]]
    ground.run(NEXT)
    assert ground.found() == []


def test_counted_and_run_again_it_is_the_same_digest(ground: Ground) -> None:
    twice(ground)
    count(ground, 61, 58)
    ground.file([Row("K-1"), Row("K-2", when="10:50:00")])
    ground.run()
    first = ground.batch()
    for _ in range(5):
        ground.run(LATER, ids=[first["id"]])
    assert ground.batch()["digest"] == first["digest"]
    assert ground.batch()["nth"] == first["nth"]
    ground.hold()


def test_both_runs_find_one_exception(ground: Ground) -> None:
    """The community's run and the shop's ask the same question once."""
    twice(ground)
    ground.run()
    place = ground.market.one("SELECT community_id FROM shops WHERE code = 'A'")
    of = CommunityDay(ground.market.programme_id, place, DAY)
    work = partial(reconciliation.reconcile_ended, of=of, ended_at=at("23:59:00"), now=LATER)
    assert ground.database.atomic(work)
    assert ground.found() == [("POSSIBLE_DUPLICATE", "K-2")]
    assert ground.market.count("reconciliation_exceptions") == 1
