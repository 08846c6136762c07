"""An excerpt of the log: some transfers whole, the others by their hashes, under one signed head.

What it proves: that each transfer in it stands in the signed log as it is written here, and that
every place between its two ends is accounted for. What the hashes stand for it does not tell.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from service.proof.canonical import HEADER, leaf_hash, unescape
from service.proof.checkpoints import Checkpoint
from service.proof.findings import Findings
from service.proof.merkle import HASH_BYTES, Frontier
from service.proof.notes import VerifyKey
from service.proof.signatures import Heads, Keyring

FORMAT = b"1"
BATCH = 4096
_COUNTED = len(HEADER)
_ENTRY = 5


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of a transfer."""

    address: str
    unit: str
    seq: int | None  # none where the account keeps no balance of its own
    amount: int
    balance: int | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer of the excerpt, as its leaf was made."""

    id: int
    key: str
    kind: str
    day: str
    reverses: str
    moves: tuple[Move, ...]
    sealed: bool


Seen = Callable[[Transfer], None]


@dataclass
class Excerpt:
    """One reading of an excerpt: what it says, and what is wrong with it."""

    seen: Seen
    kept: str | None = None  # a signed head from another day, to be found again in here
    findings: Findings = field(default_factory=Findings)
    counts: Counter[str] = field(default_factory=Counter)
    origin: str = ""
    first: str = ""
    last: str = ""
    start: int = 0
    size: int = 0

    def __post_init__(self) -> None:
        self.keyring = Keyring(self.findings)
        self._heads = Heads(self.findings, self.keyring)
        self._peaks: list[bytes] = []
        self._batch: list[bytes] = []
        self._frontier: Frontier | None = None
        self._ended = False
        self._takes = {
            b"excerpt": self._begin, b"key": self._key, b"head": self._head, b"peak": self._peak,
            b"leaf": self._leaf, b"other": self._other, b"open": self._open, b"end": self._end,
        }  # fmt: skip

    def read(self, rows: Iterable[bytes]) -> "Excerpt":
        """Read all lines, in little memory; nothing in them can make this fail."""
        for number, row in enumerate(rows, 1):
            columns = row.rstrip(b"\n").split(b"\t")
            try:
                if b"\\" in row:
                    columns = [unescape(column) for column in columns]
                self._takes[columns[0]](columns)
            except (IndexError, ValueError, KeyError) as wrong:
                self.findings.add("bad_line", f"line {number}", f"cannot be read: {wrong}")
        self._close()
        return self

    def _begin(self, columns: list[bytes]) -> None:
        _, version, origin, first, last, start, size = columns
        if version != FORMAT or self.first:
            raise ValueError("not the first line of an excerpt that this program knows")
        self.origin, self.first, self.last = origin.decode(), first.decode(), last.decode()
        self.start, self.size = int(start), int(size)
        self._heads.origin = self.origin

    def _key(self, columns: list[bytes]) -> None:
        self.keyring.add(VerifyKey.parse(columns[1].decode()))

    def _head(self, columns: list[bytes]) -> None:
        self._heads.take(int(columns[1]), bytes.fromhex(columns[2].decode()), columns[4].decode())

    def _peak(self, columns: list[bytes]) -> None:
        self._peaks.append(hash_of(columns[1]))

    def _leaf(self, columns: list[bytes]) -> None:
        stated, fields = hash_of(columns[2]), columns[3:]
        computed = leaf_hash(fields)
        if stated != computed:
            self.findings.add("altered", f"leaf {int(columns[1])}", "is not what its hash says")
        self._append(int(columns[1]), computed)
        self.counts["leaf"] += 1
        self._tell(fields, sealed=True)

    def _other(self, columns: list[bytes]) -> None:
        self._append(int(columns[1]), hash_of(columns[2]))
        self.counts["other"] += 1

    def _open(self, columns: list[bytes]) -> None:
        self.counts["open"] += 1
        self._tell(columns[2:], sealed=False)

    def _end(self, columns: list[bytes]) -> None:
        for name, said in zip(("leaf", "other", "open", "entry"), columns[1:], strict=True):
            if self.counts[name] != int(said):
                told = f"says {int(said)} of {name}, and has {self.counts[name]}"
                self.findings.add("count", "the excerpt", told)
        self._ended = True

    def _append(self, index: int, leaf: bytes) -> None:
        """Put a leaf in its place; a gap or a doubling is said once, and spoils the root."""
        if self._frontier is None:
            self._frontier = Frontier.load(self.start.to_bytes(8) + b"".join(self._peaks))
            if self.kept is not None:
                self._meet(self.kept)
        expected = self._frontier.size + len(self._batch)
        if index != expected:
            self.findings.add("missing", f"leaf {index}", f"stands where leaf {expected} should")
        self._batch.append(leaf)
        if len(self._batch) == BATCH or expected + 1 in self._heads.roots:
            self._fold()

    def _fold(self) -> None:
        """Add what was gathered to the tree; where a head was signed, compare."""
        if self._frontier is None:
            return
        self._frontier.extend(self._batch)
        self._batch = []
        size = self._frontier.size
        signed = self._heads.roots.get(size)
        if signed and signed != self._frontier.root():
            told = f"the first {size} leaves do not give the root that was signed"
            self.findings.add("root", f"head {size}", told)

    def _tell(self, fields: list[bytes], *, sealed: bool) -> None:
        """Hand on what a transfer says, once its entries are known to balance."""
        found = transfer_of(fields, sealed=sealed)
        self.counts["entry"] += len(found.moves)
        sums: Counter[str] = Counter()
        for move in found.moves:
            sums[move.unit] += move.amount
        if any(sums.values()):
            self.findings.add("unbalanced", f"transfer {found.id}", "its entries do not add up")
        self.seen(found)

    def _close(self) -> None:
        """Judge the whole, after the last line."""
        self._fold()
        reached = self._frontier.size if self._frontier else self.start
        if not self._ended:
            self.findings.add("cut_tail", "the excerpt", "has no line that ends it")
        if reached != self.size:
            told = f"ends at {reached} and not at its signed head of {self.size}"
            self.findings.add("cut_tail", "the excerpt", told)
        elif self.size and self.size not in self._heads.roots:
            self.findings.add("signature", f"head {self.size}", "no believed key has signed it")

    def _meet(self, note: str) -> None:
        """Have a head that was kept compared when the tree reaches its size."""
        self._heads.compare(note)
        size = Checkpoint.of_note(note).size
        if not self.start < size <= self.size:
            told = f"is of size {size}; this excerpt goes from {self.start + 1} to {self.size}"
            self.findings.add("root", "the head that you kept", told)


def transfer_of(fields: list[bytes], *, sealed: bool) -> Transfer:
    """Read the fields of a leaf; raises ValueError or IndexError for what is none."""
    count = int(fields[_COUNTED])
    cells = fields[_COUNTED + 1 : _COUNTED + 1 + count * _ENTRY]
    if len(cells) != count * _ENTRY:
        raise ValueError("its entries are cut short")
    moves = tuple(
        Move(
            cells[at].decode(), cells[at + 1].decode(), number(cells[at + 2]),
            int(cells[at + 3]), number(cells[at + 4]),
        )
        for at in range(0, len(cells), _ENTRY)
    )  # fmt: skip
    said = dict(zip(HEADER, fields, strict=False))
    return Transfer(
        id=int(said["id"]),
        key=said["key"].decode(),
        kind=said["kind"].decode(),
        day=said["business_day"].decode(),
        reverses=said["reverses_id"].decode(),
        moves=moves,
        sealed=sealed,
    )


def number(cell: bytes) -> int | None:
    """Read a number that may be missing."""
    return int(cell) if cell else None


def hash_of(cell: bytes) -> bytes:
    """Read a hash; raises ValueError."""
    found = bytes.fromhex(cell.decode())
    if len(found) != HASH_BYTES:
        raise ValueError("not a hash")
    return found
