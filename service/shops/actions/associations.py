"""Founding associations, and giving their offices to staff.

An office counts by the code of its scope. So no association has the code of a shop or a place: who
keeps that shop would keep every shop of the association.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from service import people, trail
from service.people import Role
from service.shops.models import Association, Shop
from service.shops.queries import code_in_use
from service.shops.refusals import CodeTaken


@dataclass(frozen=True, slots=True)
class NewAssociation:
    """An association as it is founded."""

    programme_id: int
    code: str
    name: str


def found(session: Session, new: NewAssociation, *, actor: str, now: datetime) -> Association:
    """Found an association. The same one again is returned as it is. Raises CodeTaken."""
    asked = select(Association).where(Association.code == new.code)
    known = session.exec(asked).one_or_none()
    if known is not None:
        if (known.programme_id, known.name) != (new.programme_id, new.name):
            raise CodeTaken(field="code")
        return known
    shop = session.exec(select(Shop.id).where(Shop.code == new.code)).first()
    if shop is not None or code_in_use(session, new.code):
        raise CodeTaken(field="code")
    row = Association(programme_id=new.programme_id, code=new.code, name=new.name)
    session.add(row)
    session.flush()
    note(session, row, "association.found", {"name": new.name}, actor=actor, now=now)
    return row


def appoint(
    session: Session, association: Association, login: str, *, actor: str, now: datetime
) -> None:
    """Make a member of staff an officer of an association; who is one stays one.

    Raises UnknownStaff.
    """
    person = people.staff(session, login)
    assert person.id is not None
    if (Role.OFFICER, association.code) in people.roles_of(session, person.id):
        return
    people.grant(session, staff_id=person.id, role=Role.OFFICER, scope_code=association.code)
    said = {"login": person.code}
    note(session, association, "association.appoint", said, actor=actor, now=now)


def dismiss(
    session: Session, association: Association, login: str, *, actor: str, now: datetime
) -> None:
    """Take the office away; who has none is none already. Raises UnknownStaff."""
    person = people.staff(session, login)
    assert person.id is not None
    if (Role.OFFICER, association.code) not in people.roles_of(session, person.id):
        return
    people.dismiss(session, staff_id=person.id, role=Role.OFFICER, scope_code=association.code)
    said = {"login": person.code}
    note(session, association, "association.dismiss", said, actor=actor, now=now)


def note(
    session: Session,
    association: Association,
    action: str,
    said: dict[str, str],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Leave a trace of who founded what and whom they gave it to."""
    subject = f"association:{association.code}"
    trail.record(session, actor=actor, action=action, subject=subject, detail=said, now=now)
