"""Reads for the interface and the pages: whose day, runs, exceptions, and the day's standing."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, text
from sqlmodel import Session, col, select

from service import activities, people, shops
from service.reconciliation.actions import Counts
from service.reconciliation.books import of_community
from service.reconciliation.close import last_signed, unanswered
from service.reconciliation.facts import CommunityDay
from service.reconciliation.models import (
    OF_PERSONS,
    Day,
    Difference,
    Kind,
    NothingToCount,
    Run,
    Standing,
    UnknownException,
    UnknownRun,
    WhichGood,
)

PAGE_MAX = 100
LATEST_COUNTS = text(
    """SELECT DISTINCT ON (kind, subject) kind, subject, count AS counted FROM reconciliation_counts
WHERE community_id = :community AND day = :day ORDER BY kind, subject, id DESC"""
)
# Kinds that lie between a shop and the community; the association sees these and no volunteer.
SHOP_KINDS = frozenset(Kind) - OF_PERSONS


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader may see: these communities; of an association, what its shops are about."""

    community_ids: frozenset[int]
    shops_only: bool = False
    shops: frozenset[str] = frozenset()  # then: the codes of the association's own

    def has(self, shop: str) -> bool:
        """Whether what is about a shop may be seen."""
        return not self.shops_only or shop in self.shops


@dataclass(frozen=True, slots=True)
class DayView:
    """A day as its page shows it: signed figures when it is closed, else those of this moment."""

    of: CommunityDay
    status: str
    figures: dict[str, int]
    faults: list[str]
    row: Day | None
    blocking: int  # exceptions that must be answered, or carried, before it is closed
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    each: bool = True  # every wallet was looked at, and not only the sums

    @property
    def balanced(self) -> bool:
        """Whether every wallet's entries, balance and lots agree."""
        return not self.faults


def seen_of(session: Session, trade: Collection[str], under: Collection[int] | None) -> Seen:
    """Return what offices show; `under` are the communities of a desk, None without one.

    `trade` are the scopes of an association's office or a shop's: their communities are those of
    the shops. Who has a desk besides sees the desk's communities, and persons in no other.
    """
    led = shops.shops_within(session, frozenset(trade)) if trade else []
    places = {shop.community_id for shop in led} if under is None else set(under)
    return Seen(frozenset(places), under is None, frozenset(shop.code for shop in led))


def run(session: Session, run_id: int, seen: Seen) -> Run:
    """Return a run. Raises UnknownRun for one of another community."""
    found = session.get(Run, run_id)
    if found is None or found.community_id not in seen.community_ids:
        raise UnknownRun
    return found


def found_by(session: Session, of: Run, seen: Seen) -> list[Difference]:
    """Return what a run found, as it stands now, in the order in which it was opened."""
    query = select(Difference).where(col(Difference.id).in_(of.exception_ids))
    rows = session.exec(query.order_by(col(Difference.id))).all()
    return [row for row in rows if visible(row, seen)]


def visible(row: Difference, seen: Seen) -> bool:
    """Tell whether a reader may see an exception."""
    return row.community_id in seen.community_ids and (
        not seen.shops_only or (row.kind in SHOP_KINDS and seen.has(row.subject))
    )


def visible_to(seen: Seen) -> ColumnElement[bool]:
    """Return the same as a condition, for lists."""
    own = col(Difference.community_id).in_(seen.community_ids)
    if not seen.shops_only:
        return own
    return and_(own, col(Difference.kind).in_(SHOP_KINDS), col(Difference.subject).in_(seen.shops))


def exception(session: Session, exception_id: int, seen: Seen) -> Difference:
    """Return one exception. Raises UnknownException."""
    found = session.get(Difference, exception_id)
    if found is None or not visible(found, seen):
        raise UnknownException
    return found


def exceptions(
    session: Session, seen: Seen, *, day: date | None = None, after: int = 0, answered: bool = True
) -> list[Difference]:
    """Return a page of exceptions after an id, of one day or of all days."""
    query = select(Difference).where(visible_to(seen), col(Difference.id) > after)
    if day is not None:
        query = query.where(Difference.day == day)
    if not answered:
        query = query.where(Difference.status != Standing.RESOLVED)
    return list(session.exec(query.order_by(col(Difference.id)).limit(PAGE_MAX)).all())


def day_view(session: Session, of: CommunityDay) -> DayView:
    """Return a day's standing and figures."""
    row = session.get(Day, (of.community_id, of.day))
    counted = session.execute(LATEST_COUNTS, {"community": of.community_id, "day": of.day})
    counts = {(line.kind, line.subject): line.counted for line in counted}
    if row is not None and row.equation is not None:
        return DayView(of, row.status, row.equation["community"], [], row, 0, counts)
    found = of_community(session, of, signed=last_signed(session, of))
    status = row.status if row else "open"
    blocking = len(unanswered(session, of))
    return DayView(of, status, found.figures, found.faults, row, blocking, counts, found.each)


def recent_days(session: Session, community_id: int, *, limit: int = 14) -> list[Day]:
    """Return a community's newest days, newest first."""
    query = select(Day).where(Day.community_id == community_id).order_by(col(Day.day).desc())
    return list(session.exec(query.limit(limit)).all())


def latest_run(session: Session, of: CommunityDay) -> Run | None:
    """Return the newest run of a day, queued ones too."""
    query = select(Run).where(Run.community_id == of.community_id, Run.day == of.day)
    return session.exec(query.order_by(col(Run.id).desc()).limit(1)).first()


@dataclass(frozen=True, slots=True)
class Countable:
    """What can be counted of a day: its activities' sheets and the shops' shelves."""

    activities: list[activities.Activity]
    goods: list[tuple[shops.Shop, shops.Good]]


def countable(session: Session, of: CommunityDay, seen: Seen) -> Countable:
    """List what a reader can count of a community's day, by code."""
    held = activities.activities_of(session, programme_id=of.programme_id, day=of.day)
    members = {
        shop.id: shop
        for shop in shops.list_shops(session, programme_id=of.programme_id)
        if shop.community_id == of.community_id and seen.has(shop.code)
    }
    offered = shops.goods(session, [shop_id for shop_id in members if shop_id is not None])
    return Countable(
        activities=[row for row in held if row.community_id == of.community_id],
        goods=[(members[good.shop_id], good) for good in offered],
    )


def named(session: Session, of: CommunityDay, counts: Counts, seen: Seen) -> Counts:
    """Return the counts with each good under SHOP/GOOD; a good's own code is enough if unique.

    Raises NothingToCount for what the day or the community does not have, and WhichGood.
    """
    known = countable(session, of, seen)
    for subject in counts.paper.keys() - {row.code for row in known.activities}:
        raise NothingToCount(subject=subject)
    places = [(f"{shop.code}/{good.code}", good.code) for shop, good in known.goods]
    return Counts(
        paper=counts.paper,
        stock={place_of(subject, places): count for subject, count in counts.stock.items()},
    )


def place_of(subject: str, places: list[tuple[str, str]]) -> str:
    """Return SHOP/GOOD for a good that is named by either."""
    found = [place for place, good in places if subject in {place, good}]
    if not found:
        raise NothingToCount(subject=subject)
    if len(found) > 1:
        raise WhichGood(subject=subject)
    return found[0]


def titles(session: Session) -> dict[str, str]:
    """Return the titles of the staff by sign-in name."""
    rows = session.exec(select(people.Staff.code, people.Staff.title))
    return dict(rows.all())
