"""The operator's commands for what was signed: `aixin settlement --help`.

`verify` asks for no settings and no database: a stranger runs it with an exported file alone.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service import settlement
from service.config import Settings
from service.console import ASKED_WRONGLY, DONE, REFUSED, complain
from service.db import Database

Load = Callable[[], Settings]
SHOWN_MAX = 50


def add_settlement_commands(commands: Any) -> None:
    """Add `settlement` and what can be asked of it."""
    told = "export and verify what shops, association and community signed"
    group = commands.add_parser("settlement", help=told, description=told)
    own = group.add_subparsers(required=True, metavar="COMMAND")
    told = "write days, signatures, statements and months into a file that needs no database"
    command = own.add_parser("export", help=told, description=told)
    command.set_defaults(run=export)
    command.add_argument(
        "file", metavar="FILE", help="compressed if it ends in .gz; - is the output"
    )
    command.add_argument("--shop", metavar="CODE", help="of this shop alone")
    told = "check every digest, signature, order and sum of an exported file"
    command = own.add_parser("verify", help=told, description=told)
    command.set_defaults(run=verify)
    command.add_argument("file", metavar="FILE", help="an export; - is the input")


def export(load: Load, asked: argparse.Namespace) -> int:
    """Write all that was signed as it is at this moment, whole or not at all."""

    def work(session: Session) -> bytes:
        return b"".join(settlement.export_lines(session, shop=asked.shop))

    with closing(Database(load().database_url)) as database:
        content = database.atomic(work)
    if asked.shop and not content:
        return complain(f"nothing was signed of a shop {asked.shop}")
    try:
        write(asked.file, content)
    except OSError as error:
        return complain(f"{asked.file}: {error.strerror}")
    return DONE


def write(name: str, content: bytes) -> None:
    """Write a file that is there only once it is whole."""
    if name == "-":
        sys.stdout.buffer.write(content)
        return
    part = Path(f"{name}.part")
    part.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    part.replace(name)


def verify(load: Load, asked: argparse.Namespace) -> int:
    """Check a file; say what was wrong, or how much was right."""
    try:
        found = settlement.verify(read(asked.file))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        return complain(f"cannot check {asked.file}: {error}", status=ASKED_WRONGLY)
    for fault in found.faults[:SHOWN_MAX]:
        print(fault)
    counted = f"{found.days:,} days, {found.statements:,} statements, {found.months:,} months, "
    counted += f"{found.signatures:,} signatures"
    outcome = f"{len(found.faults):,} faults" if found.faults else "everything is in order"
    print(f"{counted}: {outcome}")
    return REFUSED if found.faults else DONE


def read(name: str) -> Iterator[dict[str, Any]]:
    """Read the records of a file, compressed or not."""
    content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    for line in content.splitlines():
        yield json.loads(line)
