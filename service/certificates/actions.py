"""Ordering, issuing, correcting and revoking certificates. Nobody pays, nobody edits.

A certificate is issued once for what it says: the same volunteer, day and figures have the same
number again. When the record under it was corrected, the next order issues a new number, and the
old one names it. A revoked certificate stays revoked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import inbox, outbox, people, programmes, trail
from service.certificates import rules
from service.certificates.models import (
    Certificate,
    DayAhead,
    NothingToCertify,
    Order,
    Print,
    ReasonMissing,
)
from service.certificates.queries import (
    Known,
    by_serial,
    certified,
    count_people,
    printed,
    totals,
)
from service.certificates.rules import Totals
from service.clock import business_day
from service.errors import KeyReused

FILE_DAYS = 7
NEXT_NUMBER = text("""INSERT INTO certificates_counters AS c (community_id, year, last)
 VALUES (:community, :year, 1) ON CONFLICT (community_id, year) DO UPDATE SET last = c.last + 1
 RETURNING last""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose certificates are wanted, up to which day; without a volunteer, all of a community."""

    key: str
    community: people.Unit
    upto: date
    volunteer: people.Volunteer | None = None
    why: people.Reason | None = None  # asked of staff, for people under 18


def order(session: Session, wanted: Wanted, *, by: people.Caller, now: datetime) -> Order:
    """Order certificates; the same key again answers with the first order.

    Without a reason nobody under 18 is printed for staff.
    Raises DayAhead, NothingToCertify, KeyReused, and people.ReasonMissing.
    """
    community_id, volunteer = wanted.community.id or 0, wanted.volunteer
    said = (community_id, volunteer.id if volunteer else None, wanted.upto)
    mine = select(Order).where(Order.asked_by == by.actor, Order.key == wanted.key)
    if known := session.exec(mine).first():
        if (known.community_id, known.volunteer_id, known.upto) != said:
            raise KeyReused
        return known
    zone = programmes.programme_by_id(session, wanted.community.programme_id or 0).zone
    if wanted.upto > business_day(now, zone):
        raise DayAhead
    why = reason_for(wanted, by)
    if (total := people_in(session, wanted, now, minors=why is not None)) == 0:
        raise NothingToCertify
    row = Order(
        key=wanted.key,
        community_id=community_id,
        volunteer_id=said[1],
        upto=wanted.upto,
        asked_by=by.actor,
        asked_at=now,
        total=total,
        reason=why,
    )
    session.add(row)
    session.flush()
    ordered = {"certificates": row.id, "upto": str(wanted.upto)}
    note_look(session, row, said=ordered, by=by, now=now)
    return row


def reason_for(wanted: Wanted, by: people.Caller) -> str | None:
    """Return why minors' names are printed, None for an order without any. Raises ReasonMissing."""
    if by.kind != "staff":
        return None  # the own certificate needs none
    alone = wanted.volunteer is not None and not wanted.volunteer.adult
    why = wanted.why or people.Reason("")
    if not alone and (wanted.volunteer is not None or not why.kind):
        return None
    said = people.in_words(why)
    return f"{said['reason']}: {said['words']}".rstrip(": ")


def note_look(
    session: Session, row: Order, *, said: dict[str, Any], by: people.Caller, now: datetime
) -> None:
    """Write down that names come to somebody on paper, and why minors' are among them."""
    if row.volunteer_id is not None:
        about = f"volunteer:{people.volunteer_by_id(session, row.volunteer_id).code}"
    else:
        about = f"community:{people.unit_by_id(session, row.community_id).code}"
    detail = {"reason": row.reason or "certificate"} | said
    act = "identity.look"
    trail.record(session, actor=by.actor, action=act, subject=about, detail=detail, now=now)


def note_taken(session: Session, *, row: Order, by: people.Caller, now: datetime) -> None:
    """Write down that staff took a file. A minor's is theirs only with the reason of its order.

    Raises people.ReasonMissing.
    """
    if by.kind != "staff":
        return
    whose = row.volunteer_id and people.volunteer_by_id(session, row.volunteer_id)
    if whose and not whose.adult and row.reason is None:
        raise people.ReasonMissing
    note_look(session, row, said={"file": row.id}, by=by, now=now)


def people_in(session: Session, wanted: Wanted, now: datetime, *, minors: bool) -> int:
    """Return how many certificates an order will print."""
    if wanted.volunteer is None:
        place = wanted.community.id or 0
        return count_people(session, community_id=place, upto=wanted.upto, minors=minors)
    found = totals(session, [wanted.volunteer], Known(wanted.upto, now))
    return int(any(each.minutes > 0 for each in found.values()))


def issue(
    session: Session, row: Order, volunteer_ids: Sequence[int], *, now: datetime
) -> list[Certificate]:
    """Issue an order's certificates for some volunteers, or find those that say the same.

    Issued twice for one order, nothing is added: the figures are the same.
    """
    query = select(people.Volunteer).where(col(people.Volunteer.id).in_(volunteer_ids))
    locked = query.order_by(col(people.Volunteer.id)).with_for_update(key_share=True)
    volunteers = session.exec(locked).all()  # two workers do not number one person's twice
    stands = totals(session, volunteers, Known(row.upto, now))
    issued = []
    for volunteer in volunteers:
        figures = stands[volunteer.id or 0]
        if figures.minutes > 0:
            issued.append(certificate_of(session, row, volunteer, figures=figures, now=now))
    return issued


def certificate_of(
    session: Session, row: Order, volunteer: people.Volunteer, *, figures: Totals, now: datetime
) -> Certificate:
    """Return the certificate that says this, new if none does, as one that the order prints."""
    before = last_of(session, volunteer, row.upto)
    if before is None or certified(before) != figures:
        new = new_certificate(session, row, volunteer, figures=figures, now=now)
        if before is not None:
            before.superseded_by = new.id
            session.add(before)
        before = new
    session.merge(Print(order_id=row.id or 0, certificate_id=before.id or 0))
    return before


def last_of(session: Session, volunteer: people.Volunteer, upto: date) -> Certificate | None:
    """Return a volunteer's certificate up to a day that nothing has taken the place of."""
    query = select(Certificate).where(
        Certificate.volunteer_id == volunteer.id,
        Certificate.upto == upto,
        col(Certificate.superseded_by).is_(None),
        col(Certificate.revoked_at).is_(None),
    )
    return session.exec(query.order_by(col(Certificate.id).desc()).with_for_update()).first()


def new_certificate(
    session: Session, row: Order, volunteer: people.Volunteer, *, figures: Totals, now: datetime
) -> Certificate:
    """Give the next number of the community and year, and tell of it."""
    unit = people.unit_by_id(session, row.community_id)
    year = business_day(now).year
    given = {"community": row.community_id, "year": year}
    number: int = session.execute(NEXT_NUMBER, given).scalar_one()
    made = Certificate(
        serial=rules.serial(unit.code.upper(), year, number),
        community_id=row.community_id,
        volunteer_id=volunteer.id or 0,
        upto=row.upto,
        minutes=figures.minutes,
        scanned_minutes=figures.scanned,
        typed_minutes=figures.typed,
        earlier_minutes=figures.earlier,
        occasions=figures.occasions,
        issued_at=now,
        issued_by=row.asked_by,
    )
    session.add(made)
    session.flush()
    said = {"certificate": made.serial, "volunteer": volunteer.code, "minutes": made.minutes}
    outbox.publish(session, "CertificateIssued", f"volunteer:{volunteer.code}", said, now=now)
    return made


def finish(session: Session, row: Order, *, file: str | None, now: datetime) -> None:
    """Note the printed file, if anything was left to print; a volunteer who ordered is told."""
    row.finished_at, row.done = now, row.total
    if file is not None:
        row.file, row.file_until = file, now + timedelta(days=FILE_DAYS)
    session.add(row)
    for one in printed(session, row.id or 0) if row.volunteer_id is not None else ():
        message = inbox.Message(
            kind="certificate_ready",
            key=f"certificate:{row.id}",
            params={"serial": one.serial},
            link="/me/certificates",
        )
        inbox.tell(session, [one.volunteer_id], message, now=now)


def revoke(
    session: Session, serial: str, *, reason: str, by: people.Caller, now: datetime
) -> Certificate:
    """Revoke a certificate for good; again changes nothing. Raises ReasonMissing."""
    found = by_serial(session, serial)
    if not reason.strip():
        raise ReasonMissing
    if found.revoked_at is None:
        found.revoked_at, found.revoked_by, found.revoke_reason = now, by.actor, reason.strip()
        session.add(found)
        said = {"reason": found.revoke_reason}
        about = f"certificate:{found.serial}"
        trail.record(session, actor=by.actor, action="revoke", subject=about, detail=said, now=now)
    return found


def expired_files(session: Session, *, now: datetime) -> list[str]:
    """Forget the files whose days are over; return their names, for whoever deletes them."""
    query = select(Order).where(col(Order.file).is_not(None), col(Order.file_until) <= now)
    rows = session.exec(query.limit(100).with_for_update(skip_locked=True)).all()
    names = [row.file for row in rows if row.file]
    for row in rows:
        row.file = row.file_until = None
        session.add(row)
    return names
