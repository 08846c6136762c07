"""The red list: what is over and not recorded, by the due day, with the one who must act."""

from datetime import date

import pytest

from service import records
from service.records import Clerk, Counts
from service.records.rules import Deadline, deadline, urgent_until
from tests.activities.test_gate import own
from tests.activities.test_hours import confirmed, stay
from tests.activities.town import Town, at, move_to
from tests.programmes.test_working_days import CALENDAR
from tests.records.conftest import Pages
from tests.records.test_lines import force, manual

SATURDAY = date(2025, 10, 18)  # due on Friday the 31st


def clerk(town: Town, day: date, community: str = "FM") -> Clerk:
    town.clock.set(at("12:00", day=day))
    place = town.one("SELECT id FROM people_units WHERE code = %(code)s", code=community)
    return Clerk(1, [place], town.clock.now())


def listed(town: Town, day: date) -> list[tuple[str, str, str, int]]:
    found = records.unrecorded(town.database, clerk(town, day))
    return [(one.kind, one.actor, one.deadline.state, one.deadline.days) for one in found]


@pytest.mark.parametrize(
    ("today", "state", "left"),
    [
        (date(2025, 10, 27), "open", 4),
        (date(2025, 10, 28), "soon", 3),
        (date(2025, 10, 31), "soon", 0),
        (date(2025, 11, 1), "late", 0),
        (date(2025, 11, 3), "late", -1),
    ],
)
def test_a_deadline_is_open_then_soon_then_late(today: date, state: str, left: int) -> None:
    found = deadline(CALENDAR, SATURDAY, within=10, today=today)
    assert isinstance(found, Deadline)
    assert (found.due.day, found.state, found.days) == (date(2025, 10, 31), state, left)
    listed_now = urgent_until(CALENDAR, within=10, today=today) >= SATURDAY
    assert listed_now == (state != "open")


def test_unconfirmed_service_comes_onto_the_list_three_working_days_before(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    own(town, "V0002", "08:05")  # never checked out
    assert listed(town, date(2025, 10, 27)) == []
    assert listed(town, date(2025, 10, 28)) == [("activity", "leader", "soon", 3)]
    assert listed(town, date(2025, 11, 3)) == [("activity", "leader", "late", -1)]
    (one,) = records.unrecorded(town.database, clerk(town, date(2025, 11, 3)))
    assert (one.activity, one.people, one.person) == ("A1", 2, "V0010")


def test_confirmed_service_leaves_the_list(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    assert len(listed(town, date(2025, 11, 3))) == 1
    confirmed(town, "V0001")
    assert listed(town, date(2025, 11, 3)) == []


def test_the_leader_s_own_hours_wait_for_the_recorder(town: Town) -> None:
    stay(town, "V0010", "08:00", "10:00")
    assert listed(town, date(2025, 11, 3)) == [("activity", "recorder", "late", -1)]


def test_a_waiting_award_by_hand_is_on_the_list_for_a_second_person(town: Town) -> None:
    manual(town, "V0001", clock="08:00", end="16:00")
    assert listed(town, date(2025, 11, 3)) == [("award", "second", "late", -1)]


def test_what_is_called_off_or_archived_is_not_on_the_list(town: Town, admin) -> None:
    stay(town, "V0001", "08:00", "10:00")
    for status in ("cancelled", "archived"):
        force(admin, f"UPDATE activities SET status = '{status}' WHERE code = 'A1'")
        assert listed(town, date(2025, 11, 3)) == []


def test_the_counts_are_those_of_the_list(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    manual(town, "V0003", clock="08:00", end="16:00")
    for day, counts in (
        (date(2025, 10, 27), Counts(0, 0)),
        (date(2025, 10, 31), Counts(0, 2)),
        (date(2025, 11, 1), Counts(2, 0)),
    ):
        assert records.late_counts(town.database, clerk(town, day)) == counts
    assert records.late_counts(town.database, clerk(town, date(2025, 11, 3), "GZ")) == Counts(0, 0)


def test_the_list_goes_on_where_a_page_ended(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    for hour in (8, 9):
        manual(town, "V0003", key=f"M{hour}", clock=f"{hour:02}:00", end=f"{hour + 8:02}:00")
    at_desk = clerk(town, date(2025, 11, 3))
    whole = records.unrecorded(town.database, at_desk)
    assert len(whole) == 3
    first = records.unrecorded(town.database, at_desk, limit=1)[0]
    rest = records.unrecorded(town.database, at_desk, after=(first.day, first.kind, first.ref))
    assert [first, *rest] == whole


def test_the_page_says_who_must_act_and_only_to_the_own_community(town: Town, as_: Pages) -> None:
    stay(town, "V0001", "08:00", "10:00")
    move_to(town, at("12:00", day=date(2025, 11, 3)))
    page = as_("U-SEC").get("/desk/records/late")
    assert "The leader confirms: V0010" in page
    assert "1 working day late" in page
    assert "/activities/A1/confirm" in page
    assert "国办发明电〔2024〕12号" in page  # by whose notice the working days were counted
    assert "1 record is late" in as_("U-SEC").get("/desk")
    assert "Nothing is late" in as_("U-GZ").get("/desk/records/late")
    assert as_("V0001").get("/desk/records/late", 403)
    assert as_("U-SEC").get("/desk/records/late?after=nonsense")
    assert as_("U-SEC").get("/desk/records/late?after=9999-99-99.activity.1")
