"""Periods: what is over goes, what is not stays, twice is once, and nobody can shorten them."""

import json
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from service import cli_retention, privacy
from service.clock import Clock
from service.config import Settings
from tests.activities.test_gate import own
from tests.activities.town import Town

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ROWS = {  # name: (a row of this age, how many are there)
    "sessions": (
        "INSERT INTO people_sessions (token_hash, volunteer_id, created_at, expires_at)"
        " VALUES (sha256(%(n)s::text::bytea), 1, %(at)s, %(at)s)",
        "SELECT count(*) FROM people_sessions WHERE created_at = expires_at",
    ),
    "pass_codes": (
        "INSERT INTO passes_uses (pid, step, purpose, used_at) VALUES ('p', %(n)s, 'x', %(at)s)",
        "SELECT count(*) FROM passes_uses",
    ),
    "addresses": (
        "INSERT INTO identity.inbox_addresses (volunteer_id, channel, address, locale, consent,"
        " asked_at, expires_at) VALUES (%(n)s, 'email', 'a@b.example', 'en', 'x', %(at)s, %(at)s)",
        "SELECT count(*) FROM identity.inbox_addresses WHERE address IS NOT NULL",
    ),
    "messages": (
        "INSERT INTO inbox_messages (volunteer_id, key, kind, at)"
        " VALUES (1, %(n)s::text, 'x', %(at)s)",
        "SELECT count(*) FROM inbox_messages",
    ),
    "mail_log": (
        "WITH a AS (INSERT INTO identity.inbox_addresses (volunteer_id, channel, locale, consent,"
        " asked_at, expires_at, ended_at, ended_why) VALUES (1, 'email', 'en', 'x', %(at)s, %(at)s,"
        " %(at)s, 'own') RETURNING id) INSERT INTO inbox_deliveries (address_id, channel, status,"
        " due_at, asked_at, ended_at) SELECT id, 'email', 'sent', %(at)s, %(at)s, %(at)s FROM a",
        "SELECT count(*) FROM inbox_deliveries",
    ),
    "webhooks": (
        "WITH d AS (INSERT INTO webhooks_deliveries (endpoint_id, event_id, type, subject, status,"
        " next_at, made_at, done_at) VALUES (1, %(n)s, 'x', 'x', 'delivered', %(at)s, %(at)s,"
        " %(at)s) RETURNING id) INSERT INTO webhooks_attempts (delivery_id, at, ms)"
        " SELECT id, %(at)s, 1 FROM d",
        "SELECT count(*) FROM webhooks_deliveries d JOIN webhooks_attempts t"
        " ON t.delivery_id = d.id",
    ),
    "corrections": (
        "INSERT INTO identity.privacy_corrections (volunteer_id, field, wanted, asked_by, asked_at,"
        " accepted, answer, answered_by, answered_at) VALUES (%(n)s, 'name', 'x', 'x', %(at)s,"
        " true, 'done', 'y', %(at)s)",
        "SELECT count(*) FROM identity.privacy_corrections WHERE wanted IS NOT NULL",
    ),
}  # fmt: skip


@pytest.fixture
def place(town: Town, tmp_path: Path) -> privacy.Sweep:
    return privacy.Sweep(town.database, tmp_path, NOW)


def plant(admin: psycopg.Connection, name: str, number: int, age: timedelta) -> None:
    # Referential triggers are off: what is planted needs no more than its own row.
    with admin.transaction():
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute(ROWS[name][0], {"n": number, "at": NOW - age})


def days(name: str) -> int:
    found = next(one.days for one in privacy.periods() if one.name == name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ROWS)
def test_what_is_over_goes_and_what_is_not_stays(
    place: privacy.Sweep, admin: psycopg.Connection, name: str
) -> None:
    admin.execute("DELETE FROM people_sessions")  # the town's are of another year
    period = timedelta(days=days(name))
    plant(admin, name, 1, period + timedelta(days=1))
    plant(admin, name, 2, period - timedelta(days=1))
    count = ROWS[name][1]
    assert privacy.due(place)[name] == 1
    assert admin.execute(count).fetchone() == (2,)  # only looking
    assert privacy.sweep(place)[name] == 1
    assert admin.execute(count).fetchone() == (1,)
    assert privacy.sweep(place)[name] == 0
    (said,) = admin.execute(
        "SELECT detail FROM trail_records WHERE subject = %s", [f"retention:{name}"]
    ).fetchall()
    assert (said[0]["removed"], said[0]["days"]) == (1, days(name))


def test_a_refused_scan_loses_person_and_code_and_keeps_its_number(
    place: privacy.Sweep, town: Town, admin: psycopg.Connection
) -> None:
    assert own(town, "V0001", "08:00").status == "ok"
    assert own(town, "V0005", "08:00").status == "refused"
    assert privacy.sweep(place)["refused_scans"] == 1
    rows = admin.execute(
        "SELECT status, volunteer_id IS NULL, code_hash = '' FROM activities_scans ORDER BY id"
    ).fetchall()
    assert rows == [("ok", False, False), ("refused", True, True)]
    assert privacy.sweep(place)["refused_scans"] == 0


def test_old_pictures_of_sheets_leave_the_disk_and_their_rows_stay(
    place: privacy.Sweep, admin: psycopg.Connection
) -> None:
    old, shop = "a" * 26, "b" * 26
    for code, purpose in ((old, "evidence"), (shop, "good")):
        folder = place.folder / code[:2]
        folder.mkdir()
        (folder / f"{code}.png").write_bytes(b"picture")
        admin.execute(
            "INSERT INTO files (code, purpose, media_type, bytes, sha256, kept_by, kept_at)"
            " VALUES (%s, %s, 'image/png', 7, '', 'staff:X', %s)",
            [code, purpose, NOW - timedelta(days=800)],
        )
    assert privacy.due(place)["pictures"] == 1
    assert (place.folder / old[:2] / f"{old}.png").exists()
    assert privacy.sweep(place)["pictures"] == 1
    assert not (place.folder / old[:2] / f"{old}.png").exists()
    assert (place.folder / shop[:2] / f"{shop}.png").exists()
    assert admin.execute("SELECT count(*) FROM files").fetchone() == (2,)
    assert privacy.sweep(place)["pictures"] == 0


def test_nobody_removes_what_is_younger_than_the_database_allows(
    place: privacy.Sweep, admin: psycopg.Connection
) -> None:
    admin.execute(
        "INSERT INTO inbox_messages (volunteer_id, key, kind, at) VALUES (1, 'k', 'x', now())"
    )
    asked = "SELECT privacy_remove('messages', now() + interval '99 years', 500) AS n"
    assert place.database.rows(asked)[0]["n"] == 0


def test_the_application_cannot_change_the_append_only_tables_by_itself(town: Town) -> None:
    town.database.rows("SELECT set_config('aixin.retention', 'on', false)")
    for act in ("DELETE FROM webhooks_attempts", "UPDATE activities_scans SET code_hash = ''"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            town.database.rows(f"{act} RETURNING id")
    town.database.rows("SELECT set_config('aixin.retention', '', false)")


def test_the_owner_cannot_either(town: Town, owner: psycopg.Connection) -> None:
    own(town, "V0001", "08:00")
    with pytest.raises(psycopg.DatabaseError, match="append-only"), owner.transaction():
        owner.execute("DELETE FROM activities_scans")


def test_every_line_of_the_table_has_its_ground_in_both_languages() -> None:
    table = privacy.periods()
    assert len({one.name for one in table}) == len(table)
    assert {one.name for one in table if one.days is None} == {
        "service_records", "books", "consents", "trail",
    }  # fmt: skip
    for one in table:
        assert all((one.zh.what, one.zh.ground, one.en.what, one.en.ground))


def test_the_command_shows_the_table_and_removes_only_when_asked(
    place: privacy.Sweep,
    admin: psycopg.Connection,
    settings: Settings,
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock.set(NOW)
    plant(admin, "pass_codes", 1, timedelta(days=99))
    assert cli_retention.run(lambda: settings, Namespace(dry_run=True)) == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == len(privacy.periods())
    line = next(one for one in shown.splitlines() if one.startswith("pass_codes"))
    assert line.split()[1:4] == ["30", "days", "1"]
    assert admin.execute("SELECT count(*) FROM passes_uses").fetchone() == (1,)
    cli_retention.run(lambda: settings, Namespace(dry_run=False))
    assert admin.execute("SELECT count(*) FROM passes_uses").fetchone() == (0,)
    assert json.dumps(shown)
