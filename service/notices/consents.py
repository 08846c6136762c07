"""The consent to stand in public notices: given and withdrawn at any time, with effect at once."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from service import consents, people

# The paper that shows the row, or misses it, is made anew. Also where there is none yet: it waits
# for a worker that is just about to show one.
STALE = text(
    """UPDATE notices n SET file = NULL FROM notices_rows r
WHERE r.volunteer_id = :volunteer AND n.id = r.notice_id"""
)


def agree(
    session: Session,
    volunteer_id: int,
    *,
    given: bool,
    by: str,
    now: datetime,
    asked: consents.Turn | None = None,
) -> people.Volunteer:
    """Give or withdraw the consent; again changes nothing. Raises MinorsStayOut, OldText.

    Without more, whoever says it about somebody else has it from a signed paper.
    """
    before = session.get_one(people.Volunteer, volunteer_id, with_for_update=True).consent_notice
    way = consents.Way.SELF if by.startswith("volunteer:") else consents.Way.PAPER
    turn = asked or consents.Turn(consents.Purpose.NOTICE, given, way)
    row = consents.turn(session, volunteer_id, turn, by=by, now=now)
    if row.consent_notice != before:
        session.execute(STALE, {"volunteer": volunteer_id})
    return row
