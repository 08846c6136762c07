"""What the database tells of the background work: events that wait, copies that wait."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service import inbox, outbox


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has been done and is still to be told."""

    events: int  # nobody was told of yet
    oldest_at: datetime | None
    retrying: int  # a listener failed and is tried again
    dead: int  # set aside until somebody looks
    copies: int  # of messages, for other ways than the inbox
    copies_failed: int  # within a day


def backlog(session: Session, *, now: datetime) -> Backlog:
    """Count what waits."""
    lag, copies = outbox.lag(session), inbox.counts(session, now=now)
    return Backlog(
        lag.waiting, lag.oldest_at, lag.retrying, lag.dead, copies["waiting"], copies["failed"]
    )
