"""The keys that sign the ledger's heads: one a line, the newest first; every one of them signs."""

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from service.proof import MalformedKey, SigningKey


class KeysRefused(ValueError):
    """These are no signing keys, or not the ones asked for; the message never repeats a secret."""


def origin_at(public_url: str) -> str:
    """Return the name of a new log: the host that people reach, without a port that may change."""
    return f"{urlsplit(public_url).hostname or 'localhost'}/ledger"


def read_keys(text: str) -> tuple[SigningKey, ...]:
    """Read keys, apart by spaces or lines. Raises KeysRefused that says which one is wrong."""
    found: list[SigningKey] = []
    for number, line in enumerate(text.split(), 1):
        try:
            found.append(SigningKey.parse(line))
        except MalformedKey as error:
            raise KeysRefused(f"key {number}: {error}") from None
    if len({key.name for key in found}) > 1:
        raise KeysRefused("the keys of one log have one name")
    return tuple(found)


def read_key_file(file: Path) -> tuple[SigningKey, ...]:
    """Read the keys of a file; raises KeysRefused, also where it cannot be read."""
    try:
        return read_keys(file.read_text("ascii"))
    except OSError as error:
        raise KeysRefused(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeysRefused(f"{file} is not a file of keys") from None
    except KeysRefused as error:
        raise KeysRefused(f"{file}: {error}") from None


def write_key_file(file: Path, keys: Iterable[SigningKey]) -> None:
    """Put these keys in the place of what the file held; nobody else may read it, ever."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    text = "".join(f"{key.secret_text()}\n" for key in keys)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
