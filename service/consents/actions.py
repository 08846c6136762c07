"""Turning a switch: a row is added, told, and written into the trail."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service import outbox, people, trail
from service.consents.models import (
    Consent,
    GuardianAsked,
    MinorsStayOut,
    OldText,
    Purpose,
    Way,
)
from service.consents.queries import switches
from service.consents.texts import current

OF_GUARDIANS = {Way.GUARDIAN, Way.GUARDIAN_PAPER}


@dataclass(frozen=True, slots=True)
class Turn:
    """Which switch goes where, on which text, said how."""

    purpose: Purpose
    given: bool
    way: Way
    version: int | None = None  # of the text that was read; None: the one in force


def turn(
    session: Session, volunteer_id: int, asked: Turn, *, by: str, now: datetime
) -> people.Volunteer:
    """Turn a switch; to where it stands already changes nothing.

    Raises MinorsStayOut, GuardianAsked, OldText.
    """
    row = session.get_one(people.Volunteer, volunteer_id, with_for_update=True)
    if asked.given:
        judge(row, asked)
    if stands(session, row, asked.purpose) == asked.given:
        return row
    version = asked.version or current(asked.purpose).version
    session.add(
        Consent(
            volunteer_id=volunteer_id,
            purpose=asked.purpose,
            given=asked.given,
            version=version,
            way=asked.way,
            by=by,
            at=now,
        )
    )
    session.flush()
    session.refresh(row)  # the database keeps the volunteer's row true to the switch
    tell(session, row, asked, by=by, now=now)
    return row


def judge(row: people.Volunteer, asked: Turn) -> None:
    """Let only who may say yes, to the words in force. Raises as `turn` does."""
    if asked.purpose == Purpose.NOTICE and not row.adult:
        raise MinorsStayOut
    if not row.adult and asked.way not in OF_GUARDIANS:
        raise GuardianAsked
    if asked.version not in {None, current(asked.purpose).version}:
        raise OldText


def stands(session: Session, row: people.Volunteer, purpose: Purpose) -> bool:
    """Tell where a switch stands; of two, the volunteer's own row says it."""
    if purpose == Purpose.NOTICE:
        return row.consent_notice
    if purpose == Purpose.REGISTER and row.withdrawn_at is not None:
        return False
    return switches(session, row.id or 0)[purpose].given


def tell(session: Session, row: people.Volunteer, asked: Turn, *, by: str, now: datetime) -> None:
    """Tell of a turned switch, and write down who turned it."""
    said = {"purpose": asked.purpose, "version": asked.version or current(asked.purpose).version}
    about = f"volunteer:{row.code}"
    kind = "ConsentGiven" if asked.given else "ConsentWithdrawn"
    outbox.publish(session, kind, about, {"volunteer": row.code, **said}, now=now)
    action = "consent.give" if asked.given else "consent.withdraw"
    detail = {**said, "way": asked.way}
    trail.record(session, actor=by, action=action, subject=about, detail=detail, now=now)
