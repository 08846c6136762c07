"""Keeping parts alive: who ended, when it may start again, and when it is hopeless."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM

from deploy.process import Failed, Supervised, leashed

RESTARTS_MAX = 5
WINDOW_SECONDS = 60.0
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)  # before the first restart within the window, the second, …


class Hopeless(RuntimeError):
    """A part ended too often; the message says which, and its last words."""


@dataclass
class Program(Supervised):
    """One of the service's own processes."""

    title: str
    command: Sequence[str]
    environment: Mapping[str, str]
    file: Path | None  # its output; none: ours

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title

    @property
    def log(self) -> Path | None:
        """The file with what it printed."""
        return self.file

    def start(self) -> None:
        """Start the process without waiting for it to be of use."""
        self.process = leashed(self.command, log=self.file, environment=self.environment)

    def stop(self) -> None:
        """Ask it to finish what it has in hand, and leave."""
        self.end(SIGTERM)


@dataclass
class Watched:
    """A part with the memory of its restarts."""

    part: Supervised
    say: Callable[[str], None]
    ends: deque[float] = field(default_factory=deque)
    down: bool = False

    def look(self) -> None:
        """Start the part again where it has ended and its pause is over; raises `Hopeless`."""
        if self.part.running:
            return
        if not self.down:
            self._note_end()
        if time.monotonic() >= self.ends[-1] + PAUSES[len(self.ends) - 1]:
            self._start_again()

    def _note_end(self) -> None:
        now = time.monotonic()
        while self.ends and self.ends[0] < now - WINDOW_SECONDS:
            self.ends.popleft()
        self.ends.append(now)
        status = self.part.process.returncode if self.part.process else None
        if len(self.ends) > RESTARTS_MAX:
            words = self.part.last_lines()
            raise Hopeless(f"{self.part.name} keeps ending (status {status}); it said:\n{words}")
        self.say(f"{self.part.name} ended (status {status}); starting it again")
        self.down = True

    def _start_again(self) -> None:
        self.part.end(SIGTERM)  # what the dead process left behind still holds its files
        self.down = False
        try:
            self.part.start()
        except Failed as failure:
            self.say(str(failure))
