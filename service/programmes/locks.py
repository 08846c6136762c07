"""A programme that is locked is read and not written: by an operator, with a reason, until opened.

Whoever writes for a programme asks here first: the web at its edge, background work before a job.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from service.db import Database
from service.errors import Locked
from service.i18n import N_
from service.programmes.models import Programme

HELD = "SELECT id, lock_reason FROM programmes WHERE locked_at IS NOT NULL"


class UnknownProgramme(Locked):
    """No programme has this code; said at the console alone."""

    slug, title = "unknown-programme", N_("There is no such programme")


class ProgrammeLocked(Locked):
    """Nothing of this programme may be changed now."""

    slug, title = "programme-locked", N_("This programme can only be read now")
    detail = N_("Nothing can be changed until it is opened again. Reason: {reason}")
    retry_after = 60


def lock(session: Session, *, code: str, reason: str, by: str, now: datetime) -> Programme:
    """Let a programme be read and no longer written. Raises UnknownProgramme.

    Again: the first moment stands, with the newer reason.
    """
    found = named(session, code)
    found.locked_at, found.lock_reason = found.locked_at or now, reason
    found.locked_by = by
    session.add(found)
    return found


def unlock(session: Session, *, code: str) -> bool:
    """Open a programme again; tell whether it was locked. Raises UnknownProgramme."""
    found = named(session, code)
    held = found.locked_at is not None
    found.locked_at = found.locked_by = found.lock_reason = None
    session.add(found)
    return held


def named(session: Session, code: str) -> Programme:
    """Return a programme by its code, for a change of it. Raises UnknownProgramme."""
    asked = select(Programme).where(col(Programme.code) == code).with_for_update()
    found = session.exec(asked).one_or_none()
    if found is None:
        raise UnknownProgramme
    return found


def locked(database: Database) -> Mapping[int, str]:
    """Return the programmes that may not be written now, each with its reason."""
    return {row["id"]: row["lock_reason"] for row in database.rows(HELD)}
