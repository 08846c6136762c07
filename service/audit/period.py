"""The days of a look, cut so that what is found is judged by the rules of its own day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from service import programmes
from service.clock import month_end

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a programme, both inclusive."""

    programme_id: int
    since: date
    until: date


def pieces(session: Session, period: Period) -> Iterator[Period]:
    """Cut a period by months, and within a month where other rules came into force; oldest first.

    Some rules count by the month, and one rule set judges a piece. Days without any rules are left
    out: nothing can be awarded or given on them.
    """
    changes = programmes.rule_changes(session, period.programme_id)
    since = period.since
    while since <= period.until:
        ahead = (day - DAY for day in changes if day > since)
        until = min(period.until, month_end(since), next(ahead, period.until))
        if programmes.digest_on(session, period.programme_id, since):
            yield Period(period.programme_id, since, until)
        since = until + DAY
