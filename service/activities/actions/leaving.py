"""Taking part no more: what lies ahead is given back, what was done stays."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from service import inbox, people
from service.activities.actions.signups import cancel_signup
from service.activities.models import Activity

# In the order of the posts, whose rows are locked one after the other.
AHEAD = text(
    """SELECT s.activity_id FROM activities_signups s JOIN activities a ON a.id = s.activity_id
WHERE s.volunteer_id = :volunteer AND s.status IN ('confirmed', 'waiting') AND a.starts_at > :now
  AND a.status NOT IN ('draft', 'cancelled') ORDER BY s.post_id"""
)
# Whose switch is off while a place is still held: signed up in the blink in which it was turned,
# or withdrawn in a release that left the places alone.
LEFT_BEHIND = text(
    """SELECT DISTINCT s.volunteer_id
FROM activities a JOIN activities_signups s ON s.activity_id = a.id
  JOIN people_holders v ON v.id = s.volunteer_id
WHERE a.starts_at > :now AND a.status IN ('published', 'open')
  AND s.status IN ('confirmed', 'waiting') AND v.withdrawn_at IS NOT NULL
ORDER BY s.volunteer_id LIMIT 50"""
)
KIND = "withdrawn"  # neither oneself nor a helper: also after the gate has opened


def leave_what_lies_ahead(session: Session, volunteer: people.Volunteer, *, now: datetime) -> int:
    """Give every place and turn of somebody back whose activity has not begun; return how many.

    Whoever is first in line moves up and is told; whose places they were is told as well. Again:
    nothing is left to give back.
    """
    asked = {"volunteer": volunteer.id, "now": now}
    ahead = session.execute(AHEAD, asked).scalars().all()
    for activity_id in ahead:
        found = session.get_one(Activity, activity_id)
        cancel_signup(session, found, volunteer, kind=KIND, now=now)
        tell_left(session, found, volunteer, now=now)
    return len(ahead)


def tell_left(
    session: Session, found: Activity, volunteer: people.Volunteer, *, now: datetime
) -> None:
    """Tell whose place it was that nobody counts on them there any more."""
    said: dict[str, str | int] = {"title": found.title, "starts_at": found.starts_at.isoformat()}
    key = f"left:{found.code}:{now.isoformat()}"
    message = inbox.Message("place_given_back", key, said, f"/activities/{found.code}")
    inbox.tell(session, [volunteer.id or 0], message, now=now)


def leave_for_the_withdrawn(session: Session, *, now: datetime) -> int:
    """Give back what those still hold who take part no more; return how many places."""
    found = session.execute(LEFT_BEHIND, {"now": now}).scalars().all()
    each = (people.volunteer_by_id(session, one) for one in found)
    return sum(leave_what_lies_ahead(session, one, now=now) for one in each)
