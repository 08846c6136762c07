"""Reads of bound phones."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from service import people
from service.clock import business_day
from service.passes import Binding, Helper
from service.phones.models import PhonesFull
from service.phones.rules import PLACES


@dataclass(frozen=True, slots=True)
class Phones:
    """What a volunteer's phones are: the own ones, what the booklet opened, a relative's."""

    own: list[Binding]
    booklet: Binding | None
    helper: Helper | None

    @property
    def full(self) -> bool:
        """Whether there is no place for another own phone."""
        return len(self.own) >= len(PLACES)


def phones_of(session: Session, volunteer_id: int, *, now: datetime) -> Phones:
    """Return a volunteer's phones that can still be used, by place."""
    rows = living(session, volunteer_id)
    dead = sessions_over(session, [row for row in rows if row.place], now=now)
    return Phones(
        own=[row for row in rows if row.place and row.id not in dead],
        booklet=next((row for row in rows if not row.place), None),
        helper=helper_of(session, volunteer_id, day=business_day(now)),
    )


def living(session: Session, volunteer_id: int) -> list[Binding]:
    """Return the passes of a volunteer that were not ended, by place."""
    asked = select(Binding).where(
        Binding.volunteer_id == volunteer_id, col(Binding.revoked_at).is_(None)
    )
    return list(session.exec(asked.order_by(col(Binding.place))).all())


def sessions_over(session: Session, rows: list[Binding], *, now: datetime) -> set[int | None]:
    """Return the phones whose session has run out: nobody used them for 30 days."""
    hashes = [row.session_hash for row in rows if row.session_hash]
    asked = select(people.SignedIn.token_hash).where(
        col(people.SignedIn.token_hash).in_(hashes),
        col(people.SignedIn.revoked_at).is_(None),
        col(people.SignedIn.expires_at) > now,
    )
    alive = set(session.exec(asked).all())
    return {row.id for row in rows if row.session_hash not in alive}


def helper_of(session: Session, volunteer_id: int, *, day: date) -> Helper | None:
    """Return the relative's phone that may still fetch on a day, or None."""
    asked = select(Helper).where(
        Helper.volunteer_id == volunteer_id,
        col(Helper.revoked_at).is_(None),
        col(Helper.valid_until) >= day,
    )
    return session.exec(asked).one_or_none()


def full(rows: list[Binding]) -> PhonesFull:
    """Name the phone that was not seen for the longest: it is the one to part with."""
    oldest = min(rows, key=lambda row: row.last_seen_at or row.created_at)
    seen = oldest.last_seen_at or oldest.created_at
    return PhonesFull(bound=business_day(oldest.created_at), seen=business_day(seen))
