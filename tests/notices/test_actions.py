"""A notice: drafted, numbered without gaps, frozen, ended; rows go when the consent goes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from service import consents, notices, people, trail
from service.activities.actions.reversals import Decision, decide_reversal, propose_reversal
from service.errors import KeyReused
from service.notices import queries, refusals
from service.notices.rules import Row
from service.settlement import digest
from tests.activities.test_manual_awards import claim
from tests.activities.town import DAY, Town, at
from tests.notices.conftest import AGREED, MONDAY, WEDNESDAY, drafted, published


def rows(town: Town, row: notices.Notice) -> list[dict[str, Any]]:
    return town.run(notices.open_rows, notice_id=row.id)  # type: ignore[no-any-return]


def agree(town: Town, who: str, given: bool) -> None:
    said = {"given": given, "by": f"volunteer:{who}", "now": town.clock.now()}
    town.run(notices.agree, volunteer_id=town.volunteer(who).id, **said)


def test_a_notice_says_who_agreed_and_counts_the_others(town: Town) -> None:
    row = published(town)
    assert row.content is not None
    assert [one["tail"] for one in rows(town, row)] == ["001", "002"]  # the minor never
    assert row.content["named"] == {"people": 2, "minutes": 240, "points": 40}
    assert row.content["others"] == {"people": 2, "minutes": 240, "points": 40}
    assert row.content["total"] == {"people": 4, "minutes": 480, "points": 80}
    assert row.content["activities"] == ["Activity A1", "Clean yards"]
    assert (row.starts_on, row.ends_on) == (MONDAY, WEDNESDAY)
    assert (row.code, row.name) == ("FM-2025-1", "FM志愿积分公示〔2025〕1号")
    assert row.digest == digest(row.content)
    assert town.events("NoticePublished") == [
        {
            "notice": "FM-2025-1", "name": row.name, "community": "FM", "digest": row.digest,
            "people": 4, "points": 80, "rows": 2, "since": "2025-10-18", "until": "2025-10-18",
            "starts_on": "2025-10-20", "ends_on": "2025-10-22",
        }
    ]  # fmt: skip


def test_drafting_and_publishing_twice_is_once(town: Town) -> None:
    first, again = published(town), published(town)
    assert (first.id, first.code, first.digest) == (again.id, again.code, again.digest)
    assert town.count("notices") == 1
    assert town.count("notices_rows") == 2
    assert len(town.events("NoticePublished")) == 1
    marks = [mark.action for mark in town.run(trail.about, subject=f"notice:{first.id}")]
    assert marks == ["notice.draft", "notice.publish"]
    with pytest.raises(KeyReused):
        drafted(town, starts_on=MONDAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("said", "refusal", "field"),
    [
        ({"until": DAY - timedelta(days=1)}, refusals.DaysBackwards, "until"),
        ({"until": DAY + timedelta(days=1)}, refusals.DaysAhead, "until"),
        ({"since": DAY - timedelta(days=92)}, refusals.DaysTooMany, "until"),
        ({"starts_on": DAY - timedelta(days=1)}, refusals.StartPast, "starts_on"),
        ({"starts_on": DAY}, refusals.StartNotWorking, "starts_on"),
    ],
)
def test_days_that_cannot_be_are_refused_by_their_field(
    town: Town, said: dict[str, date], refusal: type, field: str
) -> None:
    with pytest.raises(refusal):
        drafted(town, **said)
    assert refusal.field == field  # type: ignore[attr-defined]
    assert town.count("notices") == 0


def test_a_day_stands_in_one_notice_alone(town: Town) -> None:
    second = drafted(town, key="PN-2")
    published(town)
    with pytest.raises(refusals.DaysNoticed):
        drafted(town, key="PN-3", since=DAY - timedelta(days=3))
    given = {"by": town.caller("U-SEC"), "now": town.clock.now()}
    with pytest.raises(refusals.DaysNoticed):
        town.run(notices.publish, notice_id=second.id, **given)
    town.run(notices.drop, notice_id=second.id, **given)
    with pytest.raises(refusals.NotADraft):
        town.run(notices.publish, notice_id=second.id, **given)
    assert town.one("SELECT last FROM notices_counters") == 1  # nothing refused took a number


def test_nothing_confirmed_is_nothing_to_notice(town: Town) -> None:
    with pytest.raises(refusals.NothingToNotice):
        published(town, since=DAY - timedelta(days=2), until=DAY - timedelta(days=1))
    assert town.count("notices_counters") == 0


def test_numbers_follow_those_on_paper_and_have_no_gaps(town: Town) -> None:
    given = {"place": town.run(people.unit, code="FM"), "by": town.caller("U-SEC")}
    given |= {"year": 2025, "now": town.clock.now()}
    for last in (9, 17, 17):
        town.run(notices.number_after, last=last, **given)
    assert published(town).code == "FM-2025-18"
    assert town.run(notices.number_after, last=18, **given) == 18
    with pytest.raises(refusals.NumbersGiven):
        town.run(notices.number_after, last=30, **given)


@pytest.mark.parametrize("_turn", range(3))
def test_two_who_publish_at_once_publish_once(town: Town, _turn: int) -> None:
    days = [drafted(town, key=f"PN-{nth}") for nth in range(4)]
    given = {"by": town.caller("U-SEC"), "now": town.clock.now()}

    def one(nth: int) -> str:
        try:
            return str(town.run(notices.publish, notice_id=days[nth % 4].id, **given).code)
        except refusals.DaysNoticed:
            return "noticed"

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(one, range(8)))
    assert set(done) == {"FM-2025-1", "noticed"}
    assert town.one("SELECT count(*) FROM notices WHERE number IS NOT NULL") == 1
    assert town.one("SELECT last FROM notices_counters") == 1


def test_what_is_published_cannot_be_changed(town: Town, owner: psycopg.Connection) -> None:
    row = published(town)
    for change in ("content = content || '{}'::jsonb || '{\"a\": 1}'", "digest = 'x'",
                   "number = 7", "ends_on = ends_on + 1", "status = 'draft'"):  # fmt: skip
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE notices SET {change} WHERE id = {row.id}".encode())
    for act in ("UPDATE notices_rows SET points = 1", "DELETE FROM notices_rows"):
        with pytest.raises(Exception, match="permission denied"):
            town.database.rows(act + " RETURNING nth")


def test_a_withdrawn_consent_takes_the_row_out_and_leaves_the_digest(town: Town) -> None:
    row = published(town)
    agree(town, "V0001", False)
    left = rows(town, row)
    assert [one["tail"] for one in left] == ["002"]
    now = town.run(queries.by_code, code="fm-2025-1")
    assert now.digest == digest(now.content)
    said = {name: left[0][name] for name in ("tail", "minutes", "points", "salt")}
    assert now.content["rows"][left[0]["nth"] - 1] == Row(what=tuple(left[0]["what"]), **said).hash
    assert town.events("ConsentWithdrawn") == [
        {"volunteer": "V0001", "purpose": "notice", "version": 1}
    ]
    agree(town, "V0001", False)
    assert len(town.events("ConsentWithdrawn")) == 1
    agree(town, "V0001", True)
    assert len(rows(town, row)) == 2


def test_no_minor_can_agree(town: Town) -> None:
    assert AGREED[-1] == "V0006"
    with pytest.raises(consents.MinorsStayOut):
        agree(town, "V0006", True)
    agree(town, "V0006", False)  # what an older form said may be withdrawn


def test_a_notice_ends_when_its_days_are_over(town: Town) -> None:
    row = published(town)
    ended = [town.run(notices.end_due, now=at("23:59", WEDNESDAY)),
             town.run(notices.end_due, now=at("00:00", WEDNESDAY + timedelta(days=1))),
             town.run(notices.end_due, now=at("00:01", WEDNESDAY + timedelta(days=1)))]  # fmt: skip
    assert ended == [0, 1, 0]
    now = town.run(queries.by_code, code="FM-2025-1")
    assert (now.status, now.filed, now.answered, now.digest) == ("ended", 0, 0, row.digest)


def test_other_slices_ask_what_waits_and_what_runs(town: Town) -> None:
    home = town.run(people.unit, code="FM").id
    drafted(town)
    assert town.run(notices.waiting, community_ids=[home]) == 1
    published(town)
    assert town.run(notices.waiting, community_ids=[home]) == 0
    (one,) = notices.running(town.database, home, WEDNESDAY)
    assert (one["code"], one["ends_on"]) == ("FM-2025-1", WEDNESDAY)
    assert notices.running(town.database, home, WEDNESDAY + timedelta(days=1)) == []
    days = {"community_id": home, "since": DAY, "until": DAY}
    assert [one.code for one in town.run(notices.published, **days)] == ["FM-2025-1"]


def test_what_was_awarded_by_hand_and_taken_back_stands_apart_without_names(town: Town) -> None:
    award, _ = claim(town, who="V0004")
    given = {"award_id": award.id, "now": town.clock.now()}
    town.run(propose_reversal, reason="a rehearsal", by=town.caller("U-SEC"), **given)
    town.run(decide_reversal, decision=Decision(True), by=town.caller("U-SUP"), **given)
    said = published(town).content
    assert said is not None
    assert said["manual"] == said["reversed"] == {"people": 1, "count": 1, "points": 36}
    assert said["sales"] == {"people": 0, "count": 0, "points": 0}
    assert said["total"] == {"people": 4, "minutes": 480, "points": 80}
