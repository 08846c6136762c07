"""The operator's commands for events on which a consumer failed: `aixin outbox --help`."""

import argparse
import json
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

from sqlmodel import Session

from service import outbox
from service.clock import Clock
from service.config import Settings
from service.console import DONE, complain
from service.db import Database
from service.outbox import Event, Failure, Fate

OPERATOR = "operator"
EVERYTHING = outbox.Seen()
OPEN = (Fate.RETRYING, Fate.DEAD)
Load = Callable[[], Settings]
T = TypeVar("T")


def add_outbox_commands(commands: Any) -> None:
    """Add `outbox` and what can be asked of it."""
    told = "events that could not be dealt with: see them, try them again, leave them out"
    below = commands.add_parser("outbox", help=told, description=told).add_subparsers(
        required=True, metavar="COMMAND"
    )

    def add(name: str, run: Callable[[Load, argparse.Namespace], int], told: str) -> Any:
        command = below.add_parser(name, help=told, description=told)
        command.set_defaults(run=run)
        return command.add_argument

    take = add("list", list_failures, "list them, the newest first")
    take("--status", choices=[each.value for each in Fate], help="those in this state")
    take("--before", type=int, metavar="NUMBER", help="the next page, after this number")
    take("--json", action="store_true", help="a line of JSON each")
    take = add("show", show_failure, "show one with what its event says, as JSON")
    take("number", type=int, metavar="NUMBER")
    take = add("retry", retry, "have one tried again within a minute, or all that were set aside")
    take("number", type=int, nargs="?", metavar="NUMBER")
    take("--all", action="store_true", help="all that were set aside")
    take = add("skip", skip, "leave one out for ever; the later events of its subject go on")
    take("number", type=int, metavar="NUMBER")
    take("--note", required=True, help="why; it is kept")


def within(load: Load, work: Callable[[Session], T]) -> T:
    """Run work in one transaction of the settings' database."""
    with closing(Database(load().database_url)) as database:
        return database.atomic(work)


def list_failures(load: Load, asked: argparse.Namespace) -> int:
    """Print one page of failures, as a table or as JSON."""
    statuses = [asked.status] if asked.status else OPEN
    find = partial(outbox.failures, seen=EVERYTHING, statuses=statuses, before=asked.before)
    rows = within(load, lambda session: [(row, event_of(session, row)) for row in find(session)])
    for row, event in rows:
        print(as_json(row, event) if asked.json else as_line(row, event))
    return DONE


def event_of(session: Session, row: Failure) -> Event:
    """Return the event of a failure."""
    return session.get_one(Event, row.event_id)


def as_line(row: Failure, event: Event) -> str:
    """Write a failure in a line of a table."""
    error = row.error.partition("\n")[0][:80]
    head = f"{row.id:>6}  {row.status:9} {row.consumer:15} {event.type:22}"
    return f"{head} {row.subject:24} {row.attempts:>2}  {error}"


def as_json(row: Failure, event: Event) -> str:
    """Write a failure in a line of JSON."""
    said = row.model_dump(mode="json") | {"type": event.type}
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def show_failure(load: Load, asked: argparse.Namespace) -> int:
    """Print a failure with its event."""
    find = partial(outbox.failure, failure_id=asked.number, seen=EVERYTHING)
    row, event = within(load, find)
    told = {**row.model_dump(mode="json"), "event": event.model_dump(mode="json")}
    print(json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True))
    return DONE


def retry(load: Load, asked: argparse.Namespace) -> int:
    """Have one or all tried again; whoever works in the background does it."""
    if (asked.number is None) == (not asked.all):
        return complain("name one by its number, or say --all")
    count = within(load, partial(retry_in, number=asked.number))
    print(f"{count} to be tried again")
    return DONE


def retry_in(session: Session, *, number: int | None) -> int:
    """Have one tried again, or every one that was set aside; return how many."""
    if number is not None:
        numbers = [number]
    else:
        rows = outbox.failures(session, EVERYTHING, statuses=[Fate.DEAD])
        numbers = [row.id or 0 for row in rows]
    for one in numbers:
        outbox.retry(session, one, actor=OPERATOR, now=Clock().now())
    return len(numbers)


def skip(load: Load, asked: argparse.Namespace) -> int:
    """Leave one out."""
    work = partial(outbox.skip, failure_id=asked.number, note=asked.note, actor=OPERATOR)
    row = within(load, partial(work, now=Clock().now()))
    print(f"{row.id}: {row.status}")
    return DONE
