"""Steps of the set-up are done once for the same inputs."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.prepare import LAUNCHER, Stamp

ROOT = Path(__file__).parents[2]


def test_a_step_is_due_again_when_an_input_changes_or_goes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("1")
    second.write_text("2")
    stamp = Stamp(tmp_path / "stamps" / "step", (first, second))
    assert not stamp.fresh()
    stamp.done()
    assert stamp.fresh()
    assert not Stamp(stamp.file, (first,)).fresh()
    second.write_text("3")
    assert not stamp.fresh()


@pytest.mark.parametrize("lock", sorted((ROOT / "deploy").glob("*.lock")), ids=lambda p: p.name)
def test_a_lock_pins_and_hashes_every_package_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    packages = text.replace("\\\n", " ").splitlines()
    assert packages
    assert all("==" in line and "--hash=sha256:" in line for line in packages)
    assert "://" not in text


@pytest.mark.parametrize("command", ["up.py", "test.py"])
def test_a_command_needs_nothing_that_is_installed(command: str) -> None:
    script = (
        "import sys; sys.argv = [sys.argv[1], '--help'];"
        "source = open(sys.argv[0]).read(); imports = source.split('def main')[0];"
        "exec(compile(imports, sys.argv[0], 'exec'), {'__file__': sys.argv[0]})"
    )
    done = subprocess.run(
        [sys.executable, "-IS", "-c", script, str(ROOT / "deploy" / command)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_command_line_speaks_to_the_running_demonstration(tmp_path: Path) -> None:
    programs = tmp_path / "a checkout" / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "aixin").write_text(LAUNCHER)
    (programs / "python").write_text('#!/bin/sh\necho "$DATABASE_URL $*"\n')
    (programs / "python").chmod(0o755)
    (tmp_path / "a checkout" / "var").mkdir()
    (tmp_path / "a checkout" / "var" / "environment").write_text("export DATABASE_URL='in var'\n")
    for given, used in ({}, "in var"), ({"DATABASE_URL": "named"}, "named"):
        command = ["sh", str(programs / "aixin"), "demo"]
        done = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
        assert done.stdout == f"{used} -m service.cli demo\n"
