"""What people decide about a stay after the gate: a forgotten check-out, and what time decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import inbox, outbox, people, programmes, trail
from service.activities.models import Activity, Attendance, id_of

OPEN = {"in", "undecided"}


@dataclass(frozen=True, slots=True)
class Amended:
    """The answer to a filled-in check-out."""

    status: str  # ok | refused
    reason: str | None = None  # rejected_self | not_in | already_out | too_early | window_closed
    at: datetime | None = None


def stay(
    session: Session, *, activity_id: int | None, volunteer_id: int | None, lock: bool = False
) -> Attendance | None:
    """Return somebody's row at an activity; locked, it cannot be confirmed twice at once."""
    query = select(Attendance).where(
        Attendance.activity_id == activity_id, Attendance.volunteer_id == volunteer_id
    )
    return session.exec(query.with_for_update(key_share=True) if lock else query).first()


def fill_in_check_out(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    at: datetime | None,
    by: people.Caller,
    now: datetime,
) -> Amended:
    """Complete a forgotten check-out; without a time the stay is not counted.

    The row is marked for ever: it shows who typed the time. Nobody does it for himself.
    """
    row = stay(session, activity_id=activity.id, volunteer_id=volunteer.id, lock=True)
    if by.volunteer_id == volunteer.id:
        return Amended("refused", "rejected_self")
    if row is None or row.kind != "service":
        return Amended("refused", "not_in")
    if row.status not in OPEN:
        return Amended("refused", "already_out", row.out_at)
    left = (at or row.in_at).astimezone(UTC)
    if left < row.in_at:
        return Amended("refused", "too_early")
    if left > min(now, activity.closes_at):
        return Amended("refused", "window_closed")
    decided = "not_counted" if at is None else "planned_end" if left == activity.ends_at else "time"
    complete(session, row, left=left, decided=decided, by=by.actor, now=now)
    tell_amended(session, activity, volunteer, row=row, now=now)
    if at is None:
        tell_not_counted(session, activity, [volunteer], now=now)
    return Amended("ok", None, left)


def complete(
    session: Session, row: Attendance, *, left: datetime, decided: str, by: str, now: datetime
) -> None:
    """End a stay by a person's word: it proves as little as any word, and says so for ever."""
    row.status, row.out_at, row.out_way, row.out_actor = "out", left, "C4", by
    row.amended, row.amended_by, row.amended_at = True, by, now
    row.decided, row.assurance = decided, "A0"
    session.add(row)


def tell_not_counted(
    session: Session, activity: Activity, who: Sequence[people.Volunteer], *, now: datetime
) -> None:
    """Tell volunteers that a stay without check-out counts nothing, and whom to ask."""
    said: dict[str, str | int] = {"title": activity.title, "day": activity.business_day.isoformat()}
    key, link = f"not_counted:{activity.code}", f"/activities/{activity.code}"
    message = inbox.Message("not_counted", key, said, link)
    inbox.tell(session, [id_of(one) for one in who], message, now=now)


EXPIRED_AT_ONCE = 200


def expire_undecided(session: Session, *, now: datetime) -> int:
    """Let stays that nobody ended count nothing once the days of the rules are over.

    Each volunteer is told; the stay says for ever that nobody decided.
    """
    asked = (
        select(Attendance, Activity)
        .join(Activity, col(Activity.id) == Attendance.activity_id)
        .where(Attendance.status == "undecided", Activity.closes_at < now)
        .order_by(col(Attendance.activity_id), col(Attendance.id))
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(of=Attendance, key_share=True, skip_locked=True)
    )
    due = [pair for pair in session.exec(asked) if overdue(session, pair[1], now)]
    for row, activity in due:
        volunteer = people.volunteer_by_id(session, row.volunteer_id)
        complete(session, row, left=row.in_at, decided="expired", by="system", now=now)
        tell_amended(session, activity, volunteer, row=row, now=now)
        tell_not_counted(session, activity, [volunteer], now=now)
    return len(due)


def overdue(session: Session, activity: Activity, now: datetime) -> bool:
    """Tell whether the days to decide on an activity's stays are over."""
    figures = programmes.rule_set(session, activity.programme_id, activity.business_day)
    return now > activity.closes_at + timedelta(days=figures.undecided_days)


def tell_amended(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    row: Attendance,
    now: datetime,
) -> None:
    """Say who typed a time in, to the books and to whoever listens."""
    assert row.amended_by is not None
    assert row.out_at is not None
    said = {"activity": activity.code, "volunteer": volunteer.code, "by": row.amended_by}
    said |= {"out_at": row.out_at.isoformat()}
    outbox.publish(session, "AttendanceAmended", activity.code, said, now=now)
    subject = f"attendance:{activity.code}:{volunteer.code}"
    trail.record(
        session, actor=row.amended_by, action="amend", subject=subject, detail=said, now=now
    )


def sweep_no_shows(session: Session, *, now: datetime) -> int:
    """Mark, once each, who had a place and did not come by start + grace; return how many.

    Also moves what only the time moves: open activities, and stays that nobody ended.
    """
    marked: int = session.execute(text("SELECT activities_sweep(:now)"), {"now": now}).scalar_one()
    return marked
