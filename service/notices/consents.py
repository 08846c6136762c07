"""The consent to stand in public notices: given and withdrawn at any time, with effect at once."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from service import outbox, people, trail
from service.notices.refusals import MinorsStayOut

PURPOSE = "notice"
TERMS = "notice-2025-1"  # which words were agreed to
# The paper that shows the row, or misses it, is made anew. Also where there is none yet: it waits
# for a worker that is just about to show one.
STALE = text(
    """UPDATE notices n SET file = NULL FROM notices_rows r
WHERE r.volunteer_id = :volunteer AND n.id = r.notice_id"""
)


def agree(
    session: Session, volunteer_id: int, *, given: bool, by: str, now: datetime
) -> people.Volunteer:
    """Give or withdraw the consent; again changes nothing. Raises MinorsStayOut."""
    row = session.get_one(people.Volunteer, volunteer_id, with_for_update=True)
    if given and not row.adult:
        raise MinorsStayOut
    if row.consent_notice == given:
        return row
    row.consent_notice = given
    session.add(row)
    session.execute(STALE, {"volunteer": volunteer_id})
    kind = "ConsentGiven" if given else "ConsentWithdrawn"
    payload = {"volunteer": row.code, "purpose": PURPOSE}
    outbox.publish(session, kind, f"volunteer:{row.code}", payload, now=now)
    trail.record(
        session, actor=by, action="consent.give" if given else "consent.withdraw",
        subject=f"volunteer:{row.code}", detail={"purpose": PURPOSE, "terms": TERMS}, now=now,
    )  # fmt: skip
    return row
