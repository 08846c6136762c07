"""What the processes are told: secrets are made once, kept, and for nobody else's eyes."""

import stat
from pathlib import Path

import pytest

from deploy.hledger import find_hledger
from deploy.prepare import Checkout
from deploy.surroundings import NotReady, Surroundings, write_environment
from service.config import Settings
from service.proof import SigningKey

NAMES = ("LEDGER_KEY", "LEDGER_KEY_FILE", "IDENTITY_KEY", "IDENTITY_KEY_FILE")
URLS = {"DATABASE_URL": "postgresql://a@b/c", "REDIS_URL": "redis://d/0"}


def completed(var: Path, address: str = "http://127.0.0.1:8000", **given: str) -> dict[str, str]:
    return Surroundings({"AIXIN_ENV": "demo", **URLS, **given}, var).complete({}, address)


def test_a_demonstration_makes_its_signing_key_once(tmp_path: Path) -> None:
    first = Settings.from_env(completed(tmp_path))
    file = tmp_path / "ledger.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.origin == "127.0.0.1/ledger"
    assert Settings.from_env(completed(tmp_path)).ledger_key == first.ledger_key


def test_the_log_keeps_its_name_on_another_host(tmp_path: Path) -> None:
    completed(tmp_path)
    assert Settings.from_env(completed(tmp_path, "http://10.0.0.1:9")).origin == "127.0.0.1/ledger"


def test_a_key_that_is_given_is_taken(tmp_path: Path) -> None:
    key = SigningKey.generate("aixin.example/ledger").secret_text()
    assert Settings.from_env(completed(tmp_path, LEDGER_KEY=key)).ledger_key == key
    file = tmp_path / "given"
    file.write_text(f"{key}\n")
    assert Settings.from_env(completed(tmp_path, LEDGER_KEY_FILE=str(file))).ledger_key == key
    assert not (tmp_path / "ledger.key").exists()


def test_several_keys_sign_in_their_order_and_under_one_name(tmp_path: Path) -> None:
    new, old = (SigningKey.generate("aixin.example/ledger") for _ in range(2))
    given = f"{new.secret_text()}\n{old.secret_text()}\n"
    assert Settings.from_env(completed(tmp_path, LEDGER_KEY=given)).signers == (new, old)
    other = SigningKey.generate("other.example/ledger").secret_text()
    with pytest.raises(ValueError, match="LEDGER_KEY: the keys of one log have one name"):
        Settings.from_env(completed(tmp_path, LEDGER_KEY=f"{given}{other}"))


def test_a_demonstration_makes_the_key_that_seals_names_once(tmp_path: Path) -> None:
    first = Settings.from_env(completed(tmp_path))
    assert stat.S_IMODE((tmp_path / "identity.key").stat().st_mode) == 0o600
    assert len(first.sealer.keys) == 1
    assert Settings.from_env(completed(tmp_path)).identity_key == first.identity_key


def test_no_secret_is_said_when_settings_are_shown(tmp_path: Path) -> None:
    settings = Settings.from_env(completed(tmp_path))
    assert "PRIVATE" not in repr(settings)
    assert settings.identity_key not in repr(settings)
    assert "secret" not in repr(settings.sealer.keys)


def test_the_command_line_is_told_of_the_key(tmp_path: Path) -> None:
    write_environment(tmp_path / "environment", completed(tmp_path))
    said = (tmp_path / "environment").read_text()
    assert f"export LEDGER_KEY_FILE={tmp_path / 'ledger.key'}\n" in said


def test_production_must_bring_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {**URLS, "AIXIN_ENV": "production", "SECRET_KEY": "x", "PUBLIC_URL": "https://host"}
    given["FILES_FOLDER"] = "/srv/files"
    for name, value in {**given, **dict.fromkeys(NAMES, "")}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NotReady, match="production needs LEDGER_KEY or LEDGER_KEY_FILE"):
        Surroundings.from_process(tmp_path)
    monkeypatch.setenv("LEDGER_KEY_FILE", "/etc/aixin/ledger.key")
    with pytest.raises(NotReady, match="production needs IDENTITY_KEY or IDENTITY_KEY_FILE"):
        Surroundings.from_process(tmp_path)
    monkeypatch.setenv("IDENTITY_KEY_FILE", "/etc/aixin/identity.key")
    assert Surroundings.from_process(tmp_path).key_given("LEDGER_KEY")


def test_without_debian_there_is_no_hledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HLEDGER", raising=False)
    assert find_hledger(Checkout(tmp_path)) is None
    program = tmp_path / ".venv" / "hledger" / "usr" / "bin" / "hledger"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho hledger 1\n")
    program.chmod(0o755)
    assert find_hledger(Checkout(tmp_path)) == str(program)
