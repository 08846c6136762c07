"""A zip file that is written in little memory, with the SHA-256 of everything in it."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

LEVEL = 3  # the hashes in it do not become smaller, and the rest is small
SUMS = "SHA256SUMS"
BATCH = 1 << 18


class Bundle:
    """Files that go into a zip file one after the other; it is in place only once it is whole."""

    def __init__(self, path: Path, at: datetime) -> None:
        self.path, self.at = path, at
        self.sums: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._draft = path.with_name(f".{path.name}.part")

    def __enter__(self) -> Self:
        self._zip = ZipFile(self._draft, "w", ZIP_DEFLATED, compresslevel=LEVEL)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is None:
            said = "".join(f"{said}  {name}\n" for name, said in sorted(self.sums.items()))
            self.write(SUMS, [said.encode()])
        self._zip.close()
        if kind is None:
            self._draft.replace(self.path)
        else:
            self._draft.unlink(missing_ok=True)

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one file, piece by piece."""
        info = ZipInfo(name, self.at.timetuple()[:6])
        info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
        found, size = sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:
            for piece in gathered(pieces):
                size += len(piece)
                found.update(piece)
                file.write(piece)
        self.sums[name], self.sizes[name] = found.hexdigest(), size


def gathered(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Join small pieces: what is done for each is dear where there are millions."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= BATCH:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
