"""The operator's commands for the keys that sign the ledger: `aixin ledger key --help`."""

import argparse
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from service import ledger
from service.cli_asking import UNCHANGED, add_yes, agreed, note
from service.config import Settings
from service.console import ASKED_WRONGLY, DONE, complain
from service.db import Database
from service.ledger import LogKey
from service.proof import MalformedKey, SigningKey
from service.signing import read_key_file, write_key_file

Load = Callable[[], Settings]


def add_key_commands(commands: Any) -> None:
    """Add `key`, which prints the public keys, `key new` and `key retire`."""
    told = "print the public keys and since when they sign; make a new key, take one out"
    top = commands.add_parser("key", help=told, description=told)
    top.set_defaults(run=show_keys)
    keys = top.add_subparsers(metavar="COMMAND")
    told = "make the first key of a file, or put a new one on top; then both sign"
    new = keys.add_parser("new", help=told, description=told)
    new.set_defaults(run=add_key)
    new.add_argument("file", metavar="FILE", help="kept secret; - prints a first key")
    new.add_argument("--name", help="name of the log, host/ledger; for a first key only")
    add_yes(new)
    told = "take an old key out of a file; its public half stays known"
    retire = keys.add_parser("retire", help=told, description=told)
    retire.set_defaults(run=retire_key)
    retire.add_argument("file", type=Path, metavar="FILE")
    retire.add_argument("key", metavar="KEY", help="its public half, or the eight digits in it")
    add_yes(retire)


def show_keys(load: Load, asked: argparse.Namespace) -> int:
    """Print every public key: those that signed, oldest first, then those that will."""
    settings = load()
    known = log_keys(settings)
    for row in known:
        state = f"retired {row.retired_at:%Y-%m-%d}" if row.retired_at else "signs"
        print(f"{row.vkey}\t{state}\tsince size {row.since_size}")
    seen = {row.vkey for row in known}
    for vkey in map(public, settings.signers):
        if vkey not in seen:
            print(f"{vkey}\tsigns from the next head on")
    return DONE


def add_key(load: Load, asked: argparse.Namespace) -> int:
    """Make a key, alone in a new file or on top of the others; print its public half."""
    file = Path(asked.file)
    others = read_key_file(file) if asked.file != "-" and file.exists() else ()
    name = others[0].name if others else asked.name
    if not name:
        return complain("a first key needs --name, like aixin.example/ledger", status=ASKED_WRONGLY)
    if asked.name not in (None, name):
        return complain(f"the keys in {file} are named {name}", status=ASKED_WRONGLY)
    try:
        made = SigningKey.generate(name)
    except MalformedKey as error:
        return complain(str(error), status=ASKED_WRONGLY)
    if asked.file == "-":
        print(made.secret_text())
        return DONE
    if others:
        question = f"A new key will sign beside {len(others)} in {file}."
        if not agreed(question, "rotate", yes=asked.yes):
            return complain(UNCHANGED)
        said: dict[str, str | int] = {"new": public(made), "before": public(others[0])}
        note(load(), "secret.rotate", "secret:ledger", said)
    write_key_file(file, [made, *others])
    print(public(made))
    return DONE


def retire_key(load: Load, asked: argparse.Namespace) -> int:
    """Take a key out, once a key that stays is known to have signed."""
    held = read_key_file(asked.file)
    gone = [key for key in held if asked.key in (public(key), key.verify_key.key_id.hex())]
    stay = [key for key in held if key not in gone]
    if len(gone) != 1:
        return complain(f"{asked.file} does not hold {asked.key}")
    if not stay:
        return complain("the last key stays: put a new one on top first")
    settings = load()
    known = {row.vkey for row in log_keys(settings)}
    if known and known.isdisjoint(map(public, stay)):
        return complain("none of the keys that would stay has signed yet: seal with both first")
    if not agreed(f"{public(gone[0])} will sign no more.", "retire", yes=asked.yes):
        return complain(UNCHANGED)
    note(settings, "secret.retire", "secret:ledger", {"key": public(gone[0])})
    write_key_file(asked.file, stay)
    print(f"{public(gone[0])} retired")
    return DONE


def log_keys(settings: Settings) -> list[LogKey]:
    """Return the keys that the log knows."""
    with closing(Database(settings.database_url)) as database:
        return list(database.atomic(ledger.log_keys))


def public(key: SigningKey) -> str:
    """Return a key's public half as text."""
    return str(key.verify_key)
