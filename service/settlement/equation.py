"""The points equation of every wallet, community and programme, over a day or a month.

opening + issued + manual − reversed − redeemed − expired (+ adjusted) = closing. The lines are
reconciliation's own; here they are added up by the database, and read page by page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from service import people, reconciliation
from service.clock import business_day, month_end
from service.reconciliation import (
    BY_DAYS,
    BY_WALLETS,
    FIGURES,
    HOLDS,
    LIVE_MAX,
    PATIENCE,
    WALLETS,
)
from service.settlement.models import Equation

PAGE = 50
WHOLE = 0  # the community that stands for the whole programme
PAGED = text(
    f"""SELECT *, {HOLDS} AS holds FROM ({reconciliation.WALLET_LINES}) lines ORDER BY code"""
)


class Length(StrEnum):
    """Over how long the equation is asked."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """A day, or the days of a month."""

    length: Length
    first: date
    last: date

    @classmethod
    def day(cls, day: date) -> "Span":
        """Return one day."""
        return cls(Length.DAY, day, day)

    @classmethod
    def month(cls, day: date) -> "Span":
        """Return the month in which a day lies."""
        return cls(Length.MONTH, day.replace(day=1), month_end(day))


@dataclass(frozen=True, slots=True)
class Place:
    """A programme, or one of its communities."""

    programme_id: int
    community_id: int = WHOLE


@dataclass(frozen=True, slots=True)
class Sum:
    """What the wallets of a place come to, and which of them do not hold."""

    figures: dict[str, int]
    volunteers: int
    wrong: int
    faults: list[str]

    @property
    def holds(self) -> bool:
        """Whether every wallet's entries, balance and lots say the same."""
        return not self.wrong


def total(session: Session, place: Place, span: Span) -> Sum:
    """Add up a place's wallets over a span."""
    row = session.execute(BY_WALLETS, params(place, span)).one()._mapping
    figures = {name: row[name] for name in FIGURES}
    return Sum(figures, row["volunteers"], row["wrong"], list(row["faults"]))


def shown(session: Session, place: Place, span: Span) -> Sum:
    """Return a place's sums for its page: of many wallets those of the log's days.

    Whether each of those holds is what the last night found; a few are added up at once, and so are
    many that no night has looked at.
    """
    asked = params(place, span)
    wallets = session.execute(WALLETS, asked).scalar_one()
    night = next(iter(lately(session, place, Length.DAY, limit=1)), None)
    if wallets <= LIVE_MAX or night is None:
        return total(session, place, span)
    figures = dict(session.execute(BY_DAYS, asked).one()._mapping)
    return Sum(figures, wallets, night.wrong, list(night.faults))


def page(session: Session, place: Place, span: Span, *, after: str = "") -> list[dict[str, Any]]:
    """Return one page of a place's wallets, one more than it holds, by booklet."""
    asked = {**params(place, span), "after": after, "limit": PAGE + 1}
    return [dict(row._mapping) for row in session.execute(PAGED, asked)]


def params(place: Place, span: Span) -> dict[str, Any]:
    """Return what the lines are asked with: no signature, so all that counts for these days."""
    return {
        "programme": place.programme_id,
        "community": place.community_id or None,
        "first": span.first,
        "day": span.last,
        "signed_day": None,
        "signed_mark": None,
        "sealed_before": None,
        "after": "",
        "limit": None,
    }


def check(session: Session, place: Place, span: Span, *, now: datetime) -> Sum:
    """Add a place up and keep what was found, for whoever asks when it was checked last."""
    session.execute(PATIENCE)
    found = total(session, place, span)
    said = {"last": span.last, "figures": found.figures, "volunteers": found.volunteers}
    said |= {"wrong": found.wrong, "faults": found.faults, "checked_at": now}
    key: dict[str, Any] = {"programme_id": place.programme_id}
    key["community_id"] = place.community_id
    key |= {"period": span.length, "first": span.first}
    stored = insert(Equation).values(**key, **said)
    session.execute(stored.on_conflict_do_update(index_elements=list(key), set_=said))
    return found


def check_programme(
    session: Session, programme_id: int, spans: Sequence[Span], *, now: datetime
) -> list[str]:
    """Check a programme and its communities, once a day; name the wallets that do not hold."""
    spans = due_spans(session, programme_id, spans, today=business_day(now))
    places = [place.id or 0 for place in people.communities(session, programme_id)]
    wrong: dict[str, None] = {}
    for span in spans:
        for community_id in (*places, WHOLE):
            found = check(session, Place(programme_id, community_id), span, now=now)
            wrong |= dict.fromkeys(found.faults)
    return list(wrong)


def due_spans(
    session: Session, programme_id: int, spans: Sequence[Span], *, today: date
) -> list[Span]:
    """Return the spans that were not found to hold today; what held is not looked at again."""
    known = [(span, checked(session, Place(programme_id), span)) for span in spans]
    return [
        span
        for span, row in known
        if row is None or row.wrong or business_day(row.checked_at) != today
    ]


def checked(session: Session, place: Place, span: Span) -> Equation | None:
    """Return what the night found of a place and span."""
    key = (place.programme_id, place.community_id, span.length, span.first)
    return session.get(Equation, key)


def lately(session: Session, place: Place, length: Length, *, limit: int = 14) -> list[Equation]:
    """Return what the last nights found of a place, newest first."""
    asked = select(Equation).where(
        Equation.programme_id == place.programme_id,
        Equation.community_id == place.community_id,
        Equation.period == length,
    )
    return list(session.exec(asked.order_by(col(Equation.first).desc()).limit(limit)).all())
