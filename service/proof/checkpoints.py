"""What is signed: the head of the log, the seal of a period; and a proof that travels alone."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from service.proof.canonical import leaf_hash
from service.proof.merkle import HASH_BYTES, TreeHead, root_of, verify_inclusion
from service.proof.notes import VerifyKey, open_note, split_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_PROOF = "c2sp.org/tlog-proof@v1"


class MalformedCheckpoint(ValueError):
    """The text is not a checkpoint, a proof or a seal."""


@dataclass(frozen=True)
class Checkpoint:
    """The head of a named log (c2sp.org/tlog-checkpoint)."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text; raises MalformedCheckpoint."""
        *lines, after = text.split("\n")
        data = _hash(lines[2]) if len(lines) > 2 else None
        if after or data is None or not all(lines) or not _SIZE.fullmatch(lines[1]):
            raise MalformedCheckpoint("not a checkpoint")
        return cls(lines[0], int(lines[1]), data)

    @classmethod
    def of_note(cls, note: str) -> Self:
        """Read a signed checkpoint, without a look at who signed it; raises ValueError."""
        return cls.parse(split_note(note)[0])

    @classmethod
    def open(cls, note: str, keys: Iterable[VerifyKey]) -> Self:
        """Read a checkpoint that a known key signed; raises NoteRefused, MalformedCheckpoint."""
        return cls.parse(open_note(note, keys).text)

    @property
    def head(self) -> TreeHead:
        """Size and root, as the tree's own functions take them."""
        return TreeHead(self.size, self.root)

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


@dataclass(frozen=True)
class PeriodSeal:
    """What a sealed month is bound to: the log, its trial balance, and the month sealed before."""

    origin: str
    programme_id: int
    month: str  # 2025-10
    head: TreeHead
    trial_root: bytes
    previous: bytes  # the seal before; empty for the first

    @property
    def text(self) -> str:
        """The text that is signed."""
        previous = _base64(self.previous) if self.previous else "-"
        return (
            f"{self.origin}/periods/{self.programme_id}\n{self.month}\n{self.head.size}\n"
            f"{_base64(self.head.root)}\n{_base64(self.trial_root)}\n{previous}\n"
        )

    @property
    def digest(self) -> bytes:
        """The seal: the hash by which the next one names it."""
        return sha256(self.text.encode()).digest()


def trial_root(programme_id: int, balances: Iterable[tuple[str, str, int]]) -> bytes:
    """Return the root over a trial balance: (address, unit, balance) of each account.

    An account belongs to it when it has an entry effective by the month's end, be its sum zero.
    """
    rows = sorted((unit.encode(), address.encode(), balance) for address, unit, balance in balances)
    programme = str(programme_id).encode()
    return root_of(
        leaf_hash((programme, address, unit, str(balance).encode()))
        for unit, address, balance in rows
    )


@dataclass(frozen=True)
class InclusionProof:
    """A leaf's place in the log, proven offline (c2sp.org/tlog-proof@v1)."""

    index: int
    path: Sequence[bytes]
    checkpoint: str  # the signed note, verbatim
    extra: bytes = b""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a proof; raises MalformedCheckpoint, and MalformedNote for what it carries."""
        above, gap, checkpoint = text.partition("\n\n")
        first, *lines = above.split("\n")
        extra = lines.pop(0)[6:] if lines and lines[0].startswith("extra ") else ""
        index = lines.pop(0) if lines else ""
        path, data = [_hash(line) for line in lines], _decode(extra)
        numbered = index.startswith("index ") and _SIZE.fullmatch(index[6:])
        if first != _PROOF or not gap or not numbered or None in path or data is None:
            raise MalformedCheckpoint("not a proof")
        Checkpoint.of_note(checkpoint)
        return cls(int(index[6:]), [step for step in path if step is not None], checkpoint, data)

    @property
    def text(self) -> str:
        """The proof as a file `.tlog-proof` holds it."""
        extra = [f"extra {_base64(self.extra)}"] if self.extra else []
        lines = [_PROOF, *extra, f"index {self.index}", *map(_base64, self.path), ""]
        return "\n".join([*lines, self.checkpoint])

    def proves(self, leaf: bytes, *, origin: str, keys: Iterable[VerifyKey]) -> bool:
        """Tell whether the leaf is in the log of this origin; raises NoteRefused."""
        checkpoint = Checkpoint.open(self.checkpoint, keys)
        return checkpoint.origin == origin and verify_inclusion(
            leaf, self.path, index=self.index, head=checkpoint.head
        )


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _decode(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _hash(text: str) -> bytes | None:
    data = _decode(text)
    return data if data and len(data) == HASH_BYTES else None
