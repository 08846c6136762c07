"""What is proved to a stranger: that a transfer is in the log, and that the log only grew."""

from functools import partial
from itertools import combinations_with_replacement

import psycopg
import pytest
from sqlmodel import Session

from service import ledger
from service.ledger.proofs import tree
from service.proof import (
    Checkpoint,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.ledger.conftest import Books
from tests.ledger.sealer import KEY, Sealer, head_of, public
from tests.ledger.test_sealing import pour


@pytest.fixture
def sealer(books: Books) -> Sealer:
    """A sealer of these books."""
    return Sealer(books.database)


def test_every_leaf_of_a_log_of_any_size_has_a_receipt_that_verifies(
    books: Books, sealer: Sealer
) -> None:
    ids: list[int] = []
    for size in (1, 2, 3, 7, 8, 13):
        while len(ids) < size:
            ids.append(books.award("FM0001", 1, key=f"a{len(ids)}").transfer_id)
        head = sealer.all()[-1]
        for index, transfer_id in enumerate(ids):
            told = sealer.receipt(transfer_id)
            assert (told.index, told.head) == (index, head)
            assert told.leaf == leaf_hash([field.encode() for field in told.fields])
            assert verify_inclusion(told.leaf, told.path, index=index, head=head_of(head))
            signed = Checkpoint.open(head.note, public(KEY))
            assert signed.head == head_of(head)


def test_a_receipt_proves_nothing_but_its_own_transfer_and_place(
    books: Books, sealer: Sealer
) -> None:
    first, second = (books.award("FM0001", 1, key=f"a{n}").transfer_id for n in range(2))
    head = head_of(sealer.all()[-1])
    mine, other = sealer.receipt(first), sealer.receipt(second)
    assert not verify_inclusion(other.leaf, mine.path, index=0, head=head)
    assert not verify_inclusion(mine.leaf, mine.path, index=1, head=head)
    assert not verify_inclusion(mine.leaf, other.path, index=0, head=head)


def test_a_receipt_before_the_sealer_came_says_so(books: Books, sealer: Sealer) -> None:
    books.award("FM0001", 1, key="a")
    sealer.all()
    posted = books.award("FM0001", 1, key="b")
    told = sealer.receipt(posted.transfer_id)
    assert (told.index, told.head, told.path) == (None, None, [])
    assert told.leaf == leaf_hash([field.encode() for field in told.fields])
    assert told.fields[2] == "b"


def test_a_transfer_that_is_not_has_no_receipt(books: Books, sealer: Sealer) -> None:
    with pytest.raises(ledger.UnknownTransfer):
        sealer.receipt(99)


DEEP = 66_000  # more than 256 · 256: three levels of what is stored


def test_a_deep_log_proves_its_corners(
    books: Books, sealer: Sealer, admin: psycopg.Connection
) -> None:
    pour(admin, DEEP)
    head = head_of(sealer.all(33_000)[-1])
    leaves = sealer.leaves()
    corners = [0, 1, 255, 256, 65_535, 65_536, 65_791, 65_792, DEEP - 1]

    def path(session: Session, index: int) -> list[bytes]:
        return inclusion_path(index, DEEP, tree(session))

    for index in corners:
        found = books.database.atomic(partial(path, index=index))
        assert verify_inclusion(leaves[index], found, index=index, head=head)


def test_any_two_heads_are_consistent(
    books: Books, sealer: Sealer, admin: psycopg.Connection
) -> None:
    heads = []
    for step in (1, 1, 5, 249, 1, 200):
        admin.execute(
            "INSERT INTO ledger_unsealed SELECT id, sha256(id::text::bytea) FROM"
            " generate_series((SELECT count(*) + 1 FROM ledger_leaves),"
            f" (SELECT count(*) FROM ledger_leaves) + {step}) AS id".encode()
        )
        heads += sealer.all()
    assert [head.size for head in heads] == [1, 2, 7, 256, 257, 457]
    for old, new in combinations_with_replacement(heads, 2):
        asked = partial(ledger.consistency, first=old.size, second=new.size)
        path = books.database.atomic(asked)
        assert verify_consistency(path, old=head_of(old), new=head_of(new))
    leaves = sealer.leaves()
    forged = root_of([leaves[1], leaves[0]])
    asked = partial(ledger.consistency, first=2, second=7)
    path = books.database.atomic(asked)
    old = head_of(heads[1])
    assert not verify_consistency(path, old=type(old)(2, forged), new=head_of(heads[2])), (
        "swapped leaves are another log"
    )
    assert path == consistency_path(2, 7, lambda level, index: subtree(leaves, level, index))


def subtree(leaves: list[bytes], level: int, index: int) -> bytes:
    return root_of(leaves[index << level : (index + 1) << level])


def test_what_was_never_a_head_has_no_proof(books: Books, sealer: Sealer) -> None:
    for n in range(3):
        books.award("FM0001", 1, key=f"a{n}")
    sealer.all()
    with pytest.raises(ledger.UnknownHead):
        books.database.atomic(partial(ledger.consistency, first=2, second=3))


def test_heads_are_paged_newest_first(books: Books, sealer: Sealer) -> None:
    for n in range(5):
        books.award("FM0001", 1, key=f"a{n}")
        sealer.all()
    page = books.database.atomic(partial(ledger.heads, limit=2))
    rest = books.database.atomic(partial(ledger.heads, before=page[-1].size, limit=9))
    assert [head.size for head in [*page, *rest]] == [5, 4, 3, 2, 1]
    assert books.database.atomic(ledger.latest_head) == page[0]
