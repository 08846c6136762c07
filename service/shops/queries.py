"""Reads of shops, their goods and their tills."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from service import people, programmes
from service.clock import SHANGHAI
from service.errors import Forbidden, NotFound
from service.shops.models import (
    Association,
    ClaimOver,
    Good,
    GoodDay,
    PersonDay,
    Pledge,
    Shop,
    Step,
    StockCount,
    TermsRow,
    TillClaim,
    UnknownAssociation,
    UnknownShop,
    UnknownTill,
)
from service.shops.rules import NO_TERMS, Terms, claim_open

LINES = 20


@dataclass(frozen=True, slots=True)
class Till:
    """One line of an association's list of tablets."""

    device: people.Device
    shop: Shop


def shop(session: Session, code: str) -> Shop:
    """Return a shop by its code. Raises UnknownShop."""
    found = session.exec(select(Shop).where(Shop.code == code)).one_or_none()
    if found is None:
        raise UnknownShop
    return found


def shop_by_id(session: Session, shop_id: int) -> Shop:
    """Return a shop that a row refers to."""
    return session.get_one(Shop, shop_id)


def shops_by_id(session: Session, ids: Iterable[int]) -> dict[int, Shop]:
    """Return several shops by id in one query."""
    rows = session.exec(select(Shop).where(col(Shop.id).in_(list(ids)))).all()
    return {row.id: row for row in rows if row.id is not None}


def list_shops(session: Session, *, programme_id: int) -> list[Shop]:
    """Return the shops that a programme has admitted, in the order of their codes."""
    asked = select(Shop).where(
        Shop.programme_id == programme_id, col(Shop.admitted_at).is_not(None)
    )
    asked = asked.order_by(Shop.code)
    return list(session.exec(asked).all())


def association_of(session: Session, row: Shop) -> Association:
    """Return the association whose member a shop is."""
    return session.get_one(Association, row.association_id)


def goods(session: Session, shop_ids: Iterable[int]) -> list[Good]:
    """Return the goods of some shops in the order of their codes; `stock` is ours, not counted."""
    asked = select(Good).where(col(Good.shop_id).in_(list(shop_ids)))
    return list(session.exec(asked.order_by(Good.code)).all())


def goods_by_id(session: Session, ids: Iterable[int]) -> dict[int, Good]:
    """Return several goods by id in one query."""
    rows = session.exec(select(Good).where(col(Good.id).in_(list(ids)))).all()
    return {row.id: row for row in rows if row.id is not None}


def taken_on(session: Session, good_ids: Iterable[int], day: date) -> dict[int, int]:
    """Return how many of some limited goods were taken on a day; the others are missing."""
    asked = select(GoodDay).where(col(GoodDay.good_id).in_(list(good_ids)), GoodDay.day == day)
    return {row.good_id: row.taken for row in session.exec(asked).all()}


def taken_by(
    session: Session, good_ids: Iterable[int], *, volunteer_id: int, day: date
) -> dict[int, int]:
    """Return how many of some goods one person took on a day; what has no limit is missing."""
    asked = select(PersonDay).where(
        col(PersonDay.good_id).in_(list(good_ids)),
        PersonDay.volunteer_id == volunteer_id,
        PersonDay.day == day,
    )
    return {row.good_id: row.taken for row in session.exec(asked).all()}


def scopes(session: Session, row: Shop) -> frozenset[str]:
    """Return where an office counts for a shop: its own code, its association's, its place's.

    The place's parents count too: a sub-district's auditor is one in each of its communities.
    """
    places = people.codes_above(session, row.community_id)
    return frozenset({row.code, association_of(session, row).code, *places})


def check_reach(
    session: Session,
    found: people.Caller,
    row: Shop,
    roles: Collection[str],
    *,
    unknown: type[NotFound] = UnknownShop,
) -> None:
    """Refuse who holds none of these offices for a shop.

    Who holds any office there hears Forbidden; to all others it is one that there is not.
    """
    places = scopes(session, row)
    if found.scopes(*roles) & places:
        return
    raise Forbidden if {scope for _, scope in found.roles} & places else unknown


def shops_within(session: Session, within: frozenset[str]) -> list[Shop]:
    """Return the shops for which one of these scopes counts, in the order of their codes."""
    asked = select(Shop).where(reached(session, within))
    return list(session.exec(asked.order_by(Shop.code)).all())


def reached(session: Session, within: frozenset[str]) -> ColumnElement[bool]:
    """Return the condition on shops that these scopes reach; each part of it has its index."""
    associations = session.exec(select(Association.id).where(col(Association.code).in_(within)))
    unit = people.Unit
    under = select(unit.id).where(col(unit.code).in_(within)).cte(recursive=True)
    under = under.union(select(unit.id).join(under, col(unit.parent_id) == under.c.id))
    places = session.exec(select(under.c.id)).all()
    return (
        col(Shop.association_id).in_(associations.all())
        | col(Shop.community_id).in_(places)
        | col(Shop.code).in_(within)
    )


def members(
    session: Session,
    within: frozenset[str],
    *,
    status: str | None = None,
    association: str | None = None,
    after: str = "",
    limit: int = 50,
) -> list[Shop]:
    """Return one page of the shops that an office reaches, in the order of their codes."""
    asked = select(Shop).where(reached(session, within), Shop.code > after)
    if status:
        asked = asked.where(Shop.status == status)
    if association:
        known = select(Association.id).where(Association.code == association)
        asked = asked.where(col(Shop.association_id).in_(known))
    return list(session.exec(asked.order_by(Shop.code).limit(limit)).all())


def associations_within(session: Session, within: frozenset[str]) -> list[Association]:
    """Return the associations that an office leads, in the order of their codes."""
    asked = select(Association).where(col(Association.code).in_(within))
    return list(session.exec(asked.order_by(Association.code)).all())


def associations_page(
    session: Session, programme_ids: Iterable[int], *, after: str = "", limit: int = 50
) -> list[Association]:
    """Return one page of the associations of some programmes, in the order of their codes."""
    asked = select(Association).where(
        col(Association.programme_id).in_(list(programme_ids)), Association.code > after
    )
    return list(session.exec(asked.order_by(Association.code).limit(limit)).all())


def association(
    session: Session, code: str, programme_ids: Iterable[int] | None = None
) -> Association:
    """Return an association, if need be of one of these programmes. Raises UnknownAssociation."""
    found = session.exec(select(Association).where(Association.code == code)).one_or_none()
    if found is None:
        raise UnknownAssociation
    if programme_ids is not None and found.programme_id not in set(programme_ids):
        raise UnknownAssociation
    return found


def code_in_use(session: Session, code: str) -> bool:
    """Tell whether an association or a place has this code: offices count by it, so one has it."""
    known = session.exec(select(Association.id).where(Association.code == code)).first()
    place = session.exec(select(people.Unit.id).where(people.Unit.code == code)).first()
    return known is not None or place is not None


def associations_of(session: Session, rows: Iterable[Shop]) -> dict[int, Association]:
    """Return the associations of some shops, by id."""
    asked = select(Association).where(col(Association.id).in_({row.association_id for row in rows}))
    return {row.id: row for row in session.exec(asked).all() if row.id is not None}


def steps(session: Session, shop_id: int) -> list[Step]:
    """Return a shop's story, oldest first: a handful of rows."""
    asked = select(Step).where(Step.shop_id == shop_id).order_by(col(Step.id))
    return list(session.exec(asked).all())


def terms_of(session: Session, shop_ids: Iterable[int], day: date) -> dict[int, Terms]:
    """Return the terms of discount that hold in some shops on a day; who has none is missing."""
    asked = (
        select(TermsRow)
        .where(col(TermsRow.shop_id).in_(list(shop_ids)), TermsRow.from_day <= day)
        .order_by(col(TermsRow.shop_id), col(TermsRow.from_day).desc(), col(TermsRow.id).desc())
        .ext(distinct_on(col(TermsRow.shop_id)))
    )
    return {
        row.shop_id: Terms(row.max_pct, row.bill_cap_fen, tuple(row.excluded))
        for row in session.exec(asked).all()
    }


def terms_on(session: Session, shop_id: int, day: date) -> Terms:
    """Return the terms of discount that hold in a shop on a day; nothing comes off without any.

    The kinds that the rules leave out everywhere stand before the shop's own.
    """
    own = terms_of(session, [shop_id], day).get(shop_id, NO_TERMS)
    everywhere = without_discount(session, shop_by_id(session, shop_id), day)
    return replace(own, excluded=tuple(dict.fromkeys((*everywhere, *own.excluded))))


def without_discount(session: Session, row: Shop, day: date) -> tuple[str, ...]:
    """Return the kinds of goods of which nothing comes off in whatever shop of the programme."""
    try:
        return programmes.rule_set(session, row.programme_id, day).without_discount
    except programmes.NoRuleSet:
        return ()


def terms_story(
    session: Session, shop_id: int, *, before: int | None = None, limit: int = LINES
) -> list[TermsRow]:
    """Return one page of the terms that were ever agreed, the last written first."""
    asked = select(TermsRow).where(TermsRow.shop_id == shop_id)
    if before is not None:
        asked = asked.where(col(TermsRow.id) < before)
    return list(session.exec(asked.order_by(col(TermsRow.id).desc()).limit(limit)).all())


def pledges(
    session: Session, shop_id: int, *, before: int | None = None, limit: int = LINES
) -> list[Pledge]:
    """Return one page of what a shop pledged and took back, newest first."""
    asked = select(Pledge).where(Pledge.shop_id == shop_id)
    if before is not None:
        asked = asked.where(col(Pledge.id) < before)
    return list(session.exec(asked.order_by(col(Pledge.id).desc()).limit(limit)).all())


def counts(
    session: Session, shop_id: int, *, before: int | None = None, limit: int = LINES
) -> list[tuple[StockCount, Good]]:
    """Return one page of a shop's stock counts with their goods, newest first."""
    asked = (
        select(StockCount, Good)
        .join(Good, col(Good.id) == StockCount.good_id)
        .where(Good.shop_id == shop_id)
    )
    if before is not None:
        asked = asked.where(col(StockCount.id) < before)
    return list(session.exec(asked.order_by(col(StockCount.id).desc()).limit(limit)).all())


def counts_on(session: Session, shop_id: int, day: date) -> list[tuple[StockCount, Good]]:
    """Return a day's last stock count of each good of a shop, with the good."""
    start = datetime.combine(day, time(), ZoneInfo(SHANGHAI))
    asked = (
        select(StockCount, Good)
        .join(Good, col(Good.id) == StockCount.good_id)
        .where(Good.shop_id == shop_id)
        .where(StockCount.at >= start, StockCount.at < start + timedelta(days=1))
        .order_by(col(StockCount.good_id), col(StockCount.id).desc())
        .ext(distinct_on(col(StockCount.good_id)))
    )
    return list(session.exec(asked).all())


def last_counts(session: Session, good_ids: Iterable[int]) -> dict[int, StockCount]:
    """Return the latest stock count of each of some goods."""
    asked = (
        select(StockCount)
        .where(col(StockCount.good_id).in_(list(good_ids)))
        .order_by(col(StockCount.good_id), col(StockCount.id).desc())
        .ext(distinct_on(col(StockCount.good_id)))
    )
    return {row.good_id: row for row in session.exec(asked).all()}


def tills(
    session: Session, shops: Iterable[Shop], *, after: int = 0, limit: int = 50
) -> list[Till]:
    """Return one page of the working tills of some shops, oldest pairing first."""
    by_id = {row.id: row for row in shops}
    device = people.Device
    asked = select(device).where(
        col(device.shop_id).in_(by_id), col(device.revoked_at).is_(None), col(device.id) > after
    )
    rows = session.exec(asked.order_by(col(device.id)).limit(limit)).all()
    return [Till(row, by_id[row.shop_id]) for row in rows]


def till(session: Session, device_id: int) -> Till:
    """Return one till with its shop. Raises UnknownTill."""
    try:
        device = people.device(session, device_id)
    except people.UnknownDevice as error:
        raise UnknownTill from error
    if device.shop_id is None:
        raise UnknownTill
    return Till(device, shop_by_id(session, device.shop_id))


def claimed_shop(session: Session, token_hash: bytes, *, now: datetime) -> Shop:
    """Return the shop that an open claim pairs with. Raises ClaimOver."""
    row = session.get(TillClaim, token_hash)
    if row is None or not claim_open(row.expires_at, row.used_at, row.tries, now):
        raise ClaimOver
    return shop_by_id(session, row.shop_id)


def low_stock(session: Session, *, shop_id: int, share: int = 5) -> Good | None:
    """Return the good that is nearest to running out: less than 1/share of what was pledged."""
    asked = (
        select(Good)
        .where(Good.shop_id == shop_id, col(Good.active), Good.stock > 0)
        .where(Good.stock * share <= Good.pledged_qty)
        .order_by(func.coalesce(Good.stock, 0))
    )
    return session.exec(asked.limit(1)).first()
