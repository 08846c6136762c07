"""Reads of the queue of exceptions: pages of it, counts by class and colour, one with its story."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, false, func, literal, or_, tuple_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from service import files, people, programmes, shops
from service.programmes import Answering
from service.reconciliation.ageing import Colour, born, colour
from service.reconciliation.answer_models import Answer, State
from service.reconciliation.answers import answers
from service.reconciliation.models import Difference, Standing
from service.reconciliation.postings import shop_of
from service.reconciliation.queries import SHOP_KINDS, Seen, visible_to

PAGE = 50
ANSWERERS = (people.Role.SECRETARY, people.Role.RECORDER)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the queue is wanted; `after` is where the page before ended."""

    state: str = "waiting"  # waiting | mine | approval | carried | answered
    kind: str | None = None
    shop: str | None = None
    age: Colour | None = None
    after: tuple[Any, int] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the queue, and the `after` of the next one."""

    rows: list[Difference]
    next: str | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: what may be seen, whose own list is meant, and the day by which ages count."""

    seen: Seen
    actor: str
    today: date
    limits: dict[int, Answering] = field(default_factory=dict)  # by programme

    def colour(self, row: Difference) -> Colour:
        """Return the colour of an exception's age."""
        return colour(row.aged_from or row.day, self.today, self.limits[row.programme_id])

    def age(self, row: Difference) -> int:
        """Return how many days old it is; negative while it rests."""
        return (self.today - (row.aged_from or row.day)).days


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of one class wait, by the colour of their age."""

    kind: str
    fresh: int
    yellow: int
    red: int
    fen: int  # what they are about together, whatever its direction

    @property
    def total(self) -> int:
        """All that wait."""
        return self.fresh + self.yellow + self.red


@dataclass(frozen=True, slots=True)
class Story:
    """One exception with everything that was answered to it, and the pictures beside."""

    row: Difference
    answers: list[Answer]
    pictures: dict[int, files.File]

    @property
    def waits(self) -> Answer | None:
        """The answer that waits for its second person."""
        return next((one for one in self.answers if one.status == State.WAITING), None)


def reader(session: Session, seen: Seen, *, actor: str, today: date) -> Reader:
    """Return a reader with the limits of the programmes that he sees."""
    asked = select(people.Unit.programme_id).where(col(people.Unit.id).in_(seen.community_ids))
    known = {one for one in session.exec(asked.distinct()).all() if one is not None}
    limits = {one: programmes.rule_set(session, one, today).answering for one in known}
    return Reader(seen, actor, today, limits)


def queue(session: Session, who: Reader, asked: Asked) -> Page:
    """Return a page of the queue, the oldest first; what was answered, the latest first."""
    rows = list(session.exec(statement(session, who, asked)).all())
    following = cursor(rows[PAGE - 1], asked.state) if len(rows) > PAGE else None
    return Page(rows[:PAGE], following)


def statement(session: Session, who: Reader, asked: Asked) -> SelectOfScalar[Difference]:
    """Return the query of a page and one row more; each order has its index."""
    query = select(Difference).where(visible_to(who.seen), *narrowed(session, who, asked))
    moment, number = col(Difference.aged_from), col(Difference.id)
    if asked.state == "answered":
        moment = col(Difference.resolved_at)
    place, end = tuple_(moment, number), literal_pair(asked.after)
    if end is not None:
        query = query.where(place < end if asked.state == "answered" else place > end)
    order = (moment.desc(), number.desc()) if asked.state == "answered" else (moment, number)
    return query.order_by(*order).limit(PAGE + 1)


def literal_pair(after: tuple[Any, int] | None) -> Any:
    """Return where the page before ended, as a row to compare with."""
    return tuple_(literal(after[0]), literal(after[1])) if after else None


def narrowed(session: Session, who: Reader, asked: Asked) -> list[ColumnElement[bool]]:
    """Return the conditions of what was asked."""
    found = [standing(who, asked.state)]
    if asked.kind:
        found.append(col(Difference.kind) == asked.kind)
    if asked.shop:
        found.append(col(Difference.shop_id) == shops.shop(session, asked.shop).id)
    if asked.age:
        found.append(aged(who, asked.age))
    return found


def standing(who: Reader, state: str) -> ColumnElement[bool]:
    """Return the condition of a state; what was carried waits again from its day on."""
    open_ = col(Difference.status) != Standing.RESOLVED
    due = and_(open_, col(Difference.aged_from) <= who.today)
    waits = select(Answer.exception_id).where(Answer.status == State.WAITING)
    return {
        "waiting": due,
        "mine": and_(open_, col(Difference.assigned_to) == who.actor),
        "approval": and_(open_, col(Difference.id).in_(waits)),
        "carried": and_(open_, col(Difference.status) == Standing.CARRIED),
        "answered": col(Difference.status) == Standing.RESOLVED,
    }[state]


def aged(who: Reader, shade: Colour) -> ColumnElement[bool]:
    """Return the condition of an age, each programme by its own rules."""
    parts = []
    for programme, limits in who.limits.items():
        first, last = born(shade, who.today, limits)
        days = col(Difference.aged_from).between(first, last)
        parts.append(and_(col(Difference.programme_id) == programme, days))
    return or_(false(), *parts)


def counts(session: Session, who: Reader) -> list[Counted]:
    """Count what waits by class and colour, the class with the most first."""
    shades = (Colour.FRESH, Colour.YELLOW, Colour.RED)
    numbers = [func.count().filter(aged(who, shade)) for shade in shades]
    fen = cast(func.coalesce(func.sum(func.abs(col(Difference.amount_fen))), 0), BigInteger)
    query = (
        select(col(Difference.kind), *numbers, fen)  # type: ignore[call-overload]
        .where(visible_to(who.seen), standing(who, "waiting"))
        .group_by(col(Difference.kind))
        .order_by(func.count().desc(), col(Difference.kind))
    )
    return [Counted(*row) for row in session.exec(query).all()]


def story(session: Session, row: Difference) -> Story:
    """Return an exception with its answers and their pictures."""
    every = answers(session, row)
    return Story(row, every, files.find_all(session, [one.file_id for one in every if one.file_id]))


def assignees(session: Session, row: Difference) -> list[people.Staff]:
    """Return who may be given an exception: of its community, or of its shop's association."""
    places = people.codes_above(session, row.community_id)
    found = [one for role in ANSWERERS for one in people.holders(session, role, places)]
    if row.kind in SHOP_KINDS:
        led = shops.association_of(session, shop_of(session, row)).code
        found += people.holders(session, people.Role.OFFICER, [led])
    return sorted({one.code: one for _, one in found}.values(), key=lambda one: one.code)


def cursor(row: Difference, state: str) -> str:
    """Return where a page ends, as the next one names it."""
    moment: date | datetime | None = row.resolved_at if state == "answered" else row.aged_from
    return f"{moment.isoformat() if moment else ''}~{row.id}"
