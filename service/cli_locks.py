"""The operator's commands that make a programme read-only and open it again."""

import argparse
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from service import people, programmes, trail
from service.cli_asking import OPERATOR, add_yes, agreed
from service.clock import Clock
from service.config import Settings
from service.console import DONE, complain
from service.db import Database

Load = Callable[[], Settings]
HEARD = "every process knows within three seconds; a job in hand is finished first"


def add_lock_commands(commands: Any) -> None:
    """Add `lock` and `unlock`."""
    told = "let a programme be read and no longer written, by anybody, until it is unlocked"
    locking = commands.add_parser("lock", help=told, description=told)
    locking.set_defaults(run=lock_programme)
    locking.add_argument("programme", metavar="PROGRAMME", help="its code")
    locking.add_argument("--reason", required=True, help="shown to everybody who is refused")
    told = "let a programme be written again; what waited is done"
    unlocking = commands.add_parser("unlock", help=told, description=told)
    unlocking.set_defaults(run=unlock_programme)
    unlocking.add_argument("programme", metavar="PROGRAMME", help="its code")
    for one in (locking, unlocking):
        add_yes(one)


def lock_programme(load: Load, asked: argparse.Namespace) -> int:
    """Lock a programme, and write down why."""
    reason = asked.reason.strip()
    if not reason:
        return complain("a lock needs a reason: people read it")
    question = f"Nobody will be able to change anything in {asked.programme}."
    if not agreed(question, asked.programme, yes=asked.yes):
        return complain("nothing was changed")
    settings = load()
    now = Clock(settings.clock_file).now()

    def work(session: Session) -> None:
        given = {"code": asked.programme, "reason": reason}
        row = programmes.lock(session, **given, by=OPERATOR, now=now)
        noted(session, row, action="programme.lock", detail={"reason": reason}, now=now)

    with closing(Database(settings.database_url)) as database:
        database.atomic(work)
    print(f"{asked.programme} is locked: {HEARD}")
    return DONE


def unlock_programme(load: Load, asked: argparse.Namespace) -> int:
    """Unlock a programme, and write it down."""
    question = f"Everybody will be able to change things in {asked.programme} again."
    if not agreed(question, asked.programme, yes=asked.yes):
        return complain("nothing was changed")
    settings = load()
    now = Clock(settings.clock_file).now()

    def work(session: Session) -> bool:
        row = programmes.named(session, asked.programme)
        held = programmes.unlock(session, code=asked.programme)
        if held:
            noted(session, row, action="programme.unlock", detail={}, now=now)
        return held

    with closing(Database(settings.database_url)) as database:
        held = database.atomic(partial(work))
    print(f"{asked.programme} is open" + ("" if held else "; nothing to do, it was not locked"))
    return DONE


def noted(
    session: Session,
    row: programmes.Programme,
    *,
    action: str,
    detail: dict[str, str],
    now: datetime,
) -> None:
    """Write an operator's act into the trail of each place that the programme is of."""
    places = [f"unit:{unit.code}" for unit in people.communities(session, row.id or 0)]
    said: dict[str, Any] = {"actor": OPERATOR, "action": action, "now": now}
    for subject in places or [f"programme:{row.code}"]:
        trail.record(session, subject=subject, detail={"programme": row.code, **detail}, **said)
