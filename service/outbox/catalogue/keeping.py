"""Payloads of the books: comparing, answering, signing, closing, sealing."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from service.outbox.catalogue.registry import event
from service.outbox.catalogue.shape import INNER
from service.outbox.models import EventType


@event(EventType.DAY_RECONCILED, "day.reconciled")
@dataclass(frozen=True, slots=True)
class DayReconciled:
    """A community's or a shop's day was compared with its books; so many exceptions stand."""

    run: int
    day: date
    exceptions: int
    shop: str | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class OfException:
    """What every event of an exception says."""

    day: date
    kind: str
    subject: str
    reference: str | None
    resolution: str
    shop: str | None = None
    batch: int | None = None
    amount_fen: int | None = None  # theirs less ours


@event(EventType.EXCEPTION_OPENED, "exception.opened")
@dataclass(frozen=True, slots=True)
class ExceptionOpened(OfException):
    """Something in the books and on the ground differs."""


@event(EventType.EXCEPTION_RESOLVED, "exception.resolved")
@dataclass(frozen=True, slots=True)
class ExceptionResolved(OfException):
    """A difference has its answer."""


@event(EventType.PERIOD_CLOSED, "period.closed")
@dataclass(frozen=True, slots=True)
class DayClosed:
    """A community's day is closed and sealed, on top of the seal of the day before."""

    day: date
    community: int
    equation: Annotated[dict[str, Any], INNER]
    watermark: str
    run: str | None
    exceptions: Annotated[list[Any], INNER]
    previous: str
    signed: Annotated[list[Any], INNER]
    seal: str


@event(EventType.PERIOD_CLOSED, "period.closed")
@dataclass(frozen=True, slots=True)
class ShopDayClosed:
    """A shop's day is signed by everybody and closed; the digest is that of what was compared."""

    shop: str
    day: date
    digest: str | None
    seal: str


@event(EventType.PERIOD_CLOSED, "period.closed")
@dataclass(frozen=True, slots=True)
class MonthLocked:
    """A community's month is locked: every statement and every day in it is signed."""

    community: str
    month: str
    version: int
    statements: int
    seal: str


@event(EventType.PERIOD_CLOSED, "period.closed")
@dataclass(frozen=True, slots=True)
class BooksClosed:
    """A programme's books take nothing more for a month: the last community has locked it."""

    programme: str
    month: str
    community: str


@dataclass(frozen=True, slots=True)
class OfStatement:
    """What every event of a shop's statement says; the digest is that of its content."""

    statement: str
    shop: str
    month: str
    version: int
    digest: str
    closing_fen: int


@event(EventType.STATEMENT_ISSUED, "statement.issued")
@dataclass(frozen=True, slots=True)
class StatementIssued(OfStatement):
    """A shop's statement of a month is made and waits for its signatures."""


@event(EventType.STATEMENT_SIGNED, "statement.signed")
@dataclass(frozen=True, slots=True)
class StatementSigned(OfStatement):
    """A statement has one signature more, or nobody objected in the days for it."""

    step: str
    by_default: bool


@event(EventType.NOTICE_PUBLISHED, "notice.published")
@dataclass(frozen=True, slots=True)
class NoticePublished:
    """A community told everybody what was earned on some days; nobody is named here."""

    notice: str
    name: str
    community: str
    since: date
    until: date
    starts_on: date
    ends_on: date
    people: int
    points: int
    rows: int
    digest: str


@event(EventType.LEDGER_SEALED, "ledger.sealed")
@dataclass(frozen=True, slots=True)
class LedgerSealed:
    """The ledger has a new signed head over so many transfers."""

    size: int
    root: str
