"""Files of secret keys, one a line, the newest first; of the ledger's keys every one signs."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from service.proof import MalformedKey, SigningKey

K = TypeVar("K")


class Secret(Protocol):
    """A key that can be written to a file."""

    def secret_text(self) -> str:
        """Return the key as a line of a key file."""


class KeysRefused(ValueError):
    """These are no keys, or not the ones asked for; the message never repeats a secret."""


def origin_at(public_url: str) -> str:
    """Return the name of a new log: the host that people reach, without a port that may change."""
    return f"{urlsplit(public_url).hostname or 'localhost'}/ledger"


def parsed(text: str, parse: Callable[[str], K], fault: type[ValueError]) -> Iterator[K]:
    """Read keys, apart by spaces or lines. Raises KeysRefused that says which one is wrong."""
    for number, line in enumerate(text.split(), 1):
        try:
            yield parse(line)
        except fault as error:
            raise KeysRefused(f"key {number}: {error}") from None


def read_keys(text: str) -> tuple[SigningKey, ...]:
    """Read the ledger's keys. Raises KeysRefused."""
    found = tuple(parsed(text, SigningKey.parse, MalformedKey))
    if len({key.name for key in found}) > 1:
        raise KeysRefused("the keys of one log have one name")
    return found


def read_key_file(file: Path) -> tuple[SigningKey, ...]:
    """Read the ledger's keys from a file; raises KeysRefused, also where it cannot be read."""
    return read_file(file, read_keys)


def read_file(file: Path, read: Callable[[str], tuple[K, ...]]) -> tuple[K, ...]:
    """Read the keys of a file; raises KeysRefused, also where it cannot be read."""
    try:
        return read(file.read_text("ascii"))
    except OSError as error:
        raise KeysRefused(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeysRefused(f"{file} is not a file of keys") from None
    except KeysRefused as error:
        raise KeysRefused(f"{file}: {error}") from None


def write_key_file(file: Path, keys: Iterable[Secret]) -> None:
    """Put these keys in the place of what the file held; nobody else may read it, ever."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    text = "".join(f"{key.secret_text()}\n" for key in keys)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
