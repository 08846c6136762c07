"""Where the switches stand, and how they came there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text as sql
from sqlmodel import Session, col, select

from service.consents.models import Consent, Purpose

# One step down the index for each purpose, however often each was turned.
STANDING = sql(
    """SELECT p.purpose, c.given, c.version, c.at
FROM unnest(CAST(:purposes AS text[])) AS p (purpose) LEFT JOIN LATERAL (
  SELECT given, version, at FROM consents
  WHERE volunteer_id = :volunteer AND purpose = p.purpose ORDER BY id DESC LIMIT 1) c ON true"""
)


@dataclass(frozen=True, slots=True)
class Switch:
    """Where one switch stands; without a version it was never turned, which is no."""

    purpose: Purpose
    given: bool
    version: int | None = None
    at: datetime | None = None


def switches(session: Session, volunteer_id: int) -> dict[Purpose, Switch]:
    """Return all five switches of somebody, in one look-up."""
    asked = {"volunteer": volunteer_id, "purposes": list(Purpose)}
    rows = session.execute(STANDING, asked)
    return {
        Purpose(row.purpose): Switch(Purpose(row.purpose), bool(row.given), row.version, row.at)
        for row in rows
    }


def history(session: Session, volunteer_id: int, *, limit: int = 200) -> Sequence[Consent]:
    """Return every turn of somebody's switches, the newest first."""
    asked = select(Consent).where(Consent.volunteer_id == volunteer_id)
    return session.exec(asked.order_by(col(Consent.id).desc()).limit(limit)).all()
