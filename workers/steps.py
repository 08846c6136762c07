"""What jobs are made of: each programme in turn, one transaction after the other, how far it is."""

import logging
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from rq import get_current_job
from sqlmodel import Session, col, select

from service.programmes import Programme, locked
from workers.runtime import Runtime

Given = ParamSpec("Given")
Done = TypeVar("Done")
log = logging.getLogger("aixin.jobs")


def every_programme(session: Session) -> Sequence[Programme]:
    """Return the programmes in the order in which they were opened; a locked one's work waits."""
    open_ = select(Programme).where(col(Programme.locked_at).is_(None))
    return session.exec(open_.order_by(col(Programme.id))).all()


def waits_for_locks(run: Callable[Given, Done]) -> Callable[Given, Done | int]:
    """Let work that knows no programme wait while any is locked: it does nothing, and fails not.

    What it left is found again by the next run, and events by `catch_up`.
    """

    @wraps(run)
    def waiting(*given: Given.args, **named: Given.kwargs) -> Done | int:
        world: Runtime = vars(sys.modules[run.__module__])["runtime"]()  # the job's own
        if held := locked(world.database):
            log.warning("%s waits: %d programmes are locked", run.__name__, len(held))
            return 0
        return run(*given, **named)

    return waiting


def programme_ids(world: Runtime) -> list[int]:
    """Return every programme."""
    return world.database.atomic(lambda session: [one.id or 0 for one in every_programme(session)])


def repeat(world: Runtime, work: Callable[[Session], int]) -> int:
    """Run work, a transaction each time, until it finds nothing to do; return how much it did."""
    done = 0
    while count := world.database.atomic(work):
        done += count
    return done


def in_every_programme(world: Runtime, act: Callable[..., int], now: datetime) -> int:
    """Repeat an action for one programme after the other; return how much it did."""
    return sum(
        repeat(world, partial(act, programme_id=one, now=now)) for one in programme_ids(world)
    )


def tell_progress(done: int, total: int | None = None) -> None:
    """Note in the job itself how far it is, for whoever watches the queue."""
    job = get_current_job()
    if job is not None:
        job.meta.update(done=done, total=total)
        job.save_meta()  # type: ignore[no-untyped-call]
