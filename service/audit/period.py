"""The days of a look, cut so that what is found is judged by the rules of its own day."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from service import programmes

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
    turns = programmes.turns(session, period.programme_id)
    since = period.since
    while since <= period.until:
        month_end = since.replace(day=monthrange(since.year, since.month)[1])
        turn = next((day - DAY for day in turns if day > since), month_end)
        until = min(period.until, month_end, turn)
        if programmes.digest_on(session, period.programme_id, since):
            yield Period(period.programme_id, since, until)
        since = until + DAY
