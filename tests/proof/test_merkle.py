"""The tree: against the vectors of Certificate Transparency and against the definition."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.proof import (
    EMPTY_ROOT,
    Frontier,
    TreeHead,
    consistency_path,
    inclusion_path,
    node_hash,
    node_source,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = [
    (0, 1, []),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], B, D]),
]
CONSISTENCY = [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[4]]), (2, 5, [B, D])]

LEAVES = [sha256(b"\x00" + bytes.fromhex(text)).digest() for text in INPUTS]


def leaves(count: int) -> list[bytes]:
    return [sha256(b"\x00%d" % number).digest() for number in range(count)]


def naive_root(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it stands there."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return node_hash(naive_root(hashes[:k]), naive_root(hashes[k:]))


def naive_path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1, as it stands there."""
    if len(hashes) == 1:
        return []
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    if index < k:
        return [*naive_path(index, hashes[:k]), naive_root(hashes[k:])]
    return [*naive_path(index - k, hashes[k:]), naive_root(hashes[:k])]


def naive_subproof(first: int, hashes: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2, as it stands there."""
    if first == len(hashes):
        return [] if whole else [naive_root(hashes)]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    if first <= k:
        return [*naive_subproof(first, hashes[:k], whole=whole), naive_root(hashes[k:])]
    return [*naive_subproof(first - k, hashes[k:], whole=False), naive_root(hashes[:k])]


def of(hashes: Sequence[bytes]):
    """Nodes computed from the leaves, however far up."""
    return lambda level, index: naive_root(hashes[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]
    assert root_at(size, of(LEAVES)).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_the_published_inclusion_paths_come_out(index: int, size: int, path: list[str]) -> None:
    found = inclusion_path(index, size, of(LEAVES))
    head = TreeHead(size, bytes.fromhex(ROOTS[size]))
    assert [step.hex() for step in found] == path
    assert verify_inclusion(LEAVES[index], found, index=index, head=head)


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_the_published_consistency_paths_come_out(first: int, second: int, path: list[str]) -> None:
    found = consistency_path(first, second, of(LEAVES))
    old, new = (TreeHead(size, bytes.fromhex(ROOTS[size])) for size in (first, second))
    assert [step.hex() for step in found] == path
    assert verify_consistency(found, old=old, new=new)


@given(some.integers(0, 300), some.data())
def test_paths_are_those_of_the_definition(size: int, data: some.DataObject) -> None:
    hashes = leaves(size)
    first = data.draw(some.integers(0, size))
    head = TreeHead(size, naive_root(hashes))
    old = TreeHead(first, naive_root(hashes[:first]))
    path = consistency_path(first, size, of(hashes))
    assert path == (naive_subproof(first, hashes, whole=True) if first else [])
    assert verify_consistency(path, old=old, new=head)
    if size:
        index = data.draw(some.integers(0, size - 1))
        steps = inclusion_path(index, size, of(hashes))
        assert steps == naive_path(index, hashes)
        assert verify_inclusion(hashes[index], steps, index=index, head=head)


@given(some.integers(2, 200), some.data())
def test_a_proof_with_anything_changed_proves_nothing(size: int, data: some.DataObject) -> None:
    hashes = leaves(size)
    head = TreeHead(size, root_of(hashes))
    index, first = data.draw(some.integers(0, size - 1)), data.draw(some.integers(1, size - 1))
    steps = inclusion_path(index, size, of(hashes))
    at = data.draw(some.integers(0, len(steps) - 1))
    wrong = [*steps[:at], node_hash(steps[at], steps[at]), *steps[at + 1 :]]
    for changed in (wrong, steps[:-1], [*steps, steps[-1]]):
        assert not verify_inclusion(hashes[index], changed, index=index, head=head)
    assert not verify_inclusion(hashes[index - 1], steps, index=index, head=head)
    assert not verify_inclusion(hashes[index], steps, index=size, head=head)

    old = TreeHead(first, root_of(hashes[:first]))
    path = consistency_path(first, size, of(hashes))
    for changed in (path[:-1], [*path, path[-1]], path[::-1] if len(path) > 1 else []):
        assert not verify_consistency(changed, old=old, new=head)
    assert not verify_consistency(path, old=TreeHead(first, head.root), new=head)
    assert not verify_consistency(path, old=head, new=old)


@given(some.lists(some.integers(0, 70), max_size=8))
def test_a_frontier_grows_in_any_portions_and_survives_a_restart(portions: list[int]) -> None:
    hashes = leaves(sum(portions))
    frontier, done = Frontier(), 0
    for portion in portions:
        frontier = Frontier.load(frontier.dump())
        frontier.extend(hashes[done : done + portion])
        done += portion
        assert frontier.head() == TreeHead(done, naive_root(hashes[:done]))


def test_a_frontier_that_lost_bytes_is_refused() -> None:
    frontier = Frontier()
    frontier.extend(leaves(5))
    with pytest.raises(ValueError, match="frontier"):
        Frontier.load(frontier.dump()[:-1])


def test_stored_rows_serve_every_path_of_a_large_tree() -> None:
    rows: dict[int, list[bytes]] = {}

    def keep(level: int, first: int, nodes: Sequence[bytes]) -> None:
        row = rows.setdefault(level, [])
        assert first == len(row)
        row.extend(nodes)

    hashes, frontier = leaves(70_000), Frontier(keep)
    for at in range(0, 70_000, 1_234):
        frontier.extend(hashes[at : at + 1_234])
    assert {level: len(row) for level, row in rows.items()} == {0: 70_000, 8: 273, 16: 1}

    node = node_source(lambda level, first, count: rows[level][first : first + count])
    head = frontier.head()
    for index in (0, 1, 255, 256, 65_535, 65_536, 69_999):
        path = inclusion_path(index, head.size, node)
        assert verify_inclusion(hashes[index], path, index=index, head=head)
    for first in (1, 256, 257, 65_536, 69_999):
        old = TreeHead(first, root_of(hashes[:first]))
        path = consistency_path(first, head.size, node)
        assert verify_consistency(path, old=old, new=head)


def test_a_leaf_outside_the_tree_has_no_path() -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_path(8, 8, of(LEAVES))
    with pytest.raises(ValueError, match="first size"):
        consistency_path(9, 8, of(LEAVES))
