"""A look through a period: every rule, the same rows each time, what people decided stays."""

from datetime import date, timedelta
from functools import partial

import psycopg
import pytest
from sqlmodel import Session, col, select

from service import audit
from service.audit import Finding, FindingDecided, Period, ReasonMissing, UnknownFinding
from service.audit.models import AuditFinding
from service.audit.news import periods
from tests.activities.test_award_reversals import decide, propose
from tests.activities.test_hours import confirmed, stay
from tests.activities.test_manual_awards import claim
from tests.activities.town import DAY, Town, at

OVER, UNSEEN, ELSEWHERE = (
    "manual_same_maker_same_day_over_limit",
    "no_attendance_evidence",
    "conflicts_with_other_event",
)
DISCOUNT = """INSERT INTO redemptions_discounts (shop_id, key, request_hash, volunteer_id, tail,
  bill_fen, tier, pct, discount_fen, pay_fen, actor, occurred_at, recorded_at, business_day, nth,
  transfer_id)
VALUES (1, 'DC-1', 'x', %(volunteer)s, '001', 4000, 'T1', 5, 200, 3800, 'device:1', %(at)s, %(at)s,
  %(day)s, 1, 1)"""


def found(town: Town) -> list[AuditFinding]:
    """What was found about people and activities; that no shop pledges anything here is known."""

    def work(session: Session) -> list[AuditFinding]:
        query = select(AuditFinding).where(col(AuditFinding.subject).not_like("programme:%"))
        return list(session.exec(query.order_by(col(AuditFinding.id))).all())

    return town.database.atomic(work)


def programme(town: Town) -> int:
    return town.volunteer("V0001").programme_id


def look(town: Town, since: date = DAY, until: date = DAY) -> dict[str, int]:
    period = Period(programme(town), since, until)
    return audit.look(town.database, period, now=at("21:50"))


def rehearsals(town: Town, admin: psycopg.Connection) -> None:
    """Two awards of 36 points by one hand, while the pass was at a shop."""
    claim(town, "MA-1", by="V0010")
    claim(town, "MA-2", by="V0010", claimed_from=at("14:00"), claimed_to=at("17:00"))
    who = town.volunteer("V0001").id
    admin.execute(DISCOUNT, {"volunteer": who, "at": at("15:10"), "day": DAY})


def test_every_rule_can_look_at_nothing(town: Town) -> None:
    counts = look(town)
    assert set(counts) == {rule.slug for rule in audit.RULES}
    assert sum(counts.values()) == 0


def test_the_rehearsals_are_found_with_what_they_conflict(
    town: Town, admin: psycopg.Connection
) -> None:
    rehearsals(town, admin)
    look(town)
    rows = {(row.rule, row.key): row for row in found(town)}
    assert sorted(rule for rule, _ in rows) == sorted([OVER, UNSEEN, UNSEEN, ELSEWHERE])
    over = rows[OVER, f"volunteer:V0010|V0001|{DAY}"]
    assert over.evidence["awards"] == ["MA-1", "MA-2"]
    assert (over.evidence["points"], over.evidence["limit"]) == (72, 40)
    elsewhere = rows[ELSEWHERE, "MA-2|discount|DC-1"]
    assert elsewhere.evidence["discounts"] == ["DC-1"]
    assert {row.subject for row in rows.values()} == {"volunteer:V0001"}
    assert {row.community_id for row in rows.values()} == {town.volunteer("V0001").community_id}


def test_a_second_look_finds_the_same_rows(town: Town, admin: psycopg.Connection) -> None:
    rehearsals(town, admin)
    first = look(town)
    before = [(row.id, row.key, row.found_at) for row in found(town)]
    assert look(town, DAY - timedelta(days=30)) == first
    assert [(row.id, row.key, row.found_at) for row in found(town)] == before


def test_what_is_open_grows_and_what_was_decided_stays(town: Town) -> None:
    claim(town, "MA-1", by="V0010")
    claim(town, "MA-2", by="V0010", claimed_from=at("14:00"), claimed_to=at("15:00"))
    look(town)
    (over,) = (row for row in found(town) if row.rule == OVER)
    claim(town, "MA-3", by="V0010", claimed_from=at("15:00"), claimed_to=at("16:00"))
    look(town)
    (grown,) = (row for row in found(town) if row.rule == OVER)
    assert (grown.id, grown.evidence["awards"]) == (over.id, ["MA-1", "MA-2", "MA-3"])
    dismissed(town, over.id or 0)
    claim(town, "MA-4", by="V0010", claimed_from=at("16:00"), claimed_to=at("17:00"))
    look(town)
    (kept,) = (row for row in found(town) if row.rule == OVER)
    assert (kept.status, kept.evidence["awards"]) == ("dismissed", ["MA-1", "MA-2", "MA-3"])


def test_what_the_gate_saw_is_no_finding(town: Town) -> None:
    stay(town, "V0001", "08:00", "10:00")
    assert confirmed(town, "V0001").award is not None
    claim(town, "MA-1", by="V0010", claimed_from=at("09:30"), claimed_to=at("11:30"))
    counts = look(town)
    assert counts[UNSEEN] == 0
    assert counts["self_confirmation"] == counts["hours_outside_window"] == 0
    assert counts[ELSEWHERE] == 1  # the claim begins before the stay has ended


def dismissed(town: Town, number: int, reason: str = "seen it myself") -> AuditFinding:
    row: AuditFinding = town.run(
        audit.dismiss,
        finding_id=number,
        reason=reason,
        community_ids={town.volunteer("V0001").community_id},
        by="staff:U-SEC",
        now=at("22:00"),
    )
    return row


def test_a_finding_is_dismissed_once_with_a_reason(town: Town) -> None:
    claim(town, "MA-1")
    look(town)
    (row,) = found(town)
    with pytest.raises(ReasonMissing):
        dismissed(town, row.id or 0, "  ")
    assert dismissed(town, row.id or 0).status == "dismissed"
    assert dismissed(town, row.id or 0).reason == "seen it myself"  # twice is once
    with pytest.raises(FindingDecided):
        dismissed(town, row.id or 0, "another reason")
    with pytest.raises(UnknownFinding):
        dismissed(town, 999)
    assert town.count(f"trail_records WHERE subject = 'finding:{row.id}'") == 1


def test_a_case_takes_findings_once_and_whole(town: Town) -> None:
    claim(town, "MA-1")
    claim(town, "MA-2", who="V0002")
    look(town)
    one, other = (row.id or 0 for row in found(town))
    home = {town.volunteer("V0001").community_id}
    take = partial(audit.take_into_case, community_ids=home, by="staff:U-SEC", now=at("22:00"))
    taken = town.run(take, finding_ids=[one], case_id=5)
    assert [(row.status, row.case_id) for row in taken] == [("in_case", 5)]
    again = town.run(take, finding_ids=[one, other], case_id=5)
    assert [row.case_id for row in again] == [5, 5]
    with pytest.raises(FindingDecided):
        town.run(take, finding_ids=[one], case_id=6)
    with pytest.raises(UnknownFinding):
        town.run(partial(take, community_ids=set()), finding_ids=[one], case_id=5)
    assert town.count("trail_records WHERE action = 'in_case'") == 2


def test_what_a_person_files_is_one_row(town: Town) -> None:
    home = town.volunteer("V0001").community_id
    said = Finding("call-1", "volunteer:V0001", home, DAY, {"said": ["I was ill"]})
    file = partial(
        audit.file_finding,
        programme_id=programme(town),
        rule="call_back_differs",
        finding=said,
        weight=audit.ACT,
        now=at("12:00"),
    )
    assert town.run(file).id == town.run(file).id
    assert [row.evidence for row in found(town)] == [{"said": ["I was ill"]}]


def news(town: Town) -> list[date]:
    return audit.look_at_news(town.database, programme(town), now=at("18:30"))


def test_only_days_with_news_are_looked_at(town: Town) -> None:
    assert len(news(town)) == len(news(town)) == 31  # the first two looks
    claim(town, "MA-1")
    assert news(town) == [DAY]
    assert [row.rule for row in found(town)] == [UNSEEN]
    assert news(town) == [DAY]  # once more, for what was being written meanwhile
    assert news(town) == []


def test_what_was_being_written_while_a_look_went_on_is_seen_by_the_next(
    town: Town, owner: psycopg.Connection
) -> None:
    news(town)
    news(town)
    owner.autocommit = False
    number = town.volunteer("V0001").id
    owner.execute(
        "INSERT INTO activities_awards (key, programme_id, kind, volunteer_id, rule,"
        " present_minutes, minutes, points, cut, service_day, service_month, maker, status, flags,"
        " claimed_from, claimed_to, entered_at, evidence) VALUES ('MA-9', %(programme)s, 'manual',"
        " %(who)s, 'R-GEN', 60, 60, 0, 0, %(day)s, '2025-10-01', 'staff:U-ADM', 'posted',"
        " '{manual}', %(since)s, %(until)s, %(until)s, 'photo')",
        {"programme": programme(town), "who": number, "day": DAY,
         "since": at("09:00"), "until": at("10:00")},
    )  # fmt: skip
    claim(town, "MA-1", who="V0002")  # a later number, and seen at once
    assert news(town) == [DAY]
    assert len(found(town)) == 1
    owner.commit()
    news(town)
    assert sorted(row.key for row in found(town)) == ["MA-1", "MA-9"]


def test_days_that_follow_each_other_are_one_look() -> None:
    days = [DAY, DAY + timedelta(days=3), DAY + timedelta(days=1), DAY - timedelta(days=9)]
    joined = [(one.since, one.until) for one in periods(1, days)]
    assert joined == [
        (DAY - timedelta(days=9), DAY - timedelta(days=9)),
        (DAY, DAY + timedelta(days=1)),
        (DAY + timedelta(days=3), DAY + timedelta(days=3)),
    ]


def take_back(town: Town, key: str) -> None:
    """Two people take an award back, without a case."""
    propose(town, key=key)
    decide(town, key=key)


def test_a_finding_ends_when_its_award_is_taken_back(town: Town) -> None:
    claim(town, "MA-1")
    look(town)
    (row,) = found(town)
    take_back(town, "MA-1")
    look(town)
    (ended,) = found(town)
    assert (ended.id, ended.status, ended.decided_by) == (row.id, "taken_back", "system:audit")
    look(town)
    assert [one.status for one in found(town)] == ["taken_back"]


def test_a_finding_stands_while_the_rest_of_it_is_still_found(
    town: Town, admin: psycopg.Connection
) -> None:
    rehearsals(town, admin)
    claim(town, "MA-3", by="V0010", claimed_from=at("17:00"), claimed_to=at("18:00"))
    look(town)
    take_back(town, "MA-2")
    look(town)
    rows = {row.key: row for row in found(town)}
    over = rows[f"volunteer:V0010|V0001|{DAY}"]
    assert (over.status, over.evidence["awards"]) == ("open", ["MA-1", "MA-3"])
    assert rows["MA-2|discount|DC-1"].status == "taken_back"
    take_back(town, "MA-3")
    look(town)
    assert {row.key: row.status for row in found(town)}[over.key] == "taken_back"
    claim(town, "MA-4", by="V0010", claimed_from=at("17:00"), claimed_to=at("18:00"))
    look(town)
    again = {row.key: row for row in found(town)}[over.key]
    assert (again.status, again.decided_by) == ("open", None)


def test_what_is_only_not_seen_this_time_stays_open(town: Town, admin: psycopg.Connection) -> None:
    rehearsals(town, admin)
    look(town)
    admin.execute("UPDATE activities_awards SET maker = 'volunteer:V0009' WHERE key = 'MA-2'")
    look(town)
    assert {row.status for row in found(town)} == {"open"}
