"""The hot path of the till: one call that redeems, no ORM.

An ordinary redemption is one round trip after the token's: `redemptions_sell` guards, takes the
goods, posts and remembers the answer in one transaction, for whoever the code names. Where anything
speaks against the code, or somebody is asked something, its owner is looked up first.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from psycopg import errors
from sqlmodel import Session

from service import passes, programmes
from service.clock import business_day
from service.db import Database, one_row
from service.errors import KeyInFlight, KeyReused
from service.passes import Keyring, PinCheck, Seen, Unreadable
from service.programmes import RuleSet
from service.redemptions.models import OccurredInFuture, Status, UnknownGood
from service.redemptions.offline import over_batch
from service.redemptions.rules import (
    CLOCK_SKEW,
    WAIT_SECONDS,
    receipt,
    scan_usable,
    shop_flags,
    too_old,
    void_until,
)

KEPT = """outcome, good_name, rules, (kept).id, (kept).status, (kept).reason, (kept).qty,
  (kept).points, (kept).value_fen, (kept).tail, (kept).via, (kept).flags, (kept).occurred_at,
  (kept).expires_at, (kept).stock_left, (kept).business_day"""
REDEEM = f"""SELECT {KEPT}
FROM redemptions_sell(%(shop_id)s, %(key)s, %(hash)s, %(good)s, %(qty)s, %(programme_id)s,
  %(volunteer_id)s, %(code)s, %(tail)s, %(via)s, %(pid)s, %(step)s, %(device_id)s, %(actor)s,
  %(proxy)s, %(occurred_at)s, %(now)s, %(day)s, %(offline)s, %(verified)s, %(override)s,
  %(refusal)s, %(flags)s::text[], %(rules)s, %(figures)s::int[])"""
# The same of whoever a code names that nothing speaks against: the look-up is part of the call.
REDEEM_SHOWN = {
    kind: f"""SELECT {KEPT} FROM ({shown}) c CROSS JOIN LATERAL redemptions_sell(%(shop_id)s,
  %(key)s, sha256(convert_to(c.volunteer_id || %(said)s, 'UTF8')), %(good)s, %(qty)s,
  c.programme_id, c.volunteer_id, c.code, right(c.code, 3), %(via)s, %(pid)s, %(step)s,
  %(device_id)s, %(actor)s, NULL, %(now)s, %(now)s, %(day)s, false, false, false, NULL, '{{}}',
  %(rules)s, %(figures)s::int[])"""
    for kind, shown in passes.GOOD.items()
}
IN_FORCE = """SELECT digest FROM programmes_rule_sets WHERE programme_id = %(programme)s
  AND effective_from <= %(day)s AND (effective_to IS NULL OR effective_to >= %(day)s)
ORDER BY effective_from DESC LIMIT 1"""

# The digest that the last sale of a programme found in force. The database compares it again
# within the sale, so that a stale one costs a second call and never a wrong figure.
LATEST: dict[int, str] = {}


@dataclass(frozen=True, slots=True)
class Till:
    """Which shop asks, by which device."""

    shop_id: int
    actor: str
    device_id: int | None = None
    no_shift: bool = False  # sold offline when nobody's shift was known
    programme_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What the till sends: one act, said under one key however often it is sent."""

    key: str
    code: str
    good: str
    qty: int = 1
    pin: str | None = None
    proxy: str | None = None
    scanned_at: datetime | None = None
    occurred_at: datetime | None = None  # of a sale without network
    override_duplicate: bool = False

    @property
    def offline(self) -> bool:
        """Whether the goods left before we were asked."""
        return self.occurred_at is not None

    @property
    def plain(self) -> bool:
        """Whether nobody was asked anything yet, as in nearly every sale."""
        more = self.occurred_at, self.pin, self.proxy
        return not self.override_duplicate and more == (None, None, None)

    @property
    def said(self) -> str:
        """What is asked, after who asks it: it may not change between two sendings of a key."""
        return f"|{self.good}|{self.qty}|{self.proxy or ''}"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom the code identified, and what speaks against it already."""

    volunteer_id: int | None
    code: str
    programme_id: int | None
    tail: str
    via: str
    pid: str | None = None
    step: int | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the till shows. Its shop learns a tail and yes or no, never a balance."""

    status: str  # ok | refused | needs_input
    reason: str | None
    state: str
    key: str
    receipt: str
    good: str
    good_name: str
    qty: int
    points: int
    value_fen: int
    tail: str
    via: str
    flags: list[str]
    replayed: bool
    occurred_at: datetime
    remaining_stock: int | None = None
    void_until: datetime | None = None
    expires_at: datetime | None = None
    ask: list[str] = field(default_factory=list)  # what may be given: pin, phone, override
    tries_left: int | None = None

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON takes them; asdict would copy each of them."""
        return {name: getattr(self, name) for name in self.__slots__}


def redeem(database: Database, keys: Keyring, till: Till, ask: Ask, *, now: datetime) -> Answer:
    """Redeem a good for whoever's code was shown. Domain answers are returned, never raised.

    Raises KeyReused, KeyInFlight, UnknownGood, OccurredInFuture.
    """
    if ask.occurred_at is not None and ask.occurred_at > now + CLOCK_SKEW:
        raise OccurredInFuture
    if ask.plain and (answer := redeem_shown(database, keys, till, ask, now=now)):
        return answer
    buyer = identify(database, keys, ask, now=now)
    params = describe(till, ask, buyer, now=now)
    answer = send(database, ask.key, params)
    if ask.pin is None or answer.reason != "step_up":
        return answer
    pin = passes.check_pin(database, keys, booklet_code=buyer.code, pin=ask.pin, at=now)
    if pin.status == "ok":
        return send(database, ask.key, {**params, "verified": True})
    return not_accepted(answer, pin)


def redeem_shown(
    database: Database, keys: Keyring, till: Till, ask: Ask, *, now: datetime
) -> Answer | None:
    """Redeem in one round trip; None, and nothing done, for what has to be looked at in steps."""
    shown_at = ask.scanned_at or now
    shown = passes.shown(keys, ask.code, at=shown_at) if scan_usable(shown_at, now) else None
    digest = LATEST.get(till.programme_id or 0)
    if shown is None or digest is None:
        return None
    rules = programmes.rule_set_by_digest(database, digest)
    row = attempt(
        database,
        REDEEM_SHOWN[shown.kind],
        {
            **shown.params,
            "shop_id": till.shop_id,
            "key": ask.key,
            "said": ask.said,
            "good": ask.good,
            "qty": ask.qty,
            "via": shown.via,
            "pid": shown.pid,
            "step": shown.step,
            "device_id": till.device_id,
            "actor": till.actor,
            "now": now,
            "day": business_day(now),
            "rules": digest,
            "figures": figures(rules, WAIT_SECONDS),
        },
    )
    settled = row is not None and row["outcome"] != "other_rules"
    return read(row, ask.key, ask.good, rules) if row is not None and settled else None


def not_accepted(answer: Answer, pin: PinCheck) -> Answer:
    """Say of a PIN that was not right how many tries are left; what is held stays held."""
    locked = pin.status == "locked"
    return replace(
        answer,
        status="refused" if locked else "needs_input",
        reason="pin_locked" if locked else "pin_wrong",
        tries_left=pin.left,
    )


def identify(database: Database, keys: Keyring, ask: Ask, *, now: datetime) -> Buyer:
    """Say whom the code identifies and whether it was good at the moment it was shown."""
    shown_at = ask.occurred_at or ask.scanned_at or now
    seen = passes.resolve(database, keys, ask.code, at=shown_at, helpers=True)
    stale = not ask.offline and not scan_usable(shown_at, now)
    return buyer_of(seen, "code_expired" if stale else None)


def buyer_of(seen: Seen | Unreadable, refusal: str | None = None) -> Buyer:
    """Keep of a resolved code what a sale needs."""
    if isinstance(seen, Unreadable):
        return Buyer(None, "", None, "", "unknown", refusal=seen.reason)
    against = seen.status if seen.status != "ok" else refusal
    known = (seen.volunteer_id, seen.code, seen.programme_id, seen.tail, seen.via)
    dynamic = seen.via in passes.DYNAMIC
    return Buyer(*known, seen.pid if dynamic else None, seen.step if dynamic else None, against)


def describe(till: Till, ask: Ask, buyer: Buyer, *, now: datetime) -> dict[str, Any]:
    """Write the call's parameters. What may change between two sendings is not in the hash."""
    said = f"{buyer.volunteer_id or ask.code}{ask.said}"
    occurred_at = ask.occurred_at or now
    return {
        **asdict(till),
        **asdict(buyer),  # the buyer's programme, which may be another than the till's
        "key": ask.key,
        "hash": sha256(said.encode()).digest(),
        "good": ask.good,
        "qty": ask.qty,
        "proxy": ask.proxy,
        "occurred_at": occurred_at,
        "now": now,
        "day": business_day(occurred_at),
        "offline": ask.offline,
        "verified": False,
        "override": ask.override_duplicate,
    }


def send(place: Session | Database, key: str, params: Mapping[str, Any]) -> Answer:
    """Make the call; once more when other rules were in force than we thought."""
    rules, row = call(place, params)
    if row["outcome"] == "other_rules":
        LATEST[params["programme_id"]] = row["rules"]
        rules, row = call(place, params)
    return read(row, key, params["good"], rules)


def read(row: Mapping[str, Any], key: str, good: str, rules: RuleSet | None) -> Answer:
    """Read what the call said. Raises KeyReused, UnknownGood."""
    if row["outcome"] == "key_reused":
        raise KeyReused
    if row["outcome"] == "unknown_good":
        raise UnknownGood
    return answer_of(row, key, good, rules)


def call(
    place: Session | Database, params: Mapping[str, Any]
) -> tuple[RuleSet | None, dict[str, Any]]:
    """Send the figures that we believe in force along with what is asked."""
    programme, day = params["programme_id"], params["day"]
    if params["proxy"]:
        LATEST.pop(programme, None)  # seldom, and asked of the rules here: they must be today's
    digest = in_force(place, programme, day) if programme is not None else None
    rules = programmes.rule_set_by_digest(place, digest) if digest else None
    wait = params.get("wait", WAIT_SECONDS)
    flags = flags_of(params, rules) + over_batch(place, params, rules)
    sent = {**params, "rules": digest, "figures": figures(rules, wait), "flags": flags}
    sent["refusal"] = params["refusal"] or against_proxy(params, rules)
    row = attempt(place, REDEEM, sent)
    assert row is not None
    return rules, row


def attempt(
    place: Session | Database, sql: str, params: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Make the call. Raises KeyInFlight where somebody else holds what it needs for too long."""
    try:
        return one_row(place, sql, params)
    except (errors.LockNotAvailable, errors.QueryCanceled) as error:
        raise KeyInFlight from error


def against_proxy(params: Mapping[str, Any], rules: RuleSet | None) -> str | None:
    """Refuse that somebody else picks up where the rules say no; goods that left are kept."""
    allowed = rules is None or rules.proxy_pickup or params["offline"] or not params["proxy"]
    return None if allowed else "no_proxy"


def flags_of(params: Mapping[str, Any], rules: RuleSet | None) -> list[str]:
    """Name what the database cannot see of a sale without network: its age, and nobody's shift."""
    if rules is None or not params["offline"] or params["refusal"] is not None:
        return []
    late = too_old(params["occurred_at"], params["now"], rules.offline.max_age_hours)
    return ["late_upload"] * late + ["no_shift"] * params.get("no_shift", False)


def in_force(place: Session | Database, programme: int, day: Any) -> str | None:
    """Return the digest of the rules that the last sale found, or look it up."""
    if programme not in LATEST:
        row = one_row(place, IN_FORCE, {"programme": programme, "day": day})
        if row is None:
            return None
        LATEST[programme] = row["digest"]
    return LATEST[programme]


def figures(rules: RuleSet | None, wait: int) -> list[int]:
    """List the figures in the order in which `redemptions_sell` reads them."""
    if rules is None:
        return []
    return [
        rules.step_up_points,
        rules.step_up_nth,
        rules.duplicate_minutes,
        rules.offline.card_day,
        wait,
        rules.helper.redemption_points,
        rules.helper.day_points,
    ]


STATUS = {
    Status.WAITING: "needs_input",
    Status.HELD: "needs_input",
    Status.REFUSED: "refused",
    Status.EXPIRED: "refused",
}
NEVER_GIVEN = {"voided_first", "given_up", "declined"}
WAYS = {
    "possible_duplicate": ["override"],
    "step_up": ["pin", "phone"],
    "show_code": ["code"],
}


def answer_of(row: Mapping[str, Any], key: str, good: str, rules: RuleSet | None) -> Answer:
    """Put a kept row into the words of the till."""
    status = STATUS.get(row["status"], "ok")
    if row["status"] == Status.VOIDED and row["reason"] in NEVER_GIVEN:
        status = "refused"
    minutes = rules.void_minutes if rules else 0
    ways = WAYS.get(row["reason"] or "", []) if status == "needs_input" else []
    return Answer(
        status=status,
        reason=row["reason"],
        state=row["status"],
        key=key,
        receipt=receipt(row["id"]),
        good=good,
        good_name=row["good_name"] or "",
        qty=row["qty"],
        points=row["points"],
        value_fen=row["value_fen"],
        tail=row["tail"],
        via=row["via"],
        flags=shop_flags(row["flags"]),
        replayed=row["outcome"] not in {"new", None},
        occurred_at=row["occurred_at"],
        remaining_stock=row["stock_left"],
        void_until=void_until(row["occurred_at"], minutes) if status == "ok" and minutes else None,
        expires_at=row["expires_at"] if status == "needs_input" else None,
        ask=ways,
    )
