"""What becomes of a redemption that waits or holds: captured, or let go."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from service.clock import business_day
from service.redemptions.models import Redemption

LET_GO = text(
    "SELECT redemptions_let_go(r, :status, :reason, :actor, :now) FROM redemptions r"
    " WHERE r.id = :id"
)
CAPTURE = text(
    "SELECT redemptions_capture(r, :actor, :now, :day) FROM redemptions r WHERE r.id = :id"
)


def let_go(session: Session, row: Redemption, *, reason: str, actor: str, now: datetime) -> None:
    """Give up what was not captured; points, goods and limits that it held are free again.

    The caller has locked the row.
    """
    session.flush()
    said = {"status": "voided", "reason": reason, "actor": actor, "now": now, "id": row.id}
    session.execute(LET_GO, said)
    session.refresh(row)


def capture(session: Session, row: Redemption, *, actor: str, now: datetime) -> None:
    """Post what is held, in the caller's transaction, which has locked the row.

    Too late it expires, and in a shop that gives nothing any more it is refused: look at the row.
    """
    session.flush()
    session.execute(CAPTURE, {"actor": actor, "now": now, "day": business_day(now), "id": row.id})
    session.refresh(row)
