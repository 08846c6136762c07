"""The operator's commands for what seals names: `aixin identity-key`, `aixin identity-rotate`."""

import argparse
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from service import resealing
from service.cli_asking import UNCHANGED, add_yes, agreed, note
from service.config import Settings
from service.console import DONE, Meter, complain
from service.db import Database
from service.sealing import KeyMissing, SealingKey, read_sealing_keys
from service.signing import read_file, write_key_file

Load = Callable[[], Settings]


def add_identity_commands(commands: Any) -> None:
    """Add `identity-key` and `identity-rotate`."""
    told = "make the first key that seals names, or put a new one on top; or take one out"
    key = commands.add_parser("identity-key", help=told, description=told)
    key.set_defaults(run=change_keys)
    key.add_argument("file", metavar="FILE", help="kept secret; - prints a first key")
    key.add_argument("--retire", metavar="ID", help="take out the key with these eight digits")
    told = "seal what stands in plain or under an older key; may run at any time, and again"
    add_yes(key)
    command = commands.add_parser("identity-rotate", help=told, description=told)
    command.set_defaults(run=rotate)


def change_keys(load: Load, asked: argparse.Namespace) -> int:
    """Make a key, alone in a new file or on top of the others; or take an old one out."""
    if asked.file == "-":
        print(SealingKey.generate().secret_text())
        return DONE
    file = Path(asked.file)
    held = read_file(file, read_sealing_keys) if file.exists() else ()
    if asked.retire:
        return retire(load(), file, held, asked)
    if not held:
        return first(file)
    question = f"A new key will seal names, on top of {len(held)} in {file}."
    if not agreed(question, "rotate", yes=asked.yes):
        return complain(UNCHANGED)
    made = SealingKey.generate()
    said: dict[str, str | int] = {"new": made.key_id.hex(), "before": held[0].key_id.hex()}
    note(load(), "secret.rotate", "secret:identity", said)
    write_key_file(file, [made, *held])
    return told(made)


def first(file: Path) -> int:
    """Make the first key of a file: nothing is sealed yet, and nobody is asked."""
    made = SealingKey.generate()
    write_key_file(file, [made])
    return told(made)


def told(made: SealingKey) -> int:
    """Say what is to be done with a new key."""
    print(f"key {made.key_id.hex()}: restart the service with it, then `aixin identity-rotate`")
    return DONE


def retire(
    settings: Settings, file: Path, held: tuple[SealingKey, ...], asked: argparse.Namespace
) -> int:
    """Take a key out of a file once nobody's row needs it."""
    key_id: str = asked.retire
    stay = [key for key in held if key.key_id.hex() != key_id]
    if len(stay) == len(held):
        return complain(f"{file} does not hold {key_id}")
    if not stay:
        return complain("the last key stays: put a new one on top first")
    with closing(Database(settings.database_url)) as database:
        rows = database.atomic(resealing.key_ids).get(key_id, 0)
    if rows:
        return complain(f"{rows:,} rows are sealed under {key_id}: `aixin identity-rotate` first")
    if not agreed(f"Key {key_id} will open nothing any more.", "retire", yes=asked.yes):
        return complain(UNCHANGED)
    note(settings, "secret.retire", "secret:identity", {"key": key_id})
    write_key_file(file, stay)
    print(f"key {key_id} retired")
    return DONE


def rotate(load: Load, asked: argparse.Namespace) -> int:
    """Seal anew whatever is due; say how much it was."""
    settings, meter = load(), Meter()
    with closing(Database(settings.database_url, sealer=settings.sealer)) as database:
        try:
            done = resealing.rotate(database, told=meter.tell)
        except KeyMissing as error:
            return complain(str(error))
        finally:
            meter.end()
    newest = settings.sealer.newest.key_id.hex()
    if done:
        note(settings, "secret.reseal", "secret:identity", {"key": newest, "rows": done})
    print(f"key {newest}: {f'{done:,} rows sealed' if done else 'nothing to do'}")
    return DONE
