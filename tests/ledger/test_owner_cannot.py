"""Not even the owner of the tables changes what was posted."""

import psycopg
import pytest
from psycopg import errors

from tests.ledger.history import History
from tests.ledger.unchanging import (
    APPEND_ONLY,
    MOVING,
    TABLES,
    columns,
    history,
    holder,
    unchanged,
)

__all__ = ["history", "holder", "unchanged"]

# ---------------------------------------------------------------- the owner of the tables


@pytest.mark.parametrize("table", TABLES)
def test_the_owner_may_not_truncate(holder: psycopg.Connection, table: str) -> None:
    with pytest.raises(psycopg.Error, match="append-only") as refused:
        holder.execute(f"TRUNCATE {table} CASCADE".encode())
    assert refused.value.sqlstate == "LG009"


@pytest.mark.parametrize("table", [name for name, may in TABLES.items() if "DELETE" not in may])
def test_the_owner_may_not_delete(holder: psycopg.Connection, table: str) -> None:
    with pytest.raises(psycopg.Error, match="append-only") as refused:
        holder.execute(f"DELETE FROM {table}".encode())
    assert refused.value.sqlstate == "LG009"


@pytest.mark.parametrize("table", [*APPEND_ONLY, *MOVING])
def test_the_owner_may_not_update_any_column_that_does_not_move(
    holder: psycopg.Connection, history: History, table: str
) -> None:
    fixed = [name for name in columns(history, table) if name not in MOVING.get(table, ())]
    assert fixed
    for column in fixed:
        # What numbers itself may be set to its default only.
        value = "DEFAULT" if column == "id" else f'"{column}"'
        change = f'UPDATE {table} SET "{column}" = {value}'
        with pytest.raises(psycopg.Error, match="append-only") as refused:
            holder.execute(change.encode())
        assert refused.value.sqlstate == "LG009", change


CHANGES = {
    "a transfer's key": "UPDATE ledger_transfers SET key = key || '2' WHERE id = 1",
    "an amount": "UPDATE ledger_entries SET amount = amount * 2",
    "one entry": "DELETE FROM ledger_entries WHERE seq = 1 AND balance = 30",
    "a lot move": "UPDATE ledger_lot_moves SET expires_on = expires_on + 1",
    "a hold's leg": "DELETE FROM ledger_hold_legs WHERE amount > 0",
    "a leaf": "UPDATE ledger_leaves SET hash = sha256(hash) WHERE index = 3",
    "a node": "UPDATE ledger_nodes SET hash = sha256(hash)",
    "a head": "UPDATE ledger_heads SET note = note || 'x'",
    "a sealed month's seal": "UPDATE ledger_periods SET seal = sha256(seal)",
    "a sealed month's state": "UPDATE ledger_periods SET state = 'closing', sealed_at = NULL",
    "the watermark, back": "UPDATE ledger_books SET closed_through = closed_through - 1",
    "the watermark, to another programme": "UPDATE ledger_books SET programme_id = 2",
    "an account's address": "UPDATE ledger_accounts SET address = address || '2'",
    "an account's unit": "UPDATE ledger_accounts SET unit = 'CNY' WHERE unit = 'PTS'",
    "an account's programme": "UPDATE ledger_accounts SET programme_id = programme_id + 1",
    "an account's floor": "UPDATE ledger_accounts SET floor = -1000000 WHERE floor = 0",
    "an account's floor, away": "UPDATE ledger_accounts SET floor = NULL",
    "how an account is kept": "UPDATE ledger_accounts SET tracked = true WHERE id = 3",
    "an account that is empty": "DELETE FROM ledger_accounts WHERE address = 'redeemed:S02'",
    "a key": "DELETE FROM ledger_keys WHERE retired_at IS NOT NULL",
    "a key's age": "UPDATE ledger_keys SET since_size = 0",
    "what a verification found": "UPDATE ledger_verifications SET findings = '[]', faults = 0",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_owner_may_not_change(holder: psycopg.Connection, change: str) -> None:
    with pytest.raises(psycopg.Error, match="append-only") as refused:
        holder.execute(change.encode())
    assert refused.value.sqlstate == "LG009"


TRANSFER = """INSERT INTO ledger_transfers (id, programme_id, key, request_hash, kind, actor,
source, occurred_at, recorded_at, business_day, effective_on) OVERRIDING SYSTEM VALUE
SELECT id, 1, 'mine:' || id, '', 'adjust', '', '', now(), now(), '2025-12-05', '2025-12-05'
FROM generate_series(9001, 9002) AS id"""
ENTRY = """INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
SELECT coalesce(a.id, 9000 + amount), 9000, transfer_id, amount, NULL, coalesce(day, '2025-12-05')
FROM (VALUES {}) AS v (transfer_id, programme_id, address, amount, day)
LEFT JOIN ledger_accounts a USING (programme_id, address)"""
SOUND = "(9001, 1, 'issued', -5, NULL::date), (9001, 1, 'expired', 5, NULL)"
FORGERIES = {
    "one leg": "(9001, 1, 'issued', 5, NULL::date)",
    "legs that do not balance": SOUND.replace("-5", "-4"),
    "points against yuan": SOUND.replace("expired", "fund"),
    "yuan that do not balance": SOUND.replace("issued", "fund").replace(
        "expired', 5", "given-goods:S01', 4"
    ),
    "another programme's account": SOUND.replace("1, 'expired'", "2, 'issued'"),
    "another programme's accounts alone": SOUND.replace("1, 'issued'", "2, 'issued'").replace(
        "1, 'expired'", "2, 'volunteer:A'"
    ),
    "an account that is not": SOUND.replace("expired", "nobody"),
    "no account at all": SOUND.replace("expired", "nobody").replace("issued", "neither"),
    "legs that balance only with another transfer's": SOUND.replace(
        "9001, 1, 'exp", "9002, 1, 'exp"
    ),
    "legs of nothing": SOUND.replace("-5", "0").replace("5", "0"),
    "a transfer that is not": SOUND.replace("9001", "9000"),
    "a transfer that stood before": SOUND.replace("9001", "276")
    .replace("NULL::date", "'2025-12-01'::date")
    .replace("NULL", "'2025-12-01'"),
    "another day": SOUND.replace("NULL::date", "'2025-12-04'::date"),
}


def test_entries_that_are_in_order_can_be_added(holder: psycopg.Connection) -> None:
    with holder.transaction(force_rollback=True):
        holder.execute(TRANSFER.encode())
        assert holder.execute(ENTRY.format(SOUND).encode()).rowcount == 2


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_the_owner_cannot_add_entries_of(holder: psycopg.Connection, forgery: str) -> None:
    with holder.transaction(force_rollback=True):
        holder.execute(TRANSFER.encode())
        with pytest.raises(psycopg.Error, match="does not balance") as refused:
            holder.execute(ENTRY.format(forgery).encode())
    assert refused.value.sqlstate == "LG002"


CHECKED = {
    "overdraw a wallet": "UPDATE ledger_accounts SET posted = -1 WHERE address = 'volunteer:A'",
    "hold more than there is": "UPDATE ledger_accounts SET held_out = 1000 WHERE floor = 0",
    "hold less than nothing in": "UPDATE ledger_accounts SET held_in = -1",
    "hold less than nothing out": "UPDATE ledger_accounts SET held_out = -1",
    "owe less than nothing": "UPDATE ledger_accounts SET debt = -1",
    "empty a lot twice": "UPDATE ledger_lots SET amount = -1",
    "hold nothing": "INSERT INTO ledger_hold_legs VALUES (9000, 1, 0)",
    "queue what is no leaf for the log": "INSERT INTO ledger_leaves VALUES (9000, 9000, 'leaf')",
    "close half a month": "INSERT INTO ledger_periods (programme_id, month, state, closing_at,"
    " closed_by) VALUES (1, '2025-12-02', 'closing', now(), '')",
    "seal a month with nothing": "INSERT INTO ledger_periods (programme_id, month, state,"
    " closing_at, closed_by) VALUES (1, '2025-12-01', 'sealed', now(), '')",
}


@pytest.mark.parametrize("change", CHECKED.values(), ids=CHECKED)
def test_the_owner_cannot(holder: psycopg.Connection, change: str) -> None:
    with pytest.raises(errors.CheckViolation):
        holder.execute(change.encode())


@pytest.mark.parametrize(
    ("unit", "tracked", "by_lots", "floor"),
    [("USD", True, False, None), ("PTS", False, False, 0), ("PTS", False, True, None)],
)
def test_not_even_the_owner_opens_an_account_that_nobody_could_keep(
    holder: psycopg.Connection, unit: str, tracked: bool, by_lots: bool, floor: int | None
) -> None:
    opening = (
        "INSERT INTO ledger_accounts (programme_id, address, unit, tracked, by_lots, floor,"
        " opened_at) VALUES (1, 'mine', %s, %s, %s, %s, now())"
    )
    with pytest.raises(psycopg.Error, match="no account is kept like this"):
        holder.execute(opening, [unit, tracked, by_lots, floor])


@pytest.mark.parametrize(
    ("column", "first"),
    [("key", "award:A:1"), ("reverses_id", "reverse:redeem:A"), ("pending_id", "capture:A")],
)
def test_not_even_the_owner_says_twice(
    holder: psycopg.Connection, history: History, column: str, first: str
) -> None:
    names = [name for name in columns(history, "ledger_transfers") if name not in ("id", "xid")]
    given = [name if name == column or name != "key" else "'mine'" for name in names]
    copied = f"""INSERT INTO ledger_transfers ({", ".join(names)}) SELECT {", ".join(given)}
FROM ledger_transfers WHERE id = %s"""
    with pytest.raises(errors.UniqueViolation, match=column):
        holder.execute(copied.encode(), [history.ids[first]])
