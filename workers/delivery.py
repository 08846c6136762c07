"""Bringing events to consumers: a batch in one transaction, and one by one where that fails.

An event that a consumer cannot deal with is noted, tried again with waits, and at last set aside
(`service.outbox.failures`). Later events of its subject wait; everything else goes on. A database
or a Redis that is away is nobody's fault: then the job fails, and RQ runs it again.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from psycopg import InterfaceError, OperationalError
from redis import RedisError
from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from service import outbox
from service.db import Database

FOLLOWERS_MAX = 1000
NOBODYS_FAULT = ("08", "57P")  # SQLSTATE: the connection broke, the server is going down
log = logging.getLogger("aixin.delivery")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Consumer:
    """One listener: `work` gets new events of these types in order, each once."""

    name: str
    types: frozenset[str]
    work: Callable[[Session, Sequence[outbox.Event], datetime], object]


@dataclass(frozen=True, slots=True)
class Moments:
    """The moment that the world believes in, and the machine's own, by which waits are measured."""

    now: datetime
    real: datetime


class CannotDeal(Exception):
    """A consumer failed on an event; the message says how, in a line."""


def bring(database: Database, consumer: Consumer, ids: Sequence[int], at: Moments) -> int:
    """Let a consumer deal with those of these events that are new to it; return how many."""
    try:
        return attempt(database, partial(deliver, consumer=consumer, ids=ids, now=at.now))
    except CannotDeal as failed:
        log.warning("%s: one by one after %s", consumer.name, failed)
    pending = partial(outbox.pending, consumer=consumer.name, types=consumer.types)
    events = database.atomic(partial(pending, ids=ids))
    return sum(try_one(database, consumer, event, at) for event in events)


def attempt(database: Database, work: Callable[[Session], T]) -> T:
    """Run a consumer's work in a transaction.

    Whatever it raises is a failure on the event and becomes CannotDeal, except what says nothing
    of the event: that is raised as it is, and ends the job.
    """
    try:
        return database.atomic(work)
    except Exception as error:
        if passing(error):
            raise
        raise CannotDeal(in_words(error)) from error


def deliver(session: Session, *, consumer: Consumer, ids: Collection[int], now: datetime) -> int:
    """Claim events for one consumer and let it work; return how many were new to it."""
    events = outbox.claim(session, ids, consumer=consumer.name, types=consumer.types, now=now)
    if events:
        consumer.work(session, events, now)
    return len(events)


def try_one(
    database: Database, consumer: Consumer, event_id: int, at: Moments, *, again: bool = False
) -> bool:
    """Deliver one event by itself, and note it where that fails; tell whether it was dealt with."""
    work = partial(deliver_alone, consumer=consumer, event_id=event_id, now=at.now, again=again)
    try:
        return attempt(database, work)
    except CannotDeal as failed:
        log.exception("%s cannot deal with event %d", consumer.name, event_id)
        said = partial(note, event_id=event_id, consumer=consumer.name, now=at.real)
        database.atomic(partial(said, error=str(failed)))
        return False


def deliver_alone(
    session: Session, *, consumer: Consumer, event_id: int, now: datetime, again: bool
) -> bool:
    """Claim one event and let the consumer work; False when it was not to be had."""
    event = outbox.claim_alone(session, event_id, consumer=consumer.name, now=now, again=again)
    if event is not None:
        consumer.work(session, [event], now)
    return event is not None


def note(session: Session, *, event_id: int, consumer: str, error: str, now: datetime) -> None:
    """Write down that a consumer failed."""
    event = session.get_one(outbox.Event, event_id)
    outbox.fail(session, event, consumer=consumer, error=error, now=now)


def passing(error: Exception) -> bool:
    """Tell whether an error says nothing of the event: something is away, time or memory is over.

    Consumers speak through the session or, where it counts, through the driver itself.
    """
    if isinstance(error, RedisError | BaseTimeoutException | MemoryError):
        return True
    cause = getattr(error, "orig", error)
    if isinstance(cause, OperationalError | InterfaceError) and cause.sqlstate is None:
        return True  # the connection broke, and no server was left to say why
    broken = isinstance(error, DBAPIError) and error.connection_invalidated
    return broken or str(getattr(cause, "sqlstate", None) or "").startswith(NOBODYS_FAULT)


def in_words(error: Exception) -> str:
    """Say an error in a line, without the values of a statement: those may be somebody's."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).strip().partition(chr(10))[0]}"


def look_again(database: Database, consumers: Mapping[str, Consumer], at: Moments) -> int:
    """Try the failures whose wait is over, and let go on what waited behind them."""
    failures = database.atomic(partial(outbox.due, now=at.real))
    known = [one for one in failures if one.consumer in consumers]
    return sum(look_at(database, consumers[one.consumer], one, at) for one in known)


def look_at(database: Database, consumer: Consumer, failure: outbox.Failure, at: Moments) -> int:
    """Try one failure again; once it is settled, bring the later events of its subject."""
    skipped = failure.status == outbox.Fate.SKIPPED
    done = not skipped and try_one(database, consumer, failure.event_id, at, again=True)
    if not database.atomic(partial(outbox.settle, failure=failure)):
        return 0
    later = partial(outbox.followers, failure=failure, types=consumer.types, limit=FOLLOWERS_MAX)
    count = int(done)
    while ids := database.atomic(later):
        brought = bring(database, consumer, ids, at)
        count += brought
        if not brought:  # the next one of the subject has failed, and the rest waits behind it
            break
    return count
