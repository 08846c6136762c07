"""What can be done with people. Each action runs in the caller's transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, update

from service.people.identities import write_down
from service.people.models import (
    Device,
    Profile,
    Role,
    RoleRow,
    SignedIn,
    Staff,
    StaffExists,
    Team,
    TooYoungToRegister,
    Unit,
    UnitKind,
    Volunteer,
    WrongSignIn,
    too_young,
)
from service.people.passwords import fits, hash_password, outdated
from service.people.queries import device, find_staff, staff
from service.people.tokens import DEVICE_PREFIX, new_token, token_hash

STAFF_SESSION = timedelta(hours=12)
VOLUNTEER_SESSION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What is written down about a volunteer at registration."""

    code: str
    age_band: str
    channel: str
    name: str
    phone: str | None = None
    id_no: str | None = None
    team_id: int | None = None
    guardian_consent: bool = False
    qualification: str | None = None
    qualification_verified: bool = False
    consent_notice: bool = False
    opening_lifetime: int = 0  # points
    opening_minutes: int = 0


def found_unit(
    session: Session,
    *,
    kind: UnitKind,
    code: str,
    name: str,
    parent_id: int | None = None,
    programme_id: int | None = None,
) -> Unit:
    """Add a unit to the tree; its code is taken once."""
    row = Unit(kind=kind, code=code, name=name, parent_id=parent_id, programme_id=programme_id)
    session.add(row)
    session.flush()
    return row


def found_team(session: Session, *, community_id: int, code: str, name: str) -> Team:
    """Add a service team to a community."""
    row = Team(community_id=community_id, code=code, name=name)
    session.add(row)
    session.flush()
    return row


def register(session: Session, newcomer: Newcomer, *, community: Unit, now: datetime) -> Volunteer:
    """Register a volunteer with a community; who it is goes into the identity table.

    Raises TooYoungToRegister.
    """
    if too_young(newcomer.age_band):
        raise TooYoungToRegister
    assert community.id is not None
    assert community.programme_id is not None, community.code
    known = {name: getattr(newcomer, name) for name in VOLUNTEER_FIELDS}
    row = Volunteer(
        community_id=community.id, programme_id=community.programme_id, created_at=now, **known
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    said = {"name": newcomer.name, "phone": newcomer.phone, "id_no": newcomer.id_no}
    write_down(session, volunteer_id=row.id, said=said)
    return row


VOLUNTEER_FIELDS = (
    "code",
    "age_band",
    "channel",
    "team_id",
    "guardian_consent",
    "qualification",
    "qualification_verified",
    "consent_notice",
    "opening_lifetime",
    "opening_minutes",
)


def employ(
    session: Session,
    *,
    code: str,
    title: str,
    community_id: int | None = None,
    volunteer_id: int | None = None,
    password_hash: str | None = None,
) -> Staff:
    """Give somebody a sign-in name. Raises StaffExists. Without a password it opens nothing."""
    if find_staff(session, code) is not None:
        raise StaffExists
    row = Staff(
        code=code,
        title=title,
        community_id=community_id,
        volunteer_id=volunteer_id,
        password_hash=password_hash,
    )
    session.add(row)
    session.flush()
    return row


def grant(
    session: Session,
    *,
    staff_id: int,
    role: Role,
    scope_code: str,
    given: tuple[str | None, datetime | None] = (None, None),
) -> None:
    """Give a member of staff an office within a scope; having it already is no fault.

    `given` says by whom and when; who loads data leaves it out.
    """
    if session.get(RoleRow, (staff_id, role, scope_code)) is None:
        by, at = given
        row = RoleRow(staff_id=staff_id, role=role, scope_code=scope_code, given_by=by, given_at=at)
        session.add(row)


def dismiss(session: Session, *, staff_id: int, role: Role, scope_code: str) -> None:
    """Take an office away; it counts from the next request on. Not having it is no fault."""
    found = session.get(RoleRow, (staff_id, role, scope_code))
    if found is not None:
        session.delete(found)


def set_password(
    session: Session,
    *,
    code: str,
    password: str,
    now: datetime,
    keep: str = "",
    first: bool = False,
) -> int:
    """Change a password; every session that the old one opened ends, but that of `keep`.

    A `first` one is somebody else's word: its owner changes it before anything opens. Returns how
    many sessions ended.
    """
    row = staff(session, code)
    assert row.id is not None
    row.password_hash, row.password_first, row.password_at = hash_password(password), first, now
    return close_sessions(session, staff_id=row.id, now=now, keep=keep)


def close_sessions(
    session: Session, *, staff_id: int | None = None, now: datetime, keep: str = ""
) -> int:
    """End the sessions of a member of staff, or everybody's, but that of `keep`; count them."""
    ends = [col(SignedIn.revoked_at).is_(None), col(SignedIn.expires_at) > now]
    if staff_id is not None:
        ends.append(col(SignedIn.staff_id) == staff_id)
    if keep:
        ends.append(col(SignedIn.token_hash) != token_hash(keep))
    return session.exec(update(SignedIn).where(*ends).values(revoked_at=now)).rowcount


def authenticate_staff(session: Session, *, login: str, password: str) -> Staff:
    """Return who signs in. Raises WrongSignIn, after the same time, for every way to be wrong."""
    found = find_staff(session, login)
    stored = found.password_hash if found and found.active else None
    if not fits(password, stored) or found is None:
        raise WrongSignIn
    if outdated(stored):
        found.password_hash = hash_password(password)
    return found


def open_staff_session(
    session: Session,
    *,
    staff_id: int,
    now: datetime,
    device: str | None = None,
    factor: str | None = None,
) -> str:
    """Open a session of 12 hours for a member of staff; return its token, said only here."""
    token = new_token()
    opened = SignedIn(
        token_hash=token_hash(token),
        staff_id=staff_id,
        created_at=now,
        expires_at=now + STAFF_SESSION,
        device=device,
        factor=factor,
    )
    session.add(opened)
    return token


def open_volunteer_session(
    session: Session,
    *,
    volunteer_id: int,
    now: datetime,
    device: str | None = None,
    token: str = "",
) -> str:
    """Open a session of 30 days for a volunteer; return its token, said only here.

    A `token` is given by who can make the very same one again, for a phone that asks twice.
    """
    token = token or new_token()
    until = now + VOLUNTEER_SESSION
    opened = SignedIn(
        token_hash=token_hash(token),
        volunteer_id=volunteer_id,
        created_at=now,
        expires_at=until,
        device=device,
    )
    session.add(opened)
    return token


def close_session(session: Session, *, token: str, now: datetime) -> bool:
    """End the session of a token; tell whether it was one. Again, or one that never was: False."""
    found = session.get(SignedIn, token_hash(token))
    if found is None or found.revoked_at is not None:
        return False
    found.revoked_at = now
    return True


def prolong_session(session: Session, *, token: str, now: datetime) -> bool:
    """Let a bound phone's session last 30 days from now; tell whether that was a day more."""
    found = session.get(SignedIn, token_hash(token))
    until = now + VOLUNTEER_SESSION
    if found is None or found.revoked_at or found.expires_at > until - timedelta(days=1):
        return False
    found.expires_at = until
    return True


def end_sessions(
    session: Session,
    volunteer_id: int,
    *,
    now: datetime,
    only: bytes | None = None,
    but: Collection[bytes] = (),
) -> None:
    """End a volunteer's sessions: one, by its token's hash, or all but some."""
    asked = update(SignedIn).where(
        col(SignedIn.volunteer_id) == volunteer_id, col(SignedIn.revoked_at).is_(None)
    )
    if only is not None:
        asked = asked.where(col(SignedIn.token_hash) == only)
    session.exec(asked.where(col(SignedIn.token_hash).not_in(but)).values(revoked_at=now))


def pair_device(
    session: Session,
    *,
    name: str,
    paired_by: str,
    now: datetime,
    shop_id: int | None = None,
    community_id: int | None = None,
) -> tuple[Device, str]:
    """Pair a tablet; return it with its token, which is said only here.

    With a shop it is that shop's till, without one a gate of the community.
    """
    token = DEVICE_PREFIX + new_token()
    row = Device(
        profile=Profile.GATE if shop_id is None else Profile.TILL,
        name=name,
        shop_id=shop_id,
        community_id=community_id,
        token_hash=token_hash(token),
        token_made_at=now,
        paired_at=now,
        paired_by=paired_by,
    )
    session.add(row)
    session.flush()
    return row, token


def revoke_device(session: Session, *, device_id: int, now: datetime) -> Device:
    """Shut a tablet out: its next call is nobody's. Doing it twice keeps the first moment."""
    row = device(session, device_id)
    row.revoked_at = row.revoked_at or now
    return row
