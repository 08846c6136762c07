"""CPU time of processes and their children, from /proc: what a request really costs."""

import os
from collections.abc import Iterable
from pathlib import Path

from deploy.process import Supervised

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PPID, UTIME, CSTIME = 1, 11, 14  # fields of /proc/PID/stat after the name's bracket


def cpu_ms(part: Supervised) -> float:
    """Return what a process and all its children, living or gone, have used so far."""
    assert part.process is not None
    figures = {pid: found for pid in processes() if (found := stat(pid)) is not None}
    family = {part.process.pid}
    grown = True
    while grown:
        born = {pid for pid, found in figures.items() if found[PPID] in family} - family
        family |= born
        grown = bool(born)
    # Times of children that were waited for are in their parent's sums; living ones are not.
    ticks = sum(sum(figures[pid][UTIME : CSTIME + 1]) for pid in family if pid in figures)
    return ticks * 1000 / TICKS_PER_S


def processes() -> Iterable[int]:
    """Return the ids of all processes."""
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def stat(pid: int) -> list[int] | None:
    """Return a process's figures; None when it has just ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()
    return [ord(state), *map(int, rest)]
