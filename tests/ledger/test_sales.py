"""A sale goes straight down; each way that it can take ends with the same books.

What a shop's sale moves stands in one order of legs. In any other order the same legs are posted
the long way, which every other test takes: so the two wallets here must never differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import psycopg
import pytest
from psycopg import errors
from sqlmodel import Session, text

from service import ledger
from service.errors import KeyReused, Refusal
from service.ledger import Kind, Leg, Unit
from tests.ledger.conftest import LATE, NOW, PROGRAMME, SOON, TODAY, Books
from tests.ledger.invariants import Snapshots, broken

PTS, CNY = Unit.PTS, Unit.CNY
A, B = "FM0001", "FM0002"
SHOP = {"redeemed:S02": PTS, "pledge:S02": CNY, "given-goods:S02": CNY}
LINES = """SELECT e.amount, e.balance, e.effective_on, t.kind, t.business_day FROM ledger_entries e
 JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_transfers t ON t.id = e.transfer_id
 WHERE a.address = %s ORDER BY e.seq"""
ACCOUNT = "SELECT posted, held_out, held_in, debt, entries FROM ledger_accounts WHERE address = %s"
MOVED = """SELECT m.expires_on, m.amount FROM ledger_lot_moves m
 JOIN ledger_accounts a ON a.id = m.account_id WHERE a.address = %s ORDER BY m.transfer_id, 1"""


def sale(who: str, points: int, fen: int = 100) -> tuple[Leg, ...]:
    """The legs of a sale in the order in which a till posts them."""
    return (
        Leg(f"volunteer:{who}", PTS, -points),
        Leg("redeemed:S02", PTS, points),
        Leg("pledge:S02", CNY, -fen),
        Leg("given-goods:S02", CNY, fen),
    )


@dataclass
class Shop:
    """The same is done to two wallets: A pays straight, B the long way."""

    books: Books
    admin: psycopg.Connection

    def both(self, act: Callable[[str], object]) -> None:
        for who in (A, B):
            act(who)

    def sell(
        self, points: int, *, key: str = "sale", may_owe: bool = False, **given: object
    ) -> list[object]:
        """Sell to both; return what they were told, a refusal by its kind."""
        told: list[object] = []
        for who, legs in ((A, sale(A, points)), (B, sale(B, points)[::-1])):
            try:
                done = self.books.post(f"{key}:{who}", Kind.REDEEM, *legs, may_owe=may_owe, **given)
                told.append(done.replayed)
            except Refusal as refusal:
                told.append(type(refusal))
        return told

    def state(self, who: str) -> list[object]:
        address = [f"volunteer:{who}"]
        return [self.admin.execute(asked, address).fetchall() for asked in (ACCOUNT, LINES, MOVED)]

    def alike(self) -> bool:
        """Nothing tells the two wallets apart, and every transfer is what its leaf says."""
        assert broken(self.admin) == []
        return self.state(A) == self.state(B)


@pytest.fixture
def shop(books: Books, admin: psycopg.Connection) -> Shop:
    """A shop whose accounts are only summed, and two wallets with two lots each."""
    for address, unit in SHOP.items():
        place = {"unit": unit, "place": ledger.HOT_END, "now": NOW, "programme_id": PROGRAMME}
        books.database.atomic(partial(ledger.open_account, address=address, **place))
    found = Shop(books, admin)
    found.both(lambda who: books.award(who, 30, LATE, key=f"late:{who}"))
    found.both(lambda who: books.award(who, 20, SOON, key=f"soon:{who}"))
    return found


def hold(shop: Shop, who: str, points: int) -> None:
    legs = (Leg(f"volunteer:{who}", PTS, -points), Leg("expired", PTS, points))
    reason = shop.books.reason(f"hold:{who}")
    until = NOW + timedelta(hours=1)
    shop.books.database.atomic(
        lambda s: ledger.hold(s, reason, legs=legs, expires_at=until, now=NOW)
    )


BEFORE: dict[str, Callable[[Shop, str], object]] = {
    "nothing": lambda shop, who: None,
    "something held": lambda shop, who: hold(shop, who, 10),
    "a debt": lambda shop, who: shop.books.spend(who, 60, key=f"debt:{who}", may_owe=True),
    "all spent": lambda shop, who: shop.books.spend(who, 50, key=f"all:{who}"),
    "a debt that was paid": lambda shop, who: (
        shop.books.spend(who, 60, key=f"debt:{who}", may_owe=True),
        shop.books.award(who, 25, key=f"pay:{who}"),
    ),
}


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("may_owe", [False, True], ids=["", "may owe"])
@pytest.mark.parametrize("points", [1, 15, 20, 21, 40, 41, 50, 51])
def test_straight_or_the_long_way_the_books_are_the_same(
    shop: Shop, before: str, may_owe: bool, points: int
) -> None:
    shop.both(lambda who: BEFORE[before](shop, who))
    straight, long_way = shop.sell(points, may_owe=may_owe)
    assert straight == long_way
    assert straight in (False, ledger.InsufficientPoints)
    assert shop.alike()


def test_a_sale_takes_the_soonest_lots_and_gives_them_back(shop: Shop) -> None:
    assert shop.sell(25) == [False, False]
    assert shop.books.lots(A) == {LATE: 25}
    assert shop.books.balance("given-goods:S02", CNY) == 200
    (sold,) = shop.admin.execute("SELECT id FROM ledger_transfers WHERE key = 'sale:FM0001'")
    shop.books.reverse(sold[0])
    assert shop.books.lots(A) == {SOON: 20, LATE: 30}
    assert broken(shop.admin) == []


def test_points_that_are_not_there_are_refused_and_leave_nothing(shop: Shop) -> None:
    snapshots = Snapshots(shop.admin)
    before = snapshots.take()
    assert shop.sell(51) == [ledger.InsufficientPoints] * 2
    assert snapshots.take() == before


def test_a_sale_sent_twice_is_one_and_another_sale_needs_another_key(shop: Shop) -> None:
    assert shop.sell(5) == [False, False]
    assert shop.sell(5) == [True, True]
    assert shop.sell(6) == [KeyReused, KeyReused]
    assert shop.alike()


@pytest.mark.parametrize("closed", [*SHOP, "volunteer"])
def test_nothing_is_sold_where_an_end_is_closed(shop: Shop, closed: str) -> None:
    """A wallet that is closed is empty; then it is not the points that are missing."""
    shop.both(lambda who: shop.books.spend(who, 50, key=f"all:{who}"))
    ends = [f"volunteer:{A}", f"volunteer:{B}"] if closed == "volunteer" else [closed]
    for address in ends:
        unit = SHOP.get(address, PTS)
        close = partial(ledger.close_account, programme_id=PROGRAMME, unit=unit, now=NOW)
        shop.books.database.atomic(partial(close, address=address))
    if closed != "volunteer":
        shop.both(lambda who: shop.books.award(who, 9, key=f"more:{who}"))
    assert shop.sell(3) == [ledger.ClosedAccount] * 2
    assert shop.alike()


def test_only_a_wallet_of_this_programme_pays(shop: Shop) -> None:
    for address, unit in SHOP.items():  # the shop is there, too; the wallet is not
        place = {"unit": unit, "place": ledger.HOT_END, "now": NOW, "programme_id": 2}
        shop.books.database.atomic(partial(ledger.open_account, address=address, **place))
    other = shop.books.reason("there", programme_id=2)
    refused = partial(ledger.post, kind=Kind.REDEEM, legs=sale(A, 3), now=NOW)
    with pytest.raises(ledger.UnknownAccount):
        shop.books.database.atomic(lambda s: refused(s, other))
    assert broken(shop.admin) == []


ODD: dict[str, tuple[Leg, ...]] = {
    "yuan that do not balance": (*sale(A, 3)[:3], Leg("given-goods:S02", CNY, 99)),
    "points that do not balance": (Leg(f"volunteer:{A}", PTS, -2), *sale(A, 3)[1:]),
    "no yuan at all": sale(A, 3, 0),
    "no points at all": sale(A, 0),
    "one account twice": (*sale(A, 3)[:3], Leg("pledge:S02", CNY, 100)),
    "a shop that is not there": (*sale(A, 3)[:3], Leg("given-goods:S99", CNY, 100)),
    "more fen than can be": sale(A, 3, 10**15 + 1),
}


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_sale_is_refused_as_any_transfer_is(shop: Shop, odd: str) -> None:
    snapshots = Snapshots(shop.admin)
    before, refusals = snapshots.take(), []
    for legs in (ODD[odd], ODD[odd][::-1]):
        with pytest.raises(Refusal) as refused:
            shop.books.post("odd", Kind.REDEEM, *legs)
        refusals.append(refused.type)
    assert refusals[0] is refusals[1]
    assert snapshots.take() == before


def test_points_and_yuan_may_go_the_other_way(shop: Shop) -> None:
    """Nobody does so, and still it is what its legs say."""
    back = tuple(replace(leg, amount=-leg.amount) for leg in sale(A, 3))
    shop.books.post("back", Kind.REDEEM, *back, lot_expires_on=SOON)
    assert (shop.books.balance(f"volunteer:{A}"), broken(shop.admin)) == (53, [])


@pytest.mark.parametrize("kept", ["pledge:S01", "pot"])
def test_a_pledge_that_keeps_a_balance_is_kept(shop: Shop, kept: str) -> None:
    if kept == "pot":
        pot = {"unit": CNY, "place": ledger.Place(floor=-50), "now": NOW}
        shop.books.database.atomic(
            lambda s: ledger.open_account(s, programme_id=PROGRAMME, address=kept, **pot)
        )
    legs = (*sale(A, 3)[:2], Leg(kept, CNY, -40), Leg("given-goods:S02", CNY, 40))
    shop.books.post("kept", Kind.REDEEM, *legs)
    assert (shop.books.balance(kept, CNY), broken(shop.admin)) == (-40, [])


@pytest.mark.parametrize("names", [("z-redeemed", "given-goods:S02"), ("redeemed:S02", "z-goods")])
def test_a_sale_is_hashed_in_the_order_of_its_accounts(shop: Shop, names: tuple[str, str]) -> None:
    for address, unit in (("z-redeemed", PTS), ("z-goods", CNY)):
        place = {"unit": unit, "place": ledger.HOT_END, "now": NOW, "programme_id": PROGRAMME}
        shop.books.database.atomic(partial(ledger.open_account, address=address, **place))
    points, goods = names
    legs = sale(A, 3)
    shop.books.post(
        "z", Kind.REDEEM, legs[0], replace(legs[1], address=points), legs[2],
        replace(legs[3], address=goods),
    )  # fmt: skip
    assert (shop.books.balance(f"volunteer:{A}"), broken(shop.admin)) == (47, [])


def test_a_sale_of_a_closed_month_counts_on_the_first_open_day(shop: Shop) -> None:
    def close(session: Session) -> None:
        ledger.close_period(
            session, programme_id=PROGRAMME, month=TODAY.replace(day=1), actor="staff:1",
            now=NOW + timedelta(days=30),
        )  # fmt: skip

    shop.books.database.atomic(close)
    assert shop.sell(5) == [False, False]
    assert shop.alike()
    rows = shop.admin.execute(
        "SELECT DISTINCT effective_on FROM ledger_transfers WHERE kind = 'redeem'"
    )
    assert rows.fetchall() == [(date(2025, 11, 1),)]


def test_no_month_is_closed_during_a_sale_and_nothing_sold_while_one_is(shop: Shop) -> None:
    month = {"programme_id": PROGRAMME, "month": TODAY.replace(day=1), "actor": "staff:1"}
    close = partial(ledger.close_period, **month, now=NOW + timedelta(days=30))
    sell = partial(ledger.post, kind=Kind.REDEEM, legs=sale(A, 3), now=NOW)

    def post(session: Session) -> object:
        return sell(session, shop.books.reason("during"))

    for one, other in ((post, close), (close, post)):
        with Session(shop.books.database.engine) as first:
            one(first)
            with Session(shop.books.database.engine) as second:
                second.execute(text("SET LOCAL lock_timeout = '50ms'"))
                with pytest.raises(errors.LockNotAvailable):
                    other(second)
            first.rollback()
    assert shop.alike()
