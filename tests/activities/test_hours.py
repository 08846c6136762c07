"""Hours become points once, within the caps, by the hand of somebody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from service import activities, ledger, people
from service.activities import refusals
from service.activities.actions import paper
from service.activities.actions.attendance import Amended, fill_in_check_out
from service.activities.actions.confirmations import Order, Outcome, confirm
from tests.activities.test_gate import own
from tests.activities.town import DAY, Town, at


def stay(town: Town, who: str, came: str, left: str, activity: str = "A1") -> None:
    own(town, who, came, activity=activity)
    own(town, who, left, "out", activity=activity)


def confirmed(
    town: Town, who: str, by: str = "V0010", activity: str = "A1", **order: Any
) -> Outcome:
    def work(session: Session) -> Outcome:
        found, person = activities.activity(session, activity), people.volunteer(session, who)
        return confirm(
            session, found, person, order=Order(**order), by=town.caller(by), now=at("12:00")
        )

    return town.database.atomic(work)


def test_confirmed_hours_are_points_in_the_wallet(town: Town) -> None:
    stay(town, "V0001", "08:12", "10:00")
    done = confirmed(town, "V0001", key="AW-1")
    award = done.award
    assert award is not None
    assert (award.key, award.rule, award.maker) == ("AW-1", "R-GEN", "volunteer:V0010")
    assert (award.present_minutes, award.minutes, award.points, award.cut) == (108, 90, 15, 0)
    assert town.balance("V0001") == 15
    assert town.run(ledger.balance, programme_id=1, address="issued") == -15
    lots = town.run(ledger.lots, programme_id=1, address="volunteer:V0001")
    assert lots == [(date(2027, 10, 31), 15)]
    transfer = town.database.call("SELECT kind, key, business_day FROM ledger_transfers")
    assert transfer == {"kind": "award", "key": "award:AW-1", "business_day": DAY}
    assert town.events("AwardPosted")[0]["points"] == 15


def test_confirming_twice_answers_the_first(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    first, again = confirmed(town, "V0001"), confirmed(town, "V0001", by="U-ADM", rule="R-GEN")
    assert (first.replayed, again.replayed) == (False, True)
    assert first.award is not None
    assert again.award is not None
    assert first.award.id == again.award.id
    assert town.balance("V0001") == 20


def test_two_confirmations_at_once_make_one_award(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda by: confirmed(town, "V0001", by=by), ["V0010", "U-ADM"] * 3))
    assert {one.status for one in done} == {"ok"}
    assert sum(not one.replayed for one in done) == 1
    assert town.count("activities_awards") == 1
    assert town.balance("V0001") == 20


def test_nobody_confirms_himself(town: Town) -> None:
    own(town, "V0010", "07:45")
    own(town, "V0010", "10:15", "out")
    refused = confirmed(town, "V0010", by="V0010")
    assert (refused.status, refused.reason) == ("refused", "rejected_self")
    assert town.balance("V0010") == 0
    done = confirmed(town, "V0010", by="U-ADM")
    assert done.award is not None
    assert (done.award.minutes, town.balance("V0010")) == (120, 20)


@pytest.mark.parametrize(
    ("who", "by", "order", "reason"),
    [
        ("V0002", "V0010", {}, "not_in"),
        ("V0001", "V0010", {"rule": "R-NIGHT"}, "rule_not_allowed"),
        ("V0001", "V0010", {"rule": "gone"}, "rule_not_allowed"),
        ("V0003", "V0010", {}, "not_out"),
    ],
)
def test_what_cannot_be_confirmed_is_said(
    town: Town, who: str, by: str, order: dict[str, str], reason: str
) -> None:
    stay(town, "V0001", "08:00", "10:00")
    own(town, "V0003", "08:00")
    refused = confirmed(town, who, by, **order)
    assert (refused.status, refused.reason, refused.award) == ("refused", reason, None)
    assert town.count("activities_awards") == 0
    assert town.count("ledger_transfers") == 0


def test_the_rate_is_the_post_s_where_the_person_has_the_papers(town: Town) -> None:
    for who in ("V0005", "V0008"):
        stay(town, who, "08:55", "11:30", "A2")
    doctor = confirmed(town, "V0005", "V0009", "A2").award
    helper = confirmed(town, "V0008", "V0009", "A2").award
    assert doctor is not None
    assert helper is not None
    assert (doctor.rule, doctor.points) == ("R-MED", 35)
    assert (helper.rule, helper.points) == ("R-GEN", 25)


def test_a_rate_that_asks_for_papers_is_not_given_without(town: Town) -> None:
    stay(town, "V0008", "09:00", "11:30", "A2")
    refused = confirmed(town, "V0008", "V0009", "A2", rule="R-MED")
    assert (refused.status, refused.reason) == ("refused", "requirement_missing")


def test_too_short_a_stay_is_confirmed_without_points(town: Town) -> None:
    stay(town, "V0001", "08:00", "08:29")
    award = confirmed(town, "V0001").award
    assert award is not None
    assert (award.present_minutes, award.minutes, award.points) == (29, 0, 0)
    assert award.transfer_id is None
    assert town.count("ledger_transfers") == 0
    assert town.one("SELECT status FROM activities_attendances") == "confirmed"
    assert confirmed(town, "V0001").replayed


def serve_long(town: Town, code: str, start: str, end: str) -> None:
    town.plan(code, start, end, template="AT04", insurance_ref="INS", signups=("V0001",))
    stay(town, "V0001", start, end, code)


def test_the_day_s_cap_cuts_points_and_keeps_the_hours(town: Town) -> None:
    serve_long(town, "N1", "12:00", "16:00")  # 4 h × 16 = 64
    serve_long(town, "N2", "16:00", "18:00")  # 32, of which 16 are left
    confirmed(town, "V0001", activity="N1")
    award = confirmed(town, "V0001", activity="N2").award
    assert award is not None
    assert (award.points, award.cut, award.cut_by, award.minutes) == (16, 16, "day", 120)
    assert town.balance("V0001") == 80
    assert town.events("AwardCapped")[0]["cut"] == 16
    standing = town.run(activities.standing, volunteer_id=town.volunteer("V0001").id)
    assert (standing.lifetime, standing.minutes) == (80, 360)


def test_two_awards_of_one_day_at_once_do_not_pass_the_cap(town: Town) -> None:
    serve_long(town, "N1", "12:00", "16:00")
    serve_long(town, "N2", "16:00", "19:00")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda code: confirmed(town, "V0001", activity=code), ["N1", "N2"]))
    assert town.balance("V0001") == 80
    assert town.one("SELECT sum(cut)::int FROM activities_awards") == 64 + 48 - 80


def test_a_reversed_award_gives_its_room_back(town: Town, admin: Any) -> None:
    serve_long(town, "N1", "12:00", "16:00")
    serve_long(town, "N2", "16:00", "18:00")
    confirmed(town, "V0001", activity="N1")
    admin.execute("UPDATE activities_awards SET status = 'reversed'")
    award = confirmed(town, "V0001", activity="N2").award
    assert award is not None
    assert (award.points, award.cut) == (32, 0)


def fill_in(
    town: Town, who: str, when: str | None, by: str = "V0010", now: str = "10:30"
) -> Amended:
    def work(session: Session) -> Amended:
        found, person = activities.activity(session, "A1"), people.volunteer(session, who)
        moment = at(when) if when else None
        return fill_in_check_out(session, found, person, at=moment, by=town.caller(by), now=at(now))

    return town.database.atomic(work)


def test_a_forgotten_check_out_is_filled_in_and_marked(town: Town) -> None:
    own(town, "V0001", "08:00")
    assert fill_in(town, "V0001", "09:30") == Amended("ok", None, at("09:30"))
    row = town.database.call(
        "SELECT out_way, amended, amended_by, in_way FROM activities_attendances"
    )
    assert row == {
        "out_way": "C4", "amended": True, "amended_by": "volunteer:V0010", "in_way": "C2",
    }  # fmt: skip
    award = confirmed(town, "V0001").award
    assert award is not None
    assert (award.minutes, award.flags) == (90, ["amended", "typed"])
    assert town.count("trail_records") == 1


@pytest.mark.parametrize(
    ("who", "when", "by", "reason"),
    [
        ("V0001", "07:50", "V0010", "too_early"),
        ("V0001", "10:31", "V0010", "window_closed"),  # ahead of now
        ("V0002", "09:00", "V0010", "not_in"),
        ("V0003", "09:00", "V0010", "already_out"),
        ("V0010", "09:00", "V0010", "rejected_self"),
    ],
)
def test_a_filled_in_check_out_is_refused(
    town: Town, who: str, when: str, by: str, reason: str
) -> None:
    own(town, "V0010", "07:40")
    own(town, "V0001", "08:00")
    stay(town, "V0003", "08:00", "09:50")
    assert fill_in(town, who, when, by).reason == reason
    assert town.one("SELECT count(*) FROM activities_attendances WHERE amended") == 0


def test_a_stay_that_is_not_counted_is_confirmed_with_nothing(town: Town) -> None:
    own(town, "V0001", "08:00")
    assert fill_in(town, "V0001", None).status == "ok"
    award = confirmed(town, "V0001").award
    assert award is not None
    assert (award.minutes, award.points) == (0, 0)


def type_in(town: Town, who: str = "V0002", by: str = "U-ADM", **more: Any) -> activities.PaperLine:
    def work(session: Session) -> activities.PaperLine:
        found, person = activities.activity(session, "A1"), people.volunteer(session, who)
        plain = {"in_at": at("08:00"), "out_at": at("10:00"), "evidence": "sheet 1", "line": 6}
        written = paper.Written(**(plain | more))  # type: ignore[arg-type]
        return paper.enter_line(
            session, found, person, written=written, by=town.caller(by), now=at("21:40")
        )

    return town.database.atomic(work)


def decide(town: Town, line: activities.PaperLine, by: str, *, accept: bool = True) -> Outcome:
    def work(session: Session) -> Outcome:
        found = activities.activity(session, "A1")
        assert line.id is not None
        return paper.decide_line(
            session, found, line.id, accept=accept, by=town.caller(by), now=at("21:45")
        )

    return town.database.atomic(work)


def test_a_paper_line_counts_when_a_second_person_approves_it(town: Town) -> None:
    town.run(activities.sweep_no_shows, now=at("08:15"))
    line = type_in(town, key="AW-8", rule="R-GEN")
    assert town.count("activities_attendances") == 0
    with pytest.raises(refusals.OwnApproval):
        decide(town, line, "U-ADM")
    done = decide(town, line, "U-SEC")
    assert done.award is not None
    assert (done.award.key, done.award.points, done.award.minutes) == ("AW-8", 20, 120)
    assert (done.award.maker, done.award.approver) == ("staff:U-ADM", "staff:U-SEC")
    assert done.award.flags == ["paper", "typed"]
    assert town.balance("V0002") == 20
    assert town.run(activities.no_show_count, volunteer_id=town.volunteer("V0002").id) == 0
    assert decide(town, line, "U-SEC").replayed
    assert type_in(town).id == line.id
    counts = town.run(activities.attendance_counts, programme_id=1, day=DAY)
    assert counts == {"A1": 1, "A2": 0}


def test_a_refused_line_leaves_nothing(town: Town) -> None:
    line = type_in(town)
    assert decide(town, line, "U-SEC", accept=False).reason == "line_refused"
    with pytest.raises(refusals.AlreadyDecided):
        decide(town, line, "U-SUP")
    assert town.count("activities_attendances") == 0
    assert type_in(town).id != line.id


def test_paper_does_not_double_a_scan(town: Town) -> None:
    own(town, "V0002", "08:00")
    with pytest.raises(refusals.AttendanceExists):
        type_in(town)
    with pytest.raises(refusals.UnfitTime):
        type_in(town, "V0003", in_at=at("09:00"), out_at=at("08:00"))


def status(town: Town) -> str:
    return str(town.one("SELECT status FROM activities WHERE code = 'A1'"))


def test_an_activity_goes_through_its_states_by_time_and_by_hand(town: Town) -> None:
    states = []
    for when in ("07:29", "07:30", "10:00"):
        town.run(activities.sweep_no_shows, now=at(when))
        states.append(status(town))
    assert states == ["published", "open", "to_confirm"]
    for who in ("V0001", "V0002"):
        stay(town, who, "08:00", "10:00")
        confirmed(town, who)
    assert status(town) == "confirmed"


def test_two_last_confirmations_at_once_still_close_the_activity(town: Town) -> None:
    for who in ("V0001", "V0002"):
        stay(town, who, "08:00", "10:00")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda who: confirmed(town, who), ["V0001", "V0002"]))
    town.run(activities.sweep_no_shows, now=at("11:01"))
    town.run(activities.sweep_no_shows, now=at("11:02"))
    assert status(town) == "confirmed"


def test_a_stay_that_nobody_ended_is_undecided_after_the_window(town: Town) -> None:
    own(town, "V0001", "08:00")
    town.run(activities.sweep_no_shows, now=at("11:01"))
    assert town.one("SELECT status FROM activities_attendances") == "undecided"
    assert confirmed(town, "V0001").reason == "not_out"
    assert fill_in(town, "V0001", "09:00", now="12:00").status == "ok"
    assert confirmed(town, "V0001").status == "ok"
