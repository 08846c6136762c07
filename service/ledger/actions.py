"""The moves of the ledger. Each runs in the caller's transaction and never commits."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from service.errors import KeyReused, Refusal
from service.ledger.models import (
    AlreadyReversed,
    InsufficientPoints,
    Kind,
    NotReversible,
    Unbalanced,
    Unit,
    UnknownAccount,
)

REFUSALS: dict[str, type[Refusal]] = {
    "LG001": KeyReused,
    "LG002": Unbalanced,
    "LG003": Unbalanced,
    "LG004": UnknownAccount,
    "LG005": AlreadyReversed,
    "LG006": InsufficientPoints,
    "LG007": NotReversible,
}

POST = text(
    "SELECT transfer_id, replayed FROM ledger_post(:programme, :key, :hash, :kind, :addresses,"
    " :units, CAST(:amounts AS bigint[]), :actor, :source, :occurred_at, :recorded_at,"
    " :business_day, :lot_expires_on, :may_owe, NULL, CAST(:memo AS jsonb))"
)
REVERSE = text(
    "SELECT transfer_id, replayed FROM ledger_reverse(:programme, :key, :hash, :kind, :of, :actor,"
    " :source, :occurred_at, :recorded_at, :business_day, :lot_expires_on, CAST(:memo AS jsonb))"
)
OPEN = text(
    "SELECT ledger_open_account(:programme, :address, :unit, :tracked, :by_lots,"
    " CAST(:floor AS bigint), :now)"
)


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
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to a posting: its transfer, and whether the key had been posted before."""

    transfer_id: int
    replayed: bool


def open_account(
    session: Session, *, programme_id: int, address: str, unit: Unit, place: Place, now: datetime
) -> int:
    """Open an account, or find the one that was opened at this address before; return its id."""
    found: int = session.execute(
        OPEN,
        {"programme": programme_id, "address": address, "unit": unit, "now": now, **asdict(place)},
    ).scalar_one()
    return found


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
    asked = {
        "kind": kind,
        "addresses": [leg.address for leg in legs],
        "units": [leg.unit for leg in legs],
        "amounts": [leg.amount for leg in legs],
        "may_owe": may_owe,
    }
    return send(session, POST, reason, asked=asked, now=now)


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
    session: Session, statement: Any, reason: Reason, *, asked: dict[str, Any], now: datetime
) -> Posted:
    """Run one posting call and turn the database's refusals into ours."""
    params = {
        "programme": reason.programme_id,
        "hash": request_hash({**asdict(reason), **asked}),
        "recorded_at": now,
        "memo": json.dumps(reason.memo, ensure_ascii=False, default=str),
        **{name: getattr(reason, name) for name in REASON_PARAMS},
        **asked,
    }
    try:
        row = session.execute(statement, params).one()
    except DBAPIError as error:
        refusal = REFUSALS.get(getattr(error.orig, "sqlstate", ""))
        if refusal is None:
            raise
        raise refusal from error
    return Posted(row.transfer_id, row.replayed)


REASON_PARAMS = ("key", "actor", "source", "occurred_at", "business_day", "lot_expires_on")


def request_hash(asked: dict[str, Any]) -> bytes:
    """Return the SHA-256 of a request, the same for the same request whatever its field order."""
    return sha256(
        json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str).encode()
    ).digest()


def lock(session: Session, *, programme_id: int, addresses: list[str]) -> None:
    """Lock accounts until the end of the transaction; what is read afterwards cannot change."""
    session.execute(
        text("SELECT ledger_lock(:programme, :addresses)"),
        {"programme": programme_id, "addresses": addresses},
    )
