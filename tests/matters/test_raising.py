"""Raising matters: numbers, days due, calls for help within minutes, and who may."""

from threading import Barrier, Thread

import pytest
from sqlmodel import Session

from service import matters, people, programmes
from service.clock import business_day
from service.errors import KeyReused
from service.matters.categories import categories
from service.matters.refusals import NotAVisit
from tests.matters.place import Place, at, check_in


def help_call(place: Place, who: str = "V0002", **given: str) -> matters.Matter:
    def work(session: Session) -> matters.Matter:
        volunteer = people.volunteer(session, who)
        stated = {"category": "help", "text": "", **given}
        found = place.found(kind=matters.Kind.HELP, **stated)
        return matters.call_for_help(session, found, volunteer=volunteer, now=place.clock.now())

    return place.database.atomic(work)


def test_numbers_run_by_the_community_and_the_day(place: Place) -> None:
    numbers = [place.raised().number, place.at_desk().number]
    place.later(days=1)
    assert [*numbers, place.at_desk().number] == [
        "FM-251018-001", "FM-251018-002", "FM-251019-001",
    ]  # fmt: skip


def test_a_matter_remembers_the_visit_and_the_team_that_found_it(place: Place) -> None:
    row = place.raised("V0002")
    assert row.activity_id == place.activity("VISIT").id
    assert row.found_team_id == place.team("T1").team_id
    assert (row.state, row.raised_by, row.staff_id, row.team_id) == (
        "found", "volunteer:V0002", None, None,
    )  # fmt: skip


def test_links_are_long_and_never_alike(place: Place) -> None:
    links = {place.raised().token for _ in range(20)}
    assert len(links) == 20
    assert {len(link) for link in links} == {26}


@pytest.mark.parametrize("category", sorted(categories()))
def test_an_answer_is_due_in_working_days_by_the_category(place: Place, category: str) -> None:
    row = place.raised(category=category)
    day, days = business_day(place.clock.now()), categories()[category].days
    due = place.run(lambda session: programmes.add_working_days(session, day, days))
    assert (row.due_on, row.due_provisional) == (due.day, due.provisional)
    assert not row.late(due.day)
    assert row.late(due.day.replace(year=due.day.year + 1))


def test_what_is_answered_is_never_late(place: Place) -> None:
    row = place.answered(place.raised())
    assert not row.late(row.due_on.replace(year=2030))


def test_opened_again_it_has_its_days_again(place: Place) -> None:
    row = place.answered(place.raised())
    first = row.due_on
    place.later(days=20)
    again = place.step("reopen", row, words="It broke again")
    assert again.due_on > first


def test_the_same_form_sent_twice_is_one_matter(place: Place) -> None:
    one = place.raised(key="form")
    assert place.raised(key="form").number == one.number
    assert place.count_of("matters") == 1
    with pytest.raises(KeyReused):
        place.raised(key="form", text="Something else")


def test_one_form_sent_ten_times_at_once_is_one_matter(place: Place) -> None:
    start, numbers = Barrier(10), []

    def send() -> None:
        start.wait()
        numbers.append(place.raised(key="form").number)

    threads = [Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(numbers), set(numbers)) == (10, {"FM-251018-001"})
    assert place.raised().number == "FM-251018-002"


def test_two_people_may_use_the_same_key(place: Place) -> None:
    assert place.raised("V0001", key="x").number != place.raised("V0002", key="x").number


def test_twenty_at_once_get_twenty_numbers_without_a_gap(place: Place) -> None:
    start, numbers = Barrier(20), []

    def work() -> None:
        start.wait()
        numbers.append(place.at_desk().number)

    place.count = 100
    threads = [Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"FM-251018-{n:03d}" for n in range(1, 21)]


@pytest.mark.parametrize("who", ["V0003", "V0010"])
def test_who_is_not_on_the_visit_raises_nothing_there(place: Place, who: str) -> None:
    with pytest.raises(NotAVisit):
        place.raised(who)
    assert place.count_of("matters") == 0


def test_once_checked_in_somebody_may(place: Place) -> None:
    check_in(place, "VISIT", "V0003")
    assert place.raised("V0003").raised_by == "volunteer:V0003"


def test_an_activity_that_is_no_visit_raises_nothing(place: Place) -> None:
    check_in(place, "A1", "V0003")

    def work(session: Session) -> None:
        from service import activities

        visit = activities.activity(session, "A1")
        volunteer = people.volunteer(session, "V0003")
        matters.raise_on_visit(
            session, visit, place.found(), volunteer=volunteer, now=place.clock.now()
        )

    with pytest.raises(NotAVisit):
        place.database.atomic(work)


def test_taps_within_minutes_are_one_call(place: Place) -> None:
    first = help_call(place)
    place.later(minutes=9)
    second = help_call(place, text="I fell on the stairs")
    assert second.number == first.number
    assert [step.words for step in place.steps(first)] == ["", "I fell on the stairs"]
    place.later(minutes=2)
    assert help_call(place).number != first.number


def test_another_person_s_call_is_another_matter(place: Place) -> None:
    assert help_call(place, "V0002").number != help_call(place, "V0003").number


def test_a_call_that_was_answered_is_over(place: Place) -> None:
    first = place.answered(help_call(place))
    assert help_call(place).number != first.number


def test_eight_taps_at_once_are_one_call(place: Place) -> None:
    start, numbers = Barrier(8), []

    def tap() -> None:
        start.wait()
        numbers.append(help_call(place).number)

    place.count = 500
    threads = [Thread(target=tap) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(numbers), len(set(numbers))) == (8, 1)


def test_a_call_for_help_is_due_the_same_day(place: Place) -> None:
    assert help_call(place).due_on == at("08:00").date()


def test_calls_stand_apart_until_somebody_solved_them(place: Place) -> None:
    def waiting() -> list[str]:
        home = place.run(people.unit, code="FM").id
        return [one.matter.number for one in place.run(matters.calls, community_ids=[home])]

    place.raised()
    row = help_call(place)
    assert waiting() == [row.number]
    place.step("solve", place.assigned(row))
    assert waiting() == []
