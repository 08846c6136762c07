"""Everybody at once: as many places as there are, nobody twice, the queue in its order."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from service.activities.actions.signups import Seat
from service.activities.refusals import NotSignedUp
from service.errors import Refusal
from tests.activities import crowds
from tests.activities.test_signups import join, leave
from tests.activities.town import Town

THREADS = 16


def attempt(town: Town, activity: str, who: str) -> Seat | Refusal:
    try:
        return join(town, who, activity)
    except Refusal as refusal:
        return refusal


def give_back(town: Town, activity: str, who: str) -> str | None:
    try:
        return leave(town, who, activity)
    except NotSignedUp:
        return None


def test_a_rush_for_thirty_places_takes_exactly_thirty_and_queues_the_rest(town: Town) -> None:
    codes = crowds.settle(town, 240)
    town.plan("RUSH", "08:00", "10:00", capacity=30)
    with ThreadPoolExecutor(THREADS) as pool:  # everybody taps twice
        seats = list(pool.map(partial(join, town, activity="RUSH"), codes + codes))
    first = [seat for seat in seats if not seat.already]
    assert Counter(seat.status for seat in first) == {"confirmed": 30, "waiting": 210}
    rows = crowds.lines(town, "RUSH")
    assert [row["status"] for row in rows] == ["confirmed"] * 30 + ["waiting"] * 210
    assert sorted(row["code"] for row in rows) == sorted(codes)
    crowds.assert_exact(town, "RUSH")
    kinds = ("SignupAccepted", "SignupWaitlisted")
    told = [event["volunteer"] for kind in kinds for event in town.events(kind)
            if event["activity"] == "RUSH"]  # fmt: skip
    assert sorted(told) == sorted(codes)


def test_the_numbers_in_line_are_one_after_the_other(town: Town) -> None:
    codes = crowds.settle(town, 40)
    town.plan("RUSH", "08:00", "10:00", capacity=4)
    with ThreadPoolExecutor(THREADS) as pool:
        seats = dict(zip(codes, pool.map(partial(join, town, activity="RUSH"), codes), strict=True))
    waiting = [row["code"] for row in crowds.lines(town, "RUSH") if row["status"] == "waiting"]
    shown = [crowds.place_in_line(town, code, "RUSH") for code in waiting]
    assert shown == list(range(1, 37))
    for number, code in enumerate(waiting, start=1):  # what was said at once is never too late
        assert (seats[code].place or 0) <= number


@pytest.mark.parametrize("capacity", [0, 1])
def test_one_person_from_eight_phones_stands_there_once(town: Town, capacity: int) -> None:
    (code,) = crowds.settle(town, 1)
    town.plan("RUSH", "08:00", "10:00", capacity=1)
    if not capacity:
        join(town, "V0009", "RUSH")
    with ThreadPoolExecutor(8) as pool:
        seats = list(pool.map(partial(join, town, code), ["RUSH"] * 8))
    assert sum(not seat.already for seat in seats) == 1
    assert {seat.status for seat in seats} == {"confirmed" if capacity else "waiting"}
    assert [row["code"] for row in crowds.lines(town, "RUSH")].count(code) == 1
    crowds.assert_exact(town, "RUSH")


def test_places_given_back_during_the_rush_go_on_to_the_queue(town: Town) -> None:
    codes = crowds.settle(town, 120)
    town.plan("RUSH", "08:00", "10:00", capacity=10)
    early, late = codes[:20], codes[20:]
    for code in early:
        join(town, code, "RUSH")
    work = [partial(attempt, town, "RUSH", code) for code in late]
    for number, code in enumerate(early[:10]):
        work.insert(number * 8, partial(give_back, town, "RUSH", code))
    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(lambda one: one(), work))
    assert not [one for one in done if isinstance(one, Refusal)]
    found = crowds.statuses(town, "RUSH")
    assert Counter(found.values()) == {"confirmed": 10, "waiting": 100, "cancelled": 10}
    assert [code for code in found if found[code] == "confirmed"] == early[10:]  # in order
    crowds.assert_exact(town, "RUSH")
    told = [event["volunteer"] for event in town.events("WaitlistPromoted")]
    assert sorted(told) == early[10:]


@pytest.mark.parametrize("attempt_number", range(4))
def test_two_cancellations_at_once_promote_two(town: Town, attempt_number: int) -> None:
    codes = crowds.settle(town, 6)
    town.plan("RUSH", "08:00", "10:00", capacity=2)
    for code in codes:
        join(town, code, "RUSH")
    with ThreadPoolExecutor(8) as pool:  # each of the two sent four times
        promoted = list(pool.map(partial(give_back, town, "RUSH"), codes[:2] * 4))
    assert sorted(filter(None, promoted)) == codes[2:4]
    assert [crowds.statuses(town, "RUSH")[code] for code in codes] == [
        *["cancelled"] * 2, *["confirmed"] * 2, *["waiting"] * 2,
    ]  # fmt: skip
    letters = town.database.rows(
        "SELECT v.code FROM inbox_messages m JOIN people_volunteers v ON v.id = m.volunteer_id"
        " WHERE kind = 'waitlist_promoted' ORDER BY v.code"
    )
    assert [row["code"] for row in letters] == codes[2:4]
    crowds.assert_exact(town, "RUSH")


@pytest.mark.parametrize("attempt_number", range(3))
def test_a_cancellation_and_a_sign_up_at_once_leave_no_place_empty(
    town: Town, attempt_number: int
) -> None:
    codes = crowds.settle(town, 24)
    town.plan("RUSH", "08:00", "10:00", capacity=1)
    join(town, codes[0], "RUSH")
    work = [partial(attempt, town, "RUSH", code) for code in codes[1:]]
    work.insert(8, partial(give_back, town, "RUSH", codes[0]))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda one: one(), work))
    found = Counter(crowds.statuses(town, "RUSH").values())
    assert found == {"cancelled": 1, "confirmed": 1, "waiting": 22}
    crowds.assert_exact(town, "RUSH")


@pytest.mark.parametrize("attempt_number", range(3))
def test_a_team_s_limit_holds_in_a_rush(town: Town, attempt_number: int) -> None:
    codes = crowds.settle(town, 40)
    red, blue = crowds.team(town, "RED"), crowds.team(town, "BLUE")
    crowds.join_team(town, codes[::2], red)
    crowds.join_team(town, codes[1::2], blue)
    town.plan("RUSH", "08:00", "10:00", capacity=20)
    crowds.amend_post(town, "RUSH", per_team_max=3)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(partial(join, town, activity="RUSH"), codes))
    rows = [row for row in crowds.lines(town, "RUSH") if row["status"] == "confirmed"]
    assert Counter(row["team_id"] for row in rows) == {red: 3, blue: 3}
    assert crowds.taken(town, "RUSH") == 6


@pytest.mark.parametrize("attempt_number", range(4))
def test_two_activities_at_the_same_time_never_both_get_a_person(
    town: Town, attempt_number: int
) -> None:
    codes = crowds.settle(town, 12)
    town.plan("ONE", "14:00", "16:00", capacity=40)
    town.plan("TWO", "15:00", "17:00", capacity=40)
    both = [(activity, code) for code in codes for activity in ("ONE", "TWO")]
    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(lambda one: attempt(town, *one), both))
    assert sum(isinstance(one, Seat) for one in done) == len(codes)
    assert sum(getattr(one, "slug", "") == "times-overlap" for one in done) == len(codes)
    assert sorted([*crowds.statuses(town, "ONE"), *crowds.statuses(town, "TWO")]) == codes


def test_promotion_and_a_place_elsewhere_at_once_never_give_two(town: Town) -> None:
    codes = crowds.settle(town, 9)
    town.plan("ONE", "14:00", "16:00", capacity=1)
    town.plan("TWO", "15:00", "17:00", capacity=40)
    for code in codes:
        join(town, code, "ONE")
    work = [partial(attempt, town, "TWO", code) for code in codes[1:]]
    work.insert(2, partial(give_back, town, "ONE", codes[0]))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda one: one(), work))
    held = [
        code
        for activity in ("ONE", "TWO")
        for code, status in crowds.statuses(town, activity).items()
        if status == "confirmed"
    ]
    assert len(held) == len(set(held))
    assert sorted(held) == codes[1:]


@pytest.mark.parametrize("attempt_number", range(3))
def test_calling_off_during_the_rush_leaves_nobody_with_a_place(
    town: Town, attempt_number: int
) -> None:
    codes = crowds.settle(town, 30)
    town.plan("RUSH", "08:00", "10:00", capacity=5)
    call_off = "SELECT activities_call_off(%(id)s, 'staff:U-SEC', 'rain', now()) AS told"
    params = {"id": town.activity("RUSH").id}
    work = [partial(attempt, town, "RUSH", code) for code in codes]
    work.insert(12, lambda: town.database.rows(call_off, params))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda one: one(), work))
    assert set(crowds.statuses(town, "RUSH").values()) <= {"cancelled"}
    assert crowds.taken(town, "RUSH") == 0


@pytest.mark.parametrize("attempt_number", range(4))
def test_who_cancels_and_signs_up_at_once_never_skips_the_agreement(
    town: Town, attempt_number: int
) -> None:
    (code,) = crowds.settle(town, 1)
    town.plan("RUSH", "08:00", "10:00", capacity=2)
    join(town, code, "RUSH")
    crowds.amend_post(town, "RUSH", risk_text="Steep stairs.")  # nobody agreed to it so far
    work = [partial(attempt, town, "RUSH", code) for _ in range(12)]
    work.insert(4, partial(give_back, town, "RUSH", code))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: one(), work))
    assert crowds.statuses(town, "RUSH") == {code: "cancelled"}
    assert crowds.taken(town, "RUSH") == 0
