"""A look through any days: cut where months and rules change, each piece by its own rules."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from redis import Redis
from sqlmodel import Session

from service import audit, programmes
from service.audit import Auditor, NothingToLookAt, Period, runs
from service.audit.models import AuditRun
from service.audit.period import pieces
from tests.activities.test_manual_awards import claim
from tests.activities.town import BORN, DAY, FIGURES, Town, at
from workers import auditing
from workers.runtime import Runtime

OVER = "manual_same_maker_same_day_over_limit"
FIRST = BORN.date()  # of the rules
EARLIER, CHANGE = DAY - timedelta(days=4), DAY - timedelta(days=2)
RULES = len(audit.RULES)


def adopt(town: Town, code: str, since: date, until: date | None = None, **figures: Any) -> None:
    given = json.loads(json.dumps(FIGURES)) | figures
    town.run(
        programmes.adopt, programme_id=1, code=code, figures=given, effective_from=since,
        effective_to=until,
    )  # fmt: skip


def cut(town: Town, since: date, until: date) -> list[tuple[date, date]]:
    def work(session: Session) -> list[tuple[date, date]]:
        return [(one.since, one.until) for one in pieces(session, Period(1, since, until))]

    return town.database.atomic(work)


@pytest.fixture(autouse=True)
def _world(town: Town, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the jobs access to the town, in this process."""
    found = Runtime(town.settings, town.database, redis, town.clock)
    monkeypatch.setattr(auditing, "runtime", lambda: found)


def ask(town: Town, since: date, until: date = DAY) -> int:
    run: AuditRun = town.run(
        audit.ask_run, period=Period(1, since, until), by="staff:U-SEC", now=at("21:00")
    )
    return run.id or 0


def asked(town: Town, number: int) -> AuditRun:
    def work(session: Session) -> AuditRun:
        return session.get_one(AuditRun, number)

    return town.database.atomic(work)


def auditor(town: Town) -> Auditor:
    return Auditor(town.database, lambda: at("21:05"), lambda done, total: None)


def two_by_one_hand(town: Town, day: date) -> None:
    """36 points each, by one hand on one day: 72 where one person may give 40."""
    for number, (since, until) in enumerate((("09:00", "12:00"), ("14:00", "17:00"))):
        claim(town, f"MA-{day}-{number}", by="V0010", claimed_from=at(since, day),
              claimed_to=at(until, day))  # fmt: skip


def over_limit(town: Town) -> dict[str, int]:
    rows = town.database.rows(
        "SELECT day, evidence ->> 'limit' AS most FROM audit_findings WHERE rule = %(rule)s",
        {"rule": OVER},
    )
    return {str(row["day"]): int(row["most"]) for row in rows}


def test_a_period_is_cut_by_months(town: Town) -> None:
    assert cut(town, date(2025, 8, 20), date(2025, 10, 5)) == [
        (date(2025, 8, 20), date(2025, 8, 31)),
        (date(2025, 9, 1), date(2025, 9, 30)),
        (date(2025, 10, 1), date(2025, 10, 5)),
    ]
    assert cut(town, DAY, DAY) == [(DAY, DAY)]
    assert len(cut(town, date(2025, 1, 1), date(2034, 12, 31))) == 120


def test_a_month_is_cut_where_rules_change(town: Town) -> None:
    adopt(town, "R2", CHANGE)
    month = (date(2025, 10, 1), date(2025, 10, 31))
    assert cut(town, *month) == [(month[0], CHANGE - timedelta(days=1)), (CHANGE, month[1])]


def test_days_without_rules_are_left_out(town: Town) -> None:
    adopt(town, "R0", date(2024, 6, 1), date(2024, 7, 10))
    assert cut(town, date(2024, 5, 1), date(2025, 1, 31)) == [
        (date(2024, 6, 1), date(2024, 6, 30)),
        (date(2024, 7, 1), date(2024, 7, 10)),
        (FIRST, date(2025, 1, 31)),
    ]


def test_each_day_is_judged_by_its_own_rules(town: Town) -> None:
    two_by_one_hand(town, EARLIER)
    two_by_one_hand(town, DAY)
    adopt(town, "R2", CHANGE, manual_award={"auto_limit_points": 100})
    number = ask(town, date(2025, 9, 1))
    worker, told = auditor(town), []
    while (counts := worker.work_off()) is not None:
        told.append(counts[OVER])
    assert told == [0, 1, 0]  # September, October before the change, and after it
    assert over_limit(town) == {str(EARLIER): 40}
    assert asked(town, number).counts[OVER] == 1


def test_looking_at_once_judges_alike(town: Town) -> None:
    two_by_one_hand(town, EARLIER)
    two_by_one_hand(town, DAY)
    adopt(town, "R2", CHANGE, manual_award={"auto_limit_points": 50})
    counts = audit.look(town.database, Period(1, FIRST, DAY), now=at("21:05"))
    assert counts[OVER] == 2
    assert over_limit(town) == {str(EARLIER): 40, str(DAY): 50}


def test_a_look_that_was_left_goes_on_where_it_was(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ask(town, date(2025, 8, 20))
    assert auditor(town).work_off() is not None
    left = asked(town, number)
    assert (left.looked_until, left.done, left.started_at) == (date(2025, 8, 31), 0, None)

    def broken(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(runs, "look_through", broken)
        with pytest.raises(ConnectionError):
            auditor(town).work_off()
    assert asked(town, number).looked_until == date(2025, 8, 31)
    seen: list[Period] = []
    real = runs.look_through

    def watched(database: Any, period: Period, **given: Any) -> Any:
        seen.append(period)
        return real(database, period, **given)

    monkeypatch.setattr(runs, "look_through", watched)
    while auditor(town).work_off() is not None:
        pass
    assert [one.since for one in seen] == [date(2025, 9, 1), date(2025, 10, 1)]
    ended = asked(town, number)
    assert (ended.looked_until, ended.done, ended.ended_at) == (DAY, RULES, at("21:05"))


def test_a_day_does_not_wait_for_a_year(town: Town) -> None:
    year, later = ask(town, FIRST), ask(town, FIRST + timedelta(days=1))
    auditor(town).work_off()
    day = ask(town, DAY)
    auditor(town).work_off()
    auditor(town).work_off()
    assert asked(town, day).ended_at is not None
    assert asked(town, later).looked_until == asked(town, year).looked_until == date(2025, 1, 31)


def test_a_job_does_all_that_waits(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    two_by_one_hand(town, EARLIER)
    number, day = ask(town, FIRST), ask(town, DAY)
    counts = auditing.audit_asked()
    assert counts is not None
    assert counts[OVER] == 1
    assert asked(town, number).ended_at
    assert asked(town, day).ended_at
    assert auditing.audit_asked() is None
    ask(town, FIRST)
    monkeypatch.setattr(auditing, "SITTING_S", 0)
    auditing.audit_asked()  # one piece, and somebody else has his turn
    until = town.one("SELECT looked_until FROM audit_runs WHERE ended_at IS NULL")
    assert until == date(2025, 1, 31)


def test_only_days_that_have_been_are_looked_at(town: Town) -> None:
    run = asked(town, ask(town, date(2000, 1, 1), date(2999, 1, 1)))
    assert (run.since, run.until) == (FIRST, DAY)
    for since, until in (
        (DAY, DAY - timedelta(days=1)),
        (DAY + timedelta(days=1), DAY + timedelta(days=9)),
        (date(2000, 1, 1), FIRST - timedelta(days=1)),
    ):
        with pytest.raises(NothingToLookAt):
            ask(town, since, until)
    assert town.count("audit_runs") == 1


def test_how_far_a_look_is(town: Town) -> None:
    run = AuditRun(programme_id=1, since=date(2025, 1, 1), until=date(2025, 12, 31),
                   asked_by="staff:U-SEC", asked_at=at("21:00"))  # fmt: skip
    assert runs.percent_done(run) == 0
    run.done = RULES
    assert runs.percent_done(run) == 8  # 31 of 365 days
    run.looked_until, run.done = date(2025, 6, 30), 0
    assert runs.percent_done(run) == 49
    run.looked_until, run.done = date(2025, 12, 30), RULES
    assert runs.percent_done(run) == 100
