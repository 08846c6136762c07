"""Posting, lots and reversal, as a sceptic would try them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import text

from service import ledger
from service.errors import KeyReused
from service.ledger import Kind, Leg, Unit
from tests.ledger.conftest import LATE, PROGRAMME, SOON, Books

WALLET = "volunteer:FM0001"


def snapshot(books: Books) -> list[object]:
    names = ("accounts", "transfers", "entries", "lots", "lot_moves")
    return [
        books.database.rows(f"SELECT t::text FROM ledger_{name} t ORDER BY 1") for name in names
    ]


def test_an_award_moves_points_and_fills_a_lot(books: Books) -> None:
    books.award("FM0001", 20)
    assert books.balance(WALLET) == 20
    assert books.balance("issued") == -20
    assert books.lots("FM0001") == {LATE: 20}
    assert sum(books.trial().values()) == 0


def test_one_transfer_balances_points_and_yuan(books: Books) -> None:
    books.award("FM0001", 100)
    books.spend("FM0001", 60)
    assert books.balance(WALLET) == 40
    assert books.balance("redeemed:S01") == 60
    assert books.balance("pledge:S01", Unit.CNY) == -1200
    assert books.balance("given-goods:S01", Unit.CNY) == 1200


def test_the_same_key_adds_nothing_and_answers_the_first(books: Books) -> None:
    first = books.award("FM0001", 20)
    before = snapshot(books)
    again = books.award("FM0001", 20)
    assert (again.transfer_id, again.replayed) == (first.transfer_id, True)
    assert snapshot(books) == before


def test_a_key_with_another_request_is_refused(books: Books) -> None:
    books.award("FM0001", 20)
    before = snapshot(books)
    for change in ({"points": 21}, {"expires_on": SOON}):
        with pytest.raises(KeyReused):
            books.award("FM0001", **{"points": 20, **change})
    assert snapshot(books) == before


def test_nobody_spends_what_is_not_there(books: Books) -> None:
    books.award("FM0001", 59)
    before = snapshot(books)
    with pytest.raises(ledger.InsufficientPoints):
        books.spend("FM0001", 60)
    assert snapshot(books) == before


@pytest.mark.parametrize(
    ("legs", "refusal"),
    [
        pytest.param([], ledger.Unbalanced, id="empty"),
        pytest.param([("issued", "PTS", -5)], ledger.Unbalanced, id="one-leg"),
        pytest.param([("issued", "PTS", -5), (WALLET, "PTS", 4)], ledger.Unbalanced, id="uneven"),
        pytest.param([("issued", "PTS", 0), (WALLET, "PTS", 0)], ledger.Unbalanced, id="zero"),
        pytest.param([(WALLET, "PTS", -5), (WALLET, "PTS", 5)], ledger.Unbalanced, id="same"),
        pytest.param([("fund", "CNY", -5), (WALLET, "PTS", 5)], ledger.Unbalanced, id="units"),
        pytest.param([("nobody", "PTS", -5), (WALLET, "PTS", 5)], ledger.UnknownAccount, id="who"),
    ],
)
def test_what_is_no_transfer_leaves_every_table_as_it_was(
    books: Books, legs: list[tuple[str, str, int]], refusal: type[Exception]
) -> None:
    before = snapshot(books)
    given = [Leg(address, Unit(unit), amount) for address, unit, amount in legs]
    with pytest.raises(refusal):
        books.post("odd", Kind.ADJUST, *given, lot_expires_on=LATE)
    assert snapshot(books) == before


def test_another_programme_has_its_own_accounts(books: Books) -> None:
    with pytest.raises(ledger.UnknownAccount):
        books.post(
            "x", Kind.AWARD, Leg("issued", Unit.PTS, -1), Leg(WALLET, Unit.PTS, 1), programme_id=2
        )


def test_the_soonest_lot_is_spent_first(books: Books) -> None:
    books.award("FM0001", 30, LATE, "a")
    books.award("FM0001", 10, SOON, "b")
    books.spend("FM0001", 15)
    assert books.lots("FM0001") == {LATE: 25}


def test_a_reversed_redemption_restores_the_very_lots(books: Books) -> None:
    books.award("FM0001", 30, LATE, "a")
    books.award("FM0001", 10, SOON, "b")
    spent = books.spend("FM0001", 15)
    books.reverse(spent.transfer_id)
    assert books.lots("FM0001") == {SOON: 10, LATE: 30}
    assert books.balance(WALLET) == 40
    assert books.balance("pledge:S01", Unit.CNY) == 0


def test_a_transfer_is_reversed_once_and_a_reversal_never(books: Books) -> None:
    spent = books.award("FM0001", 30)
    back = books.reverse(spent.transfer_id)
    assert books.reverse(spent.transfer_id) == ledger.Posted(back.transfer_id, True)
    with pytest.raises(ledger.AlreadyReversed):
        books.reverse(spent.transfer_id, "reverse:2")
    with pytest.raises(ledger.NotReversible):
        books.reverse(back.transfer_id, "reverse:3")


def test_a_reversed_award_takes_its_own_lot_then_the_soonest_then_becomes_debt(
    books: Books,
) -> None:
    books.award("FM0001", 10, SOON, "a")
    books.award("FM0001", 20, date(2026, 5, 31), "b")
    late = books.award("FM0001", 72, LATE, "c")
    books.spend("FM0001", 60)  # 10 soon, 20 in May, 30 of the late ones
    books.award("FM0001", 5, SOON, "d")
    books.reverse(late.transfer_id)
    assert books.balance(WALLET) == -25
    assert books.lots("FM0001") == {}


def test_a_debt_blocks_spending_and_the_next_award_pays_it_first(books: Books) -> None:
    books.spend("FM0001", 45, may_owe=True)
    assert books.balance(WALLET) == -45
    with pytest.raises(ledger.InsufficientPoints):
        books.spend("FM0001", 1, "redeem:2")
    books.award("FM0001", 60)
    assert books.balance(WALLET) == 15
    assert books.lots("FM0001") == {LATE: 15}


def test_lots_less_debt_are_the_balance_whatever_happened(books: Books) -> None:
    first = books.award("FM0001", 50, SOON, "a")
    books.spend("FM0001", 70, may_owe=True)
    books.award("FM0001", 40, LATE, "b")
    books.reverse(first.transfer_id)
    row = books.database.call(
        "SELECT posted, debt, (SELECT coalesce(sum(amount), 0) FROM ledger_lots l"
        " WHERE l.account_id = a.id) AS lots, (SELECT sum(amount) FROM ledger_lot_moves m"
        " WHERE m.account_id = a.id) AS moved FROM ledger_accounts a WHERE address = %(a)s",
        {"a": WALLET},
    )
    assert row == {"posted": -30, "debt": 30, "lots": 0, "moved": -30}


def test_points_that_paid_a_debt_come_back_with_a_day_of_their_own(books: Books) -> None:
    sale = books.spend("FM0001", 30, may_owe=True)
    books.award("FM0001", 50, LATE)
    books.reverse(sale.transfer_id, lot_expires_on=SOON)
    assert books.lots("FM0001") == {SOON: 30, LATE: 20}


def test_a_lot_expires_once_however_often_the_job_runs(books: Books) -> None:
    books.award("FM0001", 12, SOON, "a")
    books.award("FM0001", 20, LATE, "b")

    def run() -> int:
        return books.database.atomic(
            lambda s: ledger.expire(
                s,
                ledger.expiring(s, programme_id=PROGRAMME, upto=SOON),
                programme_id=PROGRAMME,
                now=books.reason("x").occurred_at,
            )
        )

    assert [run(), run()] == [12, 0]
    assert books.balance(WALLET) == 20
    assert books.balance("expired") == 12
    assert books.lots("FM0001") == {LATE: 20}


def test_fifty_senders_of_one_key_make_one_transfer(books: Books) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: books.award("FM0001", 20), range(50)))
    assert len({answer.transfer_id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert books.balance(WALLET) == 20


def test_ten_points_are_spent_ten_times_under_forty_threads(books: Books) -> None:
    books.award("FM0001", 10)

    def spend(n: int) -> bool:
        try:
            books.spend("FM0001", 1, f"redeem:{n}")
        except ledger.InsufficientPoints:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(spend, range(40))) == 10
    assert books.balance(WALLET) == 0


def test_two_wallets_never_deadlock(books: Books) -> None:
    books.award("FM0001", 100, key="a")
    books.award("FM0002", 100, key="b")

    def move(n: int) -> None:
        pair = ["volunteer:FM0001", "volunteer:FM0002"]
        source, target = pair if n % 2 else pair[::-1]
        legs = (Leg(source, Unit.PTS, -1), Leg(target, Unit.PTS, 1))
        books.post(f"move:{n}", Kind.ADJUST, *legs, lot_expires_on=LATE)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(move, range(120)))
    assert books.balance("volunteer:FM0001") + books.balance("volunteer:FM0002") == 200


@pytest.mark.parametrize("table", ["ledger_transfers", "ledger_entries", "ledger_lot_moves"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET transfer_id = 0", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_what_is_posted_cannot_be_changed(books: Books, table: str, change: str) -> None:
    books.award("FM0001", 20)
    before = snapshot(books)
    sql = change.format(table, "pending_id" if table == "ledger_transfers" else "transfer_id")
    with pytest.raises(DBAPIError):
        books.database.atomic(lambda s: s.execute(text(sql)))
    assert snapshot(books) == before


def test_entries_that_do_not_balance_cannot_be_committed_by_hand(
    books: Books, owner: psycopg.Connection
) -> None:
    books.award("FM0001", 20)
    sql = (
        "INSERT INTO ledger_entries SELECT account_id, seq + 1, transfer_id, amount + 1, NULL,"
        " effective_on FROM ledger_entries WHERE balance = 20"
    )
    with pytest.raises(psycopg.Error, match="does not balance"):
        owner.execute(sql)


def test_a_wallet_cannot_be_overdrawn_even_by_hand(books: Books, owner: psycopg.Connection) -> None:
    sql = f"UPDATE ledger_accounts SET posted = -1 WHERE address = '{WALLET}'"
    with pytest.raises(psycopg.Error, match="ck_ledger_accounts_covered"):
        owner.execute(sql)


def test_a_statement_reads_backwards_a_page_at_a_time(books: Books) -> None:
    for n in range(5):
        books.award("FM0001", n + 1, key=f"a{n}")
    account = books.ask(ledger.account, address=WALLET)

    def page(before: int | None) -> list[ledger.Line]:
        return books.database.atomic(
            lambda s: ledger.statement(s, account_id=account.id, before=before, limit=2)
        )

    first, second = page(None), page(4)
    assert [line.entry.balance for line in first + second] == [15, 10, 6, 3]
    assert [line.transfer.key for line in first] == ["a4", "a3"]
