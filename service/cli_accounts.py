"""The operator's commands for accounts: `aixin sessions-revoke --help`. Each asks, and is noted."""

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

from sqlmodel import Session

from service import accounts, people
from service.clock import Clock
from service.config import Settings
from service.console import ASKED_WRONGLY, DONE, complain
from service.db import Database

OPERATOR = "operator"
Load = Callable[[], Settings]
T = TypeVar("T")


def add_account_commands(commands: Any) -> None:
    """Add what an operator does with the accounts of staff."""
    told = "sign out one member of staff, or everybody; tablets stay paired"
    revoke = commands.add_parser("sessions-revoke", help=told, description=told)
    revoke.set_defaults(run=revoke_sessions)
    whose = revoke.add_mutually_exclusive_group(required=True)
    whose.add_argument("--all", action="store_true", help="everybody: staff and volunteers")
    whose.add_argument("--staff", metavar="LOGIN", help="one member of staff")
    add_yes(revoke)
    told = "print a link with which the first administrator sets a password; once, for 24 hours"
    first = commands.add_parser("admin-first", help=told, description=told)
    first.set_defaults(run=invite_first)
    first.add_argument("login", help="the administrator's sign-in name")
    first.add_argument("scope", help="code of the sub-district")
    add_yes(first)
    told = "take every second factor of somebody away who has lost them all, codes on paper too"
    clear = commands.add_parser("factors-clear", help=told, description=told)
    clear.set_defaults(run=clear_factors)
    clear.add_argument("login")
    add_yes(clear)


def add_yes(command: argparse.ArgumentParser) -> None:
    """Let a command be confirmed beforehand: a script has nobody to ask."""
    command.add_argument("--yes", action="store_true", help="do not ask")


def sure(question: str, asked: argparse.Namespace) -> bool:
    """Ask at the terminal; without one, only --yes is a yes."""
    if asked.yes:
        return True
    return sys.stdin.isatty() and input(f"{question} [yes/no] ").strip().lower() == "yes"


def not_done() -> int:
    """Say that nothing was done because nobody said yes."""
    return complain("Nothing was done. Say yes, or --yes.", status=ASKED_WRONGLY)


def within(settings: Settings, work: Callable[[Session], T]) -> T:
    """Run work in one transaction of the settings' database."""
    with closing(Database(settings.database_url)) as database:
        return database.atomic(work)


def revoke_sessions(load: Load, asked: argparse.Namespace) -> int:
    """End sessions and say how many."""
    settings = load()
    if not sure(f"Sign out {asked.staff or 'EVERYBODY'}?", asked):
        return not_done()
    now = Clock(settings.clock_file).now()

    def work(session: Session) -> int:
        staff = people.staff(session, asked.staff) if asked.staff else None
        ends = partial(accounts.end_sessions, staff=staff, actor=OPERATOR, now=now)
        return ends(session)

    print(f"{within(settings, work)} sessions ended")
    return DONE


def invite_first(load: Load, asked: argparse.Namespace) -> int:
    """Print the one-time link of the first administrator."""
    settings = load()
    if not sure(f"Make {asked.login} the administrator of {asked.scope}?", asked):
        return not_done()
    now = Clock(settings.clock_file).now()
    invited = partial(accounts.invite_first, login=asked.login, scope=asked.scope, now=now)
    token = within(settings, invited)
    print(f"{settings.public_url}/sign-in/first/{token}")
    print("It works once, for 24 hours. Whoever has it is the administrator.", file=sys.stderr)
    return DONE


def clear_factors(load: Load, asked: argparse.Namespace) -> int:
    """Leave somebody the password alone; an office that asks for more is led to it again."""
    settings = load()
    if not sure(f"Take every second factor of {asked.login} away?", asked):
        return not_done()
    now = Clock(settings.clock_file).now()

    def work(session: Session) -> None:
        staff = people.staff(session, asked.login)
        accounts.clear(session, staff=staff, actor=OPERATOR, now=now)

    within(settings, work)
    print(f"{asked.login}: the password alone")
    return DONE
