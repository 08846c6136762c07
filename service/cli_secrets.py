"""The operator's command that changes the secret key without making anything invalid at once."""

import argparse
import os
import re
import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from service.cli_asking import add_yes, agreed, note
from service.config import Settings
from service.console import DONE, complain

Load = Callable[[], Settings]
BYTES = 48
NAMES = ("SECRET_KEY", "SECRET_KEY_OLD")


def add_secret_commands(commands: Any) -> None:
    """Add `keys rotate-secret`."""
    told = "the secret key: put a new one in force while the old one is still read"
    top = commands.add_parser("keys", help=told, description=told)
    below = top.add_subparsers(required=True, metavar="COMMAND")
    told = "write a new SECRET_KEY into an environment file, the one before to SECRET_KEY_OLD"
    rotating = below.add_parser("rotate-secret", help=told, description=told)
    rotating.set_defaults(run=rotate_secret)
    rotating.add_argument("file", type=Path, metavar="FILE", help="like deploy/env.example")
    add_yes(rotating)


def rotate_secret(load: Load, asked: argparse.Namespace) -> int:
    """Change the file, then write into the trail which key followed which, by their prints."""
    try:
        text = asked.file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return complain(f"{asked.file}: {error}")
    before = value_of(text, "SECRET_KEY")
    if not before:
        return complain(f"{asked.file} has no SECRET_KEY")
    if not agreed("A new secret key will be put in force.", "rotate", yes=asked.yes):
        return complain("nothing was changed")
    made = secrets.token_urlsafe(BYTES)
    old = " ".join([before, *value_of(text, "SECRET_KEY_OLD").split()])
    settings = load()
    said: dict[str, str | int] = {"new": print_of(made), "before": print_of(before)}
    note(settings, "secret.rotate", "secret:key", said)
    replace(asked.file, with_value(with_value(text, "SECRET_KEY", made), "SECRET_KEY_OLD", old))
    print(f"{said['new']} follows {said['before']}; start every process again, one after the other")
    return DONE


def value_of(text: str, name: str) -> str:
    """Return a variable of an environment file, without quotes; nothing where it is not set."""
    found = re.search(rf"^(?:export )?{name}=(.*)$", text, re.MULTILINE)
    return found[1].strip().strip("'\"") if found else ""


def with_value(text: str, name: str, value: str) -> str:
    """Return the file's text with a variable set, in its place where it has one."""
    line = f"{name}='{value}'" if " " in value else f"{name}={value}"
    changed, count = re.subn(rf"^(export )?{name}=.*$", rf"\g<1>{line}", text, flags=re.MULTILINE)
    return changed if count else f"{text.rstrip()}\n{line}\n"


def print_of(secret: str) -> str:
    """Name a secret without telling it."""
    return sha256(secret.encode()).hexdigest()[:8]


def replace(file: Path, text: str) -> None:
    """Put a text in a file's place, whole, for its owner's eyes only."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
