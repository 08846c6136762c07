"""Every arrow of a redemption's life, and in every state everything that must move nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from service import redemptions
from service.redemptions.models import GIVEN, Status, UnknownRedemption
from tests.redemptions.test_holds import choose, show, spendable
from tests.shops.market import PIN, Market

QTY = 3  # pieces of soap: 60 points, so that a pass alone asks nothing
WHO = "V0001"


def later(market: Market, **time: float) -> None:
    market.clock.set(market.clock.now() + timedelta(**time))


# ---------------------------------------------------------------- how one comes into a state


def nothing(market: Market) -> None:
    """The key was never seen."""


def captured(market: Market) -> None:
    market.redeem(WHO, "SOAP", "k1", qty=QTY)


def waiting(market: Market) -> None:
    market.redeem(WHO, "SOAP", "k0")
    later(market, minutes=1)
    market.redeem(WHO, "SOAP", "k1", qty=QTY)


def waiting_card(market: Market) -> None:
    market.redeem(WHO, "SOAP", "k0")
    later(market, minutes=1)
    market.redeem(WHO, "SOAP", "k1", qty=QTY, code=market.cards[WHO].url)


def held(market: Market) -> None:
    market.redeem(WHO, "SOAP", "k1", qty=QTY, code=market.cards[WHO].url)


def chosen(market: Market) -> None:
    choose(market, WHO, "SOAP", "k1", qty=QTY)


def refused(market: Market) -> None:
    market.one("UPDATE shops SET status = 'suspended' WHERE code = 'A' RETURNING 1")
    market.redeem(WHO, "SOAP", "k1", qty=QTY)
    market.one("UPDATE shops SET status = 'admitted' WHERE code = 'A' RETURNING 1")


def expired(market: Market) -> None:
    held(market)
    time(market)


def voided(market: Market) -> None:
    captured(market)
    void_with_code(market)


def given_up(market: Market) -> None:
    held(market)
    void(market)


def tombstone(market: Market) -> None:
    void(market)


def partly_reversed(market: Market) -> None:
    captured(market)
    reverse_one(market)


def reversed_(market: Market) -> None:
    captured(market)
    reverse_all(market)


# ---------------------------------------------------------------- what can be done to it


def ask(market: Market) -> None:
    market.redeem(WHO, "SOAP", "k1", qty=QTY)


def ask_with_booklet(market: Market) -> None:
    market.redeem(WHO, "SOAP", "k1", qty=QTY, code=market.cards[WHO].url)


def upload(market: Market) -> None:
    moment = market.clock.now() - timedelta(minutes=1)
    more = {"offline": True, "occurred_at": moment.isoformat()}
    market.redeem(WHO, "SOAP", "k1", qty=QTY, code=market.code(WHO, moment), **more)


def ask_another(market: Market) -> None:
    """The same key for something else is refused, wherever the first one stands."""
    body = {"code": market.code("V0003"), "good": "SOAP", "qty": 1}
    answer = market.post("/redemptions", body, by="A", key="k1")
    assert answer.status_code in {200, 201, 422}  # a tombstone says that it was voided first


def go_on(market: Market) -> None:
    card = market.cards[WHO].url
    code = card if market.one("SELECT via FROM redemptions WHERE key = 'k1'") == "booklet" else None
    market.redeem(WHO, "SOAP", "k1", qty=QTY, code=code, override_duplicate=True)


def pin(market: Market) -> None:
    market.redeem(WHO, "SOAP", "k1", qty=QTY, code=market.cards[WHO].url, pin=PIN)


def wrong_pin(market: Market) -> None:
    market.redeem(WHO, "SOAP", "k1", qty=QTY, code=market.cards[WHO].url, pin="0000")


def confirm(market: Market) -> None:
    market.post("/redemptions/k1/confirmation", {}, by=WHO)


def confirm_as_another(market: Market) -> None:
    assert market.post("/redemptions/k1/confirmation", {}, by="V0003").status_code == 404


def show_code(market: Market) -> None:
    try:
        show(market, "k1", market.code(WHO, market.clock.now() + timedelta(seconds=29)))
    except UnknownRedemption:
        assert market.state("k1") is None


def show_another_s(market: Market) -> None:
    try:
        show(market, "k1", market.code("V0003"))
    except UnknownRedemption:
        assert market.state("k1") is None


def void(market: Market) -> None:
    market.void("k1", None, undo="u1")


def void_with_code(market: Market) -> None:
    market.void("k1", WHO, undo="u1")


def void_with_another_s(market: Market) -> None:
    market.void("k1", "V0003", undo="u2")


def void_too_late(market: Market) -> None:
    now = market.clock.now()
    later(market, minutes=31)
    market.void("k1", WHO, undo="u3")
    market.clock.set(now)


def reverse(market: Market, qty: int | None) -> None:
    body = {"reason": "came back"} | ({"qty": qty} if qty else {})
    asked = market.post("/redemptions/k1/reversal", body, by="U-ADM")
    if asked.status_code == 201:
        given = {"nth": asked.json["nth"]}
        answer = market.post("/redemptions/k1/reversal/approval", given, by="U-SUP")
        assert answer.status_code == 200, answer.text
    else:
        assert asked.status_code in {404, 409}, asked.text


def reverse_one(market: Market) -> None:
    reverse(market, 1)


def reverse_all(market: Market) -> None:
    reverse(market, None)


def propose_alone(market: Market) -> None:
    market.post("/redemptions/k1/reversal", {"reason": "came back"}, by="A-OWNER")
    answer = market.post("/redemptions/k1/reversal/approval", {}, by="A-OWNER")
    assert answer.status_code in {403, 404, 409}
    market.post("/redemptions/k1/reversal/refusal", {}, by="A-OWNER")


def time(market: Market) -> None:
    later(market, minutes=16)
    while market.run(redemptions.expire_one, now=market.clock.now()):
        pass


Act = Callable[[Market], None]
STATES: dict[Act, Status | None] = {
    nothing: None,
    waiting: Status.WAITING,
    waiting_card: Status.WAITING,
    held: Status.HELD,
    chosen: Status.HELD,
    captured: Status.CAPTURED,
    refused: Status.REFUSED,
    expired: Status.EXPIRED,
    voided: Status.VOIDED,
    given_up: Status.VOIDED,
    tombstone: Status.VOIDED,
    partly_reversed: Status.PARTLY_REVERSED,
    reversed_: Status.REVERSED,
}
ACTS: tuple[Act, ...] = (
    ask,
    ask_with_booklet,
    upload,
    ask_another,
    go_on,
    pin,
    wrong_pin,
    confirm,
    confirm_as_another,
    show_code,
    show_another_s,
    void,
    void_with_code,
    void_with_another_s,
    void_too_late,
    reverse_one,
    reverse_all,
    propose_alone,
    time,
)
OVER = dict.fromkeys((void, void_with_code, void_with_another_s, void_too_late), Status.VOIDED)
ARROWS: dict[Act, dict[Act, Status]] = {
    nothing: {
        ask: Status.CAPTURED,
        ask_with_booklet: Status.HELD,
        upload: Status.CAPTURED,
        ask_another: Status.CAPTURED,
        go_on: Status.CAPTURED,
        pin: Status.CAPTURED,
        wrong_pin: Status.HELD,
        **OVER,
    },
    waiting: {go_on: Status.CAPTURED, time: Status.EXPIRED, **OVER},
    waiting_card: {go_on: Status.HELD, time: Status.EXPIRED, **OVER},
    held: {pin: Status.CAPTURED, confirm: Status.CAPTURED, time: Status.EXPIRED, **OVER},
    chosen: {show_code: Status.CAPTURED, time: Status.EXPIRED, **OVER},
    captured: {
        void_with_code: Status.VOIDED,
        reverse_one: Status.PARTLY_REVERSED,
        reverse_all: Status.REVERSED,
    },
    partly_reversed: {reverse_one: Status.PARTLY_REVERSED, reverse_all: Status.REVERSED},
}
OPEN = {Status.WAITING, Status.HELD}


def standing(market: Market) -> tuple[Any, ...]:
    """All that a move would change."""
    return (
        market.state("k1"),
        market.balance(WHO),
        spendable(market, WHO),
        market.stock("SOAP"),
        market.fen("pledge:A"),
        market.count("ledger_transfers"),
        market.count("outbox_events") - market.count("redemptions_reversals"),
        market.one("SELECT returned_qty FROM redemptions WHERE key = 'k1'"),
    )


@pytest.mark.parametrize("state", STATES, ids=lambda act: act.__name__.strip("_"))
def test_what_must_move_nothing_moves_nothing(market: Market, state: Act) -> None:
    state(market)
    assert market.state("k1") == STATES[state]
    later(market, seconds=30)  # another code of the pass
    before = standing(market)
    for act in ACTS:
        if act not in ARROWS.get(state, {}):
            act(market)
            assert standing(market) == before, act.__name__
    market.check_books()


@pytest.mark.parametrize(
    ("state", "act"),
    [(state, act) for state, arrows in ARROWS.items() for act in arrows],
    ids=lambda act: act.__name__.strip("_"),
)
def test_every_arrow_leads_where_it_should(market: Market, state: Act, act: Act) -> None:
    state(market)
    later(market, seconds=30)
    act(market)
    assert market.state("k1") == ARROWS[state][act]
    out = market.one("SELECT qty - returned_qty FROM redemptions WHERE key = 'k1'")
    given = out if ARROWS[state][act] in GIVEN else 0
    set_aside = out if ARROWS[state][act] == Status.HELD else 0
    others = 1 if market.state("k0") else 0  # the sale before, where there was one
    assert market.fen("given-goods:A") == (given + others) * 400
    assert market.stock("SOAP") == 60 - given - set_aside - others
    spent = 600 - market.balance(WHO) - market.balance("V0003")
    assert spent == (given + others) * 20
    assert spendable(market, WHO) == market.balance(WHO) - set_aside * 20
    assert market.count("ledger_holds") == (1 if set_aside else 0)
    market.check_books()


def test_the_guards_are_asked_again_after_the_clerk_s_answer(market: Market) -> None:
    waiting(market)
    market.one("UPDATE shops_goods SET stock = 2 WHERE code = 'SOAP' RETURNING 1")
    go_on(market)
    assert market.state("k1") == Status.REFUSED
    assert (market.balance(WHO), market.stock("SOAP")) == (480, 2)


def test_the_database_refuses_every_arrow_that_the_table_does_not_have(
    market: Market, owner: psycopg.Connection
) -> None:
    """Whatever the code above it does. The other rules of the table are out of the way here."""
    allowed = {(one, Status.REFUSED) for one in OPEN} | {
        (STATES[state], target) for state, arrows in ARROWS.items() for target in arrows.values()
    }
    held(market)
    refused_ones = set()
    with owner.transaction(force_rollback=True):
        for name in ("posted", "undone", "waits", "holds", "returned"):
            owner.execute(f"ALTER TABLE redemptions DROP CONSTRAINT ck_redemptions_{name}".encode())
        for origin, target in PAIRS:
            owner.execute("ALTER TABLE redemptions DISABLE TRIGGER only_known_arrows")
            owner.execute("UPDATE redemptions SET status = %s", [origin])
            owner.execute("ALTER TABLE redemptions ENABLE TRIGGER only_known_arrows")
            try:
                with owner.transaction():
                    owner.execute("UPDATE redemptions SET status = %s", [target])
            except psycopg.Error as error:
                refused_ones.add((origin, target, error.sqlstate))
    assert refused_ones == {(*pair, "RD001") for pair in PAIRS if pair not in allowed}


PAIRS = [(origin, target) for origin in Status for target in Status if origin != target]
