"""Jobs: run twice, killed half-way, lost by Redis: each effect is there once."""

import signal
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import text
from sqlmodel import Session

from service import ledger
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.town import Town, at, settle
from tests.workers.conftest import PATIENCE_S, Start, count, publish, until
from workers import closing, cron, jobs, relay, shop_days
from workers.consumers import CONSUMERS
from workers.jobs import PROMPT
from workers.remembering import name_of
from workers.runtime import Runtime

LOT = date(2025, 10, 31)
LAST_MINUTE = datetime(2025, 10, 31, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    """A1 8:00–10:00 with V0001 V0002 V0003 signed up."""
    found = Town(database, settings, clock)
    clock.set(at("08:00"))
    database.atomic(partial(settle, town=found))
    found.plan("A1", "08:00", "10:00", signups=("V0001", "V0002", "V0003"))
    return found


@pytest.fixture
def world(
    settings: Settings,
    database: Database,
    redis: Redis,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Runtime:
    """The jobs' access to the world, in this process."""
    found = Runtime(settings, database, redis, clock)
    for module in (jobs, closing, shop_days):
        monkeypatch.setattr(module, "runtime", lambda: found)
    return found


def give(town: Town, who: str, points: int, *, key: str = "award:1", until_day: date = LOT) -> int:
    """Post points that expire on a day."""
    programme = town.volunteer(who).programme_id

    def work(session: Session) -> int:
        ledger.open_account(
            session,
            programme_id=programme,
            address="expired",
            unit=ledger.Unit.PTS,
            place=ledger.HOT_END,
            now=town.clock.now(),
        )
        reason = ledger.Reason(
            programme, key, "system", "test", at("08:00"), date(2023, 10, 1), until_day
        )
        legs = (
            ledger.Leg("issued", ledger.Unit.PTS, -points),
            ledger.Leg(f"volunteer:{who}", ledger.Unit.PTS, points),
        )
        posted = ledger.post(
            session, reason, kind=ledger.Kind.AWARD, legs=legs, now=town.clock.now()
        )
        return posted.transfer_id

    return town.database.atomic(work)


def test_points_expire_once_in_the_last_minute_of_their_day(town: Town, world: Runtime) -> None:
    give(town, "V0001", 12)
    town.clock.set(LAST_MINUTE - timedelta(minutes=1))
    assert (jobs.end_day(), town.balance("V0001")) == (0, 12)
    town.clock.set(LAST_MINUTE)
    assert (jobs.end_day(), town.balance("V0001")) == (1, 0)
    town.clock.set(LAST_MINUTE + timedelta(hours=1))
    assert (jobs.end_day(), town.balance("V0001")) == (0, 0)
    (said,) = town.events("PointsExpired")
    assert said == {"account": "volunteer:V0001", "points": 12, "expires_on": "2025-10-31"}


def test_what_a_reversal_puts_back_into_a_past_lot_expires_at_the_next_run(
    town: Town, world: Runtime
) -> None:
    give(town, "V0001", 12)
    town.clock.set(LAST_MINUTE)
    programme = town.volunteer("V0001").programme_id

    def spend(session: Session) -> int:
        ledger.open_account(
            session,
            programme_id=programme,
            address="redeemed:S01",
            unit=ledger.Unit.PTS,
            place=ledger.HOT_END,
            now=LAST_MINUTE,
        )
        reason = ledger.Reason(programme, "redeem:1", "system", "test", LAST_MINUTE, LOT)
        legs = (
            ledger.Leg("volunteer:V0001", ledger.Unit.PTS, -5),
            ledger.Leg("redeemed:S01", ledger.Unit.PTS, 5),
        )
        return ledger.post(
            session, reason, kind=ledger.Kind.REDEEM, legs=legs, now=LAST_MINUTE
        ).transfer_id

    spent = town.database.atomic(spend)
    jobs.end_day()
    reason = ledger.Reason(programme, "reverse:1", "system", "test", LAST_MINUTE, LOT, LOT)
    town.run(ledger.reverse, reason=reason, transfer_id=spent, now=LAST_MINUTE)
    assert town.balance("V0001") == 5
    jobs.end_day()
    assert town.balance("V0001") == 0
    assert [said["points"] for said in town.events("PointsExpired")] == [7, 5]
    jobs.check_books()


def test_expiry_is_announced_once_thirty_days_before(town: Town, world: Runtime) -> None:
    give(town, "V0001", 12)
    town.clock.set(datetime(2025, 9, 30, 4, tzinfo=UTC))
    assert jobs.announce() == 0
    town.clock.set(datetime(2025, 10, 1, 4, tzinfo=UTC))
    assert (jobs.announce(), jobs.announce()) == (1, 0)
    assert len(town.events("PointsExpiring")) == 1


def test_the_sweep_marks_no_shows_once(town: Town, world: Runtime) -> None:
    town.clock.set(at("08:20"))
    assert jobs.sweep()["no_shows"] == 3
    assert jobs.sweep()["no_shows"] == 0
    assert len(town.events("NoShowMarked")) == 3


def test_the_day_that_ended_is_reconciled_once_after_its_end(town: Town, world: Runtime) -> None:
    town.clock.set(at("00:10", date(2025, 10, 19)))
    assert jobs.reconcile_yesterday() == 2  # two communities
    assert jobs.reconcile_yesterday() == 0
    days = town.database.rows("SELECT day, status FROM reconciliation_days")
    assert days == [{"day": date(2025, 10, 18), "status": "reconciled"}] * 2


def test_before_the_programme_began_there_is_nothing_to_reconcile(
    town: Town, world: Runtime
) -> None:
    town.clock.set(datetime(2024, 12, 31, 4, tzinfo=UTC))
    assert jobs.reconcile_yesterday() == 0
    assert jobs.announce() == 0


def test_books_that_disagree_fail_the_job_by_name(
    town: Town, world: Runtime, admin: psycopg.Connection
) -> None:
    give(town, "V0001", 12)
    jobs.check_books()
    admin.execute("UPDATE ledger_accounts SET posted = 13 WHERE address = 'volunteer:V0001'")
    with pytest.raises(jobs.BooksDisagree, match="volunteer:V0001"):
        jobs.check_books()


def test_events_that_redis_forgot_are_caught_up_with(
    town: Town, world: Runtime, redis: Redis, admin: psycopg.Connection
) -> None:
    publish(town.database, "a", "b")
    town.run(relay.relay_once, redis=redis)
    redis.flushall()
    assert jobs.catch_up() == 0  # not overdue yet
    admin.execute("UPDATE outbox_events SET relayed_at = relayed_at - interval '2 minutes'")
    assert jobs.catch_up() > 0
    assert jobs.catch_up() == 0
    wanted = [", ".join(f"'{kind}'" for kind in consumer.types) for consumer in CONSUMERS]
    told = [count(town.database, f"outbox_events WHERE type IN ({kinds})") for kinds in wanted]
    assert count(town.database, "outbox_consumptions") == sum(told)


def test_a_worker_process_deals_with_relayed_events_and_stops_politely(
    town: Town, redis: Redis, start: Start
) -> None:
    start("-m", "workers.relay")
    worker = start("-m", "workers.main")
    publish(town.database, "a", "b", "c")
    until(lambda: count(town.database, "outbox_consumptions") == 3)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=10) == 0


def test_a_worker_killed_in_the_middle_of_a_job_changes_nothing(
    town: Town, redis: Redis, start: Start, admin: psycopg.Connection
) -> None:
    """The job waits for a row that we hold; worker and work-horse die there; another finishes."""
    ids = publish(town.database, "a", "b")
    with town.database.engine.connect() as holder:
        holder.execute(
            text("INSERT INTO outbox_consumptions VALUES (:id, 'reconciliation', now())"),
            {"id": ids[0]},
        )  # not committed: the job waits for it
        town.run(relay.relay_once, redis=redis)
        worker = start("-m", "workers.main", PROMPT)
        until(lambda: waits_for_a_lock(admin))
        children = children_of(worker.pid)
        worker.kill()
        worker.wait()
        assert len(children) == 2  # the job and the scheduler
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
        holder.rollback()
    assert count(town.database, "outbox_consumptions WHERE consumer = 'reconciliation'") == 0
    admin.execute("UPDATE outbox_events SET relayed_at = relayed_at - interval '2 minutes'")
    queue = Queue("default", connection=redis, serializer="json")
    queue.enqueue(jobs.catch_up)
    start("-m", "workers.main")
    until(
        lambda: count(town.database, "outbox_consumptions WHERE consumer = 'reconciliation'") == 2
    )


def waits_for_a_lock(admin: psycopg.Connection) -> bool:
    row = admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    ).fetchone()
    return row is not None and row[0] > 0


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_cron_speaks_json_and_never_piles_up(redis: Redis, settings: Settings) -> None:
    scheduler = cron.Scheduler(redis)
    for due in cron.schedule(settings):
        scheduler.plan(due)
    scheduler.enqueue_jobs()
    queue = Queue(PROMPT, connection=redis, serializer="json")
    first = list(queue.job_ids)
    assert [job.func_name for job in queue.jobs] == ["workers.jobs.sweep"]
    for job in scheduler.get_jobs():
        job.latest_enqueue_time = job.next_enqueue_time = None
    scheduler.enqueue_jobs()
    assert list(queue.job_ids) == first
    redis.flushall()
    for job in scheduler.get_jobs():
        job.latest_enqueue_time = job.next_enqueue_time = None
    scheduler.enqueue_jobs()
    assert len(queue.job_ids) == 1


def test_the_sweep_lets_go_of_holds_whose_time_is_over(town: Town, world: Runtime) -> None:
    give(town, "V0001", 12, until_day=date(2027, 10, 31))
    programme, now = town.volunteer("V0001").programme_id, town.clock.now()
    reason = ledger.Reason(programme, "hold:1", "system", "test", now, now.date())
    legs = (
        ledger.Leg("volunteer:V0001", ledger.Unit.PTS, -5),
        ledger.Leg("issued", ledger.Unit.PTS, 5),
    )
    until = now + timedelta(minutes=3)
    town.run(ledger.hold, reason=reason, legs=legs, expires_at=until, now=now)
    assert jobs.sweep()["released"] == 0
    town.clock.set(until)
    assert jobs.sweep()["released"] == 1
    assert jobs.sweep()["released"] == 0
    assert town.run(ledger.open_holds, programme_id=programme) == []


def test_cron_and_a_worker_sweep_by_the_simulated_clock(town: Town, start: Start) -> None:
    cron_process = start("-m", "workers.cron")
    start("-m", "workers.main")
    town.clock.set(at("08:20"))
    until(lambda: len(town.events("NoShowMarked")) == 3)
    cron_process.send_signal(signal.SIGTERM)
    assert cron_process.wait(timeout=PATIENCE_S) == 0


def test_in_real_life_the_night_s_jobs_have_their_hour(settings: Settings) -> None:
    from dataclasses import replace

    real = replace(settings, clock_file=None, smtp_url="smtp://mail.example")
    plan = {due.job: due for due in cron.schedule(real)}
    assert plan["end_day"].at == "59 15 * * *"  # UTC; 23:59 in Shanghai
    assert plan["sweep"].every_s == settings.sweep_seconds
    assert plan.keys() == jobs.JOBS.keys() - {
        "events",
        "reconcile_batch",
        "night",
    }  # asked for by others


def test_a_machine_that_was_off_at_night_makes_up_for_it(redis: Redis, settings: Settings) -> None:
    from dataclasses import replace

    scheduler = cron.Scheduler(redis)
    for due in cron.schedule(replace(settings, clock_file=None)):
        scheduler.plan(due)
    scheduler.make_up()
    waiting = {
        name_of(job.func_name)
        for name in ("default", "slow")
        for job in Queue(name, connection=redis, serializer="json").jobs
    }
    assert waiting == {due.job for due in cron.NIGHTLY if due.at}


def test_a_simulated_night_does_all_of_it(town: Town, world: Runtime) -> None:
    give(town, "V0001", 12)
    town.clock.set(LAST_MINUTE)
    jobs.night()
    assert town.balance("V0001") == 0
    assert count(town.database, "reconciliation_days WHERE day = '2025-10-31'") == 2
    plan = [due.job for due in cron.schedule(world.settings)]
    assert {"sweep", "seal", "verify_asked", "certificates", "shop_files", "catch_up"} < set(plan)
    assert plan[-1] == "night"
