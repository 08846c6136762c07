"""What an operator's command does before and after: it asks, and leaves a line in the trail."""

import argparse
import sys
from contextlib import closing
from functools import partial

from service import trail
from service.clock import Clock
from service.config import Settings
from service.console import complain
from service.db import Database

OPERATOR = "operator"
UNCHANGED = "nothing was changed"


def add_yes(command: argparse.ArgumentParser) -> None:
    """Let a command be confirmed beforehand: a script has nobody to ask."""
    command.add_argument("--yes", action="store_true", help="do not ask first")


def agreed(question: str, answer: str, *, yes: bool) -> bool:
    """Tell whether the operator means it: by --yes, or by typing a word at the terminal."""
    if yes:
        return True
    if not sys.stdin.isatty():
        complain("without a terminal add --yes")
        return False
    return input(f"{question} Type {answer} to go on: ").strip() == answer


def note(settings: Settings, action: str, subject: str, detail: dict[str, str | int]) -> None:
    """Write into the trail what an operator did, in a transaction of its own."""
    line = partial(trail.record, actor=OPERATOR, action=action, subject=subject, detail=detail)
    with closing(Database(settings.database_url)) as database:
        database.atomic(partial(line, now=Clock(settings.clock_file).now()))
