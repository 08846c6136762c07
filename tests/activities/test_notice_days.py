"""Where the rules set notice days, hours count at once and points come on their working day."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial

import pytest
from flask.testing import FlaskClient

from service import activities, programmes
from service.activities.actions import awards, reversals
from tests.activities.test_award_reversals import award_id
from tests.activities.test_hours import confirmed, stay
from tests.activities.test_manual_awards import claim
from tests.activities.town import FIGURES, Town, at

NOTICE_DAYS = 2
# Confirmed on Saturday 18 October 2025: Monday 20 is the first working day, Tuesday 21 the second.
COMES = date(2025, 10, 21)


@pytest.fixture
def waiting(town: Town) -> Town:
    """The town whose rules let awards wait two working days."""
    adopt = partial(
        programmes.adopt, programme_id=1, code="R2", effective_from=date(2025, 10, 1),
        figures=FIGURES | {"award": {"notice_days": NOTICE_DAYS}},
    )  # fmt: skip
    town.database.atomic(adopt)
    return town


def come(town: Town, moment: datetime) -> int:
    done: int = town.run(activities.post_noticed, programme_id=1, now=moment)
    return done


def on(day: int, clock: str = "08:00") -> datetime:
    return at(clock, date(2025, 10, day))


def state(town: Town) -> tuple[str, date | None]:
    row = town.database.call("SELECT status, spendable_on FROM activities_awards ORDER BY id")
    assert row is not None
    return row["status"], row["spendable_on"]


def test_hours_count_at_once_and_points_come_on_their_day(waiting: Town) -> None:
    stay(waiting, "V0001", "08:00", "10:00")
    done = confirmed(waiting, "V0001")
    assert done.award is not None
    assert state(waiting) == ("noticed", COMES)
    assert (waiting.balance("V0001"), waiting.count("ledger_transfers")) == (0, 0)
    mine = partial(activities.standing, volunteer_id=waiting.volunteer("V0001").id)
    assert waiting.run(mine) == activities.Standing(0, 120)
    assert waiting.events("AwardNoticed")[0]["spendable_on"] == COMES.isoformat()
    assert waiting.events("AwardPosted") == []
    assert come(waiting, on(20, "23:59")) == 0
    assert come(waiting, on(21, "00:01")) == 1
    assert state(waiting) == ("posted", COMES)
    assert waiting.balance("V0001") == 20
    assert waiting.run(mine) == activities.Standing(20, 120)
    lot = waiting.one("SELECT expires_on FROM ledger_lots")
    assert lot == date(2027, 10, 31)  # by the day of the service
    assert [event["points"] for event in waiting.events("AwardPosted")] == [20]


def test_the_job_may_run_twice_and_at_once(waiting: Town) -> None:
    for who in ("V0001", "V0002", "V0003"):
        stay(waiting, who, "08:00", "10:00")
    for who in ("V0001", "V0002", "V0003"):
        confirmed(waiting, who)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: come(waiting, on(22)), range(4)))
    assert sum(done) == 3
    assert come(waiting, on(23)) == 0
    assert [waiting.balance(who) for who in ("V0001", "V0002", "V0003")] == [20, 20, 20]
    assert waiting.count("ledger_transfers") == 3


def test_a_holiday_puts_the_day_off(waiting: Town) -> None:
    waiting.database.call(
        "INSERT INTO programmes_working_days (day, working, name, source)"
        " VALUES ('2025-10-20', false, 'holiday', 'test') RETURNING day"
    )
    stay(waiting, "V0001", "08:00", "10:00")
    confirmed(waiting, "V0001")
    assert state(waiting)[1] == date(2025, 10, 22)


def test_what_waits_fills_the_caps(waiting: Town) -> None:
    for key in ("M1", "M2"):
        claim(waiting, key, rule="R-GEN", claimed_from=at("08:00"))
    third = claim(waiting, "M3", claimed_from=at("14:00"), claimed_to=at("15:00"))[0]
    assert (third.points, third.cut, third.cut_by) == (0, 12, "day")
    assert (third.status, third.spendable_on) == ("posted", None)  # no points wait for anything
    assert come(waiting, on(21)) == 2
    assert waiting.balance("V0001") == 80
    assert len(waiting.events("AwardCapped")) == 1
    assert waiting.one("SELECT count(*) FROM ledger_transfers WHERE kind = 'manual'") == 2


def test_an_award_above_the_limit_waits_first_for_its_approval(waiting: Town) -> None:
    claim(waiting, claimed_to=at("12:30"))
    assert come(waiting, on(28)) == 0
    said = partial(awards.decide_manual, key="MA-1", decision=awards.Decision(True))
    waiting.run(said, by=waiting.caller("U-SUP"), now=on(22))
    assert state(waiting) == ("noticed", date(2025, 10, 24))  # from the approval on
    assert come(waiting, on(24)) == 1
    assert waiting.balance("V0001") == 42


def test_what_waits_can_be_taken_back_before_it_comes(waiting: Town) -> None:
    claim(waiting)
    given = {"award_id": award_id(waiting), "now": on(19)}
    waiting.run(
        reversals.propose_reversal, reason="nobody came", by=waiting.caller("U-SEC"), **given
    )
    done = waiting.run(
        reversals.decide_reversal, decision=awards.Decision(True), by=waiting.caller("U-SUP"),
        **given,
    )  # fmt: skip
    assert (done.decision, done.transfer_id) == ("approved", None)
    assert come(waiting, on(28)) == 0
    assert (state(waiting)[0], waiting.balance("V0001")) == ("reversed", 0)
    assert waiting.count("ledger_transfers") == 0


def test_the_volunteer_reads_from_when_on(waiting: Town, client: FlaskClient) -> None:
    stay(waiting, "V0001", "08:00", "10:00")
    confirmed(waiting, "V0001")
    client.set_cookie("aixin_session", waiting.tokens["V0001"])
    for language, words in (
        ("en", "20 more from Tuesday 21 October"),
        ("zh", "另有 20 分，10 月 21 日 星期二起可用"),
    ):
        client.set_cookie("lang", language)
        page = client.get("/home").get_data(as_text=True)
        assert words in page
        assert words in client.get("/home/history").get_data(as_text=True)
        assert "Tuesday" in client.get("/me/inbox").get_data(as_text=True) or language == "zh"


def test_without_notice_days_points_come_at_once(town: Town) -> None:
    claim(town)
    assert state(town) == ("posted", None)


def test_the_data_file_may_set_notice_days() -> None:
    stated = json.loads(json.dumps(FIGURES | {"award": {"notice_days": 3}}))
    parsed = programmes.parse("R", date(2025, 1, 1), stated)
    assert parsed.notice_days == 3
