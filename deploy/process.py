"""Processes that we start: as whom they run, how they end, and that none outlives us."""

from __future__ import annotations

import os
import pwd
import re
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

LEASH = Path(__file__).resolve().with_name("leash.py")
STOP_SECONDS = 20.0


class Failed(RuntimeError):
    """A server did not start; the message holds the last lines of its log."""


@dataclass(frozen=True)
class Account:
    """The user and group that a server runs as."""

    uid: int
    gid: int

    @classmethod
    def ours(cls) -> Account:
        """Return the account of this very process."""
        return cls(os.geteuid(), os.getegid())

    @classmethod
    def unprivileged(cls) -> Account:
        """Return ours, or `postgres` or `nobody` for root, as whom PostgreSQL refuses to run."""
        if os.geteuid() != 0:
            return cls._ours_with_a_name()
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise Failed("no unprivileged account (postgres, nobody) to run PostgreSQL as")

    @classmethod
    def _ours_with_a_name(cls) -> Account:
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise Failed(
                f"PostgreSQL does not run for user {os.geteuid()}, who has no name on this machine;"
                " run as another user, or set DATABASE_URL"
            ) from None
        return cls.ours()

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a short command as this account, in `/`, and return it with its output."""
        words = [str(word) for word in command]
        if self.uid == os.geteuid():
            return subprocess.run(words, capture_output=True, text=True, cwd="/", check=False)
        return subprocess.run(
            words, capture_output=True, text=True, cwd="/", check=False,
            user=self.uid, group=self.gid, extra_groups=[],
        )  # fmt: skip

    def reaches(self, path: Path) -> bool:
        """Tell whether this account may enter the folder or run the file."""
        return self.run("test", "-x", path).returncode == 0

    def take(self, folder: Path) -> None:
        """Make the folder private to this account."""
        folder.chmod(0o700)
        if self.uid != os.geteuid():
            os.chown(folder, self.uid, self.gid)


def leash(
    command: Sequence[str | Path],
    last_word: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
) -> list[str]:
    """Return the command line that runs the command on a leash."""
    account = account or Account.ours()
    ties = (os.getpid(), int(last_word), account.uid, account.gid)
    return [str(word) for word in (sys.executable, "-IS", LEASH, *ties, *command)]


def leashed(
    command: Sequence[str | Path],
    *,
    last_word: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own that ends with us.

    The kernel sends it `last_word` when the calling thread ends. Its output is appended to
    `log`, or mixed into ours without one.
    """
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            leash(command, last_word, account),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env=environment, start_new_session=True,
        )  # fmt: skip
    finally:
        if output:
            output.close()


@dataclass
class Supervised(ABC):
    """Something that runs as one process, with a name and a log."""

    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    @abstractmethod
    def name(self) -> str:
        """What people call it."""

    @property
    @abstractmethod
    def log(self) -> Path | None:
        """The file with its own words, if it has one."""

    @property
    def running(self) -> bool:
        """Tell whether the process that we started still lives."""
        return self.process is not None and self.process.poll() is None

    @abstractmethod
    def start(self) -> None:
        """Start it, also for the second time; raises `Failed`."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it and all that it started; does nothing when it is not running."""

    def last_lines(self, count: int = 20) -> str:
        """Return the end of the log."""
        if self.log is None or not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def end(self, polite: signal.Signals, firm: signal.Signals = signal.SIGKILL) -> None:
        """Ask the process to leave, insist after a while, and kill what it left behind."""
        if self.process is None:
            return
        if self.running:
            self.process.send_signal(polite)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(firm)
                self.process.wait(STOP_SECONDS)
        end_all(partial(self.left_behind, self.process.pid))

    def left_behind(self, leader: int) -> list[int]:
        """Return what still lives of a dead process, such as the workers of a web server."""
        return session_members(leader)


def end_all(found: Callable[[], Sequence[int]]) -> None:
    """Kill processes until none of them is found."""
    deadline = time.monotonic() + STOP_SECONDS
    while (pids := found()) and time.monotonic() < deadline:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)


def working_in(folder: Path, name: str) -> list[int]:
    """Return the living processes of a program that work in a folder, by Linux's /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/comm"):
        try:
            if entry.read_text().strip() == name and entry.with_name("cwd").samefile(folder):
                found.append(int(entry.parent.name))
        except OSError:  # gone, or somebody else's
            continue
    return found


def session_members(leader: int) -> list[int]:
    """Return the living processes of a session, by Linux's /proc; elsewhere none."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # After the name in parentheses: state, parent, group, session.
            state, _, _, session = re.split(r"\) ", entry.read_text())[-1].split()[:4]
        except (OSError, ValueError):
            continue
        if int(session) == leader and state != "Z":
            found.append(int(entry.parent.name))
    return found
