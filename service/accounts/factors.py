"""Second factors: adding, showing and removing them, and the ten codes on paper beside them."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pyotp import TOTP
from sqlmodel import Session, col, delete, update

from service import people, trail
from service.accounts import passkeys, tries
from service.accounts.actions import (
    Asker,
    Step,
    app_place,
    end_others,
    half_open,
    let_in,
    note_wait,
)
from service.accounts.models import (
    Factor,
    Kind,
    LastFactor,
    Pending,
    Purpose,
    RecoveryCode,
    SignInOver,
    WrongCode,
)
from service.accounts.passkeys import Site
from service.accounts.queries import factor, factors, pending
from service.accounts.rules import (
    ALPHABET,
    RECOVERY_CHARACTERS,
    RECOVERY_CODES,
    grouped,
    is_totp,
    matching_step,
    needs_factor,
    plain,
)
from service.accounts.tries import Whose
from service.db import Database, sealer_of
from service.people import Staff, token_hash

ISSUER = "Aixin"


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows in a second step: a code that was typed, or a passkey's answer."""

    code: str = ""
    passkey: str = ""
    seconds: int = 0  # by the machine's clock: phones know no simulated one


@dataclass(frozen=True, slots=True)
class Added:
    """A new factor's outcome: the session, if one was to follow, and the codes, said only here."""

    step: Step | None
    codes: tuple[str, ...]


def finish(
    database: Database, *, token: str, shown: Shown, site: Site, asker: Asker, now: datetime
) -> Step:
    """Take the second step. Raises SignInOver, WrongCode; waiting reads like a wrong code."""
    whose = Whose("second", database.atomic(partial(login_of, token=token, now=now)), asker.address)
    held = tries.count(database, whose, now=now)
    work = partial(show, token=token, shown=shown, site=site, now=now)

    def step(session: Session) -> Step:
        done = work(session)
        if not held.may:
            raise WrongCode  # after the same work, and nothing of it stays
        tries.clear(session, whose=whose)
        return done

    try:
        return database.atomic(step)
    except WrongCode:
        note_wait(database, whose, held, now=now)
        raise


def login_of(session: Session, *, token: str, now: datetime) -> str:
    """Return whose second step this is. Raises SignInOver."""
    half = pending(session, token=token, purposes=(Purpose.SECOND,), now=now)
    return session.get_one(Staff, half.staff_id).code


def show(session: Session, *, token: str, shown: Shown, site: Site, now: datetime) -> Step:
    """Compare what is shown with what is known, use both up, and open the session."""
    half = pending(session, token=token, purposes=(Purpose.SECOND,), now=now)
    kind = (
        passkeys.show(session, half=half, credential=shown.passkey, site=site, now=now)
        if shown.passkey
        else show_code(session, staff_id=half.staff_id, shown=shown, now=now)
    )
    use_up(session, half, now=now)
    staff = session.get_one(Staff, half.staff_id)
    return let_in(session, staff, device=half.device, factor=kind, now=now)


def use_up(session: Session, half: Pending, *, now: datetime) -> None:
    """Finish a half-open sign-in once. Raises SignInOver for the second of two at once."""
    mine = col(Pending.token_hash) == half.token_hash
    used = update(Pending).where(mine, col(Pending.used_at).is_(None)).values(used_at=now)
    if session.exec(used).rowcount != 1:
        raise SignInOver


def show_code(session: Session, *, staff_id: int, shown: Shown, now: datetime) -> str:
    """Use up an app's code or a recovery code; return which it was. Raises WrongCode."""
    code = plain(shown.code)
    if is_totp(code):
        use_totp(session, staff_id=staff_id, code=code, seconds=shown.seconds, now=now)
        return Kind.TOTP
    mine = (col(RecoveryCode.staff_id) == staff_id, col(RecoveryCode.code_hash) == token_hash(code))
    unused = col(RecoveryCode.used_at).is_(None)
    if session.exec(update(RecoveryCode).where(*mine, unused).values(used_at=now)).rowcount != 1:
        raise WrongCode
    return "recovery"


def use_totp(session: Session, *, staff_id: int, code: str, seconds: int, now: datetime) -> None:
    """Use up an app's code: it and all before it are refused from now on. Raises WrongCode."""
    for one in factors(session, staff_id=staff_id):
        if one.kind != Kind.TOTP:
            continue
        secret = sealer_of(session).open(one.secret, app_place(staff_id))
        step = matching_step(secret, code, seconds=seconds)
        newer = (col(Factor.id) == one.id, col(Factor.counter) < (step or 0))
        used = update(Factor).where(*newer).values(counter=step, used_at=now)
        if step is not None and session.exec(used).rowcount == 1:
            return
    raise WrongCode


def begin_adding(
    session: Session, *, staff_id: int, device: str, opens: bool, now: datetime
) -> str:
    """Begin to add a factor; return the token of its page."""
    return half_open(
        session, staff_id=staff_id, purpose=Purpose.ENROL, device=device, now=now, opens=opens
    )


def app_secret(session: Session, *, half: Pending) -> str:
    """Return the secret that an app shall keep, as its owner may type it."""
    assert half.secret is not None
    return sealer_of(session).open(half.secret, app_place(half.staff_id))


def app_address(secret: str, login: str) -> str:
    """Return what the picture says that an app reads."""
    return TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def add(
    session: Session, *, token: str, shown: Shown, site: Site, now: datetime, keep: str = ""
) -> Added:
    """Add the app whose first code this is, or a passkey. Raises SignInOver, WrongCode.

    With the first factor come ten recovery codes. Whoever had to add one is signed in by it. Every
    other session than that of `keep` ends.
    """
    half = pending(session, token=token, purposes=(Purpose.ENROL,), now=now)
    had = factors(session, staff_id=half.staff_id)
    if shown.passkey:
        row = passkeys.made(session, half=half, credential=shown.passkey, site=site, now=now)
    else:
        row = made_totp(session, half=half, shown=shown, now=now)
    session.add(row)
    use_up(session, half, now=now)
    staff = session.get_one(Staff, half.staff_id)
    changed(session, staff, "factor.add", row, now=now, keep=keep)
    codes = () if had else new_codes(session, staff=staff, now=now)
    own: dict[str, Any] = {"device": half.device, "factor": row.kind, "now": now}
    return Added(let_in(session, staff, **own) if half.opens else None, codes)


def made_totp(session: Session, *, half: Pending, shown: Shown, now: datetime) -> Factor:
    """Return the app whose first code is right. Raises WrongCode."""
    step = matching_step(app_secret(session, half=half), plain(shown.code), seconds=shown.seconds)
    if step is None or half.secret is None:
        raise WrongCode
    return Factor(
        staff_id=half.staff_id,
        kind=Kind.TOTP,
        name=half.device,
        secret=half.secret,
        counter=step,
        made_at=now,
    )


def new_codes(session: Session, *, staff: Staff, now: datetime) -> tuple[str, ...]:
    """Make ten recovery codes in the place of all before; they are said only here."""
    assert staff.id is not None
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff.id))
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(staff_id=staff.id, code_hash=token_hash(one)) for one in codes)
    note(session, staff, "factor.codes", {}, now=now)
    return tuple(grouped(one) for one in codes)


def new_code() -> str:
    """Draw a recovery code of 80 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CHARACTERS))


def remove(
    session: Session,
    *,
    staff: Staff,
    factor_id: int,
    strict: bool,
    now: datetime,
    keep: str = "",
) -> None:
    """Take a factor away; with the last one the codes on paper go too.

    Every other session than that of `keep` ends.

    Raises UnknownFactor, and LastFactor with `strict` for an office that asks for one.
    """
    assert staff.id is not None
    session.get_one(Staff, staff.id, with_for_update=True)  # two at once could take the last two
    row = factor(session, staff_id=staff.id, factor_id=factor_id)
    last = len(factors(session, staff_id=staff.id)) == 1
    if last and strict and needs_factor(people.roles_of(session, staff.id)):
        raise LastFactor
    session.delete(row)
    if last:
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff.id))
    changed(session, staff, "factor.remove", row, now=now, keep=keep)


def changed(
    session: Session, staff: Staff, action: str, row: Factor, *, now: datetime, keep: str
) -> None:
    """Write down that a factor came or went, and how many other sessions ended with it."""
    ended = end_others(session, staff_id=row.staff_id, now=now, keep=keep)
    said = {"kind": row.kind, "name": row.name, "sessions": str(ended)}
    note(session, staff, action, said, now=now)


def clear(session: Session, *, staff: Staff, actor: str, now: datetime) -> None:
    """Take every factor and code of somebody away who lost them all; what was open ends."""
    assert staff.id is not None
    session.exec(delete(Factor).where(col(Factor.staff_id) == staff.id))
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff.id))
    session.exec(delete(Pending).where(col(Pending.staff_id) == staff.id))
    people.close_sessions(session, staff_id=staff.id, now=now)
    about = f"staff:{staff.code}"
    trail.record(session, actor=actor, action="factor.clear", subject=about, now=now)


def note(
    session: Session, staff: Staff, action: str, detail: dict[str, str], *, now: datetime
) -> None:
    """Write down what somebody did with the own account."""
    own = f"staff:{staff.code}"
    trail.record(session, actor=own, action=action, subject=own, detail=detail, now=now)
