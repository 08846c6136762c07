"""A pack's files, whether it is unzipped or not; and that they are the ones it was made with."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import Path as Zipped
from zipfile import ZipFile, is_zipfile

SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_CHUNK = 1 << 20

Place = Path | Zipped


def opened(name: str) -> Place:
    """Return where a pack's files are; raises OSError, ValueError."""
    path = Path(name)
    if path.is_dir():
        return path
    if not is_zipfile(path):
        raise ValueError("neither a folder nor a zip file")
    return Zipped(ZipFile(path))


def lines(place: Place, name: str) -> Iterator[bytes]:
    """Read a file line by line; one that is not there has none."""
    part = place.joinpath(name)
    if part.is_file():
        with cast("BinaryIO", part.open("rb")) as file:
            yield from file


def names(place: Place, under: str = "") -> Iterator[str]:
    """Name every file of the pack."""
    for part in place.iterdir():
        if part.is_dir():
            yield from names(part, f"{under}{part.name}/")
        else:
            yield f"{under}{part.name}"


def sum_faults(place: Place) -> Iterator[str]:
    """Name every file that is not the one in the list, is missing from it, or from the pack."""
    stated = {}
    for line in lines(place, SUMS):
        if found := _LINE.fullmatch(line.decode(errors="replace").rstrip("\n")):
            stated[found[2]] = found[1]
        else:
            yield f"{SUMS}: a line cannot be read"
    if not stated:
        yield f"{SUMS} is missing or empty"
    there = {name for name in names(place) if kept(name)} - {SUMS}
    for name in sorted(there - stated.keys()):
        yield f"{name} is not in {SUMS}"
    for name, said in sorted(stated.items()):
        if name not in there:
            yield f"{name} is missing"
        elif digest_of(place, name) != said:
            yield f"{name} is not what {SUMS} says"


def kept(name: str) -> bool:
    """Tell a file of the pack from what Python leaves beside the verifier."""
    return "__pycache__/" not in name


def digest_of(place: Place, name: str) -> str:
    """Return the SHA-256 of a file."""
    found = sha256()
    with cast("BinaryIO", place.joinpath(name).open("rb")) as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
