"""What the database itself sees to, whoever calls: who waits for whom, and what is never sealed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlmodel import Session, text

from service import ledger
from service.ledger import Kind, Leg, Unit
from tests.ledger.conftest import LATE, NOW, PROGRAMME, SOON, Books
from tests.ledger.invariants import Snapshots, broken
from tests.ledger.sealer import KEY, STRANGER, Sealer

PTS, CNY = Unit.PTS, Unit.CNY
A, B, SHOP = "volunteer:FM0001", "volunteer:FM0002", "pledge:S01"
TO_A, TO_B = (Leg(B, PTS, -1), Leg(A, PTS, 1)), (Leg(A, PTS, -1), Leg(B, PTS, 1))
GOODS = (Leg(B, PTS, -1), Leg(A, PTS, 1), Leg("fund", CNY, -1), Leg(SHOP, CNY, 1))
Work = Callable[[Session], Any]


class Moves:
    """One call of each kind, each with a key of its own, not sent yet."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.serial = 0

    def reason(self) -> ledger.Reason:
        self.serial += 1
        return self.books.reason(f"guard:{self.serial}", lot_expires_on=LATE)

    def post(self, *legs: Leg) -> Work:
        return partial(post, reason=self.reason(), legs=legs)

    def hold(self, *legs: Leg) -> Work:
        return partial(hold, reason=self.reason(), legs=legs)

    def held(self, *legs: Leg) -> int:
        return int(self.books.database.atomic(self.hold(*legs)).transfer_id)

    def capture(self, *legs: Leg) -> Work:
        given = {"hold_id": self.held(*legs), "kind": Kind.PLEDGE, "now": NOW}
        return lambda s: ledger.capture(s, self.reason(), **given)

    def release(self, *legs: Leg) -> Work:
        held = self.held(*legs)
        return lambda s: ledger.release(s, self.reason(), hold_id=held, now=NOW)

    def reverse(self, *legs: Leg) -> Work:
        of = self.books.database.atomic(self.post(*legs)).transfer_id
        return lambda s: ledger.reverse(s, self.reason(), transfer_id=of, now=NOW)

    def credit(self, *addresses: str, giver: str = "issued") -> Work:
        lines = [ledger.Credit(self.reason(), address, 1) for address in addresses]
        return lambda s: ledger.credit_many(s, lines, kind=Kind.AWARD, giver=giver, now=NOW)

    def expire(self, *holds: tuple[Leg, ...]) -> Work:
        for legs in holds:
            self.held(*legs)
        later = NOW + timedelta(hours=2)
        return lambda s: ledger.expire_holds(s, programme_id=PROGRAMME, now=later)

    def lock(self, *addresses: str) -> Work:
        return lambda s: ledger.lock(s, programme_id=PROGRAMME, addresses=addresses)


def post(session: Session, *, reason: ledger.Reason, legs: tuple[Leg, ...]) -> ledger.Posted:
    return ledger.post(session, reason, kind=Kind.ADJUST, legs=legs, now=NOW)


def hold(session: Session, *, reason: ledger.Reason, legs: tuple[Leg, ...]) -> ledger.Posted:
    until = NOW + timedelta(hours=1)
    return ledger.hold(session, reason, legs=legs, expires_at=until, now=NOW)


@pytest.fixture
def moves(books: Books) -> Moves:
    """Calls on two wallets that have something to give."""
    books.award("FM0001", 50, key="a")
    books.award("FM0002", 50, key="b")
    return Moves(books)


# ---------------------------------------------------------------- who waits for whom

CALLS: dict[str, Callable[[Moves], Work]] = {
    "post": lambda m: m.post(*TO_B),
    "post backwards": lambda m: m.post(*TO_A),
    "post with yuan": lambda m: m.post(*GOODS),
    "hold": lambda m: m.hold(*TO_B),
    "hold backwards": lambda m: m.hold(*TO_A),
    "hold with yuan": lambda m: m.hold(*GOODS),
    "capture": lambda m: m.capture(*TO_A),
    "capture with yuan": lambda m: m.capture(*GOODS),
    "release": lambda m: m.release(*TO_A),
    "release with yuan": lambda m: m.release(*GOODS),
    "reverse": lambda m: m.reverse(*TO_A),
    "reverse with yuan": lambda m: m.reverse(*GOODS),
    "credit": lambda m: m.credit(B, A),
    "credit the other way": lambda m: m.credit(A, B),
    "expire holds": lambda m: m.expire((Leg(B, PTS, -1), Leg("expired", PTS, 1)), TO_B),
    "lock": lambda m: m.lock(A, B, SHOP),
    "lock backwards": lambda m: m.lock(SHOP, B, A),
}
LOCK = "SELECT FROM ledger_accounts WHERE address = %s FOR NO KEY UPDATE"
FREE = "SELECT address FROM ledger_accounts WHERE tracked ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.mark.parametrize("name", CALLS)
def test_accounts_are_locked_in_the_one_order_of_units_and_addresses(
    moves: Moves, owner: psycopg.Connection, admin: psycopg.Connection, name: str
) -> None:
    """Whoever is kept from the first account that he needs has not locked any other."""
    work = CALLS[name](moves)
    first = SHOP if "yuan" in name or "lock" in name else A
    with ThreadPoolExecutor(1) as threads, owner.transaction():
        assert owner.execute(LOCK, [first]).rowcount == 1
        under_way = threads.submit(moves.books.database.atomic, work)
        while admin.execute(WAITING).fetchone() == (0,):
            assert not under_way.done(), "it did not need the first account"
        free = admin.execute(FREE).fetchall()
    under_way.result()
    assert sorted(free) == sorted([(a,) for a in (A, B, SHOP) if a != first])


@pytest.fixture
def second(books: Books) -> Iterator[Session]:
    """Another caller's transaction, who will not wait for long, and changes nothing in the end."""
    with Session(books.database.engine) as session:
        session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        yield session
        session.rollback()


MONTH = {"programme_id": PROGRAMME, "month": date(2025, 9, 1), "actor": "staff:1", "now": NOW}
POSTINGS = [name for name in CALLS if "lock" not in name and "yuan" not in name]


@pytest.mark.parametrize("name", POSTINGS)
def test_a_month_is_closed_only_when_nobody_is_still_posting(
    moves: Moves, second: Session, name: str
) -> None:
    work = CALLS[name](moves)
    with Session(moves.books.database.engine) as first:
        work(first)
        with pytest.raises(errors.LockNotAvailable):
            ledger.close_period(second, **MONTH)
        first.rollback()


@pytest.mark.parametrize("name", POSTINGS)
def test_nobody_posts_while_a_month_is_being_closed(
    moves: Moves, second: Session, name: str
) -> None:
    work = CALLS[name](moves)
    with Session(moves.books.database.engine) as first:
        ledger.close_period(first, **MONTH)
        with pytest.raises(errors.LockNotAvailable):
            work(second)
        first.rollback()


def test_a_sink_is_closed_only_when_nobody_is_still_posting(moves: Moves, second: Session) -> None:
    with Session(moves.books.database.engine) as first:
        moves.post(Leg(A, PTS, -1), Leg("redeemed:S01", PTS, 1))(first)
        with pytest.raises(errors.LockNotAvailable):
            ledger.close_account(
                second, programme_id=PROGRAMME, address="redeemed:S01", unit=PTS, now=NOW
            )
        first.rollback()


# ---------------------------------------------------------------- what is no posting


POST = """SELECT transfer_id FROM ledger_post(1, 'guard', '\\x01', %(kind)s, '{issued,expired}',
 '{PTS,PTS}', '{-3,3}', 'staff:1', 'document:1', now(), now(), '2025-10-18', NULL, false, %(of)s,
 '{}')"""
CAPTURE = """SELECT transfer_id FROM ledger_capture(1, 'guard', '\\x01', %(kind)s, %(of)s, NULL,
 NULL, NULL, 'staff:1', 'document:1', '2025-10-18', '2025-10-18', '2025-10-18', '2027-10-31',
 '{}')"""
NO_KINDS = ["gift", "", None, "reverse", "void", "hold", "release"]


def test_a_kind_that_is_one_is_posted_and_captured(moves: Moves) -> None:
    assert moves.books.database.call(POST, {"kind": "adjust", "of": None}) is not None
    held = moves.held(*TO_A)
    captured = CAPTURE.replace("guard", "other")
    assert moves.books.database.call(captured, {"kind": "pledge", "of": held}) is not None


@pytest.mark.parametrize("kind", NO_KINDS)
@pytest.mark.parametrize("statement", [POST, CAPTURE], ids=["post", "capture"])
def test_nothing_is_posted_as_a_kind_that_is_none(
    moves: Moves, admin: psycopg.Connection, statement: str, kind: str | None
) -> None:
    of = moves.held(*TO_A) if statement == CAPTURE else None
    snapshots = Snapshots(admin)
    before = snapshots.take()
    with pytest.raises(psycopg.Error, match="not posted like this") as refused:
        moves.books.database.call(statement, {"kind": kind, "of": of})
    assert (refused.value.sqlstate, snapshots.take()) == ("LG003", before)


@pytest.mark.parametrize("closed", [A, "issued"])
@pytest.mark.parametrize("way", ["post", "post backwards", "credit one", "credit many"])
def test_nothing_is_given_where_an_end_is_closed(
    books: Books, admin: psycopg.Connection, closed: str, way: str
) -> None:
    moves = Moves(books)
    close = partial(ledger.close_account, programme_id=PROGRAMME, address=closed, unit=PTS, now=NOW)
    books.database.atomic(close)
    given = {
        "post": moves.post(Leg("issued", PTS, -3), Leg(A, PTS, 3)),
        "post backwards": moves.post(Leg(A, PTS, 3), Leg("issued", PTS, -3)),
        "credit one": moves.credit(A),
        "credit many": moves.credit(A, B),
    }
    snapshots = Snapshots(admin)
    before = snapshots.take()
    with pytest.raises(ledger.ClosedAccount):
        books.database.atomic(given[way])
    assert snapshots.take() == before


def test_no_line_of_a_batch_counts_for_a_closed_day(
    moves: Moves, admin: psycopg.Connection
) -> None:
    moves.books.database.atomic(partial(ledger.close_period, **MONTH))
    days = [None, date(2025, 9, 30)]
    lines = [
        ledger.Credit(replace(moves.reason(), effective_on=day), address, 1)
        for address, day in zip([A, B], days, strict=True)
    ]
    giving = partial(ledger.credit_many, kind=Kind.AWARD, giver="issued", now=NOW)
    snapshots = Snapshots(admin)
    before = snapshots.take()
    with pytest.raises(ledger.PeriodClosed):
        moves.books.database.atomic(lambda s: giving(s, lines))
    assert snapshots.take() == before
    moves.books.database.atomic(lambda s: giving(s, [lines[0], lines[0]]))


# ---------------------------------------------------------------- what was promised


@pytest.fixture
def promised(books: Books) -> tuple[Moves, int]:
    """A wallet whose 40 points were set aside, and whose award was then taken back."""
    awarded = books.award("FM0001", 50).transfer_id
    moves = Moves(books)
    held = moves.held(Leg(A, PTS, -40), Leg("expired", PTS, 40))
    books.reverse(awarded)
    assert figures(books) == (0, 40, 40)
    return moves, held


def figures(books: Books) -> tuple[int, int, int]:
    """Return what the wallet has, what of it is held, and what it owes."""
    found = books.ask(ledger.account, address=A)
    return found.posted, found.held_out, found.debt


def test_what_was_promised_is_taken_and_owed(promised: tuple[Moves, int]) -> None:
    moves, held = promised
    taken = {"hold_id": held, "kind": Kind.PLEDGE, "now": NOW}
    moves.books.database.atomic(lambda s: ledger.capture(s, moves.reason(), **taken))
    assert figures(moves.books) == (-40, 0, 40)


@pytest.mark.parametrize("points", [10, 40, 50])
def test_what_is_given_meanwhile_covers_the_promise_first(
    promised: tuple[Moves, int], points: int
) -> None:
    moves, _ = promised
    moves.books.award("FM0001", points, key="meanwhile")
    assert figures(moves.books) == (points, 40, max(0, 40 - points))


def test_nothing_is_owed_once_the_promise_is_called_off(promised: tuple[Moves, int]) -> None:
    moves, held = promised
    let_go = partial(ledger.release, reason=moves.reason(), hold_id=held, now=NOW)
    moves.books.database.atomic(let_go)
    assert figures(moves.books) == (0, 0, 0)


def test_of_what_comes_back_the_owed_points_pay_the_debt_and_the_lot_is_whole(books: Books) -> None:
    books.award("FM0001", 10, SOON)
    spent = books.spend("FM0001", 15, may_owe=True)
    books.reverse(spent.transfer_id, lot_expires_on=LATE)
    assert books.lots("FM0001") == {SOON: 10}


@pytest.mark.parametrize("giver", ["a-giver", "z-giver"])
@pytest.mark.parametrize("owing", [0, 60], ids=["", "to who owes"])
def test_what_is_given_is_written_as_it_is_hashed_whatever_stands_first(
    moves: Moves, admin: psycopg.Connection, giver: str, owing: int
) -> None:
    place = {"programme_id": PROGRAMME, "unit": PTS, "place": ledger.HOT_END, "now": NOW}
    moves.books.database.atomic(lambda s: ledger.open_account(s, address=giver, **place))
    if owing:
        moves.books.spend("FM0001", owing, may_owe=True)
    atomic = moves.books.database.atomic
    atomic(moves.post(Leg(giver, PTS, -3), Leg(A, PTS, 3)))
    atomic(moves.post(Leg(B, PTS, 3), Leg(giver, PTS, -3)))
    atomic(moves.credit(A, B, A, giver=giver))
    assert broken(admin) == []
    assert (moves.books.balance(A), moves.books.balance(B)) == (55 - owing, 54)


# ---------------------------------------------------------------- what the log never takes


SEAL = """SELECT ledger_seal_period(1, %(month)s, %(size)s, %(root)s, %(root)s, %(previous)s,
 %(root)s, 'note', %(vkeys)s, '2025-12-05')"""
OCTOBER, NOVEMBER = date(2025, 10, 1), date(2025, 11, 1)


@pytest.fixture
def closing(moves: Moves) -> dict[str, Any]:
    """Two months that are closed; what has to be said to seal the first."""
    sealer = Sealer(moves.books.database)
    for month in (OCTOBER, NOVEMBER):
        asked = {**MONTH, "month": month, "now": NOW + timedelta(days=60)}
        moves.books.database.atomic(partial(ledger.close_period, **asked))
    (head,) = sealer.all()
    vkeys = [str(KEY.verify_key)]
    return {
        "month": OCTOBER,
        "size": head.size,
        "root": head.root,
        "previous": None,
        "vkeys": vkeys,
    }


def test_a_month_is_sealed_in_its_turn(moves: Moves, closing: dict[str, Any]) -> None:
    moves.books.database.call(SEAL, closing)
    following = {**closing, "month": NOVEMBER, "previous": closing["root"]}
    assert moves.books.database.call(SEAL, following) is not None


@pytest.mark.parametrize(
    ("wrong", "state"),
    [
        ({"month": NOVEMBER}, "LG022"),  # before October
        ({"month": date(2025, 9, 1)}, "LG022"),  # never closed
        ({"size": 1}, "LG020"),  # no head was written there
        ({"root": bytes(32)}, "LG020"),  # nor with this root
        ({"previous": bytes(32)}, "LG020"),  # there is no seal before it
        ({"vkeys": []}, "LG021"),
        ({"vkeys": [str(STRANGER.verify_key)]}, "LG021"),
    ],
)
def test_no_month_is_sealed(
    moves: Moves, closing: dict[str, Any], wrong: dict[str, Any], state: str
) -> None:
    with pytest.raises(psycopg.Error) as refused:
        moves.books.database.call(SEAL, {**closing, **wrong})
    assert refused.value.sqlstate == state


def test_no_month_is_sealed_that_does_not_name_the_seal_before(
    moves: Moves, closing: dict[str, Any]
) -> None:
    moves.books.database.call(SEAL, closing)
    with pytest.raises(psycopg.Error, match="does not follow the last one"):
        moves.books.database.call(SEAL, {**closing, "month": NOVEMBER})


def test_no_month_is_sealed_while_its_transfers_wait(moves: Moves) -> None:
    asked = {**MONTH, "month": OCTOBER, "now": NOW + timedelta(days=60)}
    moves.books.database.atomic(partial(ledger.close_period, **asked))
    said = {"month": OCTOBER, "size": 0, "root": bytes(32), "previous": None}
    with pytest.raises(psycopg.Error, match="not in the log yet"):
        moves.books.database.call(SEAL, {**said, "vkeys": [str(KEY.verify_key)]})


HEAD = """SELECT ledger_write_head(%(size)s, %(root)s, 'note', %(vkeys)s, '{}', '{}', '{}',
 '2025-12-05')"""


@pytest.mark.parametrize("vkeys", [[], [str(STRANGER.verify_key)]])
def test_no_head_is_written_without_a_known_key(
    moves: Moves, closing: dict[str, Any], vkeys: list[str]
) -> None:
    moves.books.award("FM0001", 1, key="later")
    with moves.books.database.pool.connection() as one, one.transaction():
        one.execute("SELECT ledger_seal_batch(10)")
        said = {"size": closing["size"] + 1, "root": bytes(32), "vkeys": vkeys}
        with pytest.raises(psycopg.Error) as refused, one.transaction():
            one.execute(HEAD, said)
        assert refused.value.sqlstate == "LG021"
        one.execute(HEAD, {**said, "vkeys": [*vkeys, str(KEY.verify_key)]})
        raise psycopg.Rollback


def test_what_is_held_cannot_be_spent_twice_over(moves: Moves) -> None:
    row = "SELECT ledger_available(1, %(a)s, 'PTS') AS free"
    moves.held(Leg(A, PTS, -30), Leg("expired", PTS, 30))
    assert moves.books.database.call(row, {"a": A}) == {"free": 20}
    assert moves.books.database.call(row, {"a": "nobody"}) == {"free": 0}
