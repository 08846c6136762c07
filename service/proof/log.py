"""The log: whether its leaves are dense, in order, and what was signed.

Leaves are judged in batches, from one signed head to the next, so that a head that does not fit
can be explained: by rows that have changed places, by their numbers, by one hash, or by a gap.
"""

from binascii import a2b_hex
from dataclasses import dataclass
from itertools import groupby

from service.proof.findings import Findings
from service.proof.merkle import Frontier

BATCH_MAX = 1 << 16  # a longer batch is no longer explained, so that memory stays small


@dataclass(frozen=True, slots=True)
class Arrangement:
    """An order of a batch's leaves, and which of their hashes count."""

    order: list[int]  # at each place, the leaf's place in the file
    computed: bool  # the hashes of the rows count, not the stated ones


class Log:
    """The leaves so far, against the roots that were signed."""

    def __init__(self, findings: Findings, roots: dict[int, bytes], probes: set[int]) -> None:
        self._findings = findings
        self._roots = roots  # by size: what the signed heads say
        self._end = max([*roots, *probes, 0])
        self.probed: dict[int, bytes] = {}  # the roots at the sizes that somebody will ask for
        self.checked = 0  # heads whose root came out
        self.broken = False  # what the tree was cannot be known from here on
        self.size = 0  # one above the highest index so far
        self._frontier = Frontier()
        self._stated: list[bytes] = []  # the batch: stated hashes and transfers, in file order
        self._transfers: list[int] = []
        self._wrong: dict[int, bytes] = {}  # computed hashes that differ, by place in the batch
        self._moved: dict[int, int] = {}  # indexes that differ from the place, likewise
        self._stops = iter(sorted({*roots, *probes} - {0}))
        if 0 in probes:
            self.probed[0] = self._frontier.root()
        self._stop = next(self._stops, -1)

    def take(self, index: int, stated: bytes, computed: bytes, transfer: int) -> None:
        """Add a leaf with its stated hash (hex) and the one of its row; raises ValueError."""
        told = a2b_hex(stated)
        place = len(self._stated)
        if self.broken:
            self._take_broken(index, told == computed, transfer)
            return
        if index != self._frontier.size + place and not self._out_of_place(index, place, told):
            return
        if told != computed:
            self._wrong[place] = computed
        self._stated.append(told)
        self._transfers.append(transfer)
        if index >= self.size:
            self.size = index + 1
        if self._frontier.size + place + 1 == self._stop:
            self._reach()
        elif place == BATCH_MAX:
            self._fold()

    def close(self) -> None:
        """Judge what is left behind the last head, and whether the log ends too early."""
        below = self._frontier.size + len(self._stated)
        if not self.broken:
            self._tell_altered()
            if not self._tell_gaps(self.size):
                self._tell_moved()
        if self._stated and not self.broken and below > self._end and not self._moved:
            self._findings.add(
                "count", f"leaf {self._end}",
                f"no signed head covers the leaves from {self._end} to {below - 1}",
            )  # fmt: skip
        if self.size < self._end:
            self._findings.add(
                "cut_tail", f"leaf {self.size}",
                f"the log ends after {self.size} leaves, and {self._end} were signed",
            )  # fmt: skip

    def _take_broken(self, index: int, sound: bool, transfer: int) -> None:
        place = f"leaf {index}"
        if index < self.size:
            self._findings.add("renumbered", place, f"comes again after leaf {self.size - 1}")
        elif index > self.size:
            self._missing(self.size, index - 1)
        if not sound:
            self._altered(index, transfer)
        self.size = max(self.size, index + 1)

    def _out_of_place(self, index: int, place: int, told: bytes) -> bool:
        """Note a leaf under another index than its place, unless the same came before."""
        base = self._frontier.size
        if index < base:
            self._findings.add("renumbered", f"leaf {index}", f"comes again after leaf {base - 1}")
            return False
        if index < self.size:
            earlier = [at for at in range(place) if self._moved.get(at, base + at) == index]
            if any(self._stated[at] == told for at in earlier):
                return False  # the very same line again: the books name the transfer
        self._moved[place] = index
        return True

    def _reach(self) -> None:
        """At a size that somebody signed: compare, and begin a new batch if it was a head."""
        size = self._stop
        self._stop = next(self._stops, -1)
        if size in self._roots:
            found = self._explain(self._roots[size])
            self._tell(found, size)
            self._begin(found)
            if not self.broken:
                self.checked += 1
                self.probed[size] = self._roots[size]
        else:
            trial = self._frontier.copy()
            trial.extend(self._stated)
            self.probed[size] = trial.root()

    def _explain(self, root: bytes) -> Arrangement | None:
        """Find the arrangement of the batch that gives the signed root."""
        as_it_is = list(range(len(self._stated)))
        base = self._frontier.size
        orders = [
            as_it_is,
            sorted(as_it_is, key=self._transfers.__getitem__),
            sorted(as_it_is, key=lambda at: self._moved.get(at, base + at)),
        ]
        for order in orders:
            for computed in (False, True):
                found = Arrangement(order, computed)
                if self._grown(found).root() == root:
                    return found
        return None

    def _grown(self, found: Arrangement) -> Frontier:
        hashes, trial = self._stated, self._frontier.copy()
        if found.computed:
            hashes = [self._wrong.get(at, told) for at, told in enumerate(hashes)]
        trial.extend([hashes[at] for at in found.order])
        return trial

    def _begin(self, found: Arrangement | None) -> None:
        """Begin a new batch behind this one."""
        if found:
            self._frontier = self._grown(found)
            self.size = self._frontier.size
        else:
            self.broken = True
        self._stated, self._transfers = [], []
        self._wrong, self._moved = {}, {}

    def _fold(self) -> None:
        """Let go of a long batch: its stated hashes are taken as they are."""
        found = None if self._moved else Arrangement(list(range(len(self._stated))), computed=False)
        self._tell(found, min((size for size in self._roots if size >= self.size), default=0))
        self._begin(found)

    def _tell(self, found: Arrangement | None, size: int) -> None:
        if found is None:
            self._tell_altered()
            if not self._tell_gaps(size):
                self._findings.add(
                    "root", f"head {size}",
                    f"the first {size} leaves do not give the root that was signed;"
                    " no later head can be checked",
                )  # fmt: skip
            return
        if found.computed:
            self._tell_hashes()
        else:
            self._tell_altered()
        if self._moved or found.order != sorted(found.order):
            self._tell_places(found.order)

    def _tell_altered(self) -> None:
        """The stated hashes are what was signed, or are taken for it; the rows are not."""
        base = self._frontier.size
        owners = {self._stated[at]: at for at in self._wrong}
        for at, computed in self._wrong.items():
            owner = owners.get(computed)
            if owner is None:
                self._altered(self._moved.get(at, base + at), self._transfers[at])
            else:
                self._findings.add(
                    "swapped", f"leaf {base + at}",
                    f"holds transfer {self._transfers[at]}, which belongs to leaf {base + owner}",
                )  # fmt: skip

    def _tell_hashes(self) -> None:
        """The rows are what was signed; it is their stated hashes that are not."""
        base = self._frontier.size
        owners = {computed: at for at, computed in self._wrong.items()}
        for at in self._wrong:
            owner = owners.get(self._stated[at])
            if owner is None:
                self._findings.add(
                    "altered", f"leaf {base + at}",
                    "its stated hash is not that of its row, and the row is what was signed",
                )  # fmt: skip
            else:
                self._findings.add(
                    "swapped", f"leaf {base + at}", f"states the hash of leaf {base + owner}"
                )

    def _tell_places(self, order: list[int]) -> None:
        """Name the leaves that stand elsewhere than where they were signed, in runs."""
        base = self._frontier.size
        indexes = [self._moved.get(at, base + at) for at in range(len(order))]
        permuted = sorted(indexes) == list(range(base, base + len(order)))
        off = [
            (place, at, indexes[at] - base - place)
            for place, at in enumerate(order)
            if indexes[at] != base + place or (permuted and at != place)
        ]
        for (_, shift), run in groupby(off, lambda one: (one[0] - one[1], one[2])):
            ats = [at for _, at, _ in run]
            first, last = indexes[ats[0]], indexes[ats[-1]]
            leaves = f"leaf {first}" if first == last else f"leaves {first} to {last}"
            which = f"transfer {self._transfers[ats[0]]}" + (" …" if len(ats) > 1 else "")
            if permuted:
                text = f"{which} was signed at index {first - shift}"
            else:
                text = f"{which} was signed under the index {first - shift}, not {first}"
            self._findings.add("swapped" if permuted else "renumbered", leaves, text)

    def _tell_gaps(self, size: int) -> bool:
        """Name the indexes below `size` that no leaf of the batch has."""
        if not self._moved:
            return False
        base = self._frontier.size
        there = {self._moved.get(at, base + at) for at in range(len(self._stated))}
        gaps = [index for index in range(base, min(size, max(there))) if index not in there]
        for _, run in groupby(enumerate(gaps), lambda item: item[0] - item[1]):
            indexes = [index for _, index in run]
            self._missing(indexes[0], indexes[-1])
        return bool(gaps)

    def _tell_moved(self) -> None:
        """Name the leaf from which on the numbers differ from the places."""
        for at, index in list(self._moved.items())[:1]:
            place = self._frontier.size + at
            self._findings.add("renumbered", f"leaf {index}", f"stands where leaf {place} should")

    def _missing(self, first: int, last: int) -> None:
        place = f"leaf {first}" if first == last else f"leaves {first} to {last}"
        self._findings.add("missing", place, "not in the file, though later ones are")

    def _altered(self, index: int, transfer: int) -> None:
        self._findings.add(
            "altered", f"leaf {index}", f"transfer {transfer} is not what its leaf was made from"
        )
