"""What differs becomes a finding of the audit, from which a case is opened."""

from datetime import datetime

from sqlmodel import Session

from service import audit, people
from service.activities import Award
from service.sampling.models import Call, Draw

RULE = "call_back_differs"


def report(session: Session, call: Call, award: Award, *, said: str, now: datetime) -> int:
    """File what somebody said as a finding about the volunteer's award; return its number."""
    draw = session.get_one(Draw, call.draw_id)
    person = people.volunteer_by_id(session, call.volunteer_id)
    finding = audit.Finding(
        key=f"call:{call.id}",
        subject=f"volunteer:{person.code}",
        community_id=call.community_id,
        day=award.service_day,
        evidence={
            "attendances": [call.attendance_id],
            "awards": [award.key],
            "calls": [call.id],
            "said": [said],
        },
    )
    row = audit.file_finding(
        session,
        programme_id=draw.programme_id,
        rule=RULE,
        finding=finding,
        weight=audit.ACT,
        now=now,
    )
    assert row.id is not None
    return row.id
