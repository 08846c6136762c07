"""The record's lines: what stands of somebody's service, and nothing else."""

from datetime import date

import pytest
from sqlmodel import Session

from service import activities, people, records
from service.activities import Wanted
from service.activities.actions.awards import Claim, enter_manual
from service.records.queries.lines import timely
from tests.activities.test_hours import confirmed, stay
from tests.activities.town import DAY, Town, at
from tests.records.conftest import Pages


def manual(town: Town, who: str, key: str = "MA-1", clock: str = "09:00", end: str = "11:00"):
    def work(session: Session) -> object:
        claim = Claim("R-GEN", at(clock), at(end), "a photo of the stage", key)
        person = people.volunteer(session, who)
        return enter_manual(session, person, claim=claim, by=town.caller("U-ADM"), now=at("22:00"))

    return town.database.atomic(work)


def lines(town: Town, who: str) -> list[activities.RecordLine]:
    return records.lines_of(town.database, town.volunteer(who).id or 0)


def force(admin, sql: str) -> None:
    """What other parts of the service do to awards in the end."""
    admin.execute(sql.encode())


def test_a_line_has_the_fields_of_the_law(town: Town) -> None:
    stay(town, "V0001", "08:12", "10:00")
    confirmed(town, "V0001", key="AW-1")
    (line,) = lines(town, "V0001")
    assert (line.award, line.kind, line.volunteer) == ("AW-1", "attendance", "V0001")
    assert (line.activity, line.title, line.place) == ("A1", "Activity A1", "Yard 1")
    assert (line.day, line.content, line.unit, line.leader) == (DAY, "AT01", "FM", "V0010")
    assert (line.scanned, line.typed, line.minutes) == (90, 0, 90)
    assert line.recorded_at == at("12:00")


def test_an_activity_s_own_content_comes_before_its_kind_s(town: Town, admin) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    force(admin, "UPDATE activities_templates SET content = 'sweeping'")
    assert lines(town, "V0001")[0].content == "sweeping"
    force(admin, "UPDATE activities SET content = 'sweeping yard 1'")
    assert lines(town, "V0001")[0].content == "sweeping yard 1"


def test_a_manual_award_is_a_typed_line_with_its_rate_as_content(town: Town) -> None:
    manual(town, "V0001")
    (line,) = lines(town, "V0001")
    assert (line.kind, line.activity, line.title) == ("manual", None, "")
    assert (line.scanned, line.typed) == (0, 120)
    (read,) = timely(town.database, [line])
    assert read.content == "general"


@pytest.mark.parametrize("change", ["in_way = 'C4'", "out_way = 'C4'", "amended = true"])
def test_what_was_typed_at_either_end_is_no_scanned_hour(town: Town, admin, change: str) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    force(admin, f"UPDATE activities_attendances SET {change}")
    assert [(line.scanned, line.typed) for line in lines(town, "V0001")] == [(0, 120)]


@pytest.mark.parametrize(
    ("status", "stands"),
    [("posted", 1), ("noticed", 1), ("waiting", 0), ("refused", 0), ("reversed", 0)],
)
def test_only_awards_that_stand_are_lines(town: Town, admin, status: str, stands: int) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    force(
        admin,
        f"UPDATE activities_awards SET status = '{status}', spendable_on = '2025-10-22',"
        f" transfer_id = CASE WHEN '{status}' <> 'noticed' THEN transfer_id END",
    )
    assert len(lines(town, "V0001")) == stands


def test_a_confirmed_stay_without_minutes_is_no_line(town: Town) -> None:
    stay(town, "V0001", "08:00", "08:20")
    assert confirmed(town, "V0001").status == "ok"
    assert lines(town, "V0001") == []


def test_the_sums_keep_scanned_typed_and_earlier_hours_apart(town: Town, admin) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    manual(town, "V0001", clock="13:00", end="14:30")
    force(admin, "UPDATE people_volunteers SET opening_minutes = 600 WHERE code = 'V0001'")
    found = records.totals_of(town.database, town.volunteer("V0001").id or 0)
    assert (found.lines, found.scanned, found.typed, found.earlier) == (2, 120, 90, 600)
    assert found.minutes == 810
    before = records.totals_of(
        town.database, town.volunteer("V0001").id or 0, upto=date(2025, 10, 17)
    )
    assert (before.lines, before.minutes) == (0, 600)


def test_pages_follow_each_other_without_gap_or_doubling(town: Town) -> None:
    for hour in range(8, 18):
        manual(town, "V0001", key=f"MA-{hour}", clock=f"{hour:02}:00", end=f"{hour + 1:02}:00")
    wanted, seen = Wanted(volunteer_id=town.volunteer("V0001").id), []
    while page := activities.record_page(
        town.database, wanted, before=(seen[-1].day, seen[-1].id) if seen else None, limit=3
    ):
        seen += page
    assert [line.award for line in seen] == [f"MA-{hour}" for hour in range(17, 7, -1)]
    by_session = town.run(activities.record_page, wanted=wanted, limit=3)
    assert by_session == seen[:3]


def test_each_line_is_due_ten_working_days_after_its_service(town: Town, admin) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    (read,) = timely(town.database, lines(town, "V0001"))
    assert (read.due.day, read.due.provisional, read.late) == (date(2025, 10, 31), False, False)
    force(admin, "UPDATE activities_awards SET decided_at = '2025-10-31T15:59:59Z'")
    assert not timely(town.database, lines(town, "V0001"))[0].late
    force(admin, "UPDATE activities_awards SET decided_at = '2025-10-31T16:00:00Z'")
    assert timely(town.database, lines(town, "V0001"))[0].late


def test_a_volunteer_reads_the_own_record_and_no_one_else_s(town: Town, as_: Pages) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    stay(town, "V0005", "10:30", "11:30", activity="A2")
    confirmed(town, "V0005", by="V0009", activity="A2")
    page = as_("V0001").get("/me/records")
    assert "Activity A1" in page
    assert "1 record" in page
    assert "2.0" in page
    assert "Activity A2" not in page
    assert "Nothing here yet" in as_("V0003").get("/me/records")
    assert as_("V0001").get("/me/records?before=2025-10-18.1")
    assert as_("V0001").get("/me/records?before=yesterday", 422)
    assert as_("V0001").get("/desk/records", 403)
    assert as_("U-SEC").get("/me/records", 403)


def test_the_desk_finds_records_by_volunteer_activity_and_month(town: Town, as_: Pages) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    stay(town, "V0005", "10:30", "11:30", activity="A2")
    confirmed(town, "V0005", by="V0009", activity="A2")
    reader = as_("U-SEC")
    everything = reader.get("/desk/records")
    assert "their sums stand with a month" in everything  # years are not added up for a look
    assert "V0001" in everything
    assert "2 records" in reader.get("/desk/records?month=2025-10")
    for query in (
        "volunteer=v0001",
        "volunteer=V0001&activity=a1",
        "volunteer=V0001&month=2025-10",
    ):
        page = reader.get(f"/desk/records?{query}")
        assert "1 record" in page
        assert "V0001" in page
    for query in ("volunteer=V0009", "activity=A4", "month=2025-09", "volunteer=nobody"):
        assert "No records here" in reader.get(f"/desk/records?{query}")
    assert reader.get("/desk/records?month=2025-13", 422)
    person = reader.get("/desk/records/V0001")
    assert "Record of V0001" in person
    assert reader.get("/desk/records/G0001", 404)


def test_another_community_s_recorder_sees_none_of_it(town: Town, as_: Pages) -> None:
    stay(town, "V0001", "08:00", "10:00")
    confirmed(town, "V0001")
    reader = as_("U-GZ")
    assert "No records here" in reader.get("/desk/records")
    assert "No records here" in reader.get("/desk/records?volunteer=V0001")
    assert reader.get("/desk/records/V0001", 404)
