"""The verification of an export: every line read once, in little memory."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from service.proof.canonical import unescape
from service.proof.checkpoints import Checkpoint
from service.proof.findings import Findings, Report, shown
from service.proof.halves import Entered, Half, Progress, Signed, Take
from service.proof.reader import INPUT, Unreadable, lines

FORMAT = b"1"
SECTIONS = (
    b"export", b"key", b"head", b"period", b"account", b"lot", b"hold", b"leaf", b"open", b"end",
)  # fmt: skip


def verify_lines(
    rows: Iterable[bytes], *, checkpoint: str | None = None, progress: Progress | None = None
) -> Report:
    """Check an export from its first line to its last.

    `checkpoint` is a signed note kept from an earlier day: the log must still contain it.
    `progress` is told now and then how many leaves are done. Raises ValueError for a checkpoint
    that is none; whatever is wrong with the export is in the report.
    """
    _see(checkpoint)
    findings = Findings()
    signed, entered = Signed(findings, checkpoint), Entered(findings, progress)
    return Reading(findings, [signed, entered]).read(rows, signed)


def verify_file(path: str, *, checkpoint: str | None = None) -> Report:
    """Check an exported file, its signed half in another process at the same time.

    Raises OSError for a file that cannot be read, and ValueError as `verify_lines` does. The
    standard input, `-`, can only be read once and is checked in this process.
    """
    if path == INPUT:
        return verify_lines(lines(path), checkpoint=checkpoint)
    _see(checkpoint)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        signed = other.submit(_verify_signed, path, checkpoint)
        findings = Findings()
        entered = Reading(findings, [Entered(findings, None)]).read(lines(path))
        return signed.result().joined(entered)


def _verify_signed(path: str, checkpoint: str | None) -> Report:
    findings = Findings()
    signed = Signed(findings, checkpoint)
    return Reading(findings, [signed]).read(lines(path), signed)


def _see(checkpoint: str | None) -> None:
    if checkpoint is not None:
        Checkpoint.of_note(checkpoint)


class Reading:
    """One pass over an export, for one half of the verification or both."""

    def __init__(self, findings: Findings, halves: Sequence[Half]) -> None:
        self._findings, self._halves = findings, halves
        self._tag = b""  # of the section that was begun last
        self._origin = self._exported_at = ""
        self._takes: dict[bytes, list[Take]] = {
            tag: [half.takes[tag] for half in halves if tag in half.takes] for tag in SECTIONS
        }
        self._takes[b"export"].insert(0, self._export)

    def read(self, rows: Iterable[bytes], signed: Signed | None = None) -> Report:
        """Read all lines and return what was found; nothing in them can make this fail."""
        number, findings = 0, self._findings
        try:
            for number, row in enumerate(rows, 1):
                wrong = self._take(row)
                if wrong:
                    findings.add("bad_line", f"line {number}", wrong)
                if not self._tag:
                    return self._report(signed)  # not an export at all
        except Unreadable as broken:
            findings.add("bad_line", f"line {number + 1}", str(broken))
        for half in self._halves:
            half.close()
        if self._tag != SECTIONS[-1]:
            findings.add("cut_tail", "the file", "has no line that ends it")
        return self._report(signed)

    def _report(self, signed: Signed | None) -> Report:
        return Report(
            origin=self._origin,
            exported_at=self._exported_at,
            keys=tuple(str(key) for key in signed.keyring.keys) if signed else (),
            counts={name: count for half in self._halves for name, count in half.counts().items()},
            findings=tuple(self._findings.kept),
            found=self._findings.total,
        )

    def _take(self, row: bytes) -> str:
        """Take one line; return what is wrong with it, if anything."""
        columns = row.rstrip(b"\n").split(b"\t")
        tag, before = columns[0], self._tag
        try:
            if tag != before:
                self._enter(tag)
            if b"\\" in row:
                columns = [unescape(column) for column in columns]
            for take in self._takes[tag]:
                take(columns)
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

    def _export(self, columns: list[bytes]) -> None:
        if columns[1] != FORMAT or self._exported_at:
            raise ValueError("not the first line of an export that this program knows")
        self._origin, self._exported_at = columns[2].decode(), columns[3].decode()
