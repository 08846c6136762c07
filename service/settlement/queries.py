"""Reads for the pages and the interface: days to sign, statements, months, and who may see them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlmodel import Session, col, select

from service import people, shops
from service.db import Database
from service.settlement.models import (
    Month,
    Reopening,
    ShopDay,
    Signature,
    Statement,
    UnknownShopDay,
    UnknownStatement,
)
from service.settlement.rules import Step

PAGE = 50
DAYS_PAGE = 100


@dataclass(frozen=True, slots=True)
class Within:
    """Which shops a reader may see: those of these communities, and these by their ids."""

    community_ids: frozenset[int]
    shop_ids: frozenset[int]

    def has(self, *, shop_id: int, community_id: int) -> bool:
        """Whether what is a shop's may be seen."""
        return shop_id in self.shop_ids or community_id in self.community_ids


DESK = (people.Role.SECRETARY, people.Role.RECORDER, people.Role.APPROVER, people.Role.AUDITOR)
KEEPERS = (people.Role.OFFICER, people.Role.OWNER)
READERS = (*DESK, *KEEPERS)


def within(database: Database, reader: people.Caller, *roles: people.Role) -> Within:
    """Return what a reader's offices show: a desk its communities, a keeper the shops kept."""
    meant = set(roles or READERS)
    desks = reader.scopes(*meant.intersection(DESK))
    kept = reader.scopes(*meant.intersection(KEEPERS))
    places = people.communities_under(database, desks) if desks else []
    found = partial(shops.shops_within, within=kept)
    rows = database.atomic(found) if kept else []
    return Within(frozenset(places), frozenset(row.id or 0 for row in rows))


def statement(session: Session, number: str, seen: Within) -> Statement:
    """Return a statement by its number. Raises UnknownStatement."""
    found = session.exec(select(Statement).where(Statement.number == number)).one_or_none()
    if found is None or not seen.has(shop_id=found.shop_id, community_id=found.community_id):
        raise UnknownStatement
    return found


def by_digest(session: Session, start: str) -> Statement | None:
    """Return the statement whose digest begins so; 32 digits are nobody's guess."""
    asked = select(Statement).where(
        col(Statement.digest) >= start, col(Statement.digest) < start + "g"
    )
    return session.exec(asked.order_by(col(Statement.digest)).limit(1)).one_or_none()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which statements are listed: of a month, of a shop; and where the page begins."""

    month: date | None = None
    shop: str | None = None
    before: int | None = None


def statements(session: Session, seen: Within, asked: Asked) -> list[Statement]:
    """Return a page of statements, the newest asked for first, one more than it holds."""
    query = select(Statement).where(
        col(Statement.shop_id).in_(seen.shop_ids)
        | col(Statement.community_id).in_(seen.community_ids)
    )
    if asked.month is not None:
        query = query.where(Statement.month == asked.month)
    if asked.shop:
        known = select(col(shops.Shop.id)).where(shops.Shop.code == asked.shop)
        query = query.where(col(Statement.shop_id).in_(known))
    if asked.before is not None:
        query = query.where(col(Statement.id) < asked.before)
    rows = session.exec(query.order_by(col(Statement.id).desc()).limit(PAGE + 1))
    return list(rows.all())


def versions(session: Session, row: Statement) -> Sequence[Statement]:
    """Return every version of a shop's month, the newest first."""
    asked = select(Statement).where(Statement.shop_id == row.shop_id, Statement.month == row.month)
    return session.exec(asked.order_by(col(Statement.version).desc())).all()


def reopenings(session: Session, row: Statement) -> Sequence[Reopening]:
    """Return who wished to reopen a statement, and what was answered."""
    asked = select(Reopening).where(Reopening.statement_id == row.id)
    return session.exec(asked.order_by(col(Reopening.id))).all()


def day(session: Session, shop_id: int, which: date, seen: Within) -> ShopDay:
    """Return a shop's day. Raises UnknownShopDay."""
    found = session.get(ShopDay, (shop_id, which))
    if found is None or not seen.has(shop_id=found.shop_id, community_id=found.community_id):
        raise UnknownShopDay
    return found


def days_to_sign(
    session: Session, seen: Within, *, step: Collection[str], after: tuple[date, int] | None = None
) -> list[ShopDay]:
    """Return a page of days that stand at one of these steps, oldest first."""
    query = select(ShopDay).where(
        col(ShopDay.shop_id).in_(seen.shop_ids) | col(ShopDay.community_id).in_(seen.community_ids),
        col(ShopDay.step).in_(step),
        ShopDay.step != Step.CLOSED,
    )
    if after is not None:
        later = (col(ShopDay.day) == after[0]) & (col(ShopDay.shop_id) > after[1])
        query = query.where((col(ShopDay.day) > after[0]) | later)
    rows = query.order_by(col(ShopDay.day), col(ShopDay.shop_id)).limit(DAYS_PAGE + 1)
    return list(session.exec(rows).all())


def links(session: Session, row: ShopDay) -> Sequence[Signature]:
    """Return every signature of a shop's day, those of earlier preparations too."""
    asked = select(Signature).where(Signature.shop_id == row.shop_id, Signature.day == row.day)
    return session.exec(asked.order_by(col(Signature.seq))).all()


def months(session: Session, community_ids: Collection[int], *, limit: int = 24) -> list[Month]:
    """Return the locks of some communities' months, newest first."""
    asked = select(Month).where(col(Month.community_id).in_(community_ids))
    rows = asked.order_by(col(Month.month).desc(), col(Month.version).desc()).limit(limit)
    return list(session.exec(rows).all())
