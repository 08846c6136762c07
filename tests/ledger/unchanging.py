"""Books that nobody may change, and who tries: the application's role, and the tables' owner."""

from collections.abc import Iterator

import psycopg
import pytest

from deploy import embedded
from tests.conftest import Servers
from tests.ledger.history import History, written
from tests.ledger.invariants import Snapshots

# Every table of the ledger, and what its owner may still do to rows that are there: the figures of
# an account are kept up to date, a queue is taken from, a head is never touched.
TABLES: dict[str, set[str]] = {
    "ledger_accounts": {"UPDATE"},
    "ledger_books": {"UPDATE"},
    "ledger_entries": set(),
    "ledger_heads": set(),
    "ledger_hold_legs": set(),
    "ledger_holds": {"UPDATE", "DELETE"},
    "ledger_keys": {"UPDATE"},
    "ledger_leaves": set(),
    "ledger_lot_moves": set(),
    "ledger_lots": {"UPDATE", "DELETE"},
    "ledger_nodes": set(),
    "ledger_periods": {"UPDATE"},
    "ledger_transfers": set(),
    "ledger_unsealed": {"UPDATE", "DELETE"},
    "ledger_verifications": {"UPDATE"},
}
# Read round the second wall: whose an account is called, and sums of the whole programme.
VIEWS = {"ledger_places", "ledger_legs", "ledger_balances"}
VIEWS |= {f"ledger_{one}_everywhere" for one in ("accounts", "entries", "lots", "transfers")}
# Of the tables whose rows move: the columns that do. No other column of a row ever changes.
MOVING = {
    "ledger_accounts": {"posted", "held_out", "held_in", "debt", "entries", "closed_at"}
    | {"place_id"},  # follows the owner
    "ledger_keys": {"retired_at"},
    "ledger_periods": set(),  # none, once it is sealed
    "ledger_verifications": set(),  # none, once it is finished
}

# Every function of the ledger: what the application may call, and what only those functions do.
ENTRANCES = {
    "ledger_open_account", "ledger_close_account", "ledger_lock", "ledger_post", "ledger_credit",
    "ledger_reverse", "ledger_hold", "ledger_capture", "ledger_release", "ledger_expire_holds",
    "ledger_close_period", "ledger_seal_batch", "ledger_write_head", "ledger_seal_period",
    "ledger_ask_verification", "ledger_note_verification", "ledger_finish_verification",
    "ledger_balance",
}  # fmt: skip
READERS = {
    "ledger_available", "ledger_fields", "ledger_leaf", "ledger_instant",
    "ledger_counted",
    "ledger_framed",
}  # fmt: skip
INNER = {
    "ledger_claim", "ledger_apply", "ledger_are_legs", "ledger_refuse_legs", "ledger_take_lots",
    "ledger_put_lots", "ledger_moved_lots", "ledger_order", "ledger_unhold", "ledger_refuse_target",
    "ledger_refuse_accounts", "ledger_keyed",
    "ledger_check_signers", "ledger_check_account", "ledger_check_balanced", "ledger_refuse_change",
    "ledger_place_of", "ledger_place_account",
}  # fmt: skip

APPEND_ONLY = sorted(table for table, allowed in TABLES.items() if not allowed)


@pytest.fixture(scope="module")
def history(servers: Servers) -> Iterator[History]:
    """Books that no test of this file manages to change."""
    with written(servers.postgres) as found:
        yield found


@pytest.fixture
def unchanged(history: History) -> Iterator[None]:
    """Compare every row of every table before and after."""
    snapshots = Snapshots(history.admin)
    before = snapshots.take()
    yield
    assert snapshots.take() == before


@pytest.fixture
def application(history: History, unchanged: None) -> Iterator[psycopg.Connection]:
    """A connection of the role under which the service runs."""
    with history.connect(embedded.APPLICATION) as connection:
        yield connection


@pytest.fixture
def holder(history: History, unchanged: None) -> Iterator[psycopg.Connection]:
    """A connection of the role that owns the tables of these books."""
    with history.connect(embedded.OWNER) as connection:
        yield connection


def columns(history: History, table: str) -> list[str]:
    query = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
    return [name for (name,) in history.admin.execute(query, [table]).fetchall()]


def functions(history: History) -> list[tuple[str, str]]:
    """Return the name and the call, with NULL for every argument, of each function."""
    query = """SELECT p.proname, array(SELECT t::regtype::text FROM unnest(p.proargtypes) AS t)
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'ledger%'"""
    rows = history.admin.execute(query).fetchall()
    return [
        (name, f"{name}({', '.join(f'NULL::{kind}' for kind in kinds)})") for name, kinds in rows
    ]
