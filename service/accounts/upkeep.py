"""What the owner of an account, or an operator, does with it: passwords and sessions."""

from datetime import datetime

from sqlmodel import Session

from service import people, trail
from service.accounts.models import WeakPassword
from service.accounts.queries import handle, sessions
from service.accounts.rules import good_password
from service.people import Staff


def judge_password(password: str, *about: str) -> None:
    """Refuse what is short, known or easily guessed. Raises WeakPassword. Nobody is asked."""
    if not good_password(password, about):
        raise WeakPassword


def set_password(
    session: Session, *, staff: Staff, new: str, actor: str, now: datetime, keep: str = ""
) -> None:
    """Change a password; every other session than that of `keep` ends. Raises WeakPassword."""
    judge_password(new, staff.code, staff.title)
    people.set_password(session, code=staff.code, password=new, now=now, keep=keep)
    about = f"staff:{staff.code}"
    trail.record(session, actor=actor, action="password.set", subject=about, now=now)


def end_session(session: Session, *, staff: Staff, named: str, now: datetime) -> bool:
    """End one of somebody's own sessions by its handle; one that is over is no fault."""
    assert staff.id is not None
    found = [one for one in sessions(session, staff_id=staff.id, now=now) if handle(one) == named]
    for one in found:
        one.revoked_at = now
        detail = {"device": one.device or ""}
        note_ended(session, f"staff:{staff.code}", f"staff:{staff.code}", detail, now=now)
    return bool(found)


def end_sessions(
    session: Session, *, staff: Staff | None, actor: str, now: datetime, keep: str = ""
) -> int:
    """End all sessions of one member of staff, or of everybody; return how many there were.

    Tablets are no sessions: each is shut out on its own page.
    """
    staff_id = staff.id if staff else None
    count = people.close_sessions(session, staff_id=staff_id, now=now, keep=keep)
    about = f"staff:{staff.code}" if staff else "sessions:all"
    note_ended(session, actor, about, {"count": str(count)}, now=now)
    return count


def note_ended(
    session: Session, actor: str, about: str, detail: dict[str, str], *, now: datetime
) -> None:
    """Write down that sessions were ended."""
    trail.record(session, actor=actor, action="session.end", subject=about, detail=detail, now=now)
