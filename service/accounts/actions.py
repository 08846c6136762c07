"""Signing in: a password, then a second step for whoever has one or must have one."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pyotp import random_base32
from sqlmodel import Session, col, delete, update

from service import people, trail
from service.accounts import tries
from service.accounts.models import Pending, Purpose
from service.accounts.queries import factors
from service.accounts.rules import needs_factor
from service.accounts.tries import Try, Whose
from service.db import Database, sealer_of
from service.people import Staff, WrongSignIn, new_token, token_hash
from service.sealing import Place

SECOND_LIFE = timedelta(minutes=5)
ENROL_LIFE = timedelta(minutes=20)
FIRST_LIFE = timedelta(hours=24)
LIFE = {
    Purpose.SECOND: SECOND_LIFE,
    Purpose.ENROL: ENROL_LIFE,
    Purpose.FIRST: FIRST_LIFE,
    Purpose.RENEW: ENROL_LIFE,
}
CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Asker:
    """Where a sign-in comes from: the address, and the device in words."""

    address: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a sign-in is: open, second, enrol or renew; `token` is a session's or a half's."""

    state: str
    staff: Staff
    roles: frozenset[tuple[str, str]]
    token: str


def begin(
    database: Database, *, login: str, password: str, asker: Asker, strict: bool, now: datetime
) -> Step:
    """Take the first step. Raises WrongSignIn for every way to be wrong, waiting included.

    Whoever has a second factor is let in by it; with `strict`, an office that asks for one and has
    none leads to adding it. The failures are kept even though a refusal writes nothing else.
    """
    whose = Whose("password", login, asker.address)
    found = check(database, whose, password=password, now=now)
    return database.atomic(
        partial(go_on, staff=found, whose=whose, asker=asker, strict=strict, now=now)
    )


def check(database: Database, whose: Whose, *, password: str, now: datetime) -> Staff:
    """Return whose name and password these are. Raises WrongSignIn, while they wait in any case."""
    held = tries.count(database, whose, now=now)
    compared = partial(people.authenticate_staff, login=whose.name, password=password)
    try:
        found = database.atomic(compared)
    except WrongSignIn:
        note_wait(database, whose, held, now=now)
        raise
    if not held.may:
        raise WrongSignIn
    return found


def note_wait(database: Database, whose: Whose, held: Try, *, now: datetime) -> None:
    """Write down that a name or an address begins to wait; an unknown name costs as much."""
    if not held.waits:
        return

    def work(session: Session) -> None:
        found = people.find_staff(session, whose.name)
        about = f"staff:{found.code}" if found else "staff:?"  # a password may be typed as a name
        detail = {"kind": whose.kind, "address": whose.address}
        trail.record(
            session, actor="nobody:", action="session.wait", subject=about, detail=detail, now=now
        )

    database.atomic(work)


def go_on(
    session: Session, *, staff: Staff, whose: Whose, asker: Asker, strict: bool, now: datetime
) -> Step:
    """Open the session of somebody whose password was right, or ask for what is still missing."""
    assert staff.id is not None
    tries.clear(session, whose=whose)
    roles = people.roles_of(session, staff.id)
    half: dict[str, Any] = {"staff_id": staff.id, "device": asker.device, "now": now}
    if factors(session, staff_id=staff.id):
        token = half_open(session, purpose=Purpose.SECOND, **half)
        return Step("second", staff, roles, token)
    if strict and needs_factor(roles):
        token = half_open(session, purpose=Purpose.ENROL, **half)
        return Step("enrol", staff, roles, token)
    return let_in(session, staff, device=asker.device, factor=None, now=now)


def half_open(
    session: Session,
    *,
    staff_id: int,
    purpose: Purpose,
    device: str,
    now: datetime,
    opens: bool = True,
) -> str:
    """Begin a next step; return the token of its pages. Older ones that are over go."""
    over = delete(Pending).where(col(Pending.staff_id) == staff_id, col(Pending.expires_at) <= now)
    session.exec(over)
    token = new_token()
    row = Pending(
        token_hash=token_hash(token),
        staff_id=staff_id,
        purpose=purpose,
        opens=opens,
        challenge=secrets.token_bytes(CHALLENGE_BYTES),
        device=device,
        created_at=now,
        expires_at=now + LIFE[purpose],
    )
    if purpose == Purpose.ENROL:
        row.secret = sealer_of(session).seal(random_base32(), app_place(staff_id))
    session.add(row)
    return token


def app_place(staff_id: int) -> Place:
    """Return where an app's secret lives: it opens for nobody else's account."""
    return Place("accounts_factors", "secret", staff_id)


def let_in(
    session: Session, staff: Staff, *, device: str, factor: str | None, now: datetime
) -> Step:
    """Open a session and write down from where and by what; behind a first password, renew it."""
    assert staff.id is not None
    if staff.password_first:
        return ask_own_password(session, staff, device=device, factor=factor, now=now)
    token = people.open_staff_session(
        session, staff_id=staff.id, now=now, device=device, factor=factor
    )
    trail.record(
        session,
        actor=f"staff:{staff.code}",
        action="session.open",
        subject=f"staff:{staff.code}",
        detail={"device": device, "factor": factor or ""},
        now=now,
    )
    return Step("open", staff, people.roles_of(session, staff.id), token)


def ask_own_password(
    session: Session, staff: Staff, *, device: str, factor: str | None, now: datetime
) -> Step:
    """Lead on to an own password: the first one is known to whoever gave it."""
    assert staff.id is not None
    asked: dict[str, Any] = {"purpose": Purpose.RENEW, "device": device, "now": now}
    token = half_open(session, staff_id=staff.id, **asked)
    session.get_one(Pending, token_hash(token)).factor = factor
    return Step("renew", staff, people.roles_of(session, staff.id), token)


def end_others(session: Session, *, staff_id: int, now: datetime, keep: str = "") -> int:
    """End an account's other sessions, and sign-ins that are half open; count the sessions.

    So it is after every change of what opens the account: whoever came in before may be a thief.
    """
    halves = (col(Pending.staff_id) == staff_id, col(Pending.used_at).is_(None))
    session.exec(update(Pending).where(*halves).values(expires_at=now))
    return people.close_sessions(session, staff_id=staff_id, now=now, keep=keep)
