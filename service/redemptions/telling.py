"""What a volunteer hears of a relative who fetches."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service import inbox, people, shops


def tell_of_helpers(session: Session, sales: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Tell the owners of points what their relatives fetched; return how many had not heard.

    `sales` are the payloads of RedemptionCaptured. Told twice is told once.
    """
    return sum(tell(session, said, now) for said in sales if "helper" in (said["flags"] or ()))


def tell(session: Session, said: Mapping[str, Any], now: datetime) -> int:
    """Tell one owner of one sale."""
    owner = people.volunteer(session, said["volunteer"])
    shop = shops.shop(session, said["shop"])
    assert owner.id is not None
    assert shop.id is not None
    names = {good.code: good.name for good in shops.goods(session, [shop.id])}
    params: dict[str, str | int] = {
        "good": names.get(said["good"], said["good"]),
        "points": said["points"],
        "shop": shop.short_name,
        "given_at": said["occurred_at"],
    }
    key = f"redemption:{said['redemption']}:helper"
    message = inbox.Message("helper_fetched", key, params, "/me/phones")
    return inbox.tell(session, [owner.id], message, now=now)
