"""Shops' days: a job for each batch that has something new, and who looks which have."""

from contextlib import suppress
from functools import partial

from rq import Queue, Retry
from rq.exceptions import DuplicateJobError

from service import batches
from workers.runtime import runtime
from workers.steps import tell_progress, waits_for_locks

QUEUE = "slow"
TIMEOUT_S = 600
RETRY_S = (5, 60, 600)
KEPT_S = 600  # a failed one, too: while its id is known, the batch is not queued again


@waits_for_locks
def reconcile_shops() -> int:
    """Queue a job for every batch with something new; return how many there are.

    A job's id names the state that it starts from: asked for again before that is done, it is the
    same job. What Redis forgets is found due again.
    """
    world = runtime()
    found = world.database.atomic(partial(batches.due, now=world.now()))
    queue = Queue(QUEUE, connection=world.redis, serializer="json")
    for number, turn in world.database.atomic(partial(batches.turns, ids=found)):
        queue_batch(queue, number, turn)
    return len(found)


def queue_batch(queue: Queue, number: int, turn: str) -> None:
    """Queue one batch; the same state again is the same job."""
    with suppress(DuplicateJobError):
        queue.enqueue(
            reconcile_batch,
            kwargs={"batch": number},
            job_id=name_of(number, turn),
            unique=True,
            retry=Retry(max=len(RETRY_S), interval=list(RETRY_S)),
            job_timeout=TIMEOUT_S,
            result_ttl=KEPT_S,
            failure_ttl=KEPT_S,
        )


def name_of(number: int, turn: str) -> str:
    """Return the id of the job that compares a batch as it is in this state."""
    return f"batch-{number}-{turn}"


@waits_for_locks
def reconcile_batch(batch: int) -> int:
    """Compare one shop's day; return how many batches had new lines."""
    world = runtime()
    work = partial(batches.run, ids=[batch], now=world.now(), progress=tell_progress)
    return len(world.database.atomic(work).new)


@waits_for_locks
def reconcile_shops_now() -> int:
    """Compare what is due one after the other, without the queue: for a simulated night."""
    found = runtime().database.atomic(partial(batches.due, now=runtime().now()))
    return sum(reconcile_batch(batch) for batch in found)
