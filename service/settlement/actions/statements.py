"""A shop's month: asked for, issued by a worker, signed by three; one that is wrong is replaced."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from service import outbox, programmes, shops, trail
from service.clock import business_day, month_end
from service.settlement.actions import dues
from service.settlement.actions.days import UNCONFIRMED, Act
from service.settlement.canonical import digest
from service.settlement.chain import STATEMENT_LINK, link, moment
from service.settlement.models import (
    DoesNotFollow,
    EarlierMonthOpen,
    LaterMonthSigned,
    MonthLocked,
    MonthNotOver,
    NoteMissing,
    NotYourTurn,
    OtherDigest,
    SignedBefore,
    Statement,
    StatementSignature,
)
from service.settlement.month import make
from service.settlement.rules import (
    SILENT_WORKING_DAYS,
    SYSTEM,
    Step,
    another,
    may_follow,
    number,
    signed_before,
)

QUEUED, REPLACED = "queued", "replaced"
LOCK = text("SELECT pg_advisory_xact_lock(7328, CAST(:shop AS integer))")


def order(
    session: Session, members: Iterable[shops.Shop], month: date, *, by: str, now: datetime
) -> list[Statement]:
    """Ask for the statements of some shops; one that is there already is only returned.

    A shop that was admitted later has none. Raises MonthNotOver.
    """
    if business_day(now) <= month_end(month):
        raise MonthNotOver
    wanted = [
        shop
        for shop in members
        if shop.admitted_at is not None and business_day(shop.admitted_at) <= month_end(month)
    ]
    return [order_one(session, shop, month, by=by, now=now) for shop in wanted]


def order_one(
    session: Session, shop: shops.Shop, month: date, *, by: str, now: datetime
) -> Statement:
    """Ask for one shop's statement, or find the present one; later ones then follow on it."""
    assert shop.id is not None
    lock(session, shop.id)
    found = present(session, shop.id, month)
    if found is not None:
        return found
    for one in followers(session, shop.id, month):
        renumber(session, shop, one, by=by, now=now)
    return queue(session, shop, month, by=by, now=now)


def queue(session: Session, shop: shops.Shop, month: date, *, by: str, now: datetime) -> Statement:
    """Queue the next version of a shop's month."""
    assert shop.id is not None
    asked = select(func.coalesce(func.max(Statement.version), 0))
    asked = asked.where(Statement.shop_id == shop.id, Statement.month == month)
    version = 1 + session.exec(asked).one()
    row = Statement(
        shop_id=shop.id,
        programme_id=shop.programme_id,
        community_id=shop.community_id,
        month=month,
        version=version,
        number=number(shop.code, month, version),
        status=QUEUED,
        asked_by=by,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    return row


def issue(session: Session, statement_id: int, *, now: datetime) -> Statement:
    """Fix a queued statement's content and put it up for signing; again changes nothing."""
    row = locked(session, statement_id)
    if row.status != QUEUED:
        return row
    follows = before(session, row)
    made = make(session, row, follows)
    row.content, row.mark, row.digest = made.said, made.mark, digest(made.said)
    row.opening_fen = made.said["pledge"]["opening"]
    row.closing_fen = made.said["pledge"]["closing"]
    row.issued_at = now
    row.silent_until = silent_until(session, now)
    write(session, row, Act(Step.PREPARED, SYSTEM), now=now)
    outbox.publish(session, "StatementIssued", f"statement:{row.number}", told(row), now=now)
    return row


def silent_until(session: Session, now: datetime) -> date:
    """Return the day after which a shop's silence is its yes."""
    return programmes.add_working_days(session, business_day(now), SILENT_WORKING_DAYS).day


def told(row: Statement) -> dict[str, Any]:
    """Return what an event says of a statement."""
    assert row.content is not None
    said = {"statement": row.number, "shop": row.content["shop"], "month": row.content["month"]}
    said |= {"version": row.version, "digest": row.digest, "closing_fen": row.closing_fen}
    return said


def sign(session: Session, statement_id: int, act: Act, *, now: datetime) -> Statement:
    """Set one signature under a statement. The same one again changes nothing.

    Raises OtherDigest, NotYourTurn, SignedBefore, NoteMissing, DoesNotFollow and EarlierMonthOpen.
    """
    row = locked(session, statement_id)
    signed = signatures(session, row)
    if act.digest is not None and act.digest != row.digest:
        raise OtherDigest
    known = [(one.step, one.signed_by, one.note) for one in signed]
    if signed_before(act.step, act.by, known, act.note):
        return row
    if not may_follow(act.step, row.status):
        raise NotYourTurn(step=row.status)
    if not another(act.by, {one.signed_by for one in signed if one.step != Step.DISPUTED}):
        raise SignedBefore
    if act.step == Step.DISPUTED and not act.note:
        raise NoteMissing
    if act.step in {Step.REVIEWED, Step.CLOSED}:
        refuse_loose(session, row)
    write(session, row, act, now=now)
    if act.step == Step.CLOSED:
        dues.take_over(session, row, by=act.by, now=now)
    return row


def refuse_loose(session: Session, row: Statement) -> None:
    """Refuse what does not come to the ledger's entries, or follows on nothing that is signed."""
    assert row.content is not None
    off = row.content["difference_fen"]
    if off:
        raise DoesNotFollow(yuan=f"{off / 100:.2f}")
    base = before(session, row)
    if base is not None and base.status != Step.CLOSED:
        raise EarlierMonthOpen(number=base.number)


def write(session: Session, row: Statement, act: Act, *, now: datetime) -> None:
    """Add a signature and move the statement on; the caller holds the shop's lock."""
    assert row.id is not None
    assert row.content is not None
    signed = signatures(session, row)
    follows = row.content["follows"]
    first = follows["digest"] if follows else ""
    said: dict[str, Any] = {
        "nth": len(signed) + 1,
        "step": str(act.step),
        "digest": row.digest,
        "previous": signed[-1].hash if signed else first,
        "signed_by": act.by,
        "at": moment(now),
        "by_default": act.by_default,
        "note": act.note,
    }
    hashed = link({**said, "number": row.number}, STATEMENT_LINK)
    session.add(StatementSignature(**{**said, "at": now}, statement_id=row.id, hash=hashed))
    row.status, row.signatures = act.step, len(signed) + 1
    session.add(row)
    session.flush()
    if act.step != Step.PREPARED:
        what = {**told(row), "step": str(act.step), "by_default": act.by_default}
        outbox.publish(session, "StatementSigned", f"statement:{row.number}", what, now=now)
    if act.by != SYSTEM:
        about, detail = f"statement:{row.number}", {"digest": row.digest, "note": act.note}
        action = f"statement.{act.step}"
        trail.record(session, actor=act.by, action=action, subject=about, detail=detail, now=now)


def confirm_silent(session: Session, *, today: date, now: datetime, limit: int = 100) -> int:
    """Take the shops' silence as their yes where the working days for it are over."""
    asked = (
        select(Statement.id)
        .where(col(Statement.silent_until) < today, col(Statement.status).in_(UNCONFIRMED))
        .order_by(col(Statement.silent_until), col(Statement.id))
    )
    ids = session.exec(asked.limit(limit)).all()
    for each in ids:
        row = locked(session, each or 0)
        if row.status in UNCONFIRMED:
            write(session, row, Act(Step.CONFIRMED, SYSTEM, by_default=True), now=now)
    return len(ids)


def renew(session: Session, statement_id: int, *, by: str, now: datetime) -> Statement:
    """Replace a statement that nobody has closed by one of this moment; the old one stays.

    Those of later months follow on it and are made anew too. Raises MonthLocked.
    """
    row = locked(session, statement_id)
    if row.status == Step.CLOSED:
        raise MonthLocked
    return row if row.status in {QUEUED, REPLACED} else replace(session, row, by=by, now=now)


def replace(session: Session, row: Statement, *, by: str, now: datetime) -> Statement:
    """Put a new version in a statement's place, and in that of every one that follows on it.

    Raises LaterMonthSigned.
    """
    shop = shops.shop_by_id(session, row.shop_id)
    chain = [row, *followers(session, row.shop_id, row.month)]
    made = [renumber(session, shop, one, by=by, now=now) for one in chain]
    return made[0]


def followers(session: Session, shop_id: int, month: date) -> list[Statement]:
    """Return a shop's issued statements of later months. Raises LaterMonthSigned."""
    asked = select(Statement).where(
        Statement.shop_id == shop_id,
        Statement.month > month,
        col(Statement.status).not_in([QUEUED, REPLACED]),
    )
    rows = list(session.exec(asked.order_by(col(Statement.month))).all())
    for one in rows:
        if one.status == Step.CLOSED:
            raise LaterMonthSigned(number=one.number)
    return rows


def renumber(
    session: Session, shop: shops.Shop, row: Statement, *, by: str, now: datetime
) -> Statement:
    """Queue the next version in a statement's place."""
    row.status = REPLACED
    session.add(row)
    session.flush()
    about = f"statement:{row.number}"
    trail.record(session, actor=by, action="statement.replaced", subject=about, now=now)
    return queue(session, shop, row.month, by=by, now=now)


def lock(session: Session, shop_id: int) -> None:
    """Wait for whoever else writes this shop's statements."""
    session.flush()
    session.execute(LOCK, {"shop": shop_id})


def locked(session: Session, statement_id: int) -> Statement:
    """Return a statement as it stands once nobody else writes the shop's."""
    row = session.get_one(Statement, statement_id)
    lock(session, row.shop_id)
    session.refresh(row)
    return row


def present(session: Session, shop_id: int, month: date) -> Statement | None:
    """Return the version of a shop's month that counts."""
    asked = select(Statement).where(Statement.shop_id == shop_id, Statement.month == month)
    return session.exec(asked.where(Statement.status != REPLACED)).one_or_none()


def before(session: Session, row: Statement) -> Statement | None:
    """Return the statement on which one follows: the newest issued one of an earlier month."""
    asked = select(Statement).where(
        Statement.shop_id == row.shop_id,
        Statement.month < row.month,
        col(Statement.status).not_in([QUEUED, REPLACED]),
    )
    return session.exec(asked.order_by(col(Statement.month).desc()).limit(1)).one_or_none()


def signatures(session: Session, row: Statement) -> list[StatementSignature]:
    """Return the signatures under a statement, in their order."""
    asked = select(StatementSignature).where(StatementSignature.statement_id == row.id)
    return list(session.exec(asked.order_by(col(StatementSignature.nth))).all())
