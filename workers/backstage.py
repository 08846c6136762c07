"""What the web may know of the queues and do with them: handed over in service/wsgi.py.

It only reads what RQ and our workers leave in Redis, so it needs no worker that lives.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from redis import Redis, RedisError
from rq import Queue, Worker
from rq.cron import CronScheduler
from rq.cron_scheduler_registry import get_registry_key
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job as Queued
from rq.registry import BaseRegistry
from rq.worker import BaseWorker

from service.batches import Far
from service.operations import (
    BackstageAway,
    DueWork,
    Hand,
    JobPage,
    Overview,
    QueueState,
    Work,
)
from service.operations.backstage import UnknownQueue
from workers import shop_days
from workers.jobs import JOBS, QUEUES
from workers.remembering import LAST, name_of, sentence

PAGE = 20
FEW = 10
T = TypeVar("T")


class RqBackstage:
    """The queues as RQ keeps them."""

    def __init__(self, redis_url: str) -> None:
        self.redis = Redis.from_url(redis_url, socket_timeout=2)

    def overview(self) -> Overview:
        """Tell how everything stands now."""
        return answered(self.look)

    def failed(self, queue: str, *, before: str | None) -> JobPage:
        """List what failed in one queue, behind the end of the page before."""
        if queue not in QUEUES:
            raise UnknownQueue
        return answered(partial(self.page, self.queue(queue).failed_job_registry, before or ""))

    def retry(self, job_id: str) -> bool:
        """Queue failed work again; of two who ask at once one finds it there."""
        return any(answered(partial(self.requeue, name, job_id)) for name in QUEUES)

    def delete(self, job_id: str) -> bool:
        """Forget failed or scheduled work; what it was to do is not done."""
        return any(answered(partial(self.drop, name, job_id)) for name in QUEUES)

    def compare(self, batch: int, turn: str) -> None:
        """Queue the comparison of a shop's day; the same state again is the same job."""
        answered(partial(shop_days.queue_batch, self.queue(shop_days.QUEUE), batch, turn))

    def how_far(self, batch: int, turn: str) -> Far:
        """Tell how far a comparison is; nothing is known of what Redis forgot."""
        return answered(partial(self.far, shop_days.name_of(batch, turn)))

    def far(self, job_id: str) -> Far:
        """Read how far a job says it is."""
        with suppress(NoSuchJobError):
            job = Queued.fetch(job_id, connection=self.redis, serializer="json")
            meta = job.get_meta(refresh=False)
            return Far(meta.get("done"), meta.get("total"))
        return Far()

    def look(self) -> Overview:
        """Read everything that the overview tells."""
        queues = [self.queue(name) for name in QUEUES]
        workers = Worker.all(connection=self.redis)
        return Overview(
            queues=[state(queue) for queue in queues],
            running=self.newest(queues, "started_job_registry"),
            scheduled=self.newest(queues, "scheduled_job_registry"),
            failed=self.newest(queues, "failed_job_registry"),
            hands=sorted(map(self.hand, workers), key=lambda one: one.name),
            due=self.due(),
            cron_seen_at=self.cron_seen_at(),
        )

    def page(self, registry: BaseRegistry, before: str) -> JobPage:
        """Read a page; its end is named by time and id, for the job may be gone by then."""
        score, _, last = before.partition("-")
        rank: Any = self.redis.zrevrank(registry.key, last) if last else None
        passed: Any = self.redis.zcount(registry.key, f"({score}", "+inf") if last else 0
        start = int(passed) if rank is None else int(rank) + 1
        ids = ids_of(registry, start, start + PAGE)
        found = self.read(ids[:PAGE], registry)
        return JobPage(found, self.end(registry, ids[PAGE - 1]) if len(ids) > PAGE else None)

    def end(self, registry: BaseRegistry, job_id: str) -> str:
        """Name the end of a page."""
        score: Any = self.redis.zscore(registry.key, job_id)
        return f"{int(score or 0)}-{job_id}"

    def requeue(self, queue: str, job_id: str) -> bool:
        """Queue what failed in one queue; RQ takes it out of the failed first, once."""
        with suppress(InvalidJobOperation, NoSuchJobError):
            self.queue(queue).failed_job_registry.requeue(job_id)
            return True
        return False

    def drop(self, queue: str, job_id: str) -> bool:
        """Forget what one queue holds among the failed or the scheduled."""
        held = self.queue(queue)
        registries = (held.failed_job_registry, held.scheduled_job_registry)
        if not any(self.redis.zrem(registry.key, job_id) for registry in registries):
            return False
        with suppress(NoSuchJobError):
            Queued.fetch(job_id, connection=self.redis, serializer="json").delete()
        return True

    def queue(self, name: str) -> Queue:
        """Return one queue."""
        return Queue(name, connection=self.redis, serializer="json")

    def newest(self, queues: Iterable[Queue], registry: str) -> list[Work]:
        """Read the few newest of every queue in one kind of registry."""
        held = [getattr(queue, registry) for queue in queues]
        return [work for one in held for work in self.read(ids_of(one, 0, FEW - 1), one)]

    def read(self, ids: Sequence[str], registry: BaseRegistry) -> list[Work]:
        """Read jobs; one that is gone meanwhile is left out."""
        jobs = Queued.fetch_many(ids, connection=self.redis, serializer="json")
        kind = type(registry).__name__
        return [described(job, self.due_at(job, registry), kind) for job in jobs if job]

    def hand(self, worker: BaseWorker) -> Hand:
        """Describe one worker."""
        return Hand(
            name=worker.name[:8],
            state=str(worker.get_state()),
            work=self.work_of(worker.get_current_job_id()),
            queues=worker.queue_names(),
            since=worker.birth_date,
            seen_at=worker.last_heartbeat,
            done=worker.successful_job_count,
            failed=worker.failed_job_count,
        )

    def work_of(self, job_id: str | None) -> str | None:
        """Name what a worker is at; none when it has just ended."""
        with suppress(NoSuchJobError):
            job = job_id and Queued.fetch(job_id, connection=self.redis, serializer="json")
            return name_of(job.func_name) if job else None
        return None

    def due_at(self, job: Queued, registry: BaseRegistry) -> datetime | None:
        """Return when a scheduled job is due."""
        if type(registry).__name__ != "ScheduledJobRegistry":
            return None
        score: Any = self.redis.zscore(registry.key, job.id)
        return None if score is None else datetime.fromtimestamp(score, UTC)

    def due(self) -> list[DueWork]:
        """Read what comes by itself, from what the living scheduler keeps in Redis."""
        kept: Any = self.redis.hgetall(LAST)
        last = {name.decode(): json.loads(text) for name, text in kept.items()}
        schedulers = CronScheduler.all(self.redis, cleanup=False)
        newest = max(schedulers, key=lambda one: one.created_at, default=None)
        return (
            [due_work(job, last.get(job.name, {})) for job in newest.get_jobs()] if newest else []
        )

    def cron_seen_at(self) -> datetime | None:
        """Return when the scheduler was last there."""
        seen: Any = self.redis.zrange(get_registry_key(), 0, 0, desc=True, withscores=True)
        return datetime.fromtimestamp(seen[0][1], UTC) if seen else None


def answered(work: Callable[[], T]) -> T:
    """Turn a Redis that is away into the refusal that a page can say."""
    try:
        return work()
    except RedisError as error:
        raise BackstageAway from error


def ids_of(registry: BaseRegistry, first: int, last: int) -> list[str]:
    """Read a stretch of a registry, the newest first; tidying it is the workers' work."""
    return [
        registry.parse_job_id(entry)
        for entry in registry.get_job_ids(first, last, desc=True, cleanup=False)
    ]


def state(queue: Queue) -> QueueState:
    """Describe one queue in figures."""
    first = queue.get_jobs(0, 1)
    return QueueState(
        name=queue.name,
        waiting=queue.count,
        oldest_at=first[0].enqueued_at if first else None,
        running=queue.started_job_registry.get_job_count(cleanup=False),
        scheduled=queue.scheduled_job_registry.get_job_count(cleanup=False),
        failed=queue.failed_job_registry.get_job_count(cleanup=False),
    )


def described(job: Queued, due_at: datetime | None, kind: str) -> Work:
    """Describe one job."""
    meta = job.get_meta(refresh=False)
    return Work(
        id=job.id,
        name=name_of(job.func_name),
        queue=job.origin,
        asked_at=job.enqueued_at or job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        due_at=due_at,
        done=meta.get("done"),
        total=meta.get("total"),
        tries_left=job.retries_left or 0,
        reason="" if kind == "StartedJobRegistry" else reason_of(job),
    )


def reason_of(job: Queued) -> str:
    """Return the sentence of the last failure, if there was one."""
    if kept := job.get_meta(refresh=False).get("reason"):
        return str(kept)
    result = job.latest_result()  # a worker of another release failed
    return sentence(result.exc_string or "") if result else ""


def due_work(job: Any, last: dict[str, Any]) -> DueWork:
    """Describe one thing that comes by itself."""
    return DueWork(
        name=job.name,
        queue=JOBS[job.name].queue if job.name in JOBS else job.queue_name,
        every_s=job.interval,
        at=job.cron,
        queued_at=job.latest_enqueue_time,
        next_at=job.next_enqueue_time,
        last_at=datetime.fromisoformat(last["at"]) if last else None,
        last_well=last.get("well"),
        last_s=last.get("seconds"),
    )
