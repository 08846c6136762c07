"""The log: dense, complete, whole, whoever commits when; and signed by keys that are known."""

import hashlib
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from threading import Event

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, text

from service import ledger
from service.ledger import Kind, Leg, Unit
from service.proof import (
    Checkpoint,
    NoteRefused,
    SigningKey,
    open_note,
    root_of,
    trial_root,
)
from tests.ledger.conftest import LATE, NOW, PROGRAMME, Books
from tests.ledger.sealer import KEY, NEXT_KEY, ORIGIN, STRANGER, Sealer, head_of, public

LOG_TABLES = ("leaves", "nodes", "heads", "keys", "unsealed", "accounts", "periods")
OCTOBER, NOVEMBER = date(2025, 10, 1), date(2025, 11, 1)


@pytest.fixture
def sealer(books: Books) -> Sealer:
    """A sealer of these books."""
    return Sealer(books.database)


def snapshot(books: Books) -> list[object]:
    names = (f"SELECT t::text FROM ledger_{name} t ORDER BY 1" for name in LOG_TABLES)
    return [books.database.rows(query) for query in names]


def award(session: Session, books: Books, key: str, who: str = "FM0001") -> int:
    """Post in a transaction that the caller ends."""
    legs = (Leg("issued", Unit.PTS, -1), Leg(f"volunteer:{who}", Unit.PTS, 1))
    reason = books.reason(key, lot_expires_on=LATE)
    return ledger.post(session, reason, kind=Kind.AWARD, legs=legs, now=NOW).transfer_id


def pour(admin: psycopg.Connection, count: int) -> None:
    """Put leaves into the queue that belong to no transfer: enough of them for a deep tree."""
    admin.execute(
        "INSERT INTO ledger_unsealed SELECT id, sha256(id::text::bytea)"
        f" FROM generate_series(1, {count}) AS id".encode()
    )


def test_the_log_grows_by_batches_and_each_head_is_the_root_of_its_leaves(
    books: Books, sealer: Sealer
) -> None:
    ids = [books.award("FM0001", 1, key=f"a{n}").transfer_id for n in range(9)]
    heads = [sealer.batch(4), sealer.batch(4), sealer.batch(4)]
    assert sealer.batch(4) is None
    assert [head.size for head in heads if head] == [4, 8, 9]
    assert sealer.transfers() == ids
    assert [head.root for head in heads if head] == [
        root_of(sealer.leaves()[:size]) for size in (4, 8, 9)
    ]


def test_a_leaf_is_the_hash_of_the_stored_transfer(books: Books, sealer: Sealer) -> None:
    books.award("FM0001", 20)
    sealer.all()
    sql = "SELECT ledger_leaf(ledger_fields(id)) AS leaf FROM ledger_transfers"
    assert [row["leaf"] for row in books.database.rows(sql)] == sealer.leaves()


@pytest.mark.parametrize("limit", [255, 256, 257, 1000, 65_536, 70_000])
def test_a_deep_tree_taken_up_again_anywhere_has_the_root_of_all_leaves(
    books: Books, sealer: Sealer, admin: psycopg.Connection, limit: int
) -> None:
    count = 66_100 if limit > 1000 else 1200
    pour(admin, count)
    heads = sealer.all(limit)
    leaves = [hashlib.sha256(str(n).encode()).digest() for n in range(1, count + 1)]
    assert sealer.leaves() == leaves
    for head in heads:
        assert head.root == root_of(leaves[: head.size])
    nodes = books.database.rows("SELECT level, count(*) FROM ledger_nodes GROUP BY 1 ORDER BY 1")
    expected = [(1, count >> 8), (2, count >> 16)]
    assert [(n["level"], n["count"]) for n in nodes] == [pair for pair in expected if pair[1]]


def test_sealing_again_adds_nothing(books: Books, sealer: Sealer) -> None:
    books.award("FM0001", 20)
    sealer.all()
    before = snapshot(books)
    assert sealer.batch() is None
    assert snapshot(books) == before


def test_who_draws_his_number_first_and_commits_last_is_not_lost(
    books: Books, sealer: Sealer
) -> None:
    with Session(books.database.engine) as slow:
        early = award(slow, books, "slow")
        late = books.award("FM0002", 1, key="quick").transfer_id
        sealer.all()
        assert (early < late, sealer.transfers()) == (True, [late])
        slow.commit()
    sealer.all()
    assert sealer.transfers() == [late, early]


def test_a_rollback_leaves_no_hole(books: Books, sealer: Sealer) -> None:
    first = books.award("FM0001", 1, key="a").transfer_id
    with Session(books.database.engine) as lost:
        gone = award(lost, books, "lost", "FM0002")
        lost.rollback()
    last = books.award("FM0001", 1, key="b").transfer_id
    sealer.all()
    assert first < gone < last
    assert sealer.transfers() == [first, last]
    assert len(sealer.leaves()) == 2


class Crowd:
    """Writers, some of whom give up at the last moment, and others who work until they are done."""

    def __init__(self, books: Books) -> None:
        self.books, self.done = books, Event()

    def write(self, number: int) -> int | None:
        lost = random.Random(number).random() < 0.2
        with Session(self.books.database.engine) as session:
            posted = award(session, self.books, f"a{number}", f"FM000{1 + number % 2}")
            session.rollback() if lost else session.commit()
        return None if lost else posted

    def seal(self, sealer: Sealer) -> None:
        while not self.done.is_set():
            sealer.batch(7)

    def look(self) -> int:
        """Ask in one statement whether what is rolled up and what waits are all entries."""
        looks = 0
        while not self.done.is_set():
            (row,) = self.books.database.rows(
                "SELECT ledger_balance(a.id) AS told, coalesce((SELECT sum(amount)"
                " FROM ledger_entries e WHERE e.account_id = a.id), 0) AS summed"
                " FROM ledger_accounts a WHERE address = 'issued'"
            )
            assert row["told"] == row["summed"]
            looks += 1
        return looks

    def run(self, sealer: Sealer) -> tuple[list[int], int]:
        """Return the transfers that were committed, and how often the reader looked."""
        with ThreadPoolExecutor(9) as threads:
            beside = [threads.submit(self.seal, sealer) for _ in range(2)]
            looks = threads.submit(self.look)
            try:
                written = list(threads.map(self.write, range(240)))
            finally:
                self.done.set()
            assert [job.result() for job in beside] == [None, None]
            return [posted for posted in written if posted], looks.result()


def test_many_writers_two_sealers_and_a_reader_agree_at_every_moment(
    books: Books, sealer: Sealer
) -> None:
    """Late commits, rollbacks, batches of seven: dense, each once, all of them in the end."""
    kept, looks = Crowd(books).run(sealer)
    sealer.all()
    assert 150 < len(kept) < 240
    assert looks > 5
    assert sorted(sealer.transfers()) == sorted(kept)
    leaves = sealer.leaves()
    heads = books.database.atomic(partial(ledger.heads, limit=200))
    assert len(heads) > 5
    assert [head.root for head in heads] == [root_of(leaves[: head.size]) for head in heads]
    assert books.balance("issued") == -len(kept)


def test_what_is_rolled_up_is_what_the_log_has(books: Books, sealer: Sealer) -> None:
    books.award("FM0001", 30, key="a")
    books.spend("FM0001", 10)
    sealer.batch(1)
    rows = books.database.rows(
        "SELECT address, posted, entries FROM ledger_accounts WHERE NOT tracked AND entries > 0"
    )
    assert [(row["address"], row["posted"], row["entries"]) for row in rows] == [("issued", -30, 1)]
    assert (books.balance("issued"), books.balance("redeemed:S01")) == (-30, 10)
    sealer.all()
    assert books.balance("given-goods:S01", Unit.CNY) == 200


class Murderer(SigningKey):
    """A key that has the sealer's own connection cut just when the head is to be signed."""

    def sign(self, text: bytes) -> bytes:
        victims.pop()()
        return super().sign(text)


victims: list[object] = []


def test_a_sealer_killed_between_batch_and_head_leaves_everything_as_it_was(
    books: Books, sealer: Sealer, admin: psycopg.Connection
) -> None:
    books.award("FM0001", 20)
    before = snapshot(books)

    def work(session: Session) -> None:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        victims.append(lambda: admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]))
        ledger.seal(session, signers=[Murderer(ORIGIN, KEY.seed)], origin=ORIGIN, now=NOW)

    with pytest.raises(OperationalError):
        books.database.atomic(work)
    assert snapshot(books) == before
    assert [head.size for head in sealer.all()] == [1]


def test_two_keys_sign_while_one_takes_over(books: Books) -> None:
    for step, signers in enumerate([[KEY], [NEXT_KEY, KEY], [NEXT_KEY]]):
        books.award("FM0001", 1, key=f"a{step}")
        head = Sealer(books.database, signers).batch()
        assert head is not None
        assert Checkpoint.open(head.note, public(*signers)).head == head_of(head)
        assert {key.key_id for key in open_note(head.note, public(*signers)).signed_by} == {
            key.verify_key.key_id for key in signers
        }
        with pytest.raises(NoteRefused):
            open_note(head.note, public(STRANGER))
    keys = books.database.atomic(ledger.log_keys)
    assert [(key.vkey, key.since_size, key.retired_at is None) for key in keys] == [
        (str(KEY.verify_key), 1, False),
        (str(NEXT_KEY.verify_key), 2, True),
    ]


def test_a_stranger_s_key_alone_is_refused_and_nothing_is_sealed(
    books: Books, sealer: Sealer
) -> None:
    books.award("FM0001", 1, key="a")
    sealer.all()
    books.award("FM0001", 1, key="b")
    before = snapshot(books)
    for signers in ([STRANGER], []):
        with pytest.raises(ledger.UnknownSigner):
            Sealer(books.database, signers).batch()
    with pytest.raises(DBAPIError, match="none of these keys"):
        books.database.atomic(partial(by_hand, size=2, vkey=str(STRANGER.verify_key)))
    assert snapshot(books) == before


def by_hand(session: Session, *, size: int, vkey: str) -> None:
    """Append a batch and write a head as a program with the application's rights might."""
    session.execute(text("SELECT ledger_seal_batch(10)"))
    session.execute(
        text(
            "SELECT ledger_write_head(:size, sha256(''), 'note', ARRAY[:vkey], '{}', '{}', '{}',"
            " now())"
        ),
        {"size": size, "vkey": vkey},
    )


def test_a_head_covers_the_whole_log_and_no_more(books: Books, sealer: Sealer) -> None:
    for n in range(3):
        books.award("FM0001", 1, key=f"a{n}")
    before = snapshot(books)
    for size in (2, 4):
        with pytest.raises(DBAPIError, match="a head covers the whole log"):
            books.database.atomic(partial(by_hand, size=size, vkey=str(KEY.verify_key)))
    assert snapshot(books) == before


@pytest.mark.parametrize("table", ["leaves", "nodes", "heads", "keys", "verifications"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}"])
def test_not_even_the_owner_takes_anything_out_of_the_log(
    books: Books, sealer: Sealer, admin: psycopg.Connection, owner: psycopg.Connection,
    table: str, change: str,
) -> None:  # fmt: skip
    pour(admin, 300)
    sealer.all()
    books.database.rows("SELECT ledger_ask_verification('staff:1', now())")
    with pytest.raises(psycopg.Error, match="append-only"):
        owner.execute(change.format(f"ledger_{table}").encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        books.database.rows(change.format(f"ledger_{table}"))


@pytest.mark.parametrize(
    "change",
    [
        "leaves SET hash = sha256('')",
        "leaves SET index = index + 1000",
        "nodes SET hash = sha256('')",
        "heads SET note = ''",
        "keys SET since_size = 0",
        "keys SET vkey = 'x'",
    ],
)
def test_not_even_the_owner_changes_the_log(
    books: Books, sealer: Sealer, admin: psycopg.Connection, owner: psycopg.Connection, change: str
) -> None:
    pour(admin, 300)
    sealer.all()
    before = snapshot(books)
    with pytest.raises(psycopg.Error, match="append-only"):
        owner.execute(f"UPDATE ledger_{change}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        books.database.rows(f"UPDATE ledger_{change}")
    assert snapshot(books) == before


def close(books: Books, month: date, now: datetime) -> None:
    books.database.atomic(
        partial(ledger.close_period, programme_id=PROGRAMME, month=month, actor="staff:1", now=now)
    )


DECEMBER_2 = datetime(2025, 12, 2, 4, 0, tzinfo=UTC)


def test_a_month_is_sealed_with_its_log_its_balances_and_the_seal_before(
    books: Books, sealer: Sealer
) -> None:
    books.award("FM0001", 30, key="october")
    close(books, OCTOBER, DECEMBER_2)
    legs = (Leg("issued", Unit.PTS, -5), Leg("volunteer:FM0001", Unit.PTS, 5))
    later = {"business_day": date(2025, 11, 3), "lot_expires_on": LATE}
    books.post("november", Kind.AWARD, *legs, **later)
    first = sealer.period(OCTOBER)  # what waits for the log goes in first
    assert len(sealer.leaves()) == first.size == 2
    assert first.root == root_of(sealer.leaves())
    balances = [("issued", "PTS", -30), ("volunteer:FM0001", "PTS", 30)]
    assert first.trial_root == trial_root(PROGRAMME, balances)
    assert (first.state, first.previous) == ("sealed", None)
    close(books, NOVEMBER, DECEMBER_2)
    second = sealer.period(NOVEMBER)
    assert second.previous == first.seal
    balances = [("issued", "PTS", -35), ("volunteer:FM0001", "PTS", 35)]
    assert second.trial_root == trial_root(PROGRAMME, balances)
    for period in (first, second):
        said = open_note(period.note, public(KEY)).text
        assert hashlib.sha256(said.encode()).digest() == period.seal
        assert said.startswith(f"{ORIGIN}/periods/{PROGRAMME}\n{period.month:%Y-%m}\n")
    before = snapshot(books)
    assert sealer.period(OCTOBER).seal == first.seal
    assert snapshot(books) == before


def test_months_are_sealed_in_their_order_and_only_when_closed(
    books: Books, sealer: Sealer
) -> None:
    books.award("FM0001", 30)
    with pytest.raises(ledger.PeriodNotClosing):
        sealer.period(OCTOBER)
    close(books, OCTOBER, DECEMBER_2)
    close(books, NOVEMBER, DECEMBER_2)
    with pytest.raises(ledger.PeriodNotClosing):
        sealer.period(NOVEMBER)
    waiting = books.database.atomic(ledger.closing_periods)
    assert [period.month for period in waiting] == [OCTOBER, NOVEMBER]
    assert [sealer.period(period.month).state for period in waiting] == ["sealed", "sealed"]
    assert books.database.atomic(ledger.closing_periods) == []


def test_a_month_of_an_empty_ledger_can_be_sealed(books: Books, sealer: Sealer) -> None:
    close(books, OCTOBER, DECEMBER_2)
    assert sealer.period(OCTOBER).size == 0
    assert [key.vkey for key in books.database.atomic(ledger.log_keys)] == [str(KEY.verify_key)]


def test_a_stranger_s_key_seals_no_month(books: Books, sealer: Sealer) -> None:
    books.award("FM0001", 30)
    sealer.all()
    close(books, OCTOBER, DECEMBER_2)
    with pytest.raises(ledger.UnknownSigner):
        Sealer(books.database, [STRANGER]).period(OCTOBER)
    assert sealer.period(OCTOBER).state == "sealed"
