"""Every arrow of a matter, those that must not exist, and each of them sent twice."""

from itertools import product
from threading import Barrier, Thread

import psycopg
import pytest

from service.errors import KeyReused
from service.matters.refusals import (
    NotYourMatter,
    TeamWithoutLeader,
    WordsMissing,
    WrongTurn,
)
from service.matters.rules import WAYS, Arrow, Part, State
from tests.matters.place import Place

# What the docstring of the rules says, once more: arrow, from, to, who.
TABLE = {
    ("assign", "found", "assigned"): {Part.KEEPER},
    ("reassign", "assigned", "assigned"): {Part.KEEPER},
    ("return", "assigned", "found"): {Part.ASSIGNEE},
    ("solve", "assigned", "solved"): {Part.ASSIGNEE},
    ("send_back", "solved", "assigned"): {Part.KEEPER},
    ("answer", "solved", "answered"): {Part.KEEPER},
    ("reopen", "answered", "found"): {Part.KEEPER, Part.RESIDENT},
}
STEPS = ("return", "solve", "send_back", "answer", "reopen")
STATES = tuple(State)
PARTS = tuple(Part)
WRONG_TURNS = [
    (arrow, state)
    for arrow, state in product(STEPS, STATES)
    if not any((arrow, state) == entry[:2] for entry in TABLE)
]
WRONG_PARTS = [
    (arrow, state, part)
    for ((arrow, state, _), who), part in product(TABLE.items(), PARTS)
    if part not in who and arrow in STEPS
]


def test_the_program_has_the_arrows_of_the_table_and_no_other() -> None:
    moving = {arrow: way for arrow, way in WAYS.items() if way.target}
    assert {arrow for arrow, *_ in TABLE} == moving.keys() - {Arrow.SETTLE}
    for (arrow, source, target), who in TABLE.items():
        way = moving[Arrow(arrow)]
        assert (way.sources, way.target, way.who) == ({source}, target, who), arrow


@pytest.mark.parametrize(("arrow", "source", "target"), [e for e in TABLE if e[0] in STEPS])
def test_an_arrow_leads_where_the_table_says(
    place: Place, arrow: str, source: str, target: str
) -> None:
    row = place.step(arrow, place.in_state(source), words="Because")
    assert row.state == target
    last = place.steps(row)[-1]
    assert (last.arrow, last.state, last.words, last.by) == (
        arrow, target, "Because", "staff:U-ADM",
    )  # fmt: skip
    assert last.at == place.clock.now()


@pytest.mark.parametrize(("arrow", "state"), WRONG_TURNS)
def test_an_arrow_that_does_not_exist_changes_nothing(place: Place, arrow: str, state: str) -> None:
    row = place.in_state(state)
    before = place.arrows(row)
    with pytest.raises(WrongTurn):
        place.step(arrow, row)
    assert (place.again(row).state, place.arrows(row)) == (state, before)


@pytest.mark.parametrize(("arrow", "state", "part"), WRONG_PARTS)
def test_an_arrow_is_not_for_everybody(place: Place, arrow: str, state: str, part: Part) -> None:
    row = place.in_state(state)
    with pytest.raises(NotYourMatter):
        place.step(arrow, row, parts=frozenset({part}))
    assert place.again(row).state == state


@pytest.mark.parametrize("part", [Part.ASSIGNEE, Part.RAISER, Part.RESIDENT])
@pytest.mark.parametrize("state", ["found", "assigned"])
def test_only_the_office_assigns(place: Place, state: str, part: Part) -> None:
    row = place.in_state(state)
    with pytest.raises(NotYourMatter):
        place.step("assign", row, parts=frozenset({part}), to=place.team("T2"))
    assert place.again(row).state == state


@pytest.mark.parametrize("state", ["solved", "answered"])
def test_what_is_solved_is_not_assigned_again(place: Place, state: str) -> None:
    row = place.in_state(state)
    with pytest.raises(WrongTurn):
        place.assigned(row, "T2")
    assert place.again(row).team_id == place.team("T1").team_id


def test_a_matter_goes_to_a_team_or_to_a_grid_worker(place: Place) -> None:
    one, other = place.assigned(place.raised()), place.assigned(place.raised(), place.worker())
    assert (one.state, one.team_id, one.staff_id) == ("assigned", place.team("T1").team_id, None)
    assert (other.team_id, other.staff_id) == (None, place.worker().staff_id)


def test_given_to_another_one_it_is_nobody_else_s(place: Place) -> None:
    row = place.assigned(place.assigned(place.raised()), place.worker())
    assert (row.team_id, row.staff_id) == (None, place.worker().staff_id)
    assert place.arrows(row) == ["raise", "assign", "reassign"]


def test_given_to_the_same_one_again_nothing_happens(place: Place) -> None:
    row = place.assigned(place.assigned(place.raised()))
    assert place.arrows(row) == ["raise", "assign"]


def test_given_back_it_is_nobody_s(place: Place) -> None:
    row = place.step("return", place.in_state("assigned"), words="Not our street")
    assert (row.team_id, row.staff_id) == (None, None)
    assert place.steps(row)[-1].team_id == place.team("T1").team_id


def test_sent_back_it_stays_with_who_has_to_finish_it(place: Place) -> None:
    row = place.step("send_back", place.in_state("solved"), words="The lamp flickers")
    assert (row.state, row.team_id) == ("assigned", place.team("T1").team_id)


def test_a_team_without_a_leader_is_given_nothing(place: Place) -> None:
    row = place.raised()
    with pytest.raises(TeamWithoutLeader):
        place.assigned(row, "T3")
    assert place.again(row).state == "found"


@pytest.mark.parametrize("arrow", STEPS)
def test_a_step_without_words_is_refused(place: Place, arrow: str) -> None:
    source = next(source for name, source, _ in TABLE if name == arrow)
    row = place.in_state(source)
    with pytest.raises(WordsMissing):
        place.step(arrow, row, words="")
    assert place.again(row).state == source


@pytest.mark.parametrize("arrow", STEPS)
def test_a_step_sent_twice_is_taken_once(place: Place, arrow: str) -> None:
    source = next(source for name, source, _ in TABLE if name == arrow)
    row = place.in_state(source)
    once = place.step(arrow, row, key="once")
    twice = place.step(arrow, row, key="once")
    assert once.state == twice.state
    assert place.arrows(row).count(arrow) == 1


def test_an_assignment_sent_twice_is_one_even_after_it_moved_on(place: Place) -> None:
    row = place.raised()
    place.step("assign", row, to=place.team("T1"), key="once")
    place.step("return", row)
    with pytest.raises(KeyReused):
        place.step("return", row, key="once")
    again = place.step("assign", row, to=place.team("T1"), key="once")
    assert again.state == "found"


def test_a_key_with_other_words_is_refused(place: Place) -> None:
    row = place.in_state("assigned")
    place.step("solve", row, key="once", words="Mended")
    with pytest.raises(KeyReused):
        place.step("solve", row, key="once", words="Mended, and painted")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("part", [Part.KEEPER, Part.ASSIGNEE, Part.RAISER])
def test_a_note_moves_nothing(place: Place, state: str, part: Part) -> None:
    row = place.step("note", place.in_state(state), parts=frozenset({part}), words="By the gate")
    assert row.state == state
    assert place.steps(row)[-1].words == "By the gate"


def test_ten_people_at_once_take_one_step(place: Place) -> None:
    row = place.in_state("assigned")
    start, lost = Barrier(10), []

    def solve(number: int) -> None:
        start.wait()
        try:
            place.step("solve", row, key=f"t{number}", words=f"By {number}")
        except WrongTurn as late:
            lost.append(late)

    threads = [Thread(target=solve, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 9
    assert place.arrows(row) == ["raise", "assign", "solve"]


@pytest.mark.parametrize(
    ("source", "target"), [("found", "solved"), ("assigned", "answered"), ("answered", "solved")]
)
def test_the_database_refuses_an_arrow_too(
    place: Place, owner: psycopg.Connection, source: str, target: str
) -> None:
    row = place.in_state(source)
    with pytest.raises(psycopg.Error, match=r"no arrow leads|one_assignee"):
        owner.execute("UPDATE matters SET state = %s WHERE id = %s", [target, row.id])
    assert place.again(row).state == source


@pytest.mark.parametrize("change", ["UPDATE {} SET words = ''", "DELETE FROM {}"])
def test_a_step_is_never_changed(place: Place, owner: psycopg.Connection, change: str) -> None:
    row = place.raised()
    with pytest.raises(psycopg.Error, match="append-only"):
        owner.execute(change.format("matters_steps").encode())
    assert place.arrows(row) == ["raise"]


def test_each_step_is_told_and_never_in_whose_words(place: Place) -> None:
    row = place.answered(place.raised(text="Old Mr W. fell"))
    place.rated(row, 1)
    told = {kind: place.events(kind) for kind in (
        "MatterRaised", "MatterAssigned", "MatterSolved", "MatterAnswered", "MatterRated",
        "MatterReopened",
    )}  # fmt: skip
    assert {kind: len(rows) for kind, rows in told.items()} == dict.fromkeys(told, 1)
    assert told["MatterAssigned"][0] == {
        "matter": row.number, "community": "FM", "kind": "matter", "category": "road",
        "state": "assigned", "team": "T1",
    }  # fmt: skip
    assert told["MatterRated"][0]["rating"] == 1
    assert "fell" not in str(told)


def test_the_raiser_hears_the_answer_and_the_leader_the_work(place: Place) -> None:
    row = place.answered(place.raised("V0002"))
    link = f"/me/matters/{row.number}"
    assert [(one["kind"], one["link"]) for one in place.letters("V0002")] == [
        ("matter_taken", link),
        ("matter_answered", link),
    ]
    assert [(one["kind"], one["params"]["code"]) for one in place.letters("V0001")] == [
        ("matter_assigned", row.number)
    ]
