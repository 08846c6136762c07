"""Honours: kinds as data, granted with a day and a reason, withdrawn with a reason."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from service import trail
from service.clock import business_day
from service.errors import KeyReused
from service.people import Caller, Volunteer
from service.records.actions.stars import given
from service.records.models import Honour, HonourKind
from service.records.refusals import AheadOfTime, OwnHonour, UnknownHonour, UnknownKind

FOUNDING = ("道德文明使者", "党员示范户", "五美家庭", "优秀志愿者")


@dataclass(frozen=True, slots=True)
class Citation:
    """What is said when somebody is honoured; the key is made with the form."""

    kind_id: int
    day: date
    reason: str
    key: str


def found_honour_kinds(session: Session, *, programme_id: int, by: str, now: datetime) -> None:
    """Give a new programme the kinds that every one begins with; again changes nothing."""
    for name in FOUNDING:
        add_kind(session, programme_id=programme_id, name=name, by=by, now=now)


def add_kind(
    session: Session, *, programme_id: int, name: str, by: str, now: datetime
) -> HonourKind:
    """Add a kind of honour, or take up again one that was given up."""
    row = {"programme_id": programme_id, "name": name.strip(), "active": True, "created_by": by}
    stored = insert(HonourKind).values(**row, created_at=now)
    again = stored.on_conflict_do_update(
        index_elements=["programme_id", "name"], set_={"active": True}
    ).returning(col(HonourKind.id))
    return session.get_one(HonourKind, session.execute(again).scalar_one(), populate_existing=True)


def retire_kind(session: Session, kind_id: int, *, programme_id: int) -> HonourKind:
    """Give a kind up: it is no longer granted, and honours of it stay. Raises UnknownKind."""
    found = kind_of(session, kind_id, programme_id=programme_id, retired=True)
    found.active = False
    session.add(found)
    return found


def kind_of(
    session: Session, kind_id: int, *, programme_id: int, retired: bool = False
) -> HonourKind:
    """Return a kind of a programme. Raises UnknownKind."""
    found = session.get(HonourKind, kind_id)
    if found is None or found.programme_id != programme_id or not (found.active or retired):
        raise UnknownKind
    return found


def grant_honour(
    session: Session, person: Volunteer, *, said: Citation, by: Caller, now: datetime
) -> Honour:
    """Honour somebody, once a key. Raises OwnHonour, UnknownKind, AheadOfTime, KeyReused."""
    if by.volunteer_id == person.id:
        raise OwnHonour
    if known := session.exec(select(Honour).where(Honour.key == said.key)).first():
        if (known.volunteer_id, known.kind_id, known.day) != (person.id, said.kind_id, said.day):
            raise KeyReused
        return known
    kind_of(session, said.kind_id, programme_id=person.programme_id)
    if said.day > business_day(now):
        raise AheadOfTime
    row = Honour(
        key=said.key,
        volunteer_id=person.id or 0,
        community_id=person.community_id,
        kind_id=said.kind_id,
        day=said.day,
        reason=given(said.reason),
        granted_by=by.actor,
        granted_at=now,
    )
    session.add(row)
    session.flush()
    mark(session, row, "honour.grant", by=by, now=now)
    return row


def withdraw_honour(
    session: Session, honour_id: int, *, reason: str, by: Caller, now: datetime
) -> Honour:
    """Take an honour back with a reason; again is a replay. Raises UnknownHonour, OwnHonour."""
    row = session.exec(select(Honour).where(col(Honour.id) == honour_id).with_for_update()).first()
    if row is None:
        raise UnknownHonour
    if by.volunteer_id == row.volunteer_id:
        raise OwnHonour
    if row.withdrawn_at is None:
        row.withdrawn_by, row.withdrawn_at, row.withdrawn_why = by.actor, now, given(reason)
        session.add(row)
        mark(session, row, "honour.withdraw", by=by, now=now)
    return row


def mark(session: Session, row: Honour, action: str, *, by: Caller, now: datetime) -> None:
    """Leave a mark in the trail."""
    detail = {"kind": row.kind_id, "reason": row.withdrawn_why or row.reason}
    subject = f"honour:{row.id}"
    trail.record(session, actor=by.actor, action=action, subject=subject, detail=detail, now=now)
