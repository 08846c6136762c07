"""Restarts: at once, then slower, then not at all."""

import sys
from pathlib import Path

import pytest

from deploy import watch
from deploy.process import session_members
from deploy.watch import Hopeless, Program, Watched

LEAVES_A_CHILD = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('last words', flush=True); time.sleep(float(sys.argv[1]))"
)


def program(log: Path, seconds: float) -> Program:
    command = [sys.executable, "-c", LEAVES_A_CHILD, str(seconds)]
    return Program("probe", command, {}, log)


def look_until_down(watched: Watched, times: int) -> None:
    for _ in range(times):
        assert watched.part.process is not None
        watched.part.process.wait(20)
        watched.look()


def test_a_part_that_keeps_ending_is_given_up_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PAUSES", (0.0,) * watch.RESTARTS_MAX)
    said: list[str] = []
    watched = Watched(program(tmp_path / "log", 0), said.append)
    watched.part.start()
    look_until_down(watched, watch.RESTARTS_MAX)
    with pytest.raises(Hopeless, match=r"(?s)probe keeps ending.*last words"):
        look_until_down(watched, 1)
    watched.part.stop()
    assert said == ["probe ended (status 0); starting it again"] * watch.RESTARTS_MAX


def test_a_part_that_ends_again_soon_waits_before_its_next_start(tmp_path: Path) -> None:
    watched = Watched(program(tmp_path / "log", 0), lambda _: None)
    watched.part.start()
    look_until_down(watched, 1)
    first = watched.part.process
    look_until_down(watched, 1)
    watched.look()
    assert watched.part.process is first
    assert watched.down
    watched.part.stop()


def test_what_a_dead_part_leaves_behind_is_ended_before_it_starts_again(tmp_path: Path) -> None:
    watched = Watched(program(tmp_path / "log", 60), lambda _: None)
    watched.part.start()
    old = watched.part.process
    assert old is not None
    while "last words" not in watched.part.last_lines():
        assert watched.part.running
    assert len(session_members(old.pid)) == 2
    old.kill()
    look_until_down(watched, 1)
    assert session_members(old.pid) == []
    assert watched.part.running
    watched.part.stop()
    assert watched.part.process is not None
    assert session_members(watched.part.process.pid) == []
