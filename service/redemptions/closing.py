"""The end of a shop's day: the shop says whether its own count agrees with what the till showed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from service import trail
from service.errors import KeyReused
from service.redemptions.models import DayWord
from service.redemptions.queries import DayTotals, day_totals
from service.redemptions.sale import Till


@dataclass(frozen=True, slots=True)
class Word:
    """What the shop says under one key; `counted` only where it does not agree."""

    key: str
    day: date
    seen: DayTotals
    counted: int | None = None

    @property
    def agrees(self) -> bool:
        """Whether the shop's own count is what the screen showed."""
        return self.counted is None


@dataclass(frozen=True, slots=True)
class Said:
    """What came of it: the word as it is kept, or the figures that moved meanwhile."""

    row: DayWord | None
    totals: DayTotals


def say(session: Session, till: Till, word: Word, *, now: datetime) -> Said:
    """Keep a shop's word about its day, unless the figures it saw are no longer those of the day.

    Sent again it is told the same; a later word counts instead of an earlier one. Raises KeyReused.
    """
    found = by_key(session, till.shop_id, word.key)
    if found is not None:
        if (found.business_day, found.counted) != (word.day, word.counted):
            raise KeyReused
        return Said(found, totals_of(found))
    totals = day_totals(session, shop_id=till.shop_id, day=word.day)
    if totals != word.seen:
        return Said(None, totals)
    row = DayWord(
        shop_id=till.shop_id,
        key=word.key,
        business_day=word.day,
        **asdict(totals),
        agrees=word.agrees,
        counted=word.counted,
        actor=till.actor,
        device_id=till.device_id,
        at=now,
    )
    session.add(row)
    session.flush()
    trail.record(
        session,
        actor=till.actor,
        action="shop.day-agrees" if word.agrees else "shop.day-differs",
        subject=f"shop:{till.shop_id}",
        detail={"day": word.day.isoformat(), "counted": word.counted, **asdict(totals)},
        now=now,
    )
    return Said(row, totals)


def by_key(session: Session, shop_id: int, key: str) -> DayWord | None:
    """Return what was said under a key, if anything was."""
    asked = select(DayWord).where(DayWord.shop_id == shop_id, DayWord.key == key)
    return session.exec(asked).one_or_none()


def last_word(session: Session, *, shop_id: int, day: date) -> DayWord | None:
    """Return the last that a shop said of a day; None while it has said nothing."""
    asked = select(DayWord).where(DayWord.shop_id == shop_id, DayWord.business_day == day)
    return session.exec(asked.order_by(col(DayWord.id).desc()).limit(1)).one_or_none()


def totals_of(row: DayWord) -> DayTotals:
    """Return the figures that a word was about."""
    return DayTotals(row.redemptions, row.points, row.discounts, row.discount_fen)
