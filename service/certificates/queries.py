"""Reads of certificates: the service that stands, whose it is, and what was issued before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import people
from service.activities import (
    RecordTotals,
    Wanted,
    record_page,
    record_totals_by_volunteer,
)
from service.certificates.models import (
    Certificate,
    Order,
    Print,
    UnknownCertificate,
    UnknownOrder,
)
from service.certificates.rules import Line, State, Totals, Verdict, masked, state

PAGE_MAX = 100
ENTERED = "补录"  # no activity stands behind it; papers are in Chinese
SHEET_LINES = 2000  # what one certificate lists at most
WITH_SERVICE = """people_volunteers v
WHERE v.community_id = :community
  AND (:minors OR coalesce(substring(v.age_band FROM '[0-9]+')::integer, 0) >= 18)
  AND (v.opening_minutes > 0 OR EXISTS (
  SELECT FROM activities_awards a WHERE a.volunteer_id = v.id AND a.minutes > 0
    AND a.status IN ('posted', 'noticed') AND a.service_day <= :upto))"""
PEOPLE = text(f"SELECT v.id FROM {WITH_SERVICE} AND v.id > :after ORDER BY v.id LIMIT :limit")
COUNT = text(f"SELECT count(*) FROM {WITH_SERVICE}")


@dataclass(frozen=True, slots=True)
class Known:
    """Up to which day of service, as it was known at which moment."""

    upto: date
    at: datetime


def totals(
    session: Session, volunteers: Sequence[people.Volunteer], known: Known
) -> dict[int, Totals]:
    """Return what stands of each volunteer's service, in minutes; nobody is left out."""
    wanted = Wanted(
        volunteer_ids=[one.id or 0 for one in volunteers], upto=known.upto, known_at=known.at
    )
    found = record_totals_by_volunteer(session, wanted)
    none = RecordTotals(0, 0, 0)
    return {
        one.id or 0: Totals(row.scanned, row.typed, one.opening_minutes, row.lines)
        for one in volunteers
        for row in [found.get(one.id or 0, none)]
    }


def lines(session: Session, volunteer_id: int, known: Known) -> tuple[Line, ...]:
    """Return the occasions behind a volunteer's totals, the first day first."""
    wanted = Wanted(volunteer_id=volunteer_id, upto=known.upto, known_at=known.at)
    page = record_page(session, wanted, limit=SHEET_LINES)
    return tuple(
        Line(row.day, row.title or row.content or ENTERED, row.place, row.minutes, row.category)
        for row in reversed(page)
    )


def people_with_service(session: Session, row: Order, *, after: int, limit: int) -> list[int]:
    """Return a page of whom an order for everybody prints, by id: minors if it says why."""
    asked = {"community": row.community_id, "upto": row.upto, "minors": row.reason is not None}
    asked |= {"after": after, "limit": limit}
    return [row.id for row in session.execute(PEOPLE, asked)]


def certified(one: Certificate) -> Totals:
    """Return what a certificate says."""
    return Totals(one.scanned_minutes, one.typed_minutes, one.earlier_minutes, one.occasions)


def state_of(session: Session, one: Certificate) -> State:
    """Judge a certificate by the record as it stands now."""
    volunteer = people.volunteer_by_id(session, one.volunteer_id)
    known = Known(one.upto, one.issued_at)
    return state(
        revoked=one.revoked_at is not None,
        superseded=one.superseded_by is not None,
        certified=certified(one),
        standing=totals(session, [volunteer], known)[one.volunteer_id],
    )


def by_serial(session: Session, serial: str) -> Certificate:
    """Return a certificate by its number, in either case. Raises UnknownCertificate."""
    query = select(Certificate).where(Certificate.serial == serial.upper())
    if (found := session.exec(query).first()) is None:
        raise UnknownCertificate
    return found


def verdict(session: Session, serial: str) -> Verdict:
    """Return what anybody may know of a certificate. Raises UnknownCertificate."""
    one = by_serial(session, serial)
    volunteer = people.volunteer_by_id(session, one.volunteer_id)
    newer = session.get(Certificate, one.superseded_by) if one.superseded_by else None
    return Verdict(
        serial=one.serial,
        state=state_of(session, one),
        holder=holder(session, volunteer),
        booklet_tail=volunteer.tail,
        unit=record_unit(session, one.community_id),
        upto=one.upto,
        minutes=one.minutes,
        occasions=one.occasions,
        issued_at=one.issued_at,
        revoked_at=one.revoked_at,
        newer=newer.serial if newer else None,
    )


def holder(session: Session, volunteer: people.Volunteer) -> str:
    """Return what anybody may read of a name: of a minor's, nothing."""
    known = volunteer.id or 0
    return masked(people.names_of(session, [known]).get(known, "")) if volunteer.adult else ""


def record_unit(session: Session, community_id: int) -> str:
    """Return who signs the record of a community's hours: the residents' committee."""
    unit = people.unit_by_id(session, community_id)
    return unit.record_unit or unit.name


def certificates(
    session: Session,
    *,
    community_ids: Collection[int],
    volunteer_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Certificate]:
    """Return a page of certificates, newest first, below the id `before`."""
    query = select(Certificate).where(col(Certificate.community_id).in_(community_ids))
    if volunteer_id is not None:
        query = query.where(Certificate.volunteer_id == volunteer_id)
    if before is not None:
        query = query.where(col(Certificate.id) < before)
    page = query.order_by(col(Certificate.id).desc()).limit(min(limit, PAGE_MAX))
    return session.exec(page).all()


def orders(
    session: Session,
    *,
    community_ids: Collection[int],
    volunteer_id: int | None = None,
    limit: int = 10,
) -> Sequence[Order]:
    """Return the newest orders of communities, or of one volunteer for the own certificates."""
    query = select(Order).where(col(Order.community_id).in_(community_ids))
    if volunteer_id is not None:
        query = query.where(Order.volunteer_id == volunteer_id)
    return session.exec(query.order_by(col(Order.id).desc()).limit(limit)).all()


def order_by_id(session: Session, order_id: int) -> Order:
    """Return an order. Raises UnknownOrder."""
    if (found := session.get(Order, order_id)) is None:
        raise UnknownOrder
    return found


def next_order(session: Session) -> Order | None:
    """Return the oldest order that nobody has fulfilled."""
    query = select(Order).where(col(Order.finished_at).is_(None)).order_by(col(Order.id))
    return session.exec(query.limit(1)).first()


def printed(session: Session, order_id: int) -> Sequence[Certificate]:
    """Return the certificates of an order, by booklet."""
    query = (
        select(Certificate)
        .join(Print, col(Print.certificate_id) == Certificate.id)
        .where(Print.order_id == order_id)
        .order_by(col(Certificate.volunteer_id))
    )
    return session.exec(query).all()


def count_people(session: Session, *, community_id: int, upto: date, minors: bool) -> int:
    """Return how many of a community have anything to certify, with the minors or without."""
    asked = {"community": community_id, "upto": upto, "minors": minors}
    return int(session.execute(COUNT, asked).scalar_one())


def orders_showing(session: Session, volunteer_id: int) -> Sequence[Order]:
    """Return the orders whose file lies there and shows somebody."""
    printed_in = (
        select(Print.order_id)
        .join(Certificate, col(Certificate.id) == Print.certificate_id)
        .where(Certificate.volunteer_id == volunteer_id)
    )
    asked = select(Order).where(col(Order.file).is_not(None))
    mine = (col(Order.volunteer_id) == volunteer_id) | col(Order.id).in_(printed_in)
    return session.exec(asked.where(mine).order_by(col(Order.id)).with_for_update()).all()
