"""What jobs are made of: each programme in turn, one transaction after the other, how far it is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from rq import get_current_job
from sqlmodel import Session, col, select

from service.programmes import Programme
from workers.runtime import Runtime


def every_programme(session: Session) -> Sequence[Programme]:
    """Return the programmes in the order in which they were opened."""
    return session.exec(select(Programme).order_by(col(Programme.id))).all()


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
