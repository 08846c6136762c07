"""What the owner of an account, or an operator, does with it: passwords, sessions, first link."""

from datetime import datetime

from sqlmodel import Session, col, update

from service import people, trail
from service.accounts.actions import Step, end_others, half_open, let_in
from service.accounts.factors import begin_adding, use_up
from service.accounts.models import (
    AdministratorExists,
    Pending,
    Purpose,
    SamePassword,
    WeakPassword,
)
from service.accounts.queries import administrators, handle, pending, sessions
from service.accounts.rules import good_password
from service.people import Role, Staff


def judge_password(password: str, *about: str) -> None:
    """Refuse what is short, known or easily guessed. Raises WeakPassword. Nobody is asked."""
    if not good_password(password, about):
        raise WeakPassword


def set_password(
    session: Session, *, staff: Staff, new: str, actor: str, now: datetime, keep: str = ""
) -> None:
    """Change a password; every other session than that of `keep` ends.

    One that somebody else sets is a first one: its owner changes it before anything opens.
    Raises WeakPassword, SamePassword.
    """
    assert staff.id is not None
    about = f"staff:{staff.code}"
    judge_password(new, staff.code, staff.title)
    own = actor == about
    if own and people.fits(new, staff.password_hash):
        raise SamePassword
    ended = end_others(session, staff_id=staff.id, now=now, keep=keep)
    people.set_password(session, code=staff.code, password=new, now=now, keep=keep, first=not own)
    said = {"sessions": str(ended)}
    trail.record(session, actor=actor, action="password.set", subject=about, detail=said, now=now)


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


def invite_first(session: Session, *, login: str, scope: str, now: datetime) -> str:
    """Employ the first administrator; return the token of a link that works once, for a day.

    Asked again for the same name it makes a new link, and the old one ends. Raises
    AdministratorExists once an administrator can sign in.
    """
    if administrators(session):
        raise AdministratorExists
    people.unit(session, scope)
    staff = people.find_staff(session, login) or people.employ(session, code=login, title=login)
    assert staff.id is not None
    people.grant(session, staff_id=staff.id, role=Role.ADMINISTRATOR, scope_code=scope)
    end_links(session, staff.id, now=now)
    about = f"staff:{login}"
    trail.record(session, actor="operator", action="account.invite", subject=about, now=now)
    return half_open(session, staff_id=staff.id, purpose=Purpose.FIRST, device="", now=now)


def end_links(session: Session, staff_id: int, *, now: datetime) -> None:
    """End the one-time links of somebody that were not used."""
    mine = (col(Pending.staff_id) == staff_id, col(Pending.purpose) == Purpose.FIRST)
    session.exec(update(Pending).where(*mine).values(expires_at=now))


def take_up(session: Session, *, token: str, password: str, device: str, now: datetime) -> str:
    """Set the first password by a one-time link; return the token of the page that adds a factor.

    Raises SignInOver, WeakPassword. The link is used up; the sign-in opens with the factor.
    """
    half = pending(session, token=token, purposes=(Purpose.FIRST,), now=now)
    choose(session, half, password, now=now)
    return begin_adding(session, staff_id=half.staff_id, device=device, opens=True, now=now)


def renew(session: Session, *, token: str, password: str, now: datetime) -> Step:
    """Set an own password in the place of a first one; return the session that follows.

    Raises SignInOver, WeakPassword, SamePassword.
    """
    half = pending(session, token=token, purposes=(Purpose.RENEW,), now=now)
    staff = choose(session, half, password, now=now)
    return let_in(session, staff, device=half.device, factor=half.factor, now=now)


def choose(session: Session, half: Pending, password: str, *, now: datetime) -> Staff:
    """Set the password that the owner of a half-open sign-in chose, and use the half up."""
    staff = session.get_one(Staff, half.staff_id)
    use_up(session, half, now=now)
    set_password(session, staff=staff, new=password, actor=f"staff:{staff.code}", now=now)
    return staff
