"""Verification: asked for once, told while it runs, kept when it ends; and a restored ledger."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest

from deploy import embedded
from service import ledger
from service.db import Database
from service.proof import Checkpoint, halves, sign_note
from tests.conftest import QUICK, Servers
from tests.ledger.conftest import NOW, PROGRAMME, Books
from tests.ledger.sealer import KEY, NEXT_KEY, ORIGIN, STRANGER, Sealer
from tests.ledger.test_export import busy, verified

OCTOBER = date(2025, 10, 1)
NOVEMBER_2 = datetime(2025, 11, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def sealer(books: Books) -> Sealer:
    """A sealer of these books."""
    return Sealer(books.database)


def ask(books: Books, who: str = "staff:1") -> ledger.Verification:
    return books.database.atomic(partial(ledger.ask_verification, asked_by=who, now=NOW))


def run(books: Books, told: list[tuple[int, int]] | None = None) -> ledger.Verification | None:
    def tell(done: int, transfers: int) -> None:
        (told if told is not None else []).append((done, transfers))

    return ledger.verify_database(books.database, now=lambda: NOW, progress=tell)


def kinds(books: Books) -> set[str]:
    return {finding.kind for finding in verified(books).findings}


def test_asked_twice_it_is_the_same_one(books: Books) -> None:
    first, again = ask(books), ask(books, "staff:2")
    assert (first.id, first.asked_by) == (again.id, again.asked_by)
    assert books.database.atomic(ledger.last_verification) is None
    run(books)
    assert ask(books).id != first.id


def test_what_it_found_is_kept(books: Books, sealer: Sealer) -> None:
    busy(books)
    sealer.batch(4)
    ask(books)
    done = run(books)
    assert done == books.database.atomic(ledger.last_verification)
    assert done is not None
    transfers = books.database.rows("SELECT count(*) AS n FROM ledger_transfers")[0]["n"]
    entries = books.database.rows("SELECT count(*) AS n FROM ledger_entries")[0]["n"]
    assert (done.size, done.transfers, done.done, done.entries) == (
        4,
        transfers,
        transfers,
        entries,
    )
    assert (done.started_at, done.finished_at) == (NOW, NOW)
    assert (done.faults, done.findings) == (0, [])


def test_a_fault_is_named(books: Books, sealer: Sealer, admin: psycopg.Connection) -> None:
    books.award("FM0001", 20)
    sealer.all()
    admin.execute("UPDATE ledger_accounts SET posted = 21 WHERE address = 'volunteer:FM0001'")
    ask(books)
    done = run(books)
    assert done is not None
    assert done.faults == 1
    (found,) = done.findings
    assert (found["kind"], found["place"]) == (
        "balance",
        "account volunteer:FM0001 PTS (programme 1)",
    )


def test_it_tells_how_far_it_is_in_its_row_too(
    books: Books, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halves, "TOLD_EVERY", 2)
    for n in range(5):
        books.award("FM0001", 1, key=f"a{n}")
    sealer.all()
    asked = ask(books)
    seen: list[tuple[int, int, bool]] = []

    def tell(done: int, transfers: int) -> None:
        row = books.database.atomic(lambda s: s.get_one(ledger.Verification, asked.id))
        seen.append((row.done, row.transfers, row.finished_at is None))
        assert (row.done, row.transfers) == (done, transfers)

    ledger.verify_database(books.database, now=lambda: NOW, progress=tell)
    assert seen == [(0, 5, True), (2, 5, True), (4, 5, True), (5, 5, False)]


def test_nothing_happens_unasked(books: Books) -> None:
    assert run(books) is None
    assert books.database.atomic(ledger.verifications) == []


def test_a_second_process_leaves_it_to_the_first(books: Books) -> None:
    ask(books)
    answers: list[object] = []

    def tell(done: int, transfers: int) -> None:
        if not answers:
            answers.append(run(books))

    assert ledger.verify_database(books.database, now=lambda: NOW, progress=tell)
    assert answers == [None]


class Killed(BaseException):
    """Stands for the end of a process."""


def test_one_whose_process_died_is_begun_anew(books: Books, sealer: Sealer) -> None:
    books.award("FM0001", 20)
    asked = ask(books)

    def die(done: int, transfers: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        ledger.verify_database(books.database, now=lambda: NOW, progress=die)
    open_ = books.database.atomic(ledger.open_verification)
    assert (open_ and open_.id, ask(books).id) == (asked.id, asked.id)
    done = run(books)
    assert (done and done.id, done and done.faults) == (asked.id, 0)


def test_what_is_finished_is_never_changed(books: Books, owner: psycopg.Connection) -> None:
    ask(books)
    run(books)
    with pytest.raises(psycopg.Error, match="append-only"):
        owner.execute("UPDATE ledger_verifications SET faults = 0")
    with pytest.raises(psycopg.Error, match="append-only"):
        books.database.rows("SELECT ledger_note_verification(1, 0, 0, now())")


def test_verifications_are_paged_newest_first(books: Books) -> None:
    for _ in range(3):
        ask(books)
        run(books)
    page = books.database.atomic(partial(ledger.verifications, limit=2))
    rest = books.database.atomic(partial(ledger.verifications, before=page[-1].id))
    assert [one.id for one in [*page, *rest]] == [3, 2, 1]


@pytest.fixture
def october(books: Books, sealer: Sealer) -> ledger.Period:
    """A sealed month."""
    books.award("FM0001", 20)
    asked = {"programme_id": PROGRAMME, "month": OCTOBER, "actor": "staff:1", "now": NOVEMBER_2}
    books.database.atomic(partial(ledger.close_period, **asked))
    return sealer.period(OCTOBER)


def test_a_sealed_month_verifies_and_what_follows_it_too(
    books: Books, sealer: Sealer, october: ledger.Period
) -> None:
    books.award("FM0001", 5, key="later")  # of October still, so it is effective in November
    sealer.all()
    report = verified(books)
    assert (report.findings, report.counts["periods"]) == ((), 1)


def test_an_entry_forced_into_a_sealed_month_is_named(
    books: Books, sealer: Sealer, october: ledger.Period, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE ledger_books SET closed_through = '2025-09-30'")
    late = books.award("FM0001", 5, key="backdated").transfer_id
    sealer.all()
    (found,) = [one for one in verified(books).findings if one.kind == "backdated"]
    assert found.place == f"transfer {late}"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("trial_root = sha256('')", "trial_balance"),
        ("seal = sha256('')", "seal"),
        ("size = 0", "seal"),
        ("note = replace(note, '2025-10', '2025-09')", "signature"),
    ],
)
def test_a_seal_that_was_tampered_with_is_named(
    books: Books, october: ledger.Period, admin: psycopg.Connection, change: str, kind: str
) -> None:
    admin.execute(f"UPDATE ledger_periods SET {change}".encode())
    assert kind in kinds(books)


def test_a_log_that_changed_its_keys_verifies(books: Books) -> None:
    for step, signers in enumerate([[KEY], [NEXT_KEY, KEY], [NEXT_KEY]]):
        books.award("FM0001", 1, key=f"a{step}")
        Sealer(books.database, signers).all()
    report = verified(books)
    assert (report.findings, report.counts["heads"]) == ((), 3)
    assert report.keys == (str(KEY.verify_key), str(NEXT_KEY.verify_key))


def test_a_head_that_a_stranger_signed_anew_is_named(
    books: Books, sealer: Sealer, admin: psycopg.Connection
) -> None:
    books.award("FM0001", 20)
    (head,) = sealer.all()
    text = Checkpoint(ORIGIN, head.size, head.root).text
    admin.execute("UPDATE ledger_heads SET note = %s", [sign_note(text, [STRANGER])])
    assert "unknown_key" in kinds(books)
    added = [str(STRANGER.verify_key), NOW]
    admin.execute("INSERT INTO ledger_keys VALUES (%s, 1, %s + interval '1 day')", added)
    assert "unknown_key" in kinds(books), "a line in the list of keys vouches for nobody"


@pytest.fixture
def elsewhere(
    servers: Servers, books: Books, sealer: Sealer, admin: psycopg.Connection, tmp_path: Path
) -> Iterator[Books]:
    """The same books, old ones, restored from a dump into a new cluster: its numbers begin anew."""
    busy(books)
    sealer.batch(4)
    admin.execute("UPDATE ledger_transfers SET xid = '99999999'")
    account = embedded.Account.unprivileged()
    programs = embedded.reachable_binaries(account)
    other = embedded.Postgres(tmp_path / "other", settings=QUICK)
    other.start()
    try:
        dump = [programs / "pg_dump", "-Fc", "-h", str(servers.postgres.sockets)]
        packed = subprocess.run(
            [*dump, "-U", embedded.ADMIN, embedded.DATABASE], check=True, capture_output=True
        ).stdout
        restore = [programs / "pg_restore", "-h", str(other.sockets), "-U", embedded.ADMIN]
        subprocess.run([*restore, "-d", embedded.DATABASE], input=packed, check=True)
        database = Database(other.url())
        yield Books(database)
        database.close()
    finally:
        other.erase()


def test_a_restored_dump_goes_on_sealing_without_a_loss(books: Books, elsewhere: Books) -> None:
    """The transfers bear numbers of transactions that the new cluster will reach in years."""
    (row,) = elsewhere.database.rows(
        "SELECT bool_and(xid > pg_current_xact_id()) AS ahead FROM ledger_transfers"
    )
    assert row["ahead"]
    elsewhere.award("FM0001", 11, key="after")
    sealer = Sealer(elsewhere.database)
    sealer.all(3)
    ids = [row["id"] for row in elsewhere.database.rows("SELECT id FROM ledger_transfers")]
    assert sorted(sealer.transfers()) == sorted(ids)
    assert elsewhere.balance("issued") == books.balance("issued") - 11
    report = verified(elsewhere)
    assert (report.findings, report.counts["leaves"]) == ((), len(ids))
