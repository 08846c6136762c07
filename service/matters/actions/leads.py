"""Naming who solves for a team."""

from datetime import datetime

from sqlmodel import Session

from service import people
from service.matters.models import Lead
from service.matters.queries.lists import lead_of
from service.matters.refusals import NotInTeam


def name_lead(
    session: Session, team: people.Team, volunteer: people.Volunteer, *, by: str, now: datetime
) -> Lead:
    """Name an adult of the team as its leader; who it was before is kept.

    Raises NotInTeam.
    """
    if volunteer.team_id != team.id or not volunteer.adult:
        raise NotInTeam
    before = lead_of(session, team.id or 0, lock=True)
    if before and before.volunteer_id == volunteer.id:
        return before
    if before:
        before.ended_by, before.ended_at = by, now
        session.flush()
    row = Lead(team_id=team.id or 0, volunteer_id=volunteer.id or 0, named_by=by, named_at=now)
    session.add(row)
    session.flush()
    return row
