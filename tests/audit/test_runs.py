"""A look that somebody asked for: asked once, done by one worker, told how far it is."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from service import audit
from service.audit import Auditor, AuditRun, Period, runs
from tests.activities.test_manual_awards import claim
from tests.activities.town import DAY, Town, at


def ask(town: Town, since: date = DAY, until: date = DAY) -> AuditRun:
    period = Period(town.volunteer("V0001").programme_id, since, until)
    run: AuditRun = town.run(audit.ask_run, period=period, by="staff:U-SEC", now=at("21:00"))
    return run


def auditor(town: Town, clock: str = "21:05") -> tuple[Auditor, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    work = Auditor(town.database, lambda: at(clock), lambda *far: told.append(far))
    return work, told


def test_asking_twice_is_one_look_until_it_has_ended(town: Town) -> None:
    first = ask(town)
    assert ask(town).id == first.id
    assert ask(town, DAY - timedelta(days=1)).id != first.id
    auditor(town)[0].work_off()
    assert ask(town).id != first.id
    assert town.count("trail_records WHERE subject = 'audit_run:1'") == 1


def test_a_worker_does_the_oldest_and_tells_how_far_it_is(town: Town) -> None:
    claim(town, "MA-1")
    number = ask(town).id
    worker, told = auditor(town)
    counts = worker.work_off()
    assert counts is not None
    assert counts["no_attendance_evidence"] == 1
    rules = len(audit.RULES)
    assert told == [(done, rules) for done in range(rules + 1)]

    def work(session: Session) -> AuditRun:
        return session.get_one(AuditRun, number)

    row = town.database.atomic(work)
    assert (row.done, row.ended_at, row.counts) == (rules, at("21:05"), counts)
    assert worker.work_off() is None


def test_a_look_whose_worker_died_is_taken_up_again_after_a_while(town: Town) -> None:
    ask(town)
    town.database.call(
        "UPDATE audit_runs SET started_at = %(at)s RETURNING id", {"at": at("21:00")}
    )
    assert auditor(town, "21:14")[0].work_off() is None  # somebody is at it
    assert auditor(town, "21:16")[0].work_off() is not None


def test_a_look_that_fails_waits_for_the_next_try(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(town)

    def broken(*_: object, **__: object) -> dict[str, int]:
        raise ConnectionError

    worker, _ = auditor(town)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "look_through", broken)
        with pytest.raises(ConnectionError):
            worker.work_off()
    assert town.one("SELECT started_at FROM audit_runs") is None
    assert worker.work_off() is not None
