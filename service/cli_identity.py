"""The operator's commands for what seals names: `aixin identity-key`, `aixin identity-rotate`."""

import argparse
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from service import resealing
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
        return retire(load(), file, held, asked.retire)
    made = SealingKey.generate()
    write_key_file(file, [made, *held])
    print(f"key {made.key_id.hex()}: restart the service with it, then `aixin identity-rotate`")
    return DONE


def retire(settings: Settings, file: Path, held: tuple[SealingKey, ...], key_id: str) -> int:
    """Take a key out of a file once nobody's row needs it."""
    stay = [key for key in held if key.key_id.hex() != key_id]
    if len(stay) == len(held):
        return complain(f"{file} does not hold {key_id}")
    if not stay:
        return complain("the last key stays: put a new one on top first")
    with closing(Database(settings.database_url)) as database:
        rows = database.atomic(resealing.key_ids).get(key_id, 0)
    if rows:
        return complain(f"{rows:,} rows are sealed under {key_id}: `aixin identity-rotate` first")
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
    print(f"key {newest}: {f'{done:,} rows sealed' if done else 'nothing to do'}")
    return DONE
