"""Moves events from the database to RQ, at least once each: `python -m workers.relay`.

It asks the database several times a second. NOTIFY would be quicker, but takes a lock that all
committing transactions share, and the tills would stand in that queue.
"""

import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from threading import Event as Flag

from psycopg import OperationalError as DriverAway
from redis import Redis, RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from service import outbox, redaction, webhooks
from service.clock import Clock
from workers.consumers import WANTED
from workers.jobs import JOBS
from workers.runtime import Runtime, runtime
from workers.telling import call_pages

BATCH = 1000  # events a transaction
JOB_EVENTS = 100  # events a job: a fork costs as much as a hundred small events
BACKLOG_EVENTS = 500  # events a job while very many wait: fewer forks, and nobody waits for one
RESULT_TTL_S = 86_400
IDLE_S = 0.2
TROUBLE_S = 1.0
log = logging.getLogger("aixin.relay")


def relay_once(session: Session, *, redis: Redis) -> int:
    """Hand on the oldest waiting events and return how many there were.

    Redis first, then the commit: a crash between the two hands the events on again, and their
    consumers know the ids. Nobody listens to some types; those are only marked.
    """
    events = outbox.waiting(session, limit=BATCH)
    if not events:
        return 0
    wanted = [event.id for event in events if event.type in WANTED and event.id is not None]
    for ids in parts(wanted):
        enqueue(redis, "events", f"{ids[0]}-{ids[-1]}-{len(ids)}", ids=ids)
    if webhooks.fan_out(session, events, now=Clock().now()):
        enqueue(redis, "webhooks", f"{events[0].id}-{events[-1].id}")
    outbox.mark_relayed(session, [event.id for event in events if event.id is not None])
    call_pages(redis, events)
    return len(events)


def parts(ids: Sequence[int]) -> Iterator[list[int]]:
    """Cut a batch into jobs, in order; a backlog into longer ones."""
    size = JOB_EVENTS if len(ids) < BATCH // 2 else BACKLOG_EVENTS
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


def enqueue(redis: Redis, name: str, of: str, **given: object) -> None:
    """Queue one job under an id that the same events always have."""
    job = JOBS[name]
    queue = Queue(job.queue, connection=redis, serializer="json")
    with suppress(DuplicateJobError):  # an earlier relay died between enqueue and commit
        queue.enqueue(
            job.run,
            kwargs=given,
            job_id=f"{name}-{of}",
            unique=True,
            retry=job.retry if job.retry_s else None,
            job_timeout=job.timeout_s,
            result_ttl=RESULT_TTL_S,
        )


class Asked:
    """Whether a signal asked us to stop; without a lock, unlike an `Event`.

    A signal is handled by the very thread that waits. Came it while that thread held the lock of
    its waiting, setting an `Event` would wait for ever, and the stop would end in a kill.
    """

    def __init__(self) -> None:
        self.asked = False

    def set(self) -> None:
        """Ask for the end."""
        self.asked = True

    def is_set(self) -> bool:
        """Tell whether the end was asked for."""
        return self.asked

    def wait(self, seconds: float) -> None:
        """Wait; never long, so that nobody need be woken."""
        time.sleep(seconds)


def run(world: Runtime, stop: Flag | Asked) -> None:
    """Relay until told to stop; a database or Redis that is away is waited for."""
    work = partial(relay_once, redis=world.redis)
    while not stop.is_set():
        try:
            moved = world.database.atomic(work)
        except (OperationalError, DriverAway, RedisError) as error:
            log.warning("the relay waits: %s", str(error).splitlines()[0])
            stop.wait(TROUBLE_S)
            continue
        if moved < BATCH:
            stop.wait(IDLE_S)


def main() -> None:
    """Relay until SIGTERM or SIGINT, ending with the batch in hand."""
    redaction.install()
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
    stop = Asked()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(runtime(), stop)


if __name__ == "__main__":
    main()
