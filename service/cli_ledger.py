"""The operator's commands for the ledger's proof: `aixin ledger --help`.

What a stranger can do with a file alone asks for no settings and no database.
"""

import argparse
import gzip
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sqlmodel import Session, col, select

from service import ledger
from service.cli_keys import add_key_commands
from service.clock import Clock
from service.config import Settings
from service.console import ASKED_WRONGLY, DONE, REFUSED, Meter, complain
from service.db import Database
from service.ledger import Period, PeriodState
from service.programmes import Programme
from service.proof import InclusionProof, NoteRefused, VerifyKey, escape, leaf_hash, unescape
from service.proof.__main__ import main as verify_file

OPERATOR = "operator"
LEAF_BYTES = 32
Load = Callable[[], Settings]


def add_ledger_commands(commands: Any) -> None:
    """Add `ledger` and what can be asked of it."""
    told = "seal, export, verify and prove the ledger"
    ledgers = commands.add_parser("ledger", help=told, description=told).add_subparsers(
        required=True, metavar="COMMAND"
    )

    def add(name: str, run: Callable[[Load, argparse.Namespace], int], told: str) -> Any:
        command = ledgers.add_parser(name, help=told, description=told)
        command.set_defaults(run=run)
        return command.add_argument

    take = add("seal", seal, "append what was posted to the log and sign it; or seal a month")
    take("--month", type=month, metavar="YYYY-MM", help="close this month for ever and seal it")
    take("--programme", metavar="CODE", help="of this programme only")
    add("head", show_head, "print the newest signed head, for others to keep")
    take = add("export", export, "write all books into a file that can be verified without us")
    take("file", metavar="FILE", help="compressed if it ends in .gz; - is the output")
    take("--journal", choices=["beancount", "hledger"], help="for this tool instead")
    take = add("verify", verify, "check everything, in the database or in an exported file")
    take("file", metavar="FILE", nargs="?", help="an export; needs no database; - is the input")
    take("--checkpoint", metavar="FILE", help="a signed head kept from an earlier day")
    take = add("proof", prove, "print the proof that a transfer is in the log, or that heads agree")
    take("transfer", type=int, nargs="?", metavar="TRANSFER", help="number of the transfer")
    take("--from", type=int, dest="first", metavar="SIZE", help="size of the earlier head")
    take("--to", type=int, dest="second", metavar="SIZE", help="size of the later head")
    take = add("check", check, "check a printed proof against the public key; needs no database")
    take("file", type=Path, metavar="FILE", help="what `proof` or a receipt's page gave")
    take("--key", required=True, metavar="KEY", help="the published key")
    add_key_commands(ledgers)


def month(said: str) -> date:
    """Read a month as its first day; for argparse."""
    try:
        return datetime.strptime(said, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise argparse.ArgumentTypeError(f"{said} is not a month like 2025-10") from None


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """Open the database of these settings for one command."""
    with closing(Database(settings.database_url)) as database:
        yield database


def seal(load: Load, asked: argparse.Namespace) -> int:
    """Seal the log until nothing waits, or one month of each programme."""
    settings = load()
    if not settings.signers:
        return complain("LEDGER_KEY is not set: there is no key to sign with")
    now = Clock(settings.clock_file).now()
    with opened(settings) as database:
        if asked.month is None:
            return seal_log(database, settings, now)
        chosen = database.atomic(partial(programmes, code=asked.programme))
        if not chosen:
            return complain(f"there is no programme {asked.programme or ''}".rstrip())
        for programme in chosen:
            seal_month(database, settings, programme, (asked.month, now))
    return DONE


def seal_log(database: Database, settings: Settings, now: datetime) -> int:
    """Seal until nothing waits; say how much it was."""
    before = database.atomic(ledger.latest_head)
    work = partial(ledger.seal, signers=settings.signers, origin=settings.origin, now=now)
    head = before
    while (grown := database.atomic(work)) is not None:
        head = grown
    size = head.size if head else 0
    added = size - (before.size if before else 0)
    what = f"{added:,} transfers sealed" if added else "nothing to do"
    print(f"{settings.origin}: {what}, {size:,} in the log")
    return DONE


def programmes(session: Session, *, code: str | None) -> list[Programme]:
    """Return the programme with this code, or all of them."""
    query = select(Programme).order_by(col(Programme.id))
    return list(session.exec(query.where(Programme.code == code) if code else query))


def seal_month(
    database: Database, settings: Settings, programme: Programme, when: tuple[date, datetime]
) -> None:
    """Close a month and seal it; say its seal."""
    first, now = when
    asked: dict[str, Any] = {"programme_id": programme.id, "month": first, "now": now}

    def close(session: Session) -> bool:
        known = session.get(Period, (programme.id, first))
        if known is not None and known.state == PeriodState.SEALED:
            return False
        ledger.close_period(session, **asked, actor=OPERATOR)
        return True

    due = database.atomic(close)
    signed: dict[str, Any] = {"signers": settings.signers, "origin": settings.origin}
    sealed = database.atomic(lambda session: ledger.seal_period(session, **asked, **signed))
    what = "sealed" if due else "nothing to do, sealed before"
    print(f"{programme.code} {first:%Y-%m}: {what}, {bytes(sealed.seal or b'').hex()}")


def show_head(load: Load, asked: argparse.Namespace) -> int:
    """Print the note that stands for everything sealed so far."""
    with opened(load()) as database:
        head = database.atomic(ledger.latest_head)
    if head is None:
        return complain("nothing is sealed yet: `aixin ledger seal`")
    print(head.note, end="")
    return DONE


def export(load: Load, asked: argparse.Namespace) -> int:
    """Write the books as they are at this moment, whole or not at all."""
    with ledger.reading(load().database_url) as connection:
        lines: Iterable[bytes] = ledger.export_lines(connection)
        if asked.journal:
            lines = (text.encode() for text in ledger.journal_lines(lines, asked.journal))
        try:
            count = write(asked.file, lines)
        except OSError as error:
            return complain(f"{asked.file}: {error.strerror}")
    if asked.file != "-":
        print(f"{asked.file}: {count:,} bytes")
    return DONE


def write(name: str, lines: Iterable[bytes]) -> int:
    """Write lines to a file of this name, which is there only once it is whole; count bytes."""
    if name == "-":
        return pour(lines, sys.stdout.buffer)
    part = Path(f"{name}.part")
    try:
        with ExitStack() as stack:
            file: BinaryIO | gzip.GzipFile = stack.enter_context(part.open("wb"))
            if name.endswith(".gz"):
                file = stack.enter_context(gzip.GzipFile(name[:-3], "wb", 6, file, mtime=0))
            pour(lines, file)
        part.replace(name)
    finally:
        part.unlink(missing_ok=True)
    return Path(name).stat().st_size


def pour(lines: Iterable[bytes], sink: BinaryIO | gzip.GzipFile) -> int:
    """Write all lines; count their bytes."""
    return sum(sink.write(line) for line in lines)


def verify(load: Load, asked: argparse.Namespace) -> int:
    """Verify a file without us, or the database; what was found there is kept."""
    kept = ["--checkpoint", asked.checkpoint] if asked.checkpoint else []
    if asked.file:
        return verify_file([asked.file, *kept])
    if kept:
        return complain("--checkpoint goes with an exported FILE", status=ASKED_WRONGLY)
    settings, meter = load(), Meter()
    now = Clock(settings.clock_file).now
    with opened(settings) as database:
        database.atomic(partial(ledger.ask_verification, asked_by=OPERATOR, now=now()))
        found = ledger.verify_database(database, now=now, progress=meter.tell)
    meter.end()
    if found is None:
        return complain("another process is verifying; its outcome is on the integrity page")
    for one in found.findings:
        print(f"{one['kind']:<14} {one['place']}: {one['detail']}")
    outcome = f"{found.faults:,} findings" if found.faults else "everything is in order"
    print(f"{found.transfers:,} transfers, {found.entries:,} entries: {outcome}")
    return REFUSED if found.faults else DONE


def prove(load: Load, asked: argparse.Namespace) -> int:
    """Print the proof of a transfer, or that one head is the beginning of another."""
    heads = asked.first is not None and asked.second is not None
    if heads == (asked.transfer is not None) or (asked.first is None) != (asked.second is None):
        return complain("name one TRANSFER, or --from and --to", status=ASKED_WRONGLY)
    with opened(load()) as database:
        if heads:
            return print_consistency(database, *sorted((asked.first, asked.second)))
        found = database.atomic(partial(ledger.receipt, transfer_id=asked.transfer))
    if found.index is None or found.head is None:
        return complain(f"transfer {asked.transfer} is not sealed yet: `aixin ledger seal`")
    fields = b"\t".join(escape(field.encode()) for field in found.fields)
    print(InclusionProof(found.index, found.path, found.head.note, fields).text, end="")
    return DONE


def print_consistency(database: Database, first: int, second: int) -> int:
    """Print what a witness is sent (c2sp.org/tlog-witness): old size, hashes, the new head."""
    path = database.atomic(partial(ledger.consistency, first=first, second=second))
    (head,) = database.atomic(partial(ledger.heads, before=second + 1, limit=1))
    lines = [f"old {first}", *(b64encode(step).decode() for step in path), "", head.note]
    print("\n".join(lines), end="")
    return DONE


def check(load: Load, asked: argparse.Namespace) -> int:
    """Check a proof with the published key alone; say what it is that stands in the log."""
    try:
        key = VerifyKey.parse(asked.key)
        proof = InclusionProof.parse(asked.file.read_text("utf-8"))
        fields = [] if len(proof.extra) == LEAF_BYTES else proof.extra.split(b"\t")
        leaf = leaf_hash([unescape(field) for field in fields]) if fields else proof.extra
        proven = proof.proves(leaf, origin=key.name, keys=[key])
    except NoteRefused as error:
        return complain(f"not proven: {error}")
    except (OSError, ValueError) as error:
        return complain(f"cannot check this: {error}", status=ASKED_WRONGLY)
    if not proven:
        return complain("not proven: the hashes do not lead to the signed head")
    print(f"proven: entry {proof.index} of the log {key.name}, leaf {leaf.hex()}")
    print(*(field.decode() for field in fields), sep="\t")
    return DONE
