"""How each kind of work went last: one line a kind in Redis, for whoever looks after us."""

import json
import re

from redis import Redis
from rq import Worker
from rq.job import Job as Queued
from rq.queue import Queue
from rq.registry import StartedJobRegistry
from rq.utils import now

from workers.jobs import JOBS

LAST = "aixin:last"
REASON_MAX = 200
FRAME = re.compile(r"^ +File \"")
NAMES = {f"{job.run.__module__}.{job.run.__name__}": name for name, job in JOBS.items()}


def name_of(function: str | None) -> str:
    """Return what we call a function's work; what another release queued keeps its own name."""
    return NAMES.get(function or "", (function or "?").rpartition(".")[2])


def remember(redis: Redis, job: Queued, *, well: bool) -> None:
    """Keep how a job ended."""
    ended = now()
    took = (ended - job.started_at).total_seconds() if job.started_at else 0
    said = {"at": ended.isoformat(), "well": well, "seconds": round(took)}
    redis.hset(LAST, name_of(job.func_name), json.dumps(said))


def sentence(trace: str) -> str:
    """Return the line below the innermost frame of a traceback: what was raised, and its message.

    Further lines are left out. A database says there which values were at fault, and they may be
    somebody's name.
    """
    lines = trace.strip().splitlines()
    frames = [number for number, line in enumerate(lines) if FRAME.match(line)]
    below = lines[frames[-1] + 1 :] if frames else lines
    return next((line for line in below if line and not line.startswith(" ")), "")[:REASON_MAX]


class Rememberer(Worker):
    """RQ's worker, which also keeps how each kind of work went last."""

    def handle_job_success(
        self, job: Queued, queue: Queue, started_job_registry: StartedJobRegistry
    ) -> None:
        """Let RQ deal with it, then keep that it went well."""
        super().handle_job_success(job, queue, started_job_registry)
        remember(self.connection, job, well=True)

    def handle_job_failure(
        self,
        job: Queued,
        queue: Queue,
        started_job_registry: StartedJobRegistry | None = None,
        exc_string: str = "",
    ) -> None:
        """Let RQ deal with it, then keep that it did not, and why."""
        job.meta["reason"] = sentence(exc_string)  # RQ forgets it where there is another try
        super().handle_job_failure(job, queue, started_job_registry, exc_string)
        job.save_meta()  # type: ignore[no-untyped-call]
        remember(self.connection, job, well=False)
