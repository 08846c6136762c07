"""The moves of the ledger. Each runs in the caller's transaction and never commits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import psycopg
from sqlmodel import Session

from service.db import driver
from service.errors import KeyReused, Refusal
from service.ledger.models import (
    AccountNotEmpty,
    AlreadyReversed,
    AmountTooLarge,
    CaptureTooMuch,
    ClosedAccount,
    HoldExpired,
    HoldNotOver,
    HoldResolved,
    InsufficientPoints,
    Kind,
    NotReversible,
    PeriodClosed,
    Unbalanced,
    Unit,
    UnknownAccount,
    UnknownHold,
    Unwritable,
)

REFUSALS: dict[str, type[Refusal]] = {
    "LG001": KeyReused,
    "LG002": Unbalanced,
    "LG003": Unbalanced,
    "LG004": UnknownAccount,
    "LG005": AlreadyReversed,
    "LG006": InsufficientPoints,
    "LG007": NotReversible,
    "LG008": PeriodClosed,
    "LG010": UnknownHold,
    "LG011": HoldResolved,
    "LG012": HoldExpired,
    "LG013": HoldNotOver,
    "LG014": ClosedAccount,
    "LG015": AccountNotEmpty,
    "LG016": CaptureTooMuch,
    "22003": AmountTooLarge,  # numeric_value_out_of_range
}

POST = """SELECT transfer_id, replayed FROM ledger_post(%(programme)s, %(key)s, %(hash)s, %(kind)s,
 %(addresses)s, %(units)s, %(amounts)s::bigint[], %(actor)s, %(source)s, %(occurred_at)s,
 %(recorded_at)s, %(business_day)s, %(lot_expires_on)s, %(may_owe)s, NULL, %(memo)s::jsonb,
 %(effective_on)s)"""
REVERSE = """SELECT transfer_id, replayed FROM ledger_reverse(%(programme)s, %(key)s, %(hash)s,
 %(kind)s, %(of)s, %(actor)s, %(source)s, %(occurred_at)s, %(recorded_at)s, %(business_day)s,
 %(lot_expires_on)s, %(memo)s::jsonb, %(effective_on)s)"""
CREDIT = """SELECT transfer_id, replayed FROM ledger_credit(%(programme)s, %(kind)s, %(giver)s,
 %(actor)s, %(recorded_at)s, %(keys)s, %(hashes)s, %(addresses)s, %(amounts)s::bigint[],
 %(sources)s, %(occurred)s, %(days)s::date[], %(lots)s::date[], %(memos)s::jsonb[],
 %(effective)s::date[])"""
OPEN = """SELECT ledger_open_account(%(programme)s, %(address)s, %(unit)s, %(tracked)s, %(by_lots)s,
 %(floor)s, %(now)s)"""
CLOSE = "SELECT ledger_close_account(%(programme)s, %(address)s, %(unit)s, %(now)s)"
# `json.dumps` makes such an encoder at each call, for as much as the encoding costs.
AS_JSON = json.JSONEncoder(ensure_ascii=False, default=str)
SORTED_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a transfer: `amount` is added to the account, negative takes away."""

    address: str
    unit: Unit
    amount: int  # points, or fen


@dataclass(frozen=True, slots=True)
class Place:
    """How an account is kept. A wallet is tracked, by lots, and has the floor 0."""

    tracked: bool = True
    by_lots: bool = False
    floor: int | None = None


WALLET = Place(tracked=True, by_lots=True, floor=0)
HOT_END = Place(tracked=False)  # issuance and sinks: entries only, nothing to lock


@dataclass(frozen=True, slots=True)
class Reason:
    """Who moves amounts, on which document, when it happened, and the key that says it once."""

    programme_id: int
    key: str
    actor: str
    source: str
    occurred_at: datetime
    business_day: date
    lot_expires_on: date | None = None  # needed when points are credited to a wallet
    effective_on: date | None = None  # else the business day, or the first day not yet closed
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credit:
    """So many points for a wallet, and why; the reason must say when they expire."""

    reason: Reason
    address: str
    points: int


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to a posting: its transfer, and whether the key had been posted before."""

    transfer_id: int
    replayed: bool


def open_account(
    session: Session, *, programme_id: int, address: str, unit: Unit, place: Place, now: datetime
) -> int:
    """Open an account, or find the one that was opened at this address before; return its id."""
    asked = {"programme": programme_id, "address": address, "unit": unit, "now": now}
    row = call(session, OPEN, {**asked, **asdict(place)})
    return int(row[0])


def close_account(
    session: Session, *, programme_id: int, address: str, unit: Unit, now: datetime
) -> None:
    """Close an account for good; closing it again changes nothing.

    Raises AccountNotEmpty while a tracked account has a balance, or anything is held in it.
    """
    call(session, CLOSE, {"programme": programme_id, "address": address, "unit": unit, "now": now})


def post(
    session: Session,
    reason: Reason,
    *,
    kind: Kind,
    legs: tuple[Leg, ...],
    now: datetime,
    may_owe: bool = False,
) -> Posted:
    """Post a transfer, exactly once for its key.

    The same key with the same request answers `replayed` and adds nothing; with another request
    it raises KeyReused. Raises InsufficientPoints unless `may_owe` lets the wallet go into debt.
    """
    asked = {"kind": kind, **lists(legs), "may_owe": may_owe}
    return send(session, POST, reason, asked=asked, now=now)


def lists(legs: tuple[Leg, ...]) -> dict[str, list[Any]]:
    """Return legs as the columns that the database takes."""
    return {
        "addresses": [leg.address for leg in legs],
        "units": [leg.unit for leg in legs],
        "amounts": [leg.amount for leg in legs],
    }


def credit_many(
    session: Session, lines: Sequence[Credit], *, kind: Kind, giver: str, now: datetime
) -> list[Posted]:
    """Post many credits from one untracked account, a transfer each, in one call for all.

    All reasons name the same programme and actor. Each line answers as `post` would, in their
    order; one refusal refuses them all.
    """
    if not lines:
        return []
    reasons = [one.reason for one in lines]
    if len(lines) == 1:  # that is quicker for one
        return [post(session, reasons[0], kind=kind, legs=legs_of(lines[0], giver), now=now)]
    (programme, actor), *others = {(reason.programme_id, reason.actor) for reason in reasons}
    if others:
        raise ValueError("credits of one call have one programme and one actor")
    params = {
        "programme": programme,
        "kind": kind,
        "giver": giver,
        "actor": actor,
        "recorded_at": now,
        "keys": [reason.key for reason in reasons],
        "hashes": [credit_hash(one, kind=kind, giver=giver) for one in lines],
        "addresses": [one.address for one in lines],
        "amounts": [one.points for one in lines],
        "sources": [reason.source for reason in reasons],
        "occurred": [reason.occurred_at for reason in reasons],
        "days": [reason.business_day for reason in reasons],
        "lots": [reason.lot_expires_on for reason in reasons],
        "memos": [memo_text(reason) for reason in reasons],
        "effective": [reason.effective_on for reason in reasons],
    }
    return [Posted(*row) for row in call_all(session, CREDIT, params)]


def credit_hash(credit: Credit, *, kind: Kind, giver: str) -> bytes:
    """Return the request hash that `post` would have: either may repeat the other."""
    legs = lists(legs_of(credit, giver))
    return request_hash({**said(credit.reason), "kind": kind, **legs, "may_owe": False})


def legs_of(credit: Credit, giver: str) -> tuple[Leg, Leg]:
    """Return the two sides of a credit."""
    return Leg(giver, Unit.PTS, -credit.points), Leg(credit.address, Unit.PTS, credit.points)


def reverse(
    session: Session, reason: Reason, *, transfer_id: int, now: datetime, kind: Kind = Kind.REVERSE
) -> Posted:
    """Post the mirror image of a transfer, once; the lots that it took or filled are restored.

    A balance may fall below zero by it. What has been spent of a reversed award becomes debt.
    `reason.lot_expires_on` is for points that come back after their debt was paid by others.
    """
    asked = {"kind": kind, "of": transfer_id}
    return send(session, REVERSE, reason, asked=asked, now=now)


def send(
    session: Session, statement: str, reason: Reason, *, asked: dict[str, Any], now: datetime
) -> Posted:
    """Run one posting call. Its request hash is that of the reason and of what is asked."""
    known = said(reason)
    params = {
        "programme": reason.programme_id,
        "hash": request_hash({**known, **asked}),
        "recorded_at": now,
        "effective_on": reason.effective_on,
        **known,
        "memo": memo_text(reason),
        **asked,
    }
    return Posted(*call(session, statement, params))


def call(session: Session, statement: str, params: Mapping[str, Any]) -> tuple[Any, ...]:
    """Run one call of the ledger that answers a row."""
    return call_all(session, statement, params)[0]


def call_all(session: Session, statement: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one call of the ledger and turn the database's refusals into ours."""
    try:
        return driver(session).execute(statement, params, prepare=True).fetchall()
    except UnicodeEncodeError as error:
        raise Unwritable from error
    except psycopg.Error as error:
        if error.sqlstate is None and isinstance(error, psycopg.DataError):
            raise Unwritable from error  # a NUL: it did not reach the server
        refusal = REFUSALS.get(error.sqlstate or "")
        if refusal is None:
            raise
        raise refusal from error


def memo_text(reason: Reason) -> str:
    """Return the memo as JSON."""
    return AS_JSON.encode(reason.memo)


def said(reason: Reason) -> dict[str, Any]:
    """Return what a reason says; its moment in UTC, for it is the same moment in every zone."""
    fields = {name: getattr(reason, name) for name in REASON_FIELDS}
    fields["occurred_at"] = reason.occurred_at.astimezone(UTC)
    return (
        fields if reason.effective_on is None else {**fields, "effective_on": reason.effective_on}
    )


REASON_FIELDS = (
    "programme_id",
    "key",
    "actor",
    "source",
    "occurred_at",
    "business_day",
    "lot_expires_on",
    "memo",
)


def request_hash(asked: dict[str, Any]) -> bytes:
    """Return the SHA-256 of a request, the same for the same request whatever its field order."""
    return sha256(SORTED_JSON.encode(asked).encode("utf-8", "surrogatepass")).digest()


def lock(session: Session, *, programme_id: int, addresses: Sequence[str]) -> None:
    """Lock accounts until the end of the transaction; what is read afterwards cannot change.

    Name every tracked account that the transaction will post to: postings lock in one order, and
    who has locked a later account first may have to wait in a circle.
    """
    asked = {"programme": programme_id, "addresses": list(addresses)}
    call(session, "SELECT ledger_lock(%(programme)s, %(addresses)s)", asked)
