"""What a run makes of a shop's day: passes, classes, and what becomes of them later."""

from datetime import timedelta

import pytest

from tests.batches.conftest import DAY, LATER, NEXT, Ground, Row


def test_what_both_sides_say_is_matched_and_nothing_is_open(ground: Ground) -> None:
    ground.sale("K-000001")
    ground.off("K-000002", 320)
    ground.file([Row("K-000001", points=20), Row("K-000002", 320, kind="discount", item=None)])
    ground.run()
    assert ground.matched() == [(1, "K-000001"), (1, "K-000002")]
    assert ground.found() == []
    assert ground.batch()["status"] == "prepared"
    ground.hold()


@pytest.mark.parametrize(
    ("kind", "rows", "reference"),
    [
        ("OURS_ONLY", [Row("K-2")], "K-1"),
        ("AMOUNT_DIFF", [Row("K-1", 500), Row("K-2")], "K-1"),
        ("AMOUNT_DIFF", [Row("K-1", points=21), Row("K-2")], "K-1"),
        ("STATUS_DIFF", [Row("K-1", status="reversed"), Row("K-2")], "K-1"),
        ("ITEM_DIFF", [Row("K-1", item="Bulb"), Row("K-2")], "K-1"),
        ("DUPLICATE", [Row("K-1"), Row("K-1", when="10:00:05"), Row("K-2")], "K-1#2"),
        ("THEIRS_ONLY", [Row("K-1"), Row("K-2"), Row("K-9", 700)], "K-9"),
    ],
)
def test_each_class_of_difference_is_found_once(
    ground: Ground, kind: str, rows: list[Row], reference: str
) -> None:
    ground.sale("K-1")
    ground.sale("K-2", when="15:00:00")
    ground.file(rows)
    ground.run()
    assert ground.found() == [(kind, reference)]
    ground.hold()


def test_a_discount_of_another_amount_is_a_difference_of_rate(ground: Ground) -> None:
    ground.off("K-1", 320)
    ground.file([Row("K-1", 300, kind="discount", item=None)])
    ground.run()
    assert ground.found() == [("RATE_DIFF", "D/K-1")]
    ground.hold()


def test_a_name_that_the_shop_s_goods_do_not_have_says_nothing(ground: Ground) -> None:
    ground.sale("K-1")
    ground.file([Row("K-1", item="香皂 100g")])
    ground.run()
    assert ground.found() == []


def test_a_fen_a_line_is_rounded_up_to_a_yuan_a_day(ground: Ground) -> None:
    for number in range(3):
        ground.sale(f"K-{number}")
    ground.file([Row(f"K-{number}", 401) for number in range(3)])
    ground.run()
    assert (ground.found(), ground.batch()["totals"]["rounding_fen"]) == ([], 3)
    ground.hold()


def test_beyond_a_yuan_each_fen_is_asked_about(ground: Ground) -> None:
    for number in range(101):
        ground.sale(f"K-{number:03}")
    ground.file([Row(f"K-{number:03}", 401) for number in range(101)])
    ground.run()
    assert [kind for kind, _ in ground.found()] == ["AMOUNT_DIFF"] * 101
    ground.hold()


def test_a_short_number_pairs_when_nobody_else_has_it(ground: Ground) -> None:
    number = ground.sale("3f0c-77aa01")
    ground.sale("3f0c-77aa02", when="12:00:00")
    ground.file(
        [Row("T-0001", short=f"{number:06}"), Row("T-0002", short="77AA02", when="12:20:00")]
    )
    ground.run()
    assert ground.matched() == [(2, "3f0c-77aa01"), (2, "3f0c-77aa02")]


def test_the_nearest_in_time_pairs_where_nothing_is_numbered(ground: Ground) -> None:
    ground.sale("K-1", when="10:00:00")
    ground.sale("K-2", when="10:03:00")
    ground.file([Row(None, when="10:00:20"), Row(None, when="10:03:20", occurrence=1)])
    ground.run()
    assert ground.matched() == [(3, "K-1"), (3, "K-2")]
    ground.hold()


def test_who_stands_between_two_is_paired_with_neither(ground: Ground) -> None:
    ground.sale("K-1", when="10:00:00")
    ground.sale("K-2", when="10:02:00")
    ground.file([Row(None, when="10:01:00")])
    ground.run()
    assert ground.matched() == []
    assert [kind for kind, _ in ground.found()] == ["OURS_ONLY", "OURS_ONLY", "THEIRS_ONLY"]
    ground.hold()


def test_several_of_ours_that_make_one_of_theirs_are_only_suggested(ground: Ground) -> None:
    ground.sale("K-1", 400, when="10:00:00")
    ground.sale("K-2", 1500, when="10:00:30", good="HAT")
    ground.file([Row("T-9", 1900, when="10:01:00", item=None)])
    ground.run()
    sql = "SELECT count(*) AS n FROM reconciliation_matches WHERE status = 'suggested' AND pass = 5"
    assert ground.market.one(sql) == 2
    assert [kind for kind, _ in ground.found()] == ["OURS_ONLY", "OURS_ONLY", "THEIRS_ONLY"]
    ground.hold()


def test_a_sale_and_its_refund_in_the_file_are_nothing_together(ground: Ground) -> None:
    ground.sale("K-1", status="voided", undo_transfer_id=5, undone_at=NEXT)
    ground.file([Row("K-1"), Row("K-1", status="reversed", when="10:10:00")])
    ground.run()
    assert ground.found() == []
    ground.hold()


def test_what_was_undone_needs_no_other_half(ground: Ground) -> None:
    ground.sale("K-1", status="voided", undo_transfer_id=5, undone_at=NEXT)
    ground.file([], span=(DAY, DAY))
    ground.run()
    assert ground.found() == []
    ground.hold()


def test_the_word_of_the_evening_settles_a_day_without_a_file(ground: Ground) -> None:
    ground.sale("K-1")
    ground.word(redemptions=1, points=20)
    ground.run()
    assert (ground.found(), ground.batch()["totals"]["matched"]) == ([], {"0": 1})
    ground.hold()


def test_a_word_of_other_figures_settles_nothing(ground: Ground) -> None:
    ground.sale("K-1")
    ground.sale("K-2")
    ground.word(redemptions=1, points=20)
    ground.run()
    assert ground.batch()["totals"]["pool"] == {"lines": 2, "fen": -800}
    ground.hold()


def test_a_shop_that_counts_otherwise_is_asked_about(ground: Ground) -> None:
    ground.sale("K-1")
    ground.word(redemptions=1, points=20, counted=3)
    ground.run()
    assert ground.found() == [("THEIRS_ONLY", "word")]
    ground.hold()


def test_the_same_lines_again_change_nothing(ground: Ground) -> None:
    ground.sale("K-1")
    ground.file([Row("K-9", 700)])
    first = ground.run()
    before = ground.batch()
    again = ground.run(ids=[before["id"]], now=LATER + timedelta(hours=1))
    after = ground.batch()
    assert (again.new, again.same) == ((), first.new)
    assert {**after, "checked_at": None} == {**before, "checked_at": None}
    assert len(ground.market.events("ExceptionOpened")) == 2


def test_a_late_file_takes_the_old_run_s_place_and_answers_stay(ground: Ground) -> None:
    ground.sale("K-1")
    ground.sale("K-2", when="15:00:00")
    ground.file([Row("K-9", 700)])
    ground.run()
    ground.admin.execute(
        """UPDATE reconciliation_exceptions SET status = 'resolved', resolution = 'false_alarm',
        resolved_by = 'staff:U-CH', resolved_at = now() WHERE reference = 'K-1'"""
    )
    ground.file([Row("K-1"), Row("K-2", when="15:00:00")])
    assert ground.due() == [ground.batch()["id"]]
    ground.run()
    assert ground.found() == [("OURS_ONLY", "K-1"), ("THEIRS_ONLY", "K-1"), ("THEIRS_ONLY", "K-9")]
    assert ground.matched() == [(1, "K-2")]
    ground.hold()


def test_what_is_withdrawn_is_as_if_it_had_not_come(ground: Ground) -> None:
    ground.sale("K-1")
    wrong = ground.file([Row("K-9", 700)])
    ground.run()
    ground.withdraw(wrong)
    ground.file([Row("K-1")])
    ground.run()
    assert (ground.found(), ground.matched()) == ([], [(1, "K-1")])
    assert ground.batch()["nth"] == 2
    ground.hold()
