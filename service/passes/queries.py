"""Whose code is this: one statement, whatever kind of code it is."""

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from service.clock import SHANGHAI, business_day
from service.db import Database
from service.passes.keys import Keyring
from service.passes.models import ALIVE, Binding, Card, NoCard, NoPass
from service.passes.onsite import step_at
from service.passes.rules import PASS_CODES_AHEAD, PASS_STEP_S, Reading, mac60, same

log = logging.getLogger("aixin.passes")

CARD = """SELECT c.id AS card_id, c.status, c.expires_on, v.id AS volunteer_id, v.code,
  v.programme_id, v.community_id
FROM passes_cards c JOIN people_volunteers v ON v.id = c.volunteer_id WHERE """
BY_CID = CARD + "c.cid_hmac = %(id)s"
BY_NUMBER = CARD + "c.number = %(id)s"
BY_PID = """SELECT b.revoked_at, v.id AS volunteer_id, v.code, v.programme_id, v.community_id
FROM passes_bindings b JOIN people_volunteers v ON v.id = b.volunteer_id WHERE b.pid = %(id)s"""
TRY_PIN = """SELECT status, tries_left FROM passes_try_pin(
  coalesce((SELECT id FROM passes_cards WHERE booklet_code = %(booklet)s AND status = 'active'), 0),
  %(hash)s, %(now)s, %(until)s)"""
CARD_REASONS = {
    "issued": "card_blocked",
    "active": "ok",
    "lost": "card_blocked",
    "void": "card_blocked",
    "reissued": "card_replaced",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """Whom a code identifies, and whether it may be used now."""

    volunteer_id: int
    code: str  # the booklet's number
    programme_id: int
    community_id: int
    via: str  # pass | booklet | number
    status: str  # ok | card_blocked | card_replaced | card_expired | code_expired
    pid: str = ""
    step: int = 0
    card_id: int | None = None

    @property
    def static(self) -> bool:
        """Whether the code can be photographed and used again: it asks for the PIN."""
        return self.via != "pass"

    @property
    def tail(self) -> str:
        """What a shop may see."""
        return self.code[-3:]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Nobody is identified. Outsiders hear the reason; `why` is for the log."""

    why: str
    reason: str = "unknown_code"


@dataclass(frozen=True, slots=True)
class PinCheck:
    """The answer to a PIN: "ok", "wrong" with the tries left, or "locked" until tomorrow."""

    status: str
    left: int


@dataclass(frozen=True, slots=True)
class PassCode:
    """One code of a pass, good for its step and a step around it."""

    step: int
    url: str


def resolve(database: Database, keys: Keyring, text: str, *, at: datetime) -> Seen | Unreadable:
    """Say whom a scanned or typed code identifies, in at most one statement.

    A code that we did not make is refused without asking the database.
    """
    found = keys.read(text)
    if found is None:
        return unreadable("no code of ours")
    if found.kind in {"card", "number"}:
        return resolve_card(database, keys, found, at=at)
    if found.kind == "pass":
        return resolve_pass(database, keys, found, at=at)
    return unreadable(f"a {found.kind} identifies nobody")


def resolve_card(
    database: Database, keys: Keyring, found: Reading, *, at: datetime
) -> Seen | Unreadable:
    """Look up a card by its QR or its typed number."""
    printed = found.kind == "card"
    sql, key = (BY_CID, keys.card_hmac(found.id)) if printed else (BY_NUMBER, found.id)
    row = database.call(sql, {"id": key})
    if row is None:
        return unreadable("no such card")
    over = row.pop("expires_on") < business_day(at)
    status = CARD_REASONS[row.pop("status")]
    status = "card_expired" if over and status == "ok" else status
    return Seen(via="booklet" if printed else "number", status=status, **row)


def resolve_pass(
    database: Database, keys: Keyring, found: Reading, *, at: datetime
) -> Seen | Unreadable:
    """Judge a pass's code by its tag and its step, then look up whose phone it is."""
    if not same(found.mac, pass_mac(keys, found.id, found.step)):
        return unreadable("the tag is not ours")
    row = database.call(BY_PID, {"id": found.id})
    if row is None:
        return unreadable("no such pass")
    in_time = abs(step_at(at, PASS_STEP_S) - found.step) <= 1
    revoked = row.pop("revoked_at") is not None
    status = "card_blocked" if revoked else "ok" if in_time else "code_expired"
    return Seen(via="pass", status=status, pid=found.id, step=found.step, **row)


def unreadable(why: str) -> Unreadable:
    """Refuse a code with the words that all refusals share; the log hears why."""
    log.info("code refused: %s", why)
    return Unreadable(why)


def pass_mac(keys: Keyring, pid: str, step: int) -> str:
    """Return the tag of one step of a pass."""
    return mac60(keys.pass_, f"{pid}|{step}")


def pass_codes(keys: Keyring, pid: str, *, at: datetime) -> list[PassCode]:
    """Return the code of this moment and those of the next ten minutes."""
    first = step_at(at, PASS_STEP_S)
    return [
        PassCode(step, f"{keys.public_url}/p/{pid}.{step}.{pass_mac(keys, pid, step)}")
        for step in range(first, first + PASS_CODES_AHEAD)
    ]


def check_pin(
    database: Database, keys: Keyring, *, booklet_code: str, pin: str, at: datetime
) -> PinCheck:
    """Try a booklet's PIN in a transaction of its own, so that a wrong try always counts."""
    hashed, until = keys.pin_hash(booklet_code, pin), pin_locked_until(at)
    params = {"booklet": booklet_code, "hash": hashed, "now": at, "until": until}
    row = database.call(TRY_PIN, params)
    assert row is not None
    return PinCheck(row["status"], row["tries_left"])


def pin_locked_until(at: datetime) -> datetime:
    """Return the first moment of tomorrow, where the programme lives."""
    tomorrow = business_day(at) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZoneInfo(SHANGHAI))


def binding(session: Session, volunteer_id: int) -> Binding:
    """Return the phone that a volunteer's pass lives on. Raises NoPass."""
    asked = select(Binding).where(
        Binding.volunteer_id == volunteer_id, col(Binding.revoked_at).is_(None)
    )
    found = session.exec(asked).one_or_none()
    if found is None:
        raise NoPass
    return found


def living_card(session: Session, booklet_code: str) -> Card:
    """Return the booklet's card that is not replaced or void. Raises NoCard."""
    asked = select(Card).where(Card.booklet_code == booklet_code, col(Card.status).in_(ALIVE))
    found = session.exec(asked.with_for_update()).one_or_none()
    if found is None:
        raise NoCard
    return found
