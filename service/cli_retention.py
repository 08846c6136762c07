"""The operator's command for periods that are over: `aixin retention --help`."""

import argparse
from collections.abc import Callable
from contextlib import closing
from typing import Any

from service import privacy
from service.clock import Clock
from service.config import Settings
from service.db import Database

Load = Callable[[], Settings]


def add_retention_commands(commands: Any) -> None:
    """Add `retention`: what the cron does every day, now, or only shown."""
    told = "remove what the table of periods says is over; the cron does it every day"
    command = commands.add_parser("retention", help=told, description=told)
    command.add_argument("--dry-run", action="store_true", help="show the table, remove nothing")
    command.set_defaults(run=run)


def run(load: Load, asked: argparse.Namespace) -> int:
    """Print the table of periods with how many were removed, or would be."""
    settings = load()
    with closing(Database(settings.database_url)) as database:
        place = privacy.Sweep(database, settings.files_folder, Clock(settings.clock_file).now())
        counts = privacy.due(place) if asked.dry_run else privacy.sweep(place)
    for one in privacy.periods():
        days = "kept" if one.days is None else f"{one.days} days"
        count = "" if one.days is None else str(counts[one.name])
        said = one.said(settings.locale)
        print(f"{one.name:16} {days:>9} {count:>8}  {said.what} ({said.ground}; {said.source})")
    return 0
