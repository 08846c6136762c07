"""Whoever can write to the tables can change them, but not unseen: each way is found and named.

The same books for all, with triggers off; each tampering is a transaction that is rolled back.
"""

from collections.abc import Iterator
from functools import partial
from typing import get_args

import psycopg
import pytest

from service import ledger
from service.db import Database
from service.ledger import export
from service.proof import Checkpoint, PeriodSeal, Report, TreeHead, root_of, sign_note, verify_lines
from service.proof.findings import Kind
from tests.conftest import Servers
from tests.ledger.conftest import NOW, Books
from tests.ledger.history import NAME, History, written
from tests.ledger.invariants import Snapshots
from tests.ledger.sealer import KEY, NEXT_KEY, ORIGIN, STRANGER, Sealer
from tests.ledger.tamperings import (
    FLIPPED,
    FLIPS,
    LAWLESS,
    NOVEMBER,
    RELEAFED,
    TAMPERINGS,
    UNSEEN,
    Found,
    undone,
)


class Tamperer:
    """Somebody with all rights on these books, whose work is verified and undone."""

    def __init__(self, history: History) -> None:
        self.admin = history.admin

    def verify(self, checkpoint: str | None = None) -> Report:
        return verify_lines(list(ledger.export_lines(self.admin)), checkpoint=checkpoint)

    def after(self, *changes: str, before: str = "", checkpoint: str | None = None) -> Found:
        """Return what verification finds after these statements; `before` changes no row."""
        with self.admin.transaction(force_rollback=True):
            self.admin.execute("SET LOCAL session_replication_role = replica")
            self.admin.execute(before.encode())
            for change in changes:
                self.admin.execute(change.encode())
            return {(one.kind, one.place) for one in self.verify(checkpoint).findings}


@pytest.fixture(scope="module")
def history(servers: Servers) -> Iterator[History]:
    """The books, untouched."""
    with written(servers.postgres) as found:
        yield found


@pytest.fixture
def tamperer(history: History, monkeypatch: pytest.MonkeyPatch) -> Tamperer:
    """Reads the books in the transaction in which they are tampered with."""
    monkeypatch.setattr(export, "SNAPSHOT", "SELECT 1")
    return Tamperer(history)


def test_books_that_nobody_touched_are_fine(tamperer: Tamperer) -> None:
    report = tamperer.verify()
    assert report.findings == ()
    counts = report.counts
    assert (counts["leaves"], counts["open"], counts["heads"], counts["periods"]) == (275, 2, 6, 2)


# ---------------------------------------------------------------- one column


def kind_of(tamperer: Tamperer, table: str, column: str) -> str:
    query = """SELECT atttypid::regtype::text FROM pg_attribute
WHERE attrelid = %s::regclass AND attname = %s"""
    (found,) = tamperer.admin.execute(query, [table, column]).fetchone() or ("",)
    return str(found)


@pytest.mark.parametrize(("table", "column"), FLIPS, ids=lambda name: name.removeprefix("ledger_"))
def test_a_flipped_column_is_named(tamperer: Tamperer, table: str, column: str) -> None:
    where, kind, place = FLIPS[table, column]
    name, _, value = column.partition(" = ")
    value = value or FLIPPED[kind_of(tamperer, table, name)].format(name)
    change = f'UPDATE {table} SET "{name}" = {value} WHERE {where}'
    found = tamperer.after(
        change, before=f'ALTER TABLE {table} ALTER "{name}" DROP IDENTITY IF EXISTS'
    )
    assert (kind, place) in found


def test_every_column_is_tried_or_known_to_be_of_no_account(tamperer: Tamperer) -> None:
    query = """SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname LIKE 'ledger%'
AND relname <> 'ledger_verifications' AND attnum > 0 AND NOT attisdropped"""
    tried = {(table, column.partition(" = ")[0]) for table, column in FLIPS}
    assert tried.isdisjoint(UNSEEN)
    assert set(tamperer.admin.execute(query).fetchall()) == tried | set(UNSEEN)


# ---------------------------------------------------------------- rows, and whole transfers


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_named(tamperer: Tamperer, what: str) -> None:
    changes, expected = TAMPERINGS[what]
    found = tamperer.after(*changes, before=LAWLESS)
    assert expected <= found


def test_every_kind_of_finding_is_provoked() -> None:
    named = {kind for _, kind, _ in FLIPS.values()}
    named |= {kind for _, found in TAMPERINGS.values() for kind, _ in found}
    assert named == set(get_args(Kind))


# ---------------------------------------------------------------- what only an outsider can tell

# Everything behind the head of 273, so that all that is left fits.
FORGOTTEN = [
    *undone(277, 276, 275, 274),
    "DELETE FROM ledger_leaves WHERE index >= 273",
    "DELETE FROM ledger_heads WHERE size = 275",
    "DELETE FROM ledger_unsealed",
]


def kept(tamperer: Tamperer, size: int = 275) -> str:
    """Return the note of a head, as somebody kept it who saw it in time."""
    query = "SELECT note FROM ledger_heads WHERE size = %s"
    (note,) = tamperer.admin.execute(query, [size]).fetchone() or ("",)
    return str(note)


def test_a_tail_deleted_with_its_heads_is_found_by_who_kept_a_head(tamperer: Tamperer) -> None:
    assert tamperer.after(*FORGOTTEN) == set()
    found = tamperer.after(*FORGOTTEN, checkpoint=kept(tamperer))
    assert found == {("cut_tail", "leaf 273")}
    assert tamperer.after(*FORGOTTEN, checkpoint=kept(tamperer, 273)) == set()


def test_who_has_the_key_can_write_another_log_but_not_undo_a_head_that_was_seen(
    tamperer: Tamperer,
) -> None:
    changes = ["UPDATE ledger_transfers SET actor = 'staff:2' WHERE id = 275", RELEAFED.format(274)]
    leaves = leaves_after(tamperer, changes)
    head = Checkpoint(ORIGIN, 275, root_of(leaves))
    changes.append(
        f"UPDATE ledger_heads SET root = '\\x{head.root.hex()}',"
        f" note = '{sign_note(head.text, [NEXT_KEY])}' WHERE size = 275"
    )
    assert tamperer.after(*changes) == set()
    found = tamperer.after(*changes, checkpoint=kept(tamperer))
    assert found == {("root", "the checkpoint")}


def leaves_after(tamperer: Tamperer, changes: list[str]) -> list[bytes]:
    with tamperer.admin.transaction(force_rollback=True):
        tamperer.admin.execute("SET LOCAL session_replication_role = replica")
        for change in changes:
            tamperer.admin.execute(change.encode())
        rows = tamperer.admin.execute("SELECT hash FROM ledger_leaves ORDER BY index").fetchall()
    return [leaf for (leaf,) in rows]


def test_who_has_the_key_cannot_seal_balances_that_the_entries_do_not_give(
    tamperer: Tamperer,
) -> None:
    query = "SELECT size, root, previous FROM ledger_periods WHERE size = 273"
    size, root, previous = tamperer.admin.execute(query).fetchone() or (0, b"", b"")
    forged = PeriodSeal(ORIGIN, 1, "2025-11", TreeHead(size, root), bytes(32), previous)
    found = tamperer.after(
        f"UPDATE ledger_periods SET trial_root = '\\x{forged.trial_root.hex()}',"
        f" seal = '\\x{forged.digest.hex()}', note = '{sign_note(forged.text, [NEXT_KEY])}'"
        " WHERE size = 273"
    )
    assert found == {("trial_balance", NOVEMBER)}


def test_a_log_signed_anew_by_a_stranger_shows_his_key_and_fits_no_head_that_was_seen(
    tamperer: Tamperer,
) -> None:
    signed = []
    for table, key in (("ledger_heads", "size"), ("ledger_periods", "month")):
        query = f"SELECT {key}::text, note FROM {table} WHERE note IS NOT NULL"
        for row, note in tamperer.admin.execute(query.encode()).fetchall():
            anew = sign_note(note.partition("\n\n")[0] + "\n", [STRANGER])
            signed.append(f"UPDATE {table} SET note = '{anew}' WHERE {key} = '{row}'")
    keys = [
        "DELETE FROM ledger_keys",
        f"INSERT INTO ledger_keys VALUES ('{STRANGER.verify_key}', 5, now())",
    ]
    assert tamperer.after(*signed, *keys) == set(), "it all fits; only the key is not the known one"
    found = tamperer.after(*signed, *keys, checkpoint=kept(tamperer))
    assert found == {("unknown_key", "the checkpoint")}
    added = keys[1].replace(" 5,", " 275,")
    assert ("unknown_key", "head 275") in tamperer.after(*signed, added)
    assert tamperer.verify().keys == (str(KEY.verify_key), str(NEXT_KEY.verify_key))


def test_nothing_is_signed_over_a_subtree_that_was_changed(
    history: History, tamperer: Tamperer
) -> None:
    """The stored nodes are in no export; but whoever changes one cannot make the sealer err."""
    database = Database(history.servers.url(NAME))
    before = Snapshots(tamperer.admin).take()
    tamperer.admin.execute("SET session_replication_role = replica")
    (node,) = tamperer.admin.execute("SELECT hash FROM ledger_nodes").fetchone() or (b"",)
    tamperer.admin.execute("UPDATE ledger_nodes SET hash = sha256(hash)")
    sealing = partial(ledger.seal, signers=[NEXT_KEY], origin=ORIGIN, now=NOW)
    with pytest.raises(ledger.LogDamaged):
        database.atomic(sealing)
    tamperer.admin.execute("UPDATE ledger_nodes SET hash = %s", [node])
    tamperer.admin.execute("SET session_replication_role = DEFAULT")
    database.close()
    assert Snapshots(tamperer.admin).take() == before


# ---------------------------------------------------------------- as it happens every night


def test_the_verification_of_the_database_finds_it_and_keeps_what_it_found(
    books: Books, admin: psycopg.Connection
) -> None:
    transfer = books.award("FM0001", 20).transfer_id
    Sealer(books.database).all()
    admin.execute("UPDATE ledger_entries SET amount = amount * 10, balance = balance * 10")
    books.database.atomic(lambda s: ledger.ask_verification(s, asked_by="staff:1", now=NOW))
    ledger.verify_database(books.database, now=lambda: NOW)
    kept_row = books.database.atomic(ledger.last_verification)
    assert kept_row is not None
    kinds = [(one["kind"], one["place"]) for one in kept_row.findings]
    assert kinds[0] == ("altered", "leaf 0")
    assert kept_row.faults == len(kinds) > 1
    assert transfer == 1
