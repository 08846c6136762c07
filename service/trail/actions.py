"""Writing the trail."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.trail.models import Record
from service.trail.where import device


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, Any] | None = None,
    now: datetime,
) -> Record:
    """Note who did what to what, in the transaction in which it was done, and on which device."""
    row = Record(at=now, actor=actor, action=action, subject=subject, detail=detail or {})
    row.device = device()
    session.add(row)
    return row
