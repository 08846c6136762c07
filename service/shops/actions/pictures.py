"""Pictures of goods: small, public, and shown wherever the good is offered."""

from datetime import datetime

from sqlmodel import Session

from service import trail
from service.shops.models import Good, Shop, ShopNotAdmitted, Status

PURPOSE = "good"
EDGE = 640  # points; a tile is 300 wide at most, twice that for fine screens


def hang(
    session: Session, shop: Shop, good: Good, code: str | None, *, actor: str, now: datetime
) -> Good:
    """Show a good as the kept picture with this code, or without one. Raises ShopNotAdmitted."""
    if shop.status not in (Status.ADMITTED, Status.SUSPENDED):
        raise ShopNotAdmitted
    session.refresh(good, with_for_update={"key_share": True})
    if good.picture != code:
        good.picture = code
        said = {"good": good.code, "picture": code}
        subject = f"shop:{shop.code}"
        trail.record(
            session, actor=actor, action="good.picture", subject=subject, detail=said, now=now
        )
    return good
