"""Whose code is this: one statement, whatever kind of code it is."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from service import people
from service.clock import SHANGHAI, business_day
from service.db import Database
from service.passes.keys import Keyring
from service.passes.models import ALIVE, Binding, Card, Helper, HelperOver, NoCard, NoPass
from service.passes.onsite import step_at
from service.passes.rules import (
    PASS_CODES_AHEAD,
    PASS_STEP_S,
    Reading,
    cid_digest,
    mac60,
    same,
)

log = logging.getLogger("aixin.passes")
SEEN_EVERY = timedelta(minutes=5)

CARD = """SELECT c.id AS card_id, c.status, c.expires_on, c.blocked_at, c.cid_digest,
  v.id AS volunteer_id, v.code, v.programme_id, v.community_id, {key} AS key
FROM passes_cards c JOIN people_holders v ON v.id = c.volunteer_id WHERE """
BY_CID = CARD.format(key="c.cid_hmac") + "c.cid_hmac = ANY(%(ids)s)"
BY_NUMBER = CARD.format(key="c.number") + "c.number = ANY(%(ids)s)"
BY_PID = """SELECT b.revoked_at, v.id AS volunteer_id, v.code, v.programme_id, v.community_id,
  b.pid AS key
FROM passes_bindings b JOIN people_holders v ON v.id = b.volunteer_id
WHERE b.pid = ANY(%(ids)s)"""
BY_HELPER = """SELECT h.revoked_at, h.valid_until, v.id AS volunteer_id, v.code, v.programme_id,
  v.community_id, h.pid AS key
FROM passes_helpers h JOIN people_holders v ON v.id = h.volunteer_id
WHERE h.pid = ANY(%(ids)s)"""
# The owner of a code that nothing speaks against: a question that others join with their own.
GOOD = {
    "card": """SELECT v.id AS volunteer_id, v.code, v.programme_id
FROM passes_cards c JOIN people_holders v ON v.id = c.volunteer_id
WHERE c.cid_hmac = %(shown)s AND c.status = 'active' AND c.blocked_at IS NULL
  AND c.expires_on >= %(shown_day)s AND c.cid_digest IS NOT NULL""",
    "pass": """SELECT v.id AS volunteer_id, v.code, v.programme_id
FROM passes_bindings b JOIN people_holders v ON v.id = b.volunteer_id
WHERE b.pid = %(shown)s AND b.revoked_at IS NULL""",
    "helper": """SELECT v.id AS volunteer_id, v.code, v.programme_id
FROM passes_helpers h JOIN people_holders v ON v.id = h.volunteer_id
WHERE h.pid = %(shown)s AND h.revoked_at IS NULL AND h.valid_until >= %(shown_day)s""",
}
DYNAMIC = frozenset({"pass", "helper"})  # a phone's codes: each is good for a minute and pays once
LEARN = "UPDATE passes_cards SET cid_digest = %(digest)s WHERE id = %(id)s RETURNING id"
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
    via: str  # pass | helper | booklet | number
    status: str  # ok | card_blocked | card_replaced | card_expired | code_expired
    pid: str = ""
    step: int = 0
    card_id: int | None = None

    @property
    def static(self) -> bool:
        """Whether the code can be photographed and used again: it asks for the PIN."""
        return self.via not in DYNAMIC

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
class Shown:
    """A card or a pass in its time, and the question for its owner if nothing speaks against it."""

    kind: str  # key of GOOD, whose one row has volunteer_id, code and programme_id
    params: dict[str, Any]
    via: str  # pass | helper | booklet
    pid: str | None = None
    step: int | None = None


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


def resolve(
    database: Database, keys: Keyring, text: str, *, at: datetime, helpers: bool = False
) -> Seen | Unreadable:
    """Say whom a scanned or typed code identifies, in at most one statement.

    A code that we did not make is refused without asking the database. Only a till takes
    `helpers`: a relative fetches goods, and is never seen to have served.
    """
    return resolve_all(database, keys, [(text, at)], helpers=helpers)[0]


def resolve_all(
    database: Database,
    keys: Keyring,
    shown: Sequence[tuple[str, datetime]],
    *,
    helpers: bool = False,
) -> list[Seen | Unreadable]:
    """Say of many codes, each with its moment, whom they identify; one statement a kind of code."""
    readings = [keys.read(text) for text, _ in shown]
    rows = {
        kind: look_up(database, kind, [key for one in readings if (key := key_of(keys, one, kind))])
        for kind in LOOK_UPS
        if helpers or kind != "helper"
    }
    return [
        judge(database, keys, one, rows=rows, at=at)
        for one, (_, at) in zip(readings, shown, strict=True)
    ]


LOOK_UPS = {"card": BY_CID, "number": BY_NUMBER, "pass": BY_PID, "helper": BY_HELPER}
UNKNOWN = {
    "card": "no such card",
    "number": "no such card",
    "pass": "no such pass",
    "helper": "no such helper",
}


def key_of(keys: Keyring, found: Reading | None, kind: str) -> bytes | str | None:
    """Return what the database knows a code by, if it is of this kind and ours."""
    if found is None or found.kind != kind:
        return None
    macs = [pass_mac(one, found.id, found.step) for one in keys.every] if kind in DYNAMIC else []
    if macs and not any(same(found.mac, mac) for mac in macs):
        return None
    return keys.card_hmac(found.id) if kind == "card" else found.id


def shown(keys: Keyring, text: str, *, at: datetime) -> Shown | None:
    """Prepare to ask for a code's owner along with something else, in one round trip.

    None here, or no row there: `resolve` says what speaks against the code, if anything does.
    """
    found = keys.read(text)
    key = key_of(keys, found, found.kind) if found and found.kind in GOOD else None
    if found is None or key is None:
        return None
    if found.kind == "card":
        return Shown("card", {"shown": key, "shown_day": business_day(at)}, "booklet")
    in_time = abs(step_at(at, PASS_STEP_S) - found.step) <= 1
    params = {"shown": key} | ({"shown_day": business_day(at)} if found.kind == "helper" else {})
    return Shown(found.kind, params, found.kind, found.id, found.step) if in_time else None


def look_up(
    database: Database, kind: str, ids: Sequence[bytes | str]
) -> dict[bytes | str, dict[str, Any]]:
    """Find the cards or phones of one kind of code; asks nobody about nothing."""
    return {row["key"]: row for row in database.rows(LOOK_UPS[kind], {"ids": ids})} if ids else {}


def judge(
    database: Database,
    keys: Keyring,
    found: Reading | None,
    *,
    rows: Mapping[str, Mapping[bytes | str, dict[str, Any]]],
    at: datetime,
) -> Seen | Unreadable:
    """Say whom one code identifies, by the rows that were looked up."""
    if found is None:
        return unreadable("no code of ours")
    if found.kind not in rows:
        return unreadable(f"a {found.kind} identifies nobody")
    key = key_of(keys, found, found.kind)
    row = rows[found.kind].get(key) if key else None
    if row is None:
        return unreadable(UNKNOWN[found.kind] if key else "the tag is not ours")
    if found.kind in DYNAMIC:
        return judge_pass(found, row, at=at)
    if found.kind == "card" and row["cid_digest"] is None:  # printed before gates knew digests
        database.call(LEARN, {"digest": cid_digest(found.id), "id": row["card_id"]})
    return judge_card(found, row, at=at)


def judge_card(found: Reading, row: Mapping[str, Any], *, at: datetime) -> Seen:
    """Say what a card was worth at a moment; one that was blocked later counts."""
    later = row["blocked_at"] is not None and row["blocked_at"] > at
    status = "ok" if later else CARD_REASONS[row["status"]]
    over = row["expires_on"] < business_day(at) and status == "ok"
    return Seen(
        via="booklet" if found.kind == "card" else "number",
        status="card_expired" if over else status,
        card_id=row["card_id"],
        **whom(row),
    )


def judge_pass(found: Reading, row: Mapping[str, Any], *, at: datetime) -> Seen:
    """Say what the code of a phone, own or a relative's, was worth at a moment."""
    in_time = abs(step_at(at, PASS_STEP_S) - found.step) <= 1
    revoked = row["revoked_at"] is not None and row["revoked_at"] <= at
    status = "card_blocked" if revoked else "ok" if in_time else "code_expired"
    if status == "ok" and found.kind == "helper" and row["valid_until"] < business_day(at):
        status = "card_expired"
    return Seen(via=found.kind, status=status, pid=found.id, step=found.step, **whom(row))


def whom(row: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the person out of a row."""
    return {name: row[name] for name in ("volunteer_id", "code", "programme_id", "community_id")}


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


def binding(session: Session, volunteer_id: int, token: str, *, now: datetime) -> Binding:
    """Return the pass of the phone whose session this is, and note that it was seen.

    Any other session has the pass that the booklet and its PIN opened. Raises NoPass.
    """
    hashed = people.token_hash(token)
    asked = (
        select(Binding)
        .where(Binding.volunteer_id == volunteer_id, col(Binding.revoked_at).is_(None))
        .where((col(Binding.session_hash) == hashed) | (Binding.place == 0))
        .order_by(col(Binding.place).desc())
    )
    found = session.exec(asked).first()
    if found is None:
        raise NoPass
    if found.last_seen_at is None or found.last_seen_at < now - SEEN_EVERY:
        found.last_seen_at = now
    return found


def helper(session: Session, token: str, *, now: datetime) -> Helper:
    """Return the relative's phone whose token this is, and note that it was seen.

    Raises HelperOver for one that was ended, and after its last day.
    """
    asked = select(Helper).where(
        Helper.token_hash == people.token_hash(token), col(Helper.revoked_at).is_(None)
    )
    found = session.exec(asked).one_or_none()
    if found is None or found.valid_until < business_day(now):
        raise HelperOver
    if found.last_seen_at is None or found.last_seen_at < now - SEEN_EVERY:
        found.last_seen_at = now
    return found


def living_card(session: Session, booklet_code: str) -> Card:
    """Return the booklet's card that is not replaced or void. Raises NoCard."""
    asked = select(Card).where(Card.booklet_code == booklet_code, col(Card.status).in_(ALIVE))
    found = session.exec(asked.with_for_update()).one_or_none()
    if found is None:
        raise NoCard
    return found
