"""The log's tree (RFC 6962): its root at every size, and the paths that prove what is in it.

A node is named by (level, index): the complete subtree over the leaves index·2^level … . Paths are
computed from any source of such nodes, so whoever keeps the tree chooses how.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import Self

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32
TILE = 8  # levels that one stored row of nodes spans: 256 nodes wide

NodeSource = Callable[[int, int], bytes]
OnRow = Callable[[int, int, Sequence[bytes]], None]
Row = Callable[[int, int, int], Sequence[bytes]]


@dataclass(frozen=True)
class TreeHead:
    """The size of a log and its root at that size: what everything before it is bound to."""

    size: int
    root: bytes


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring nodes into the one above them."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree that remembers only the roots of its complete subtrees.

    `on_row(level, first, nodes)` is told which nodes of the levels 0, 8, 16, … an append completed:
    those are the ones worth storing, for `node_source` finds all others from them.
    """

    def __init__(self, on_row: OnRow | None = None) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # by level; only those count whose bit is set in the size
        self._on_row = on_row

    @classmethod
    def load(cls, data: bytes, on_row: OnRow | None = None) -> Self:
        """Continue from what `dump` wrote; raises ValueError."""
        frontier = cls(on_row)
        frontier.size = int.from_bytes(data[:8])
        if len(data) != 8 + HASH_BYTES * frontier.size.bit_count():
            raise ValueError("not a frontier")
        place = 8
        for level in range(frontier.size.bit_length()):
            present = frontier.size >> level & 1
            frontier._peaks.append(data[place : place + HASH_BYTES] if present else b"")
            place += HASH_BYTES * present
        return frontier

    def dump(self) -> bytes:
        """Write the size and the subtree roots, small ones first."""
        return self.size.to_bytes(8) + b"".join(self._present())

    def copy(self) -> "Frontier":
        """Copy the state, without the hook: for trying out what might follow."""
        other = Frontier()
        other.size, other._peaks = self.size, self._peaks.copy()
        return other

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.extend([leaf])

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes, level by level, which is quicker than one after the other."""
        row, level, first = list(leaves), 0, self.size
        self.size += len(row)
        while row:
            if self._on_row and level % TILE == 0:
                self._on_row(level, first, row)
            row = self._pairs(row, level, odd=bool(first & 1))
            level, first = level + 1, first >> 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        return _fold(self._present())

    def head(self) -> TreeHead:
        """Return size and root."""
        return TreeHead(self.size, self.root())

    def _present(self) -> list[bytes]:
        return [peak for level, peak in enumerate(self._peaks) if self.size >> level & 1]

    def _pairs(self, row: list[bytes], level: int, *, odd: bool) -> list[bytes]:
        """Hash a row in pairs; a node without a partner waits as the peak of its level."""
        row = [self._peaks[level], *row] if odd else row
        if level == len(self._peaks):
            self._peaks.append(b"")
        self._peaks[level] = row[-1] if len(row) % 2 else b""
        return [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(row[::2], row[1::2], strict=False)
        ]


def _fold(subtrees: Sequence[bytes]) -> bytes:
    """Join the roots of complete subtrees, the smallest (rightmost) first."""
    if not subtrees:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), subtrees[1:], subtrees[0])


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over these leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def root_at(size: int, node: NodeSource) -> bytes:
    """Return the root that the tree had when it was this size."""
    return _range_root(0, size, node)


def node_source(row: Row) -> NodeSource:
    """Find any node from stored rows: `row(level, first, count)`, level 0, 8, 16, … ."""

    def node(level: int, index: int) -> bytes:
        above = level % TILE
        found = list(row(level - above, index << above, 1 << above))
        for _ in range(above):
            found = [node_hash(*pair) for pair in zip(found[::2], found[1::2], strict=True)]
        return found[0]

    return node


def _split(count: int) -> int:
    """Return the largest power of two below the count: where RFC 6962 parts a tree."""
    return 1 << (count - 1).bit_length() - 1


def _range_root(first: int, last: int, node: NodeSource) -> bytes:
    """Return the root over leaves first … last − 1, where first is where RFC 6962 may part."""
    count, place, subtrees = last - first, first, []
    for level in reversed(range(count.bit_length())):
        if count >> level & 1:
            subtrees.append(node(level, place >> level))
            place += 1 << level
    return _fold(subtrees[::-1])


def inclusion_path(index: int, size: int, node: NodeSource) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root, the leaf's neighbour first."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in a tree of this size")
    path, first, last = [], 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append(_range_root(middle, last, node))
            last = middle
        else:
            path.append(_range_root(first, middle, node))
            first = middle
    return path[::-1]


def consistency_path(first: int, second: int, node: NodeSource) -> list[bytes]:
    """Return the hashes that show the tree of one size to be the beginning of a later one."""
    if not 0 <= first <= second:
        raise ValueError("the first size must not be above the second")
    path, low, high, whole = [], 0, second, True
    while 0 < first < high:
        middle = low + _split(high - low)
        if first <= middle:
            path.append(_range_root(middle, high, node))
            high = middle
        else:
            path.append(_range_root(low, middle, node))
            low, whole = middle, False
    if not whole:
        path.append(_range_root(low, high, node))
    return path[::-1]


def verify_inclusion(leaf: bytes, path: Sequence[bytes], *, index: int, head: TreeHead) -> bool:
    """Tell whether the path leads from the leaf at this index to the head's root."""
    if not 0 <= index < head.size:
        return False
    at, last, found, rest = index, head.size - 1, leaf, iter(path)
    for sibling in rest:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == head.root


def verify_consistency(path: Sequence[bytes], *, old: TreeHead, new: TreeHead) -> bool:
    """Tell whether the path shows that the old tree is the beginning of the new one."""
    if old.size > new.size or old.size < 0:
        return False
    if old.size in {0, new.size}:
        return not path and old.root == (new.root if old.size else EMPTY_ROOT)
    hashes = [old.root, *path] if old.size.bit_count() == 1 else list(path)
    return bool(hashes) and _both_roots(hashes, old.size, new.size) == (old.root, new.root)


def _both_roots(hashes: Sequence[bytes], first: int, second: int) -> tuple[bytes, bytes] | None:
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None
