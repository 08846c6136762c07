"""Every job by name: its function, its queue, its patience.

A job may run twice, and may be killed anywhere: the actions it calls are idempotent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from rq import Retry
from sqlmodel import Session, col, select

from service import activities, outbox, people, programmes, reconciliation, redemptions
from service.reconciliation import CommunityDay
from workers.consumers import CONSUMERS, consume
from workers.runtime import Runtime, runtime

PROMPT, DEFAULT, SLOW = "prompt", "default", "slow"  # by patience: seconds, minutes, the night
QUEUES = (PROMPT, DEFAULT, SLOW)
OVERLOOKED_AFTER = timedelta(seconds=60)


class BooksDisagree(Exception):
    """Balances and entries differ: the job fails, and stays among the failed until looked at."""


def handle_events(ids: list[int]) -> int:
    """Deliver a batch of relayed events to their consumers; return how many were new."""
    return consume(runtime().database, ids, now=runtime().now())


def sweep() -> dict[str, int]:
    """Do what only the clock decides: no-shows, and redemptions that nobody confirmed."""
    world, now = runtime(), runtime().now()
    return {
        "no_shows": world.database.atomic(partial(activities.sweep_no_shows, now=now)),
        "expired": world.database.atomic(partial(redemptions.expire_waiting, now=now)),
    }


def catch_up() -> int:
    """Deal with events that were relayed long ago and never dealt with.

    Redis lost them, or a worker died with them.
    """
    world = runtime()
    lost = {
        event_id
        for consumer in CONSUMERS
        for event_id in world.database.atomic(
            partial(
                outbox.overlooked,
                consumer=consumer.name,
                types=consumer.types,
                after=OVERLOOKED_AFTER,
            )
        )
    }
    return consume(world.database, sorted(lost), now=world.now()) if lost else 0


def end_day() -> int:
    """Expire the lots whose last day is over; return how many there were."""
    world, now = runtime(), runtime().now()
    return sum(expire_all(world, programme_id, now) for programme_id in programme_ids(world))


def expire_all(world: Runtime, programme_id: int, now: datetime) -> int:
    """Expire a programme's lots, a hundred a transaction."""
    work = partial(reconciliation.expire_points, programme_id=programme_id, now=now)
    done = 0
    while count := world.database.atomic(work):
        done += count
    return done


def announce() -> int:
    """Tell of points that will expire soon, once a lot."""
    world, now = runtime(), runtime().now()
    return sum(
        world.database.atomic(
            partial(reconciliation.announce_expiry, programme_id=programme_id, now=now)
        )
        for programme_id in programme_ids(world)
    )


def reconcile_yesterday() -> int:
    """Compare every community's newest ended day, once after its end (T+1)."""
    world, now = runtime(), runtime().now()
    return sum(
        world.database.atomic(partial(reconciliation.reconcile_ended, of=of, ended_at=end, now=now))
        for of, end in ended_days(world, now)
    )


def ended_days(world: Runtime, now: datetime) -> list[tuple[CommunityDay, datetime]]:
    """Return each community's newest ended day, and when it ended."""
    found = world.database.atomic(
        lambda session: [
            (programme, place)
            for programme in every_programme(session)
            for place in people.communities(session, programme.id or 0)
        ]
    )
    days = []
    for programme, place in found:
        day = reconciliation.last_ended_day(now, programme.zone)
        of = CommunityDay(programme.id or 0, place.id or 0, day)
        midnight = datetime.combine(day, time(23, 59), ZoneInfo(programme.zone))
        days.append((of, midnight.astimezone(UTC)))
    return days


def check_books() -> None:
    """Hold balances against entries and lots. Raises BooksDisagree, which names the accounts."""
    wrong = runtime().database.atomic(reconciliation.wrong_accounts)
    if wrong:
        raise BooksDisagree(", ".join(wrong[:20]))


def every_programme(session: Session) -> Sequence[programmes.Programme]:
    """Return the programmes in the order in which they were opened."""
    return session.exec(select(programmes.Programme).order_by(col(programmes.Programme.id))).all()


def night() -> None:
    """Do all that the night does, one after the other: for a simulated day, which skips hours."""
    for each in (end_day, reconcile_yesterday, announce, check_books):
        each()


def programme_ids(world: Runtime) -> list[int]:
    """Return every programme."""
    return world.database.atomic(
        lambda session: [programme.id or 0 for programme in every_programme(session)]
    )


@dataclass(frozen=True, slots=True)
class Job:
    """How to run one kind of job."""

    run: Callable[..., object]
    queue: str
    timeout_s: int = 60
    retry_s: tuple[int, ...] = (1, 5, 30, 300, 1800)

    @property
    def retry(self) -> Retry:
        """Return RQ's form of the waiting times."""
        return Retry(max=len(self.retry_s), interval=list(self.retry_s))


JOBS = {
    "events": Job(handle_events, PROMPT),
    "sweep": Job(sweep, PROMPT),
    "catch_up": Job(catch_up, DEFAULT),
    "announce": Job(announce, DEFAULT),
    "end_day": Job(end_day, SLOW, timeout_s=900),
    "reconcile_yesterday": Job(reconcile_yesterday, SLOW, timeout_s=900),
    "check_books": Job(check_books, SLOW, timeout_s=900, retry_s=(30,)),
    "night": Job(night, SLOW, timeout_s=900, retry_s=()),
}
