"""Which figures of few people may be shown: none that could be worked out either."""

import pytest

from service.wall.rules import Group, fold


def people(*counts: int) -> list[Group]:
    return [Group(str(n), count, count * 10) for n, count in enumerate(counts)]


def test_figures_of_enough_people_and_of_nobody_stay_as_they_are() -> None:
    found = fold(people(5, 0, 9))
    assert [one.name for one in found.shown] == ["0", "1", "2"]
    assert (found.rest, found.silent) == (None, False)


def test_a_small_figure_takes_the_smallest_large_one_with_it() -> None:
    found = fold(people(20, 4, 7, 30))
    assert [one.name for one in found.shown] == ["0", "3"]
    assert found.rest is not None
    assert (found.rest.figure, found.rest.people) == (110, 7)
    assert found.figure("1") is None
    assert found.figure("0") == 200


def test_several_small_figures_do_not_add_up_to_enough_people() -> None:
    """They may all be the same three."""
    assert fold(people(3, 3, 3)).silent
    assert fold(people(3, 3, 3)).shown == ()


@pytest.mark.parametrize("counts", [(1, 6), (4, 4, 5), (1, 2, 3, 50, 60), (2, 5, 5, 5)])
def test_no_small_figure_is_the_difference_of_what_is_shown(counts: tuple[int, ...]) -> None:
    groups = people(*counts)
    found = fold(groups)
    assert found.rest is not None
    hidden = sum(one.figure for one in groups) - sum(one.figure for one in found.shown)
    assert hidden == found.rest.figure
    assert hidden not in [one.figure for one in groups if one.people < 5]
    assert all(one.people >= 5 or one.people == 0 for one in found.shown)
