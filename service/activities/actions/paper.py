"""The paper sheet: one person types a line in, another one approves it. Assurance A0."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from service import outbox, people, trail
from service.activities import rules
from service.activities.actions.attendance import stay
from service.activities.actions.confirmations import Order, Outcome, confirm
from service.activities.models import Activity, Attendance, PaperLine, Signup, id_of
from service.activities.refusals import (
    AlreadyDecided,
    AttendanceExists,
    GuardianMissing,
    OwnApproval,
    OwnAward,
    RegistrationWithdrawn,
    UnfitTime,
    UnknownLine,
)


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on the sheet and what proves it; key and rule are for its award."""

    in_at: datetime
    out_at: datetime
    evidence: str
    line: int | None = None
    rule: str | None = None
    key: str | None = None
    picture_id: int | None = None  # a kept photo of the sheet


def enter_line(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    written: Written,
    by: people.Caller,
    now: datetime,
) -> PaperLine:
    """Type in a line; nothing counts until another person approves it. Twice answers the first.

    Raises OwnAward, GuardianMissing, RegistrationWithdrawn, UnfitTime, AttendanceExists.
    """
    if by.volunteer_id == volunteer.id:
        raise OwnAward
    age, agreed = people.age_floor(volunteer.age_band), volunteer.guardian_consent
    if rules.too_young(age, guardian_consent=agreed, adults_only=False):
        raise GuardianMissing
    if volunteer.withdrawn_at is not None and written.in_at >= volunteer.withdrawn_at:
        raise RegistrationWithdrawn
    times = (activity.opens_at, written.in_at, written.out_at, min(now, activity.closes_at))
    if list(times) != sorted(times):
        raise UnfitTime(field="check_out")
    if known := open_line(session, activity, volunteer):
        return known
    if stay(session, activity_id=activity.id, volunteer_id=volunteer.id):
        raise AttendanceExists
    line = new_line(activity, volunteer, written=written, by=by, now=now)
    session.add(line)
    session.flush()
    subject = f"paper:{activity.code}:{volunteer.code}"
    said = {"line": written.line, "evidence": written.evidence}
    trail.record(session, actor=by.actor, action="enter", subject=subject, detail=said, now=now)
    return line


def open_line(
    session: Session, activity: Activity, volunteer: people.Volunteer
) -> PaperLine | None:
    """Return the line of this person that waits or was approved."""
    return session.exec(
        select(PaperLine).where(
            PaperLine.activity_id == activity.id,
            PaperLine.volunteer_id == volunteer.id,
            PaperLine.status != "refused",
        )
    ).first()


def new_line(
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    written: Written,
    by: people.Caller,
    now: datetime,
) -> PaperLine:
    """Make the row of a typed-in line."""
    return PaperLine(
        activity_id=id_of(activity),
        volunteer_id=id_of(volunteer),
        line=written.line,
        in_at=written.in_at,
        out_at=written.out_at,
        rule=written.rule or "",
        award_key=written.key or f"AW-{activity.code}-{volunteer.code}",
        evidence=written.evidence,
        evidence_file_id=written.picture_id,
        maker=by.actor,
        maker_id=by.volunteer_id,
        entered_at=now,
        status="waiting",
    )


def decide_line(
    session: Session,
    activity: Activity,
    line_id: int,
    *,
    accept: bool,
    by: people.Caller,
    now: datetime,
) -> Outcome:
    """Approve a line, which makes the attendance, takes a no-show back and awards; or refuse it.

    Approving twice answers with the first award. Raises UnknownLine, OwnApproval, AlreadyDecided.
    """
    line = session.get(PaperLine, line_id, with_for_update={"key_share": True})
    if line is None or line.activity_id != activity.id:
        raise UnknownLine
    volunteer = people.volunteer_by_id(session, line.volunteer_id)
    mine = {line.maker_id, volunteer.id} - {None}
    if by.actor == line.maker or by.volunteer_id in mine:
        raise OwnApproval
    if line.status != "waiting" and (line.status == "approved") != accept:
        raise AlreadyDecided
    order = Order(line.rule or None, line.award_key, ("paper",), line.maker)
    if line.status == "approved":
        return confirm(session, activity, volunteer, order=order, by=by, now=now)
    line.approver, line.decided_at = by.actor, now
    line.status = "approved" if accept else "refused"
    session.add(line)
    if not accept:
        return Outcome("refused", "line_refused")
    attend(session, activity, line, now=now)
    outcome = confirm(session, activity, volunteer, order=order, by=by, now=now)
    tell_line(session, activity, volunteer, line=line, now=now)
    return outcome


def attend(session: Session, activity: Activity, line: PaperLine, *, now: datetime) -> Attendance:
    """Make the attendance of an approved line. Raises AttendanceExists."""
    if stay(session, activity_id=activity.id, volunteer_id=line.volunteer_id):
        raise AttendanceExists
    signup = session.exec(
        select(Signup).where(
            Signup.activity_id == activity.id,
            Signup.volunteer_id == line.volunteer_id,
            col(Signup.status).in_(["confirmed", "no_show"]),
        )
    ).first()
    if signup:
        signup.status = "came"
        session.add(signup)
    row = Attendance(
        activity_id=line.activity_id,
        volunteer_id=line.volunteer_id,
        status="out",
        in_at=line.in_at,
        out_at=line.out_at,
        in_way="C4",
        out_way="C4",
        in_actor=line.maker,
        out_actor=line.maker,
    )
    session.add(row)
    session.flush()
    return row


def tell_line(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    line: PaperLine,
    now: datetime,
) -> None:
    """Say that a person was added from paper, by whom and who approved."""
    said = {"activity": activity.code, "volunteer": volunteer.code, "paper": True}
    said |= {"by": line.maker, "approver": line.approver, "out_at": line.out_at.isoformat()}
    outbox.publish(session, "AttendanceAmended", activity.code, said, now=now)
    subject = f"paper:{activity.code}:{volunteer.code}"
    trail.record(
        session, actor=str(line.approver), action="approve", subject=subject, detail=said, now=now
    )
