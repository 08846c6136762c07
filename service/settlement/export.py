"""What was signed, written so that anybody can check it without us: one JSON record a line."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from service import people, shops
from service.settlement.actions import statements
from service.settlement.chain import moment
from service.settlement.models import Month, ShopDay, Signature, Statement, StatementSignature

LINK = ("step", "digest", "previous", "hash", "signed_by", "by_default", "note")


def lines(
    session: Session, *, shop: str | None = None, community_id: int | None = None
) -> Iterator[bytes]:
    """Return every record of an export, of one shop, of a community's or of all; chains whole."""
    for record in records(session, shop=shop, community_id=community_id):
        yield json.dumps(record, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def records(
    session: Session, *, shop: str | None, community_id: int | None
) -> Iterator[dict[str, Any]]:
    """Return the days, their signatures, the statements, and without a shop the months."""
    wanted, months = select(shops.Shop), select(Month)
    if shop is not None:
        wanted = wanted.where(shops.Shop.code == shop)
    if community_id is not None:
        wanted = wanted.where(shops.Shop.community_id == community_id)
        months = months.where(Month.community_id == community_id)
    members = session.exec(wanted.order_by(shops.Shop.code)).all()
    for one in members:
        yield from of_shop(session, one)
    if shop is None:
        for row in session.exec(months.order_by(col(Month.locked_at))).all():
            place = people.unit_by_id(session, row.community_id)
            yield month_record(row, place.code)


def of_shop(session: Session, shop: shops.Shop) -> Iterator[dict[str, Any]]:
    """Return one shop's records."""
    days = select(ShopDay).where(ShopDay.shop_id == shop.id).order_by(col(ShopDay.day))
    for day in session.exec(days).all():
        yield {"kind": "day", "shop": shop.code, "day": iso(day.day), "step": day.step,
               "digest": day.digest, "seal": day.seal, "content": day.content}  # fmt: skip
    chain = select(Signature).where(Signature.shop_id == shop.id).order_by(col(Signature.seq))
    for one in session.exec(chain).all():
        said = {name: getattr(one, name) for name in LINK} | {"kind": "signature"}
        said |= {"shop": shop.code, "day": iso(one.day), "seq": one.seq, "version": one.version}
        yield {**said, "closed_before": one.closed_before, "at": moment(one.at)}
    asked = select(Statement).where(
        Statement.shop_id == shop.id, col(Statement.digest).is_not(None)
    )
    for row in session.exec(asked.order_by(col(Statement.month), col(Statement.version))).all():
        yield statement_record(row, shop.code, statements.signatures(session, row))


def statement_record(row: Statement, shop: str, signed: list[StatementSignature]) -> dict[str, Any]:
    """Return a statement with its signatures."""
    links = [
        {name: getattr(one, name) for name in LINK} | {"nth": one.nth, "at": moment(one.at)}
        for one in signed
    ]
    said = {"kind": "statement", "shop": shop, "number": row.number, "month": iso(row.month)}
    return {**said, "version": row.version, "status": row.status, "digest": row.digest,
            "content": row.content, "signatures": links}  # fmt: skip


def month_record(row: Month, community: str) -> dict[str, Any]:
    """Return a locked month."""
    said = {name: getattr(row, name) for name in ("version", "content", "previous", "seal")}
    said |= {"kind": "month", "community": community, "month": f"{row.month:%Y-%m}"}
    return {**said, "locked_by": row.locked_by, "locked_at": moment(row.locked_at)}


def iso(day: date) -> str:
    """Write a day."""
    return day.isoformat()
