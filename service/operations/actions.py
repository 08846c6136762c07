"""What an administrator does about background work; each of it is in the trail."""

from datetime import datetime
from functools import partial

from service import trail
from service.db import Database
from service.operations.backstage import Backstage


def retry(
    database: Database, backstage: Backstage, *, job_id: str, actor: str, now: datetime
) -> bool:
    """Let failed work be tried again; twice is once. False where it was not among the failed."""
    done = backstage.retry(job_id)
    if done:
        note(database, "job-retried", job_id, actor=actor, now=now)
    return done


def delete(
    database: Database, backstage: Backstage, *, job_id: str, actor: str, now: datetime
) -> bool:
    """Let failed or scheduled work be forgotten; twice is once."""
    done = backstage.delete(job_id)
    if done:
        note(database, "job-deleted", job_id, actor=actor, now=now)
    return done


def note(database: Database, action: str, job_id: str, *, actor: str, now: datetime) -> None:
    """Write into the trail who did it. Queues have no transaction, so this comes after."""
    said = partial(trail.record, actor=actor, action=action, subject=f"job:{job_id}", now=now)
    database.atomic(said)
