"""Which transfers were seen, and what became of them: a few bytes for each, however many."""

from array import array

from service.proof.findings import Findings, shown

SEEN, REVERSED, FINAL, ENDED = 1, 2, 4, 8  # final: not to be reversed; ended: a hold's end
_PAGE = 12
_WITHIN = (1 << _PAGE) - 1
_MASK = 0xFFFFFFFF
_NEVER_REVERSED = {b"reverse", b"void", b"hold", b"release"}
ID_MAX = 1 << 63


class Transfers:
    """Seen transfers by number, each with a fingerprint of its legs.

    The fingerprint is the sum of amount × account number: a mirror image has the negative one.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._pages: dict[int, tuple[bytearray, array[int]]] = {}
        self._at = -1  # numbers come nearly in order: mostly it is the page of the last one
        self._flags, self._prints = self._page(0)

    def take(self, fields: list[bytes], number: int, mirror: int) -> None:
        """Enter a transfer; raises ValueError for a number that cannot be one."""
        if not 0 < number < ID_MAX:
            raise ValueError("no transfer has this number")
        at = number >> _PAGE
        if at != self._at:
            self._flags, self._prints = self._page(at)
            self._at = at
        place = number & _WITHIN
        if self._flags[place]:
            self._findings.add("twice", f"transfer {number}", "is there twice")
        self._flags[place] = SEEN | (FINAL if fields[4] in _NEVER_REVERSED else 0)
        self._prints[place] = mirror & _MASK
        if fields[11]:
            self._reverse(number, int(fields[11]), mirror)
        elif fields[4] in {b"reverse", b"void"}:
            self._findings.add(
                "missing", f"transfer {number}", f"is a {shown(fields[4])} of no transfer"
            )

    def mark(self, number: int, flag: int) -> None:
        """Note something about a transfer."""
        self._page(number >> _PAGE)[0][number & _WITHIN] |= flag

    def has(self, number: int, flag: int) -> bool:
        """Tell whether it was noted."""
        page = self._pages.get(number >> _PAGE)
        return bool(page and page[0][number & _WITHIN] & flag)

    def _page(self, at: int) -> tuple[bytearray, "array[int]"]:
        if at not in self._pages:
            size = 1 << _PAGE
            self._pages[at] = bytearray(size), array("I", bytes(4 * size))
        return self._pages[at]

    def _reverse(self, number: int, of: int, mirror: int) -> None:
        place = f"transfer {number}"
        if not self.has(of, SEEN):
            self._findings.add("missing", place, f"reverses transfer {of}, which is not there")
            return
        if self.has(of, REVERSED):
            self._findings.add("twice", place, f"reverses transfer {of} a second time")
        if self.has(of, FINAL):
            self._findings.add("twice", place, f"reverses transfer {of}, which cannot be reversed")
        elif (self._page(of >> _PAGE)[1][of & _WITHIN] + mirror) & _MASK:
            self._findings.add("unbalanced", place, f"is not the mirror image of transfer {of}")
        self.mark(of, REVERSED)
