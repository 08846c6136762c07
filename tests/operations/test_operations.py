"""Administrators see what works behind, and try again what failed; nobody else does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Retry
from rq.timeouts import TimerDeathPenalty
from rq.worker import SimpleWorker
from sqlmodel import Session

from service import outbox, people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.operations.words import WORK, rhythm
from service.web.app import create_app
from tests.activities.town import NOW, build
from tests.conftest import Servers
from workers import cron, jobs
from workers.backstage import RqBackstage
from workers.remembering import Rememberer, name_of, remember, sentence


class Quiet(Rememberer, SimpleWorker):
    """Our worker without a fork, so that a test sees its end."""

    death_penalty_class = TimerDeathPenalty


@pytest.fixture
def tokens(
    joined: Flask, database: Database, settings: Settings, clock: Clock, redis: Redis
) -> dict[str, str]:
    """Signed-in people of a community, and an administrator."""
    town = build(database, settings, clock)

    def work(session: Session) -> str:
        row = people.employ(session, code="ADMIN", title="ADMIN", community_id=None)
        assert row.id is not None
        people.grant(session, staff_id=row.id, role=people.Role.ADMINISTRATOR, scope_code="*")
        return people.open_staff_session(session, staff_id=row.id, now=NOW)

    return {**town.tokens, "ADMIN": database.atomic(work)}


Ask = Callable[..., Any]


@pytest.fixture
def ask(joined: Flask, tokens: dict[str, str]) -> Ask:
    """Ask as somebody; the administrator unless a test says who."""
    client: FlaskClient = joined.test_client()

    def call(method: str, path: str, *, by: str = "ADMIN") -> Any:
        headers = {"Authorization": f"Bearer {tokens[by]}", "Accept-Language": "en"}
        return client.open(path, method=method, headers=headers)

    return call


def queue(redis: Redis, name: str = "default") -> Queue:
    return Queue(name, connection=redis, serializer="json")


def fail(redis: Redis, *ids: str, name: str = "default") -> None:
    """Let jobs fail for good."""
    for one in ids:
        queue(redis, name).enqueue("math.sqrt", -1, job_id=one)
    work(redis, name)


def work(redis: Redis, name: str = "default") -> None:
    Quiet([queue(redis, name)], connection=redis, serializer="json").work(burst=True)


def overview(ask: Ask) -> dict[str, Any]:
    answer = ask("GET", "/api/v1/operations")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def failed_in(found: dict[str, Any], name: str) -> int:
    return next(one["failed"] for one in found["queues"] if one["name"] == name)


def test_what_failed_is_shown_with_its_reason_and_not_with_its_values(
    ask: Ask, redis: Redis
) -> None:
    fail(redis, "one")
    found = overview(ask)
    assert failed_in(found, "default") == 1
    (job,) = found["failed"]
    assert (job["id"], job["name"], job["queue"]) == ("one", "sqrt", "default")
    assert job["reason"].startswith("ValueError: ")
    page = ask("GET", "/desk/operations").text
    assert "ValueError: " in page
    assert "/desk/operations/jobs/one/retry" in page
    assert "/desk/events" in page


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (
            'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    insert()\n'
            "psycopg.errors.UniqueViolation: duplicate key value\n"
            "DETAIL:  Key (phone)=(13800000000) already exists.\n",
            "psycopg.errors.UniqueViolation: duplicate key value",
        ),
        ("", ""),
        ("Work-horse terminated unexpectedly; waitpid returned 9", "Work-horse terminated"),
    ],
)
def test_a_reason_is_one_line_without_what_the_database_adds(trace: str, said: str) -> None:
    found = sentence(trace)
    assert found.startswith(said)
    assert "138" not in found


def test_trying_again_twice_queues_once(ask: Ask, redis: Redis, database: Database) -> None:
    fail(redis, "one")
    path = "/api/v1/operations/jobs/one/retry"
    assert ask("POST", path).get_json() == {"done": True}
    assert ask("POST", path).get_json() == {"done": False}
    assert queue(redis).job_ids == ["one"]
    assert failed_in(overview(ask), "default") == 0
    assert actions_of(database) == ["job-retried"]  # in the trail once


def actions_of(database: Database) -> list[str]:
    rows = database.rows("SELECT action FROM trail_records WHERE subject = 'job:one' ORDER BY id")
    return [row["action"] for row in rows]


def test_two_who_try_again_at_once_queue_once(redis: Redis, settings: Settings) -> None:
    backstage = RqBackstage(settings.redis_url)
    for round_ in range(5):
        fail(redis, f"job{round_}")
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(backstage.retry, [f"job{round_}"] * 4))
        assert sum(done) == 1
        assert queue(redis).job_ids == [f"job{round_}"]
        queue(redis).empty()


def test_forgetting_is_for_what_failed_or_waits_for_another_try(
    ask: Ask, redis: Redis, database: Database
) -> None:
    fail(redis, "one")
    queue(redis, "slow").enqueue_in(timedelta(hours=1), "math.sqrt", -1, job_id="later")
    queue(redis).enqueue("math.sqrt", 4, job_id="waiting")
    assert overview(ask)["scheduled"][0]["due_at"] is not None
    for job in ("one", "later"):
        assert ask("DELETE", f"/api/v1/operations/jobs/{job}").get_json() == {"done": True}
        assert ask("DELETE", f"/api/v1/operations/jobs/{job}").get_json() == {"done": False}
    assert ask("DELETE", "/api/v1/operations/jobs/waiting").get_json() == {"done": False}
    assert queue(redis).job_ids == ["waiting"]
    assert not redis.exists("rq:job:one", "rq:job:later")
    assert actions_of(database) == ["job-deleted"]


def test_the_page_does_the_same_with_buttons(ask: Ask, redis: Redis) -> None:
    fail(redis, "one", "two")
    assert ask("POST", "/desk/operations/jobs/one/retry").location.endswith("said=retried")
    assert ask("POST", "/desk/operations/jobs/one/retry").location.endswith("said=gone")
    assert ask("POST", "/desk/operations/jobs/two/delete").location.endswith("said=deleted")
    assert failed_in(overview(ask), "default") == 0
    assert "somebody was first" in ask("GET", "/desk/operations?said=gone").text


def test_many_failures_come_in_pages_without_gaps_though_one_goes_meanwhile(
    ask: Ask, redis: Redis
) -> None:
    fail(redis, *(f"job{n:02}" for n in range(45)))
    seen, before = [], ""
    while True:
        answer = ask("GET", f"/api/v1/operations/failed?queue=default{before}").get_json()
        seen += [one["id"] for one in answer["items"]]
        if answer["next"] is None:
            break
        before = f"&before={answer['next']}"
    assert len(seen) == 45
    assert set(seen) == {f"job{n:02}" for n in range(45)}
    assert "Older" not in ask("GET", "/desk/operations/failed?queue=slow").text
    assert "More" in ask("GET", "/desk/operations/failed?queue=default").text
    assert ask("GET", "/api/v1/operations/failed?queue=other").status_code == 404


def test_nobody_but_an_administrator_may_look_or_act(ask: Ask, redis: Redis) -> None:
    fail(redis, "one")
    for who in ("U-SEC", "V0001", "V0010"):
        for method, path in (
            ("GET", "/api/v1/operations"),
            ("GET", "/api/v1/operations/failed?queue=default"),
            ("POST", "/api/v1/operations/jobs/one/retry"),
            ("DELETE", "/api/v1/operations/jobs/one"),
            ("GET", "/desk/operations"),
            ("GET", "/desk/operations/part"),
            ("GET", "/desk/operations/failed"),
            ("POST", "/desk/operations/jobs/one/delete"),
        ):
            assert ask(method, path, by=who).status_code == 403, (who, path)
    assert queue(redis).failed_job_registry.count == 1


def test_what_comes_by_itself_is_shown_with_how_it_went(
    ask: Ask, redis: Redis, settings: Settings
) -> None:
    scheduler = cron.Scheduler(redis)
    for due in cron.schedule(settings):
        scheduler.plan(due)
    scheduler.register_birth()
    for name, well in (("sweep", True), ("seal", False)):
        job = queue(redis).enqueue(jobs.JOBS[name].run)
        job.started_at = datetime.now(UTC) - timedelta(seconds=3)
        remember(redis, job, well=well)
    found = {one["name"]: one for one in overview(ask)["due"]}
    assert (found["sweep"]["last_well"], found["sweep"]["last_s"]) == (True, 3)
    assert found["seal"]["last_well"] is False
    assert found["catch_up"]["last_at"] is None
    (planned,) = (due for due in cron.schedule(settings) if due.job == "catch_up")
    assert found["catch_up"]["every_s"] == planned.every_s
    page = ask("GET", "/desk/operations").text
    assert "Seal the ledger" in page
    assert f"every {planned.every_s} s" in page


def test_a_worker_keeps_how_each_kind_of_work_went(redis: Redis, ask: Ask) -> None:
    queue(redis).enqueue("math.sqrt", 4)
    work(redis)
    kept = redis.hget("aixin:last", "sqrt")
    assert b'"well": true' in kept
    fail(redis, "one")
    assert b'"well": false' in redis.hget("aixin:last", "sqrt")


def test_a_worker_at_work_is_shown_with_what_it_does(ask: Ask, redis: Redis) -> None:
    job = queue(redis).enqueue(jobs.seal, job_id="one")
    worker = Quiet([queue(redis)], connection=redis, serializer="json", name="somebody-at-work")
    worker.register_birth()
    worker.set_state("busy")
    worker.set_current_job_id(job.id)
    (found,) = overview(ask)["hands"]
    assert (found["name"], found["state"], found["work"]) == ("somebody", "busy", "seal")
    for page in ("/desk/operations", "/desk/operations/part"):
        answer = ask("GET", page)
        assert answer.status_code == 200
        assert "Seal the ledger" in answer.text
    job.delete()
    assert overview(ask)["hands"][0]["work"] is None  # it has just ended


def test_work_that_is_tried_again_says_when_and_how_often(ask: Ask, redis: Redis) -> None:
    queue(redis).enqueue("math.sqrt", -1, job_id="one", retry=Retry(max=3, interval=[60, 60, 60]))
    work(redis)
    (job,) = overview(ask)["scheduled"]
    assert (job["tries_left"], job["reason"].split(":")[0]) == (2, "ValueError")
    assert "2 tries left" in ask("GET", "/desk/operations").text


def test_the_backlog_of_events_is_told(ask: Ask, database: Database, clock: Clock) -> None:
    before = overview(ask)["backlog"]["events"]
    said = {"volunteer": "V0001"}
    database.atomic(partial(publish, said=said, now=clock.now()))
    found = overview(ask)["backlog"]
    assert found["events"] == before + 1
    assert found["dead"] == found["retrying"] == found["copies"] == 0
    assert found["oldest_at"] is not None


def publish(session: Session, *, said: dict[str, str], now: datetime) -> None:
    outbox.publish(session, "PassIssued", "volunteer:V0001", said, now=now)


def test_while_the_queues_are_away_the_page_says_so(
    settings: Settings, pool: Database, tokens: dict[str, str], servers: Servers
) -> None:
    app = create_app(settings, database=pool, backstage=RqBackstage("redis://127.0.0.1:1/0"))
    client = app.test_client()
    headers = {"Authorization": f"Bearer {tokens['ADMIN']}", "Accept-Language": "en"}
    page = client.get("/desk/operations", headers=headers)
    assert page.status_code == 200
    assert "The queues do not answer" in page.text
    assert client.post("/api/v1/operations/jobs/x/retry", headers=headers).status_code == 409


def test_all_work_has_words_and_a_rhythm() -> None:
    assert set(jobs.JOBS) <= set(WORK)
    assert name_of("workers.jobs.handle_events") == "events"
    assert name_of("somewhere.of_old") == "of_old"
    assert rhythm(None, "59 15 * * *")[1] == {"time": "23:59"}
    assert rhythm(None, "10 16 * * *")[1] == {"time": "0:10"}
    assert rhythm(None, "5 * * * *")[1] == {"minute": "5"}
    assert rhythm(30, None)[1] == {"n": 30}


def test_two_schedulers_queue_each_turn_once(redis: Redis, settings: Settings) -> None:
    turns = []
    for _ in range(2):
        scheduler = cron.Scheduler(redis)
        for due in cron.schedule(settings):
            scheduler.plan(due)
        seal = next(job for job in scheduler.get_jobs() if job.name == "end_day" or job.interval)
        turns.append(seal.enqueue(redis))
    assert [turn is not None for turn in turns] == [True, False]


def test_what_has_its_hour_is_tried_again_and_what_comes_soon_is_not(redis: Redis) -> None:
    scheduler = cron.Scheduler(redis)
    scheduler.plan(cron.Due("end_day", at="59 15 * * *"))
    scheduler.plan(cron.Due("sweep", every_s=60))
    for job in scheduler.get_jobs():
        job.enqueue(redis)
    (nightly,) = queue(redis, "slow").jobs
    (often,) = queue(redis, "prompt").jobs
    assert nightly.retries_left == len(jobs.JOBS["end_day"].retry_s)
    assert not often.retries_left
