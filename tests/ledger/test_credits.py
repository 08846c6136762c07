"""Many credits in one call: the same facts as one by one, in a few statements."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from service import ledger
from service.errors import KeyReused
from service.ledger import Credit, Kind, Posted
from tests.ledger.conftest import LATE, NOW, SOON, Books
from tests.ledger.test_actions import snapshot

FIRST, SECOND = "volunteer:FM0001", "volunteer:FM0002"


def credit(books: Books, key: str, address: str, points: int, lot: date | None = LATE) -> Credit:
    return Credit(books.reason(key, lot_expires_on=lot), address, points)


def send(books: Books, *lines: Credit, giver: str = "issued") -> list[Posted]:
    return books.database.atomic(
        lambda s: ledger.credit_many(s, lines, kind=Kind.AWARD, giver=giver, now=NOW)
    )


def leaves(books: Books) -> list[object]:
    return books.database.rows(
        "SELECT transfer_id FROM ledger_unsealed"
        " WHERE leaf <> ledger_leaf(ledger_fields(transfer_id))"
    )


def test_each_line_is_a_transfer_with_its_own_lot(books: Books) -> None:
    answers = send(
        books,
        credit(books, "a", SECOND, 7),
        credit(books, "b", FIRST, 20, SOON),
        credit(books, "c", FIRST, 5),
    )
    assert [answer.replayed for answer in answers] == [False] * 3
    assert books.lots("FM0001") == {SOON: 20, LATE: 5}
    assert (books.balance(FIRST), books.balance(SECOND), books.balance("issued")) == (25, 7, -32)
    rows = books.database.rows(
        "SELECT seq, amount, balance FROM ledger_entries e JOIN ledger_accounts a"
        " ON a.id = account_id WHERE address = 'volunteer:FM0001' ORDER BY seq"
    )
    assert [tuple(row.values()) for row in rows] == [(1, 20, 20), (2, 5, 25)]
    assert leaves(books) == []


def test_a_batch_says_what_single_posts_would_have_said(books: Books) -> None:
    single = books.award("FM0001", 20, key="a")
    again, new = send(books, credit(books, "a", FIRST, 20), credit(books, "b", FIRST, 1))
    assert again == Posted(single.transfer_id, True)
    assert not new.replayed
    assert books.award("FM0001", 1, key="b") == Posted(new.transfer_id, True)
    assert books.balance(FIRST) == 21


def test_a_key_that_stands_twice_in_a_batch_counts_once(books: Books) -> None:
    first, second = send(books, *[credit(books, "a", FIRST, 20)] * 2)
    assert (first.transfer_id, first.replayed) == (second.transfer_id, False)
    assert second.replayed
    assert books.balance(FIRST) == 20


def test_credits_pay_a_debt_first_line_by_line(books: Books) -> None:
    books.spend("FM0001", 45, may_owe=True)
    send(books, credit(books, "a", FIRST, 30), credit(books, "b", FIRST, 40))
    assert books.balance(FIRST) == 25
    assert books.lots("FM0001") == {LATE: 25}
    assert leaves(books) == []
    rows = books.database.rows(
        "SELECT amount FROM ledger_lot_moves ORDER BY transfer_id, expires_on"
    )
    assert [row["amount"] for row in rows] == [-45, 30, 25, 15]


@pytest.mark.parametrize(
    ("line", "giver", "refusal"),
    [
        pytest.param({"points": 0}, "issued", ledger.Unbalanced, id="nothing"),
        pytest.param({"points": -3}, "issued", ledger.Unbalanced, id="negative"),
        pytest.param({"points": 10**16}, "issued", ledger.AmountTooLarge, id="large"),
        pytest.param({"points": 2**70}, "issued", ledger.AmountTooLarge, id="huge"),
        pytest.param({"address": "volunteer:X"}, "issued", ledger.UnknownAccount, id="unknown"),
        pytest.param({}, "nobody", ledger.UnknownAccount, id="unknown-giver"),
        pytest.param({"key": "old"}, "issued", KeyReused, id="used-key"),
        pytest.param({"lot": None}, "issued", ledger.Unbalanced, id="no-day"),
    ],
)
def test_one_bad_line_refuses_the_batch_and_leaves_no_trace(
    books: Books, line: dict[str, object], giver: str, refusal: type[Exception]
) -> None:
    books.award("FM0002", 3, key="old")
    before = snapshot(books)
    good = {"key": "b", "address": FIRST, "points": 5, "lot": LATE}
    bad = credit(books, **{**good, **line})  # type: ignore[arg-type]
    with pytest.raises(refusal):
        send(books, credit(books, "a", FIRST, 20), bad, giver=giver)
    assert snapshot(books) == before


def test_a_closed_wallet_takes_no_credit(books: Books) -> None:
    closing = {"programme_id": 1, "address": SECOND, "unit": ledger.Unit.PTS, "now": NOW}
    books.database.atomic(lambda s: ledger.close_account(s, **closing))
    with pytest.raises(ledger.ClosedAccount):
        send(books, credit(books, "a", FIRST, 20), credit(books, "b", SECOND, 1))
    assert books.balance(FIRST) == 0


def test_batches_in_any_order_neither_double_nor_wait_in_a_circle(books: Books) -> None:
    lines = [credit(books, f"k{n}", (FIRST, SECOND)[n % 2], n + 1) for n in range(20)]

    def run(n: int) -> int:
        turned = lines[n % 20 :] + lines[: n % 20]
        return sum(not answer.replayed for answer in send(books, *turned[:: 1 if n % 3 else -1]))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(run, range(24))) == 20
    assert books.balance(FIRST) + books.balance(SECOND) == sum(range(1, 21))
    assert leaves(books) == []


def test_one_programme_and_one_actor_a_call(books: Books) -> None:
    other = credit(books, "b", FIRST, 1)
    other = replace(other, reason=replace(other.reason, actor="staff:U-ADM"))
    with pytest.raises(ValueError, match="one programme"):
        send(books, credit(books, "a", FIRST, 1), other)


@pytest.mark.parametrize("text", ["a\x00b", "half \ud83d"], ids=["nul", "half-a-character"])
def test_a_text_that_nobody_can_store_is_refused_as_such(books: Books, text: str) -> None:
    before = snapshot(books)
    with pytest.raises(ledger.Unwritable):
        books.award("FM0001", 20, key=text)
    with pytest.raises(ledger.Unwritable):
        send(books, credit(books, text, FIRST, 20))
    assert snapshot(books) == before
