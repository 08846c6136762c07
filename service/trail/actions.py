"""Writing the trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from service.trail.models import Record
from service.trail.where import device, wrote


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, Any] | None = None,
    now: datetime,
) -> None:
    """Note who did what to what, in the transaction in which it was done, and on which device.

    What it was done to is written first: the database finds there whose readers see the line. The
    writer need not be one of them, so nothing is read back.
    """
    session.flush()
    row = {"at": now, "actor": actor, "action": action, "subject": subject, "detail": detail or {}}
    session.execute(insert(Record).inline().values(**row, device=device()))
    wrote()
