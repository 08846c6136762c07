"""Every table has a policy or a reason; a policy lets rows out, and in, for their own people."""

import json
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

from service import scope
from service.db import Database
from tests.reports.conftest import Town, town

__all__ = ["town"]
# Why a table stands without a policy.
WITHOUT = {
    "the proof of the books is everybody's: hashes, and months that are closed for all": """
      ledger_books ledger_heads ledger_keys ledger_leaves ledger_nodes ledger_periods
      ledger_unsealed ledger_verifications reports_reach""",
    "told to whoever subscribed, and read by workers": """
      outbox_consumptions outbox_events outbox_failures webhooks_attempts webhooks_deliveries
      webhooks_endpoints""",
    "rules and places, the same for all": """
      alembic_version programmes programmes_rule_sets programmes_working_days people_units
      activities_templates records_honour_kinds""",
    "asked for before anybody is known, by the hash of what somebody sent": """
      accounts_factors accounts_recovery_codes accounts_pending accounts_tries passes_helpers
      phones_claims people_sessions people_staff people_roles people_devices passes_cards
      passes_bindings passes_uses shops_till_claims redemptions_tickets""",
    "shops and what they offer hang in the street; who buys is counted by number alone": """
      shops shops_associations shops_goods shops_good_days shops_person_days shops_terms
      shops_shifts""",
    "a team's name and its leader's stand on what it offers to everybody": "people_teams",
    "given without a name, by a browser": "records_ratings",
    "says of a picture's number that it is gone": "privacy_pictures",
    "loaded by COPY, which PostgreSQL refuses where there is a policy; read through its view": """
      evidence_rows""",
    "of the whole programme, for its auditor": "audit_runs audit_looks records_exports",
}
NEW = 900_001
# Written by everybody about everything; its readers' places stand in every line.
OPEN_TO_WRITE = {"trail_records"}
# What was announced is everybody's, so the row of this table is one that was not.
GIVEN: dict[str, dict[str, object]] = {"activities": {"status": "draft"}}
GIVEN |= {
    f"activities_{one}": {"activity_id": NEW} for one in ("outcomes", "posts", "partnerships")
}
GIVEN["ledger_accounts"] = {"by_lots": True}
# Some rows of these are everybody's: what was announced, and what is no wallet and no shop's.
PARTLY_OPEN = {"activities", "activities_posts"}
PARTLY_OPEN |= {"ledger_accounts", "ledger_entries"}
HOUSE = "DELETE FROM trail_records WHERE unit_id IS NULL OR unit_id IN (SELECT id FROM people_units"
HOUSE += " WHERE kind <> 'community')"
POLICED = """SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity
  AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS policed
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'identity')"""
# What is added up across a programme: see scope.everywhere.
SUMMED = ("ledger_accounts", "ledger_entries", "ledger_lots", "ledger_transfers")
SUMMED += ("reports_days", "reports_moves")
SET = "SELECT set_config('aixin.communities', %s, false)"


def policed(admin: psycopg.Connection) -> dict[str, bool]:
    return {name.removeprefix("public."): yes for name, yes in admin.execute(POLICED).fetchall()}


def test_every_table_has_a_policy_or_a_reason(admin: psycopg.Connection) -> None:
    found = policed(admin)
    reasons = [table for tables in WITHOUT.values() for table in tables.split()]
    assert len(reasons) == len(set(reasons))
    assert sorted(name for name, yes in found.items() if not yes) == sorted(reasons)


def test_no_policy_is_of_a_table_where_it_is_switched_off(admin: psycopg.Connection) -> None:
    off = "SELECT polrelid::regclass FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    assert admin.execute(f"{off} WHERE NOT c.relrowsecurity".encode()).fetchall() == []


def test_views_read_round_the_wall_only_where_it_is_said(admin: psycopg.Connection) -> None:
    views = """SELECT relname FROM pg_class WHERE relkind = 'v'
AND relnamespace = 'public'::regnamespace
AND NOT coalesce(reloptions, '{}') && '{security_invoker=true}'"""
    assert {name for (name,) in admin.execute(views).fetchall()} == {
        "people_holders",
        "activities_signups_everywhere",
        "activities_attendances_everywhere",
        "activities_codes",
        "ledger_places",
        "ledger_legs",
        "ledger_balances",
        *(f"{one}_everywhere" for one in SUMMED),
    }


@pytest.fixture
def homes(town: Town, database: Database) -> dict[str, int]:
    rows = database.rows("SELECT code, id FROM people_units WHERE kind = 'community'")
    return {row["code"]: row["id"] for row in rows}


@pytest.fixture
def filled(homes: dict[str, int], admin: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A row of 富民 in every policed table, and the application's own role looking at them."""
    with admin.transaction(force_rollback=True):
        for table in tables(admin):
            fill(admin, table, homes["FM"])
        admin.execute(HOUSE)  # whose readers are tried below
        admin.execute("SET LOCAL ROLE aixin_app")
        yield admin


def tables(admin: psycopg.Connection) -> list[str]:
    return [name for name, yes in policed(admin).items() if yes]


def fill(admin: psycopg.Connection, table: str, home: int) -> None:
    """Put one row there that hangs on what 富民 has; what it says is nonsense."""
    checks = """SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname)
FROM pg_constraint WHERE contype IN ('c', 'x') AND conrelid = %s::regclass"""
    for (drop,) in admin.execute(checks, [table]).fetchall():
        admin.execute(drop)
    columns = """SELECT attname, format_type(atttypid, NULL), attnotnull FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""
    found = admin.execute(columns, [table]).fetchall()
    values = {
        name: value(admin, name, kind, home)
        for name, kind, needed in found
        if needed or name in HANGS
    }
    values |= GIVEN.get(table, {})
    put = "INSERT INTO {} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_record(NULL::{}, %s)"
    put += " ON CONFLICT DO NOTHING"
    admin.execute(put.format(table, table).encode(), [json.dumps(values)])


# What a row hangs on that 富民 has already; any other number is the row's that `fill` puts there.
HANGS = {
    "community_id": "SELECT %s::bigint",
    "place_id": "SELECT %s::bigint",
    "unit_id": "SELECT %s::bigint",
    "volunteer_id": "SELECT min(id) FROM people_holders WHERE community_id = %s",
    "shop_id": "SELECT min(id) FROM shops WHERE community_id = %s",
    "activity_id": "SELECT min(id) FROM activities WHERE community_id = %s",
    "team_id": "SELECT min(id) FROM people_teams WHERE community_id = %s",
    "good_id": "SELECT min(g.id) FROM shops_goods g JOIN shops s ON s.id = g.shop_id"
    " WHERE s.community_id = %s",
}
HANGS["raised_volunteer_id"] = HANGS["volunteer_id"]
SIMPLE = {
    "text": "x",
    "boolean": False,
    "date": "2025-10-18",
    "timestamp with time zone": "2025-10-18T04:00:00Z",
    "time without time zone": "08:00",
    "jsonb": {},
    "bytea": "\\x00",
    "integer": 1,
    "smallint": 1,
    "bigint": NEW,
    "xid8": "9",
}


def value(admin: psycopg.Connection, name: str, kind: str, home: int) -> object:
    if name in HANGS:
        found = admin.execute(HANGS[name].encode(), [home]).fetchone()
        assert found is not None
        return found[0]
    return [] if kind.endswith("[]") else SIMPLE[kind]


def counts(ours: psycopg.Connection, reach: str) -> dict[str, int]:
    """How many rows of each table come out for a reach."""
    ours.execute(SET, [reach])
    found = {}
    for table in tables(ours):
        asked = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))
        found[table] = (ours.execute(asked).fetchone() or (0,))[0]
    return found


def test_rows_come_out_for_their_own_community_alone(
    filled: psycopg.Connection, homes: dict[str, int]
) -> None:
    every = counts(filled, scope.EVERYTHING)
    assert len(every) > 50
    assert [table for table, count in every.items() if not count] == []
    assert counts(filled, "") == every
    assert counts(filled, scope.spelled(homes.values())) == every
    assert counts(filled, scope.spelled([homes["FM"]])) == every
    neighbour = counts(filled, scope.spelled([homes["GZ"]]))
    assert {table for table, count in neighbour.items() if count} == PARTLY_OPEN
    assert [table for table in PARTLY_OPEN if neighbour[table] >= every[table]] == []
    nobody = counts(filled, scope.NOTHING)
    assert {table for table, count in nobody.items() if count} == PARTLY_OPEN


def test_rows_go_in_and_are_changed_for_their_own_community_alone(
    filled: psycopg.Connection, homes: dict[str, int]
) -> None:
    heard = {}
    for table in tables(filled):
        name = sql.Identifier(*table.split("."))
        filled.execute(SET, [scope.spelled([homes["FM"]])])
        asked = sql.SQL("SELECT to_jsonb(t) FROM {} t LIMIT 1").format(name)
        row = (filled.execute(asked).fetchone() or (None,))[0]
        filled.execute(SET, [scope.spelled([homes["GZ"]])])
        heard[table] = (changed(filled, name), put_in(filled, name, row))
    let_in = {table: said for table, said in heard.items() if said != (0, "refused")}
    assert let_in == dict.fromkeys(OPEN_TO_WRITE, (0, "let in"))


def changed(ours: psycopg.Connection, name: sql.Identifier) -> int:
    """How many rows somebody of 高庄 may delete or, where nobody deletes, lock for a change."""
    for asked in ("DELETE FROM {}", "SELECT 1 FROM {} FOR NO KEY UPDATE"):
        try:
            with ours.transaction(force_rollback=True):
                return ours.execute(sql.SQL(asked).format(name)).rowcount
        except errors.InsufficientPrivilege:
            continue
    return 0


def put_in(ours: psycopg.Connection, name: sql.Identifier, row: object) -> str:
    """What becomes of a row of 富民 that somebody of 高庄 puts in; it is there already, too."""
    put = sql.SQL(
        "INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_record(NULL::{0}, %s)"
    ).format(name)
    try:
        with ours.transaction(force_rollback=True):
            ours.execute(put, [json.dumps(row)])
    except errors.InsufficientPrivilege:
        return "refused"
    except errors.UniqueViolation:
        return "let in"
    return "let in"
