"""Nobody changes what was posted: not the application's role, nor even the owner of the tables."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

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


# ---------------------------------------------------------------- nothing is forgotten


def test_every_table_of_the_ledger_is_decided_on_and_tried(history: History) -> None:
    rows = history.admin.execute(
        "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relname LIKE 'ledger%' AND relkind IN ('r', 'p', 'v', 'm', 'f')"
    ).fetchall()
    assert dict(rows) == dict.fromkeys(TABLES, "r") | dict.fromkeys(VIEWS, "v")
    empty = [
        name
        for name in TABLES
        if history.admin.execute(f"SELECT FROM {name} LIMIT 1".encode()).fetchone() is None
    ]
    assert empty == [], "a trigger for each row is not tried on an empty table"


def test_every_function_of_the_ledger_is_decided_on(history: History) -> None:
    assert sorted(name for name, _ in functions(history)) == sorted(ENTRANCES | READERS | INNER)


# ---------------------------------------------------------------- the application's role

WRITES = {
    "INSERT": "INSERT INTO {} DEFAULT VALUES",
    "INSERT OVERRIDING": "INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM {0}",
    "DELETE": "DELETE FROM {}",
    "DELETE of nothing": "DELETE FROM {} WHERE false",
    "TRUNCATE": "TRUNCATE {}",
    "TRUNCATE CASCADE": "TRUNCATE {} RESTART IDENTITY CASCADE",
    "COPY": "COPY {} FROM STDIN",
    "COPY FROM A FILE": "COPY {} FROM '/dev/null'",
    "LOCK ROWS": "SELECT FROM {} FOR UPDATE",
    "LOCK": "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
    "DISABLE TRIGGERS": "ALTER TABLE {} DISABLE TRIGGER ALL",
    "OWN": "ALTER TABLE {} OWNER TO aixin_app",
    "ADD A TRIGGER": "CREATE TRIGGER mine BEFORE UPDATE ON {} FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "ADD A RULE": "CREATE RULE mine AS ON INSERT TO {} DO INSTEAD NOTHING",
    "DROP": "DROP TABLE {} CASCADE",
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("write", WRITES)
def test_the_application_may_not(application: psycopg.Connection, table: str, write: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege), application.transaction():
        application.execute(WRITES[write].format(table).encode())


@pytest.mark.parametrize("table", TABLES)
def test_the_application_may_not_update_any_column(
    application: psycopg.Connection, history: History, table: str
) -> None:
    for column in columns(history, table):
        with pytest.raises(errors.InsufficientPrivilege):
            application.execute(f'UPDATE {table} SET "{column}" = DEFAULT'.encode())


@pytest.mark.parametrize("table", TABLES)
def test_the_application_may_read(application: psycopg.Connection, table: str) -> None:
    assert application.execute(f"SELECT FROM {table} LIMIT 1".encode()).rowcount == 1


@pytest.mark.parametrize(
    "way",
    [
        "SET session_replication_role = replica",
        "SET ROLE aixin_owner",
        "SET ROLE aixin_admin",
        "SET SESSION AUTHORIZATION aixin_owner",
        "CREATE FUNCTION public.ledger_mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE public.ledger_mine (n int)",
        "ALTER FUNCTION ledger_lock OWNER TO aixin_app",
        "CREATE SCHEMA mine",
        "ALTER ROLE aixin_app SUPERUSER",
        "SELECT setval('ledger_transfers_id_seq', 1)",
    ],
)
def test_the_application_has_no_way_around(application: psycopg.Connection, way: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute(way.encode())


def test_the_application_owns_nothing_and_belongs_to_nobody(history: History) -> None:
    query = """SELECT (SELECT count(*) FROM pg_auth_members WHERE member = 'aixin_app'::regrole),
(SELECT count(*) FROM pg_class WHERE relowner = 'aixin_app'::regrole),
(SELECT count(*) FROM pg_proc WHERE proowner = 'aixin_app'::regrole),
(SELECT rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = 'aixin_app')"""
    assert history.admin.execute(query).fetchone() == (0, 0, 0, False)


def test_the_application_calls_no_inner_function(
    application: psycopg.Connection, history: History
) -> None:
    tried = [call for name, call in functions(history) if name in INNER]
    assert len(tried) == len(INNER)
    for call in tried:
        with pytest.raises(errors.InsufficientPrivilege):
            application.execute(f"SELECT {call}".encode())


def test_who_may_call_what(history: History) -> None:
    query = """SELECT proname, has_function_privilege('aixin_app', oid, 'EXECUTE'),
EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner)))
        WHERE grantee = 0 AND privilege_type = 'EXECUTE'), prosecdef
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'ledger%'"""
    found = {name: tuple(rights) for name, *rights in history.admin.execute(query).fetchall()}
    expected = dict.fromkeys(ENTRANCES, (True, False, True))  # a definer's, for us alone
    expected |= dict.fromkeys(READERS, (True, True, False)) | dict.fromkeys(
        INNER, (False, False, False)
    )
    assert found == expected


# ---------------------------------------------------------------- a caller's own names


def test_what_acts_as_the_owner_looks_for_names_in_one_place(history: History) -> None:
    query = """SELECT proname, array(SELECT c FROM unnest(proconfig) AS c WHERE c LIKE 'search_p%')
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"""
    found = dict(history.admin.execute(query).fetchall())
    assert found == {name: ["search_path=public, pg_temp"] for name in found}
    assert found.keys() >= set(ENTRANCES)


AWARD = """SELECT transfer_id FROM public.ledger_post(1, %s, '\\x01', 'award',
 ARRAY['issued', 'volunteer:A'], ARRAY['PTS', 'PTS'], ARRAY[-3, 3], 'staff:1', 'document:1', now(),
 now(), '2025-12-05', '2027-10-31', false, NULL, '{}')"""


@pytest.mark.parametrize("path", ["public", "pg_temp, public", "pg_temp, pg_catalog, public"])
def test_a_caller_s_tables_and_functions_of_the_same_name_are_not_used(
    application: psycopg.Connection, path: str
) -> None:
    with application.transaction(force_rollback=True):
        application.execute(f"SET search_path = {path}".encode())
        for table in TABLES:
            application.execute(
                f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)".encode()
            )
        application.execute(
            "CREATE FUNCTION pg_temp.ledger_order(text[], text[]) RETURNS integer[]"
            " LANGUAGE sql AS $$SELECT '{}'::integer[]$$"
        )
        application.execute(
            "CREATE FUNCTION pg_temp.ledger_are_legs(text[], text[], bigint[]) RETURNS boolean"
            " LANGUAGE sql AS 'SELECT true'"
        )
        made = application.execute(AWARD.encode(), ["mine"]).fetchone()
        taken = [
            application.execute(f"SELECT count(*) FROM {name} WHERE {column} = %s".encode(), made)
            for name, column in (
                ("public.ledger_transfers", "id"),
                ("public.ledger_entries", "transfer_id"),
                ("public.ledger_unsealed", "transfer_id"),
            )
        ]
        assert [cursor.fetchone() for cursor in taken] == [(1,), (2,), (1,)]
        for table in TABLES:
            query = f"SELECT FROM pg_temp.{table}"
            assert application.execute(query.encode()).rowcount == 0, table
        with pytest.raises(psycopg.Error, match="do not sum to zero"), application.transaction():
            application.execute(AWARD.replace("-3", "-2").encode(), ["forged"])


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
