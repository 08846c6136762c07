"""An operator's commands as a process runs them: each asks first, does its work, leaves a line."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.config import Settings
from service.db import Database
from service.sealing import SealingKey
from tests.conftest import NOON, ROOT
from tests.people import neighbourhood

GOOD = "three lamps by the river 7"
TRAIL = "SELECT actor, action, subject, device FROM trail_records ORDER BY id"


@dataclass(frozen=True)
class Console:
    """Where an operator types, and the files that the commands change."""

    settings: Settings
    folder: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command in a process of its own, with nobody at the terminal."""
        said = {
            "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "AIXIN_ENV": "test", "AIXIN_LOCALE": "en",
            "DATABASE_URL": self.settings.database_url, "REDIS_URL": self.settings.redis_url,
            "DATABASE_OWNER_URL": self.settings.database_owner_url,
            "SECRET_KEY": self.settings.secret_key, "PUBLIC_URL": self.settings.public_url,
            "LEDGER_KEY": self.settings.ledger_key, "IDENTITY_KEY": self.settings.identity_key,
            "AIXIN_CLOCK_FILE": str(self.settings.clock_file),
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "service.cli", *words],
            env=said, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def file(self, name: str) -> str:
        return str(self.folder / name)


@pytest.fixture
def console(settings: Settings, database: Database, clock: object, tmp_path: Path) -> Console:
    database.atomic(neighbourhood.build)
    neighbourhood.staff_token(database, "R-EA", now=NOON)
    (tmp_path / "env").write_text("SECRET_KEY=first-secret-of-a-test-0123456789abcdef\n")
    (tmp_path / "identity").write_text(SealingKey.generate().secret_text())
    (tmp_path / "ledger").write_text(settings.ledger_key)
    return Console(settings, tmp_path)


def state(database: Database, console: Console) -> tuple[object, ...]:
    """Return what the commands change, files and rows."""
    files = [one.read_text() for one in sorted(console.folder.iterdir())]
    asked = "SELECT count(*) AS n, count(revoked_at) AS ended FROM people_sessions"
    held = "SELECT code, lock_reason FROM programmes ORDER BY id"
    staff = "SELECT code FROM people_staff ORDER BY id"
    return files, *(database.rows(sql) for sql in (asked, held, staff))


COMMANDS = {
    "lock": (("lock", "P", "--reason", "counting"), "programme.lock"),
    "sessions": (("sessions-revoke", "--all"), "session.end"),
    "first": (("admin-first", "ADM", "QT"), "account.invite"),
    "factors": (("factors-clear", "R-EA"), "factor.clear"),
    "secret": (("keys", "rotate-secret", "FILE:env"), "secret.rotate"),
    "identity": (("identity-key", "FILE:identity"), "secret.rotate"),
    "ledger": (("ledger", "key", "new", "FILE:ledger"), "secret.rotate"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_does_nothing_without_a_yes_and_leaves_a_line_with_one(
    console: Console, database: Database, name: str
) -> None:
    words, action = COMMANDS[name]
    programme = database.rows("SELECT code FROM programmes")[0]["code"]
    filled = [
        console.file(one[5:]) if one.startswith("FILE:") else programme if one == "P" else one
        for one in words
    ]
    before = state(database, console)
    refused = console.run(*filled)
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    assert "yes" in refused.stderr.lower()
    assert (state(database, console), database.rows(TRAIL)) == (before, [])
    done = console.run(*filled, "--yes")
    assert done.returncode == 0, done.stderr
    found = database.rows(TRAIL)
    assert {(one["actor"], one["action"], one["device"]) for one in found} == {
        ("operator", action, "console")
    }
    if name == "lock":
        assert console.run("unlock", programme).returncode != 0
        assert database.rows("SELECT lock_reason FROM programmes")[0]["lock_reason"] == "counting"
        assert console.run("unlock", programme, "--yes").returncode == 0
        assert database.rows(TRAIL)[-1]["action"] == "programme.unlock"
    if name != "factors":  # nobody had a second one
        assert name == "first" or state(database, console) != before or name == "lock"


def test_the_link_of_the_first_administrator_works_once(
    console: Console, client: FlaskClient
) -> None:
    link = console.run("admin-first", "ADM", "QT", "--yes").stdout.strip()
    path = link.removeprefix(console.settings.public_url)
    assert client.get(path).status_code == 200  # looking uses nothing up
    assert client.get(path).status_code == 200
    taken = client.post(path, data={"new": GOOD, "again": GOOD})
    assert taken.status_code == 302
    assert taken.headers["Location"].startswith("/sign-in/factor")
    again = client.post(path, data={"new": GOOD + "x", "again": GOOD + "x"})
    assert again.status_code in {401, 404, 409, 410}
    assert client.get(path).status_code in {401, 404, 409, 410}
