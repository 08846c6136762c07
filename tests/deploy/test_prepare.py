"""Steps of the set-up are done once for the same inputs."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.prepare import Stamp

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
