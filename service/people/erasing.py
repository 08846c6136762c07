"""The wish to be forgotten: one person asks, another decides; the books stay.

What is wiped stands in one place, the function `people_erase` of migration 0040.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import trail
from service.people.models import Erasure, NoErasure, OwnErasure, Volunteer
from service.people.queries import find_staff, volunteer_by_id

ERASE = text("SELECT people_erase(:volunteer, :by, :now)")
PAGE = 50


def ask_erasure(session: Session, *, volunteer_id: int, asked_by: str, now: datetime) -> Erasure:
    """Note that somebody is to be forgotten; a wish that waits already stays as it is."""
    session.get_one(Volunteer, volunteer_id, with_for_update=True)  # two taps wait for each other
    known = open_erasure(session, volunteer_id)
    if known is not None:
        return known
    row = Erasure(volunteer_id=volunteer_id, asked_by=asked_by, asked_at=now)
    session.add(row)
    note(session, "identity.ask-erasure", volunteer_id, actor=asked_by, now=now)
    session.flush()
    return row


def erase(session: Session, *, volunteer_id: int, decided_by: str, now: datetime) -> None:
    """Wipe who a volunteer is, as another person had asked. Raises NoErasure, OwnErasure."""
    judge(session, volunteer_id, decided_by)
    session.flush()
    asked = {"volunteer": volunteer_id, "by": decided_by, "now": now}
    if not session.execute(ERASE, asked).scalar_one():
        raise NoErasure
    note(session, "identity.erase", volunteer_id, actor=decided_by, now=now)
    session.flush()
    session.expire_all()  # what the session remembers of the rows is gone


def keep(session: Session, *, volunteer_id: int, decided_by: str, why: str, now: datetime) -> None:
    """Refuse a wish to be forgotten, and say why. Raises NoErasure, OwnErasure."""
    row = judge(session, volunteer_id, decided_by)
    row.decided_by, row.decided_at, row.erased, row.refusal = decided_by, now, False, why
    session.add(row)
    note(session, "identity.keep", volunteer_id, actor=decided_by, now=now)


def judge(session: Session, volunteer_id: int, decided_by: str) -> Erasure:
    """Return the wish that waits, for whoever may decide it. Raises NoErasure, OwnErasure."""
    row = open_erasure(session, volunteer_id, lock=True)
    if row is None:
        raise NoErasure
    own = f"volunteer:{volunteer_by_id(session, volunteer_id).code}"
    clerk = find_staff(session, decided_by.removeprefix("staff:"))
    if decided_by in (row.asked_by, own) or (clerk and clerk.volunteer_id == volunteer_id):
        raise OwnErasure
    return row


def open_erasure(session: Session, volunteer_id: int, *, lock: bool = False) -> Erasure | None:
    """Return the wish of a volunteer that nobody has decided yet."""
    waiting = select(Erasure).where(
        Erasure.volunteer_id == volunteer_id, col(Erasure.decided_at).is_(None)
    )
    return session.exec(waiting.with_for_update() if lock else waiting).first()


def erasures(
    session: Session, community_ids: Collection[int]
) -> Sequence[tuple[Erasure, Volunteer]]:
    """Return the wishes of some communities: those that wait first, then the newest decided."""
    asked = (
        select(Erasure, Volunteer)
        .join(Volunteer, col(Volunteer.id) == Erasure.volunteer_id)
        .where(col(Volunteer.community_id).in_(community_ids))
        .order_by(col(Erasure.decided_at).desc().nulls_first(), col(Erasure.id))
    )
    return session.exec(asked.limit(PAGE)).all()


def note(session: Session, action: str, volunteer_id: int, *, actor: str, now: datetime) -> None:
    """Write a step down, by the booklet's number."""
    subject = f"volunteer:{volunteer_by_id(session, volunteer_id).code}"
    trail.record(session, actor=actor, action=action, subject=subject, now=now)
