"""The application's role changes nothing that was posted, and has no way around."""

import psycopg
import pytest
from psycopg import errors

from tests.ledger.history import History
from tests.ledger.unchanging import (
    ENTRANCES,
    INNER,
    READERS,
    TABLES,
    VIEWS,
    application,
    columns,
    functions,
    history,
    unchanged,
)

__all__ = ["application", "history", "unchanged"]

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
