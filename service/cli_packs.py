"""The operator's commands for evidence packs: `aixin pack --help`.

`verify` asks for no settings and no database: a stranger runs it with the file alone.
"""

import argparse
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service import ledger, packs, people, programmes
from service.cli_ledger import month
from service.clock import Clock, business_day, month_end
from service.config import Settings
from service.console import ASKED_WRONGLY, DONE, Meter, complain
from service.db import Database
from service.packs.check.__main__ import main as verify_pack

OPERATOR = "operator"
Load = Callable[[], Settings]


def add_pack_commands(commands: Any) -> None:
    """Add `pack` and what can be asked of it."""
    told = "make a community's evidence pack of a period, or verify one"
    command = commands.add_parser("pack", help=told, description=told)
    command.set_defaults(run=make)
    take = command.add_argument
    take("--community", metavar="CODE", help="whose evidence")
    take("--month", type=month, metavar="YYYY-MM", help="of this month; or name the days")
    take("--from", type=date.fromisoformat, dest="first", metavar="DAY")
    take("--to", type=date.fromisoformat, dest="last", metavar="DAY")
    take("-o", "--output", type=Path, metavar="FILE", help="the zip file to write")
    below = command.add_subparsers(metavar="verify")
    told = "check a pack: every file, transfer, wallet, award and signature in it"
    checking = below.add_parser("verify", help=told, description=told)
    checking.set_defaults(run=verify)
    checking.add_argument("file", metavar="FILE", help="the zip file, or the folder it was put in")
    checking.add_argument("--checkpoint", metavar="FILE", help="a signed head that you kept")


def verify(load: Load, asked: argparse.Namespace) -> int:
    """Check a pack; say what is wrong, or how much was right."""
    kept = ["--checkpoint", asked.checkpoint] if asked.checkpoint else []
    return verify_pack([asked.file, *kept])


def make(load: Load, asked: argparse.Namespace) -> int:
    """Write a pack, whole or not at all; the trail says that it was taken."""
    first, last = days_of(asked)
    if not asked.community or not asked.output or first is None or last is None:
        missing = "name --community, --month (or --from and --to) and -o FILE"
        return complain(missing, status=ASKED_WRONGLY)
    settings, meter = load(), Meter()
    now = Clock(settings.clock_file).now()
    with (
        closing(Database(settings.database_url, sealer=settings.sealer)) as database,
        ledger.reading(settings.database_url) as connection,
    ):
        wanted = partial(found, code=asked.community, days=(first, last), now=now)
        wish, subject = database.atomic(wanted)
        writer = packs.Writer(database, connection, settings.files_folder, subject, meter.tell)
        try:
            written = writer.write(asked.output)
        except OSError as error:
            return complain(f"{asked.output}: {error.strerror}")
        noted = partial(packs.note, action="pack.take", actor=OPERATOR, wish=wish, now=now)
        database.atomic(noted)
    meter.end()
    print(f"{asked.output}: {written.transfers:,} transfers, signed head {written.log_size:,}")
    return DONE


def days_of(asked: argparse.Namespace) -> tuple[date | None, date | None]:
    """Return the first and the last day that were asked for."""
    if asked.month is None:
        return asked.first, asked.last
    return asked.month, month_end(asked.month)


def found(
    session: Session, *, code: str, days: tuple[date, date], now: datetime
) -> tuple[packs.Wish, packs.Subject]:
    """Return whose evidence is meant. Raises UnknownUnit, and what the days are refused with."""
    unit = people.unit(session, code)
    if unit.programme_id is None or unit.kind != people.UnitKind.COMMUNITY:
        raise people.UnknownUnit
    zone = programmes.programme_by_id(session, unit.programme_id).zone
    packs.check_days(*days, today=business_day(now, zone))
    wish = packs.Wish("", unit, *days)
    return wish, packs.subject(session, unit, wish, now=now)
