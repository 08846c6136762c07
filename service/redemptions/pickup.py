"""What is chosen on the volunteer's own phone is held, and captured where its code is shown."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import text
from sqlmodel import Session

from service import passes, people, shops
from service.db import Database
from service.passes import Keyring
from service.redemptions import actions, holds, queries, sale
from service.redemptions.models import Redemption, Status, UnknownRedemption
from service.redemptions.rules import CHOICE_SECONDS
from service.redemptions.sale import Answer, Ask, Buyer, Till

CLAIM = text("SELECT passes_claim(:pid, :step, :purpose, :now)")


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose on the own phone, in which shop, under the key that we made."""

    key: str
    shop_id: int
    good: str
    qty: int = 1
    proxy: str | None = None
    again: bool = True  # whoever chooses for himself is not asked about a double; it is flagged


@dataclass(frozen=True, slots=True)
class Showing:
    """What the till saw of whoever comes for it."""

    key: str
    code: str
    pin: str | None = None
    scanned_at: datetime | None = None


def hold_for_phone(session: Session, choice: Choice, *, volunteer_id: int, now: datetime) -> Answer:
    """Hold points, goods and limits for what a volunteer chose; the same choice is told again.

    The answer's state is held, or refused with the first guard that failed. Raises UnknownGood,
    KeyReused.
    """
    buyer = on_phone(session, volunteer_id=volunteer_id)
    till = Till(choice.shop_id, f"volunteer:{buyer.code}")
    ask = Ask(
        key=choice.key,
        code="",
        good=choice.good,
        qty=choice.qty,
        proxy=choice.proxy,
        override_duplicate=choice.again,
    )
    params = sale.describe(till, ask, buyer, now=now)
    return sale.send(session, choice.key, {**params, "wait": CHOICE_SECONDS})


def on_phone(session: Session, *, volunteer_id: int) -> Buyer:
    """Return the buyer who acts on the own phone."""
    who = people.volunteer_by_id(session, volunteer_id)
    return Buyer(volunteer_id, who.code, who.programme_id, who.code[-3:], "phone")


def capture_held(
    database: Database, keys: Keyring, till: Till, showing: Showing, *, now: datetime
) -> Answer:
    """Hand over what somebody chose on the phone, now that the code is shown at the shop's till.

    What speaks against it is told and changes nothing. Raises UnknownRedemption.
    """
    ask = Ask(key=showing.key, code=showing.code, good="", scanned_at=showing.scanned_at)
    buyer = sale.identify(database, keys, ask, now=now)
    hand = partial(hand_over, till=till, key=showing.key, buyer=buyer, now=now)
    answer = database.atomic(hand)
    if showing.pin is None or answer.reason != "step_up":
        return answer
    pin = passes.check_pin(database, keys, booklet_code=buyer.code, pin=showing.pin, at=now)
    if pin.status == "ok":
        return database.atomic(partial(hand, verified=True))
    return sale.not_accepted(answer, pin)


def hand_over(
    session: Session, *, till: Till, key: str, buyer: Buyer, now: datetime, verified: bool = False
) -> Answer:
    """Capture a held choice, or say what speaks against it."""
    row = actions.lock_key(session, shop_id=till.shop_id, key=key)
    if row is None:
        raise UnknownRedemption
    if row.status != Status.HELD or row.reason != "show_code":
        return replace(queries.answer(session, row), replayed=True)
    against = against_handing_over(session, row, buyer, verified=verified, now=now)
    if against is None:
        row.device_id, row.actor = till.device_id, till.actor
        if buyer.via == "helper":
            row.flags = [*row.flags, "helper"]  # the ledger's line says who came
        holds.capture(session, row, actor=till.actor, now=now)
        return queries.answer(session, row)
    answer = queries.answer(session, row)
    if against == "step_up":
        return replace(answer, reason=against, ask=["pin"])
    return replace(answer, status="refused", reason=against, ask=[])


def asks_for_pin(row: Redemption, buyer: Buyer) -> bool:
    """Whether the PIN is needed: somebody else comes for it, or a number was typed.

    The choice on the phone is the person's word, but who was not there can be said by anybody.
    """
    return row.proxy is not None or buyer.via in {"number", "helper"}


def against_handing_over(
    session: Session, row: Redemption, buyer: Buyer, *, verified: bool, now: datetime
) -> str | None:
    """Name what speaks against it, or None; then the code that was shown is used up."""
    assert row.expires_at is not None
    if row.expires_at <= now:
        return None  # the capture lets it expire, whoever stands there
    if buyer.refusal is not None:
        return buyer.refusal
    if buyer.volunteer_id != row.volunteer_id:
        return "other_pass"
    if asks_for_pin(row, buyer) and not verified:
        return "step_up"
    if buyer.pid is None:
        return None
    shop = shops.shop_by_id(session, row.shop_id)
    used = {"pid": buyer.pid, "step": buyer.step, "now": now}
    purpose = f"redeem:{shop.code}:{row.key}"
    mine = session.execute(CLAIM, {**used, "purpose": purpose}).scalar_one()
    return None if mine else "code_used"
