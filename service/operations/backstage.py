"""What the page asks of whoever keeps the queues, and in what form it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.errors import Conflict, NotFound
from service.i18n import N_


class BackstageAway(Conflict):
    """The queues do not answer."""

    slug, title = "queues-away", N_("The queues do not answer")
    detail = N_("Shops and gates go on; background work waits. Please look at Redis.")
    retry_after = 5


class UnknownQueue(NotFound):
    """There is no queue of this name."""

    slug, title = "unknown-queue", N_("There is no such queue")


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue in figures."""

    name: str
    waiting: int
    oldest_at: datetime | None  # since when the first one waits
    running: int
    scheduled: int
    failed: int


@dataclass(frozen=True, slots=True)
class Work:
    """One job; what is not known yet is None."""

    id: str
    name: str
    queue: str
    asked_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None  # when it is tried again
    done: int | None = None  # how far it says it is
    total: int | None = None
    tries_left: int = 0
    reason: str = ""  # of its failure, without values: they may name somebody


@dataclass(frozen=True, slots=True)
class Hand:
    """One worker."""

    name: str
    state: str
    work: str | None
    queues: Sequence[str]
    since: datetime | None
    seen_at: datetime | None
    done: int
    failed: int


@dataclass(frozen=True, slots=True)
class DueWork:
    """One thing that comes by itself, and how it went last."""

    name: str
    queue: str
    every_s: int | None
    at: str | None  # as cron writes it, in UTC
    queued_at: datetime | None
    next_at: datetime | None
    last_at: datetime | None = None
    last_well: bool | None = None
    last_s: int | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at one look; the lists hold the newest few."""

    queues: Sequence[QueueState]
    running: Sequence[Work]
    scheduled: Sequence[Work]
    failed: Sequence[Work]
    hands: Sequence[Hand]
    due: Sequence[DueWork]
    cron_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of failed work, the newest first; `next` is where the next page begins."""

    items: Sequence[Work]
    next: str | None


class Backstage(Protocol):
    """Whoever keeps the queues. Every method raises BackstageAway."""

    def overview(self) -> Overview:
        """Tell how everything stands now."""

    def failed(self, queue: str, *, before: str | None) -> JobPage:
        """List what failed in one queue. Raises UnknownQueue."""

    def retry(self, job_id: str) -> bool:
        """Queue failed work again; False where it is not among the failed (any more)."""

    def delete(self, job_id: str) -> bool:
        """Forget failed or scheduled work; False where there is none (any more)."""
