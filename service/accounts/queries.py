"""Reads of accounts: what somebody has beside a password, and where somebody is signed in."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from service import people
from service.accounts.models import Factor, Pending, RecoveryCode, SignInOver, UnknownFactor
from service.people import SignedIn, token_hash

HANDLE_BYTES = 8  # of a token's hash: enough to tell one's own sessions apart


def factors(session: Session, *, staff_id: int) -> Sequence[Factor]:
    """Return the second factors of a member of staff, the oldest first."""
    asked = select(Factor).where(Factor.staff_id == staff_id).order_by(col(Factor.id))
    return session.exec(asked).all()


def factor(session: Session, *, staff_id: int, factor_id: int) -> Factor:
    """Return one of somebody's own factors. Raises UnknownFactor."""
    found = session.get(Factor, factor_id)
    if found is None or found.staff_id != staff_id:
        raise UnknownFactor
    return found


def some_factor(session: Session, *, staff_id: int) -> None:
    """Refuse where there is no second factor. Raises UnknownFactor."""
    if not factors(session, staff_id=staff_id):
        raise UnknownFactor


def codes_left(session: Session, *, staff_id: int) -> int:
    """Count the recovery codes that were not used yet."""
    asked = select(func.count()).where(
        col(RecoveryCode.staff_id) == staff_id, col(RecoveryCode.used_at).is_(None)
    )
    return session.exec(asked).one()


def sessions(session: Session, *, staff_id: int, now: datetime) -> Sequence[SignedIn]:
    """Return the sessions of a member of staff that are open, the one used last first."""
    asked = select(SignedIn).where(
        SignedIn.staff_id == staff_id,
        col(SignedIn.revoked_at).is_(None),
        SignedIn.expires_at > now,
    )
    used = func.coalesce(SignedIn.last_seen_at, SignedIn.created_at)
    return session.exec(asked.order_by(used.desc(), col(SignedIn.token_hash))).all()


def handle(row: SignedIn) -> str:
    """Return the name by which a session's owner ends it; it opens nothing."""
    return row.token_hash[:HANDLE_BYTES].hex()


def pending(session: Session, *, token: str, purposes: Collection[str], now: datetime) -> Pending:
    """Return a half-open sign-in by its token; a new password ends it too. Raises SignInOver."""
    found = session.get(Pending, token_hash(token)) if token else None
    usable = found is not None and found.used_at is None and found.expires_at > now
    if found is None or not usable or found.purpose not in purposes:
        raise SignInOver
    staff = session.get_one(people.Staff, found.staff_id)
    if not staff.active or (staff.password_at and found.created_at < staff.password_at):
        raise SignInOver
    return found


def administrators(session: Session) -> list[str]:
    """Return the sign-in names of the administrators who can sign in."""
    asked = (
        select(people.Staff.code)
        .join(people.RoleRow, col(people.RoleRow.staff_id) == people.Staff.id)
        .where(
            people.RoleRow.role == people.Role.ADMINISTRATOR,
            col(people.Staff.active),
            col(people.Staff.password_hash).is_not(None),
        )
    )
    return sorted(set(session.exec(asked).all()))
