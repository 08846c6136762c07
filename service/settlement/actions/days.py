"""A shop's day: prepared by the worker, confirmed by the shop, reviewed, and closed for ever.

What a day is signed as may change while it is open: an answer comes, or another file. Then it is
prepared anew, and who had signed signs again. Each signature holds the hash of the one before it in
the shop's chain, and the seal of the shop's day that was closed last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import outbox, programmes, shops, trail
from service.clock import business_day
from service.settlement.canonical import digest
from service.settlement.chain import DAY_LINK, link, moment
from service.settlement.contents import Content, contents
from service.settlement.models import (
    EarlierDayOpen,
    NoteMissing,
    NotYourTurn,
    OtherDigest,
    ShopDay,
    Signature,
    SignedBefore,
    StillWaiting,
    UnknownShopDay,
)
from service.settlement.rules import (
    SILENT_WORKING_DAYS,
    SYSTEM,
    Step,
    another,
    may_follow,
    signed_before,
)

UNCONFIRMED = (Step.PREPARED, Step.DISPUTED)
LOCK = text("SELECT pg_advisory_xact_lock(7327, CAST(:shop AS integer))")
CLOSE = text(
    """UPDATE reconciliation_batches SET status = 'closed', closed_at = :now
WHERE shop_id = :shop AND day = :day AND status = 'prepared'"""
)
# The word at the till counts as the shop's yes, where the day is still what the screen showed.
WORD = text(
    """SELECT w.actor, w.at FROM redemptions_day_words w
WHERE w.shop_id = :shop AND w.business_day = :day AND w.agrees
  AND NOT EXISTS (SELECT FROM redemptions_day_words l WHERE l.shop_id = w.shop_id
                  AND l.business_day = w.business_day AND l.id > w.id)
  AND (w.redemptions, w.points) = (SELECT count(*),
      coalesce(sum(r.points / r.qty * (r.qty - r.returned_qty)), 0) FROM redemptions r
      WHERE r.shop_id = :shop AND r.business_day = :day
        AND r.status IN ('captured', 'partly_reversed'))
  AND (w.discounts, w.discount_fen) = (SELECT count(*), coalesce(sum(d.discount_fen), 0)
      FROM redemptions_discounts d WHERE d.shop_id = :shop AND d.business_day = :day)"""
)


@dataclass(frozen=True, slots=True)
class Act:
    """One signature to be set: which step, by whom, under which digest."""

    step: Step
    by: str
    digest: str | None = None  # what the page showed; None where a machine signs what stands
    note: str = ""
    by_default: bool = False


def prepare(
    session: Session,
    *,
    now: datetime,
    days: Iterable[date] | None = None,
    shop_id: int | None = None,
) -> int:
    """Prepare every compared day whose content is new; return how many there were."""
    found = contents(session, days=days, shop_id=shop_id)
    return sum(prepare_one(session, one, now=now) for one in found)


def prepare_one(session: Session, found: Content, *, now: datetime) -> bool:
    """Put one day's content up for signing, unless it stands there as it is."""
    hashed = digest(found.said)
    row = lock_day(session, found.shop_id, found.day)
    if row is not None and (row.digest == hashed or row.step == Step.CLOSED):
        return False
    due = programmes.add_working_days(session, business_day(now), SILENT_WORKING_DAYS).day
    row = row or ShopDay(
        shop_id=found.shop_id,
        day=found.day,
        programme_id=found.programme_id,
        community_id=found.community_id,
        version=0,
        step=Step.PREPARED,
        digest=hashed,
        content=found.said,
        waiting=found.waiting,
        silent_until=due,
    )
    row.version, row.digest, row.content = row.version + 1, hashed, found.said
    row.waiting, row.silent_until = found.waiting, due
    session.add(row)
    write(session, row, Act(Step.PREPARED, SYSTEM), now=now)
    hear_the_till(session, row, now=now)
    return True


def hear_the_till(session: Session, row: ShopDay, *, now: datetime) -> None:
    """Take what the shop said at its till in the evening as its confirmation, if it still holds."""
    asked = {"shop": row.shop_id, "day": row.day}
    word = session.execute(WORD, asked).first() if not row.waiting else None
    if word is not None:
        write(session, row, Act(Step.CONFIRMED, word.actor, note="till"), now=now)


def sign(session: Session, shop_id: int, day: date, act: Act, *, now: datetime) -> ShopDay:
    """Set one signature. The same one again changes nothing.

    Raises UnknownShopDay, OtherDigest, NotYourTurn, SignedBefore, NoteMissing, StillWaiting and
    EarlierDayOpen; then nothing was signed.
    """
    row = lock_day(session, shop_id, day)
    if row is None:
        raise UnknownShopDay
    signed = signatures(session, row)
    if act.digest is not None and act.digest != row.digest:
        raise OtherDigest
    known = [(one.step, one.signed_by, one.note) for one in signed]
    if signed_before(act.step, act.by, known, act.note):
        return row
    refuse(row, act, signed)
    if act.step in {Step.REVIEWED, Step.CLOSED} and row.waiting:
        raise StillWaiting(count=row.waiting)
    if act.step == Step.CLOSED:
        close(session, row, now=now)
    write(session, row, act, now=now)
    return row


def refuse(row: ShopDay, act: Act, signed: Sequence[Signature]) -> None:
    """Refuse a signature that is not due, is a second one of a person, or says no without why."""
    if not may_follow(act.step, row.step):
        raise NotYourTurn(step=row.step)
    if not another(act.by, {one.signed_by for one in signed if one.step != Step.DISPUTED}):
        raise SignedBefore
    if act.step == Step.DISPUTED and not act.note:
        raise NoteMissing


def close(session: Session, row: ShopDay, *, now: datetime) -> None:
    """Close the batch under a day; days are closed in their order."""
    asked = select(col(ShopDay.day)).where(
        ShopDay.shop_id == row.shop_id, ShopDay.day < row.day, ShopDay.step != Step.CLOSED
    )
    earlier = session.exec(asked.order_by(col(ShopDay.day)).limit(1)).first()
    if earlier is not None:
        raise EarlierDayOpen(day=earlier)
    session.execute(CLOSE, {"shop": row.shop_id, "day": row.day, "now": now})


def write(session: Session, row: ShopDay, act: Act, *, now: datetime) -> Signature:
    """Add a link to the shop's chain and move the day on; the caller holds the chain's lock."""
    shop = shops.shop_by_id(session, row.shop_id)
    last = last_link(session, row.shop_id)
    said: dict[str, Any] = {
        "seq": last.seq + 1 if last else 1,
        "day": row.day.isoformat(),
        "version": row.version,
        "step": str(act.step),
        "digest": row.digest,
        "closed_before": last_seal(session, row.shop_id),
        "previous": last.hash if last else "",
        "signed_by": act.by,
        "at": moment(now),
        "by_default": act.by_default,
        "note": act.note,
    }
    hashed = link({**said, "shop": shop.code}, DAY_LINK)
    new = Signature(**{**said, "day": row.day, "at": now}, shop_id=row.shop_id, hash=hashed)
    row.step, row.seal = act.step, hashed if act.step == Step.CLOSED else None
    session.add_all([row, new])
    session.flush()
    tell(session, row, shop, act, now=now)
    return new


def tell(session: Session, row: ShopDay, shop: shops.Shop, act: Act, *, now: datetime) -> None:
    """Publish a close, and leave the trace of a person's signature."""
    if act.step == Step.CLOSED:
        told = {"shop": shop.code, "day": row.day.isoformat()}
        told |= {"digest": row.digest, "seal": row.seal or ""}
        outbox.publish(session, "PeriodClosed", f"shop:{shop.code}", told, now=now)
    if act.by != SYSTEM:
        about, detail = f"shop-day:{shop.code}:{row.day}", {"digest": row.digest, "note": act.note}
        action = f"day.{act.step}"
        trail.record(session, actor=act.by, action=action, subject=about, detail=detail, now=now)


def confirm_silent(session: Session, *, today: date, now: datetime, limit: int = 100) -> int:
    """Take a shop's silence as its yes where the working days for it are over; return how many."""
    asked = (
        select(ShopDay)
        .where(ShopDay.silent_until < today, col(ShopDay.step).in_(UNCONFIRMED))
        .order_by(col(ShopDay.silent_until), col(ShopDay.shop_id), col(ShopDay.day))
    )
    rows = session.exec(asked.limit(limit)).all()
    for one in rows:
        row = lock_day(session, one.shop_id, one.day)
        if row is not None and row.step in UNCONFIRMED:
            write(session, row, Act(Step.CONFIRMED, SYSTEM, by_default=True), now=now)
    return len(rows)


def lock_day(session: Session, shop_id: int, day: date) -> ShopDay | None:
    """Return a shop's day as it stands once nobody else writes the shop's chain."""
    session.flush()
    session.execute(LOCK, {"shop": shop_id})
    return session.get(ShopDay, (shop_id, day), populate_existing=True)


def signatures(session: Session, row: ShopDay) -> Sequence[Signature]:
    """Return the signatures under the present preparation of a day, in their order."""
    asked = select(Signature).where(
        Signature.shop_id == row.shop_id,
        Signature.day == row.day,
        Signature.version == row.version,
    )
    return session.exec(asked.order_by(col(Signature.seq))).all()


def last_link(session: Session, shop_id: int) -> Signature | None:
    """Return the end of a shop's chain."""
    asked = select(Signature).where(Signature.shop_id == shop_id)
    return session.exec(asked.order_by(col(Signature.seq).desc()).limit(1)).first()


def last_seal(session: Session, shop_id: int) -> str:
    """Return the seal of the shop's day that was closed last; nothing before the first."""
    asked = select(Signature.hash).where(
        Signature.shop_id == shop_id, Signature.step == Step.CLOSED
    )
    return session.exec(asked.order_by(col(Signature.seq).desc()).limit(1)).first() or ""
