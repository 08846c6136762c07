"""Who can sign in to practice data: one of each office, a leader, a card holder, a shop."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from service import activities
from service.people import DEMO_PASSWORD, Channel, RoleRow, Staff, Volunteer
from service.seed.cards import demo_pin


@dataclass(frozen=True, slots=True)
class SignIn:
    """One way in: what somebody is, and what to type."""

    role: str
    name: str
    secret: str  # a password, or a booklet's PIN


def sign_ins(session: Session) -> list[SignIn]:
    """Return one sign-in of each office, then those of volunteers."""
    offices = select(RoleRow.role, Staff.code).join(Staff, col(Staff.id) == RoleRow.staff_id)
    first: dict[str, str] = {}
    for role, code in session.exec(offices.order_by(col(Staff.id))):
        first.setdefault(role, code)
    staff = [SignIn(role, code, DEMO_PASSWORD) for role, code in first.items()]
    return staff + [SignIn(role, code, demo_pin(code)) for role, code in volunteers(session)]


def volunteers(session: Session) -> list[tuple[str, str]]:
    """Return the first leader, the first volunteer with a phone, the first with a card only."""
    leader = session.exec(
        select(Volunteer.code)
        .join(activities.Activity, col(activities.Activity.leader_id) == Volunteer.id)
        .order_by(col(activities.Activity.id))
        .limit(1)
    ).first()
    found = [("activity leader", leader)]
    for role, channel in (("volunteer", Channel.PHONE), ("volunteer with a card", Channel.CARD)):
        asked = select(Volunteer.code).where(Volunteer.channel == channel)
        found.append((role, session.exec(asked.order_by(Volunteer.code).limit(1)).first()))
    return [(role, code) for role, code in found if code is not None]
