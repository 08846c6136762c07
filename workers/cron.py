"""What runs when: `python -m workers.cron`, one process only.

RQ's cron has no leader, but every turn of a job has an id of its own: a second process queues
nothing twice. Times are UTC; the communities live eight hours ahead.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from redis import Redis
from rq import Queue, Retry
from rq.cron import CronJob, CronScheduler
from rq.exceptions import DuplicateJobError
from rq.job import Job as Queued
from rq.logutils import setup_loghandlers
from rq.utils import now

from service import redaction
from service.config import Settings
from workers.jobs import JOBS
from workers.runtime import await_redis, settings

RESULT_TTL_S = 600
CATCH_UP_S = 30
MINUTE_S = 60
ASKED_S = 5  # somebody looks at a page and waits
ORDERED_S = 15  # somebody will come back for it; each look is a fork
NOTICES_S = 10
AUDIT_S = 600
WEBHOOKS_S = 15  # what is to be sent once more; new events are sent by the relay's own jobs


@dataclass(frozen=True, slots=True)
class Due:
    """When a job is due: every so many seconds, or at a time of the day in UTC."""

    job: str
    every_s: int | None = None
    at: str | None = None


NIGHTLY = (
    Due("reconcile_shops", every_s=60),  # T+1 from 00:00, and whatever comes later
    Due("end_day", at="59 15 * * *"),  # 23:59 in Shanghai, the last minute of a lot
    Due("reconcile_yesterday", at="10 16 * * *"),  # 00:10, T+1
    Due("plan_ahead", at="30 16 * * *"),  # 00:30
    Due("prepare_days", at="40 16 * * *"),  # 00:40, when the days were compared
    Due("order_statements", at="50 16 * * *"),  # 00:50; new ones on the first alone
    Due("check_books", at="0 19 * * *"),  # 03:00
    Due("check_equations", at="15 19 * * *"),  # 03:15
    Due("verify", at="30 19 * * *"),  # 03:30
    Due("sweep_files", at="0 20 * * *"),  # 04:00
    Due("retention", at="20 20 * * *"),  # 04:20
    Due("draw_samples", at="25 * * * *"),  # the month before, once its seed's head is sealed
    Due("propose_stars", at="5 * * * *"),  # hours are confirmed all day long
    Due("announce", at="0 1 * * *"),  # 09:00, when people are awake
)


def schedule(settings: Settings) -> list[Due]:
    """Return what is due when.

    A simulated day jumps over the hours of the night, so there the night comes with every sweep.
    """
    sweeps = settings.sweep_seconds
    short = [
        Due("sweep", every_s=sweeps),
        Due("seal", every_s=sweeps),
        Due("verify_asked", every_s=ASKED_S),
        Due("certificates", every_s=ASKED_S),
        Due("statements", every_s=ORDERED_S),
        Due("audit_asked", every_s=ORDERED_S),
        Due("audit_news", every_s=AUDIT_S),
        Due("shop_files", every_s=ORDERED_S),
        Due("packs", every_s=ORDERED_S),
        Due("notices", every_s=ORDERED_S),
        Due("webhooks", every_s=WEBHOOKS_S),
        Due("catch_up", every_s=min(sweeps, CATCH_UP_S)),
    ]
    if settings.smtp_url:
        short.append(Due("post_notices", every_s=NOTICES_S))
    simulated = settings.clock_file is not None
    return [*short, Due("night", every_s=sweeps)] if simulated else [*short, *NIGHTLY]


class JsonCronJob(CronJob):
    """A due job that speaks JSON, as our workers do, and never piles up.

    While the last one still waits in its queue, the next is left out: it would do the same. Its id
    names the turn that it is for, so two schedulers, or one that was started again at once, queue
    it once.
    """

    last: str | None = None
    retry: Retry | None = None

    def enqueue(self, connection: Redis) -> Any:
        """Queue the job unless its forerunner still waits."""
        if self.last and waits(self.last, connection):
            return None
        assert self.func is not None
        queue = Queue(self.queue_name, connection=connection, serializer="json")
        due = {"job_id": self.turn(), "unique": True, "retry": self.retry}
        with suppress(DuplicateJobError):
            job = queue.enqueue(self.func, **due, **self.job_options)
            self.last = job.id
            return job
        return None

    def turn(self) -> str:
        """Name this turn: the minute of a clock's time, or which interval of all time it is."""
        return f"{self.name}-{int(now().timestamp()) // (self.interval or MINUTE_S)}"


def waits(job_id: str, connection: Redis) -> bool:
    """Tell whether a job is still in its queue; what Redis forgot does not wait."""
    if not Queued.exists(job_id, connection=connection):
        return False
    job = Queued.fetch(job_id, connection=connection, serializer="json")
    return bool(job.is_queued)


class Scheduler(CronScheduler):
    """RQ's scheduler with jobs that speak JSON."""

    def plan(self, due: Due) -> None:
        """Add one job to the plan."""
        job = JOBS[due.job]
        run: Callable[..., object] = job.run
        planned = JsonCronJob(
            queue_name=job.queue,
            func=run,
            interval=due.every_s,
            cron=due.at,
            job_timeout=job.timeout_s,
            result_ttl=RESULT_TTL_S,
            name=due.job,
        )
        if due.at and job.retry_s:  # what comes every few seconds is its own next try
            planned.retry = job.retry
        self.get_jobs().append(planned)

    def make_up(self) -> None:
        """Queue what has its hour once now: the machine may have been off at that hour."""
        for job in self.get_jobs():
            if job.cron:
                job.enqueue(self.connection)


def main() -> None:
    """Queue what is due until SIGTERM or SIGINT."""
    redaction.install()
    setup_loghandlers(logging.WARNING)
    given = settings()
    redis = await_redis(Redis.from_url(given.redis_url))
    scheduler = Scheduler(redis, logging_level=logging.WARNING)
    for due in schedule(given):
        scheduler.plan(due)
    scheduler.make_up()
    scheduler.start()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
