"""The files for other ways to run the service agree with the service."""

import re
from pathlib import Path

import pytest

from service.config import Settings, SettingsError
from service.proof import SigningKey
from service.sealing import SealingKey

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "deploy" / "env.example").read_text()


def variables() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_example_runs_in_production_once_its_secrets_are_filled_in() -> None:
    with pytest.raises(SettingsError, match=r"SECRET_KEY.*LEDGER_KEY.*IDENTITY_KEY"):
        Settings.from_env(variables())
    key = SigningKey.generate("aixin.example/ledger").secret_text()
    filled = {
        **variables(), "SECRET_KEY": "Zm9yIHRlc3RzIG9ubHksIG5ldmVyIGZvciByZWFs", "LEDGER_KEY": key,
        "IDENTITY_KEY": SealingKey.generate().secret_text(),
    }  # fmt: skip
    assert Settings.from_env(filled).production


def test_the_example_names_every_variable_that_the_service_reads() -> None:
    source = (ROOT / "service" / "config.py").read_text()
    read = set(re.findall(r"environ\.get\(\"([A-Z_]+)\"", source))
    assert len(read) > 5
    assert read <= set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml"])
def test_every_module_that_a_container_runs_exists(file: str) -> None:
    text = (ROOT / "deploy" / file).read_text()
    modules = set(re.findall(r"((?:service|workers)(?:\.\w+)+)", text))
    assert modules
    for module in modules:
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists(), module
