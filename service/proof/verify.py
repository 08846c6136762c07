"""The verification of an export: every line read once, in one pass, in little memory."""

from collections.abc import Callable, Iterable

from service.proof.accounts import Account, Stated
from service.proof.books import Books
from service.proof.canonical import leaf_hash, unescape
from service.proof.checkpoints import Checkpoint
from service.proof.findings import Findings, Report, shown
from service.proof.log import Log
from service.proof.notes import VerifyKey
from service.proof.periods import Period, Periods
from service.proof.reader import Unreadable
from service.proof.signatures import Heads, Keyring

FORMAT = b"1"
SECTIONS = (
    b"export", b"key", b"head", b"period", b"account", b"lot", b"hold", b"leaf", b"open", b"end",
)  # fmt: skip
TOLD_EVERY = 10_000  # leaves

Progress = Callable[[int], None]
_FLAGS = {b"t": True, b"f": False}


def verify_lines(
    lines: Iterable[bytes], *, checkpoint: str | None = None, progress: Progress | None = None
) -> Report:
    """Check an export from its first line to its last.

    `checkpoint` is a signed note kept from an earlier day: the log must still contain it.
    `progress` is told now and then how many leaves are done. Raises ValueError for a checkpoint
    that is none; whatever is wrong with the export is in the report.
    """
    if checkpoint is not None:
        Checkpoint.of_note(checkpoint)
    verification = Verification(checkpoint, progress)
    verification.read(lines)
    return verification.report()


class Verification:
    """One pass over an export."""

    def __init__(self, checkpoint: str | None, progress: Progress | None) -> None:
        self._checkpoint, self._progress = checkpoint, progress
        self._findings = Findings()
        self._keyring = Keyring(self._findings)
        self._heads = Heads(self._findings, self._keyring)
        self._books = Books(self._findings)
        self._periods = Periods(self._findings, self._books)
        self._log = Log(self._findings, {}, set())
        self._counts = dict.fromkeys(("open", "accounts"), 0)
        self._tag = b""  # of the section that was begun last
        self._leaves = 0
        self._exported_at = ""
        self._begun = self._ended = False
        self._take: dict[bytes, Callable[[list[bytes]], None]] = {
            tag: getattr(self, f"_{tag.decode()}") for tag in SECTIONS
        }

    def read(self, lines: Iterable[bytes]) -> None:
        """Read all lines; nothing in them can make this fail."""
        number, bad = 0, self._findings
        try:
            for number, line in enumerate(lines, 1):
                wrong = self._line(line)
                if wrong:
                    bad.add("bad_line", f"line {number}", wrong)
                if not self._tag:
                    return  # not an export at all
        except Unreadable as broken:
            bad.add("bad_line", f"line {number + 1}", str(broken))
        self._close()

    def report(self) -> Report:
        """Return what was found."""
        counts = {"leaves": self._leaves, **self._counts, "entries": self._books.entries}
        counts |= {"heads": self._log.checked, "periods": len(self._periods)}
        return Report(
            origin=self._heads.origin,
            exported_at=self._exported_at,
            keys=tuple(str(key) for key in self._keyring.keys),
            counts=counts,
            findings=tuple(self._findings.kept),
            found=self._findings.total,
        )

    def _line(self, line: bytes) -> str:
        """Take one line; return what is wrong with it, if anything."""
        columns = line.rstrip(b"\n").split(b"\t")
        tag, before = columns[0], self._tag
        try:
            if tag != before:
                self._enter(tag)
            if b"\\" in line:
                columns = [unescape(column) for column in columns]
            self._take[tag](columns)
        except (IndexError, ValueError, KeyError) as wrong:
            self._tag = before  # a line that is none begins no section
            few = isinstance(wrong, IndexError)
            return f"a line of {shown(tag[:20])} {'is too short' if few else f'is wrong: {wrong}'}"
        return ""

    def _enter(self, tag: bytes) -> None:
        """Begin a section; they come in their order."""
        if tag not in SECTIONS:
            raise ValueError("no section has this name")
        section = SECTIONS.index(tag)
        if section < SECTIONS.index(self._tag or b"export") or not (self._tag or section == 0):
            raise ValueError("it is out of its place")
        self._tag = tag
        if not self._begun and section >= SECTIONS.index(b"leaf"):
            self._begin()

    def _begin(self) -> None:
        """All that was signed is known: wait for the leaves."""
        self._begun = True
        self._periods.begin(self._heads.origin, self._keyring)
        if self._checkpoint is not None:
            self._heads.compare(self._checkpoint)
        self._log = Log(self._findings, self._heads.roots, self._periods.sizes)
        self._periods.pass_to(0)

    def _close(self) -> None:
        if not self._begun:
            self._begin()
        self._log.close()
        self._periods.pass_to(self._log.size)
        self._periods.close(self._log.probed)
        self._books.close()
        if not self._ended:
            self._findings.add("cut_tail", "the file", "has no line that ends it")

    # ------------------------------------------------------------------ one for each section

    def _export(self, columns: list[bytes]) -> None:
        if columns[1] != FORMAT or self._heads.origin:
            raise ValueError("not the first line of an export that this program knows")
        self._heads.origin, self._exported_at = columns[2].decode(), columns[3].decode()

    def _key(self, columns: list[bytes]) -> None:
        self._keyring.add(VerifyKey.parse(columns[1].decode()))

    def _head(self, columns: list[bytes]) -> None:
        self._heads.take(int(columns[1]), _hash(columns[2]), columns[4].decode())

    def _period(self, columns: list[bytes]) -> None:
        _, programme, month, state, size, root, trial, previous, seal, note = columns
        if state == b"sealed":
            hashes = (_hash(root), _hash(trial), _hash(previous), _hash(seal))
            int(programme)
            self._periods.take(Period(programme, month[:7], int(size), *hashes, note.decode()))
        elif state != b"closing":
            raise ValueError("no period is in this state")

    def _account(self, columns: list[bytes]) -> None:
        _, programme, address, unit, tracked, by_lots, floor, *figures, closed_at = columns
        posted, held_out, held_in, debt, entries = map(int, figures)
        stated = Stated(posted, held_out, held_in, debt, entries, bool(closed_at))
        _ = address.decode(), unit.decode()
        if not _FLAGS[tracked] and (_FLAGS[by_lots] or floor):
            raise ValueError("only a tracked account has lots or a floor")
        self._books.open_account(
            Account(
                (programme, address, unit), tracked=_FLAGS[tracked], by_lots=_FLAGS[by_lots],
                floor=int(floor) if floor else None, stated=stated,
            )
        )  # fmt: skip
        self._counts["accounts"] += 1

    def _lot(self, columns: list[bytes]) -> None:
        _, programme, address, unit, day, amount = columns
        stated = self._books.stated(programme, address, unit)
        if stated is None:
            raise ValueError("no account has this lot")
        stated.lots[day] = int(amount)

    def _hold(self, columns: list[bytes]) -> None:
        self._books.holds.stated[int(columns[1])] = columns[2]

    def _leaf(self, columns: list[bytes]) -> None:
        index, fields = int(columns[1]), columns[3:]
        if index >= self._periods.next_size:
            self._periods.pass_to(self._log.position)
        number = int(fields[0])
        self._log.take(index, columns[2], leaf_hash(fields), number)
        if self._periods.watching:
            self._periods.watch(fields)
        self._books.post(fields, number, sealed=True)
        self._leaves += 1
        if self._progress and self._leaves % TOLD_EVERY == 0:
            self._progress(self._leaves)

    def _open(self, columns: list[bytes]) -> None:
        fields = columns[2:]
        if not columns[1]:
            self._findings.add(
                "missing", f"transfer {shown(fields[0])}", "has no leaf: the log will never take it"
            )
        elif _hash(columns[1]) != leaf_hash(fields):
            self._findings.add(
                "altered", f"transfer {shown(fields[0])}",
                "is not what its leaf was made from (it is not in the log yet)",
            )  # fmt: skip
        self._periods.pass_to(self._log.size)
        if self._periods.watching:
            self._periods.watch(fields)
        self._books.post(fields, int(fields[0]), sealed=False)
        self._counts["open"] += 1

    def _end(self, columns: list[bytes]) -> None:
        self._ended = True
        names = ("leaves", "open", "accounts", "entries")
        found = {"leaves": self._leaves, **self._counts, "entries": self._books.entries}
        for name, stated in zip(names, map(int, columns[1:5]), strict=True):
            if found[name] != stated:
                self._findings.add(
                    "count", "the file", f"states {stated} {name}, and has {found[name]}"
                )


def _hash(column: bytes) -> bytes:
    return bytes.fromhex(column.decode())
