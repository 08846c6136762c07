"""The bytes that a leaf hashes, pinned; and the escapes of an export's lines."""

from hashlib import sha256
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.proof import escape, leaf_hash, unescape
from tests.proof.vectors import AWARD, VECTORS


@pytest.mark.parametrize(("fields", "leaf"), VECTORS.values(), ids=VECTORS)
def test_a_record_has_this_leaf_for_ever(fields: list[str], leaf: str) -> None:
    assert leaf_hash([field.encode() for field in fields]).hex() == leaf


@given(some.lists(some.binary(max_size=40), max_size=40), some.integers(0, 3000))
def test_a_leaf_is_the_hash_of_every_field_after_its_length(fields: list[bytes], long: int) -> None:
    fields = [*fields, b"x" * long]
    told = b"".join(pack(">I", len(field)) + field for field in fields)
    assert leaf_hash(fields) == sha256(b"\x00\x01" + told).digest()


@given(some.integers(0, len(AWARD) - 2))
def test_fields_that_run_together_make_another_leaf(place: int) -> None:
    fields = [field.encode() for field in AWARD]
    joined = [*fields[:place], fields[place] + fields[place + 1], b"", *fields[place + 2 :]]
    if joined != fields:
        assert leaf_hash(joined) != leaf_hash(fields)


@given(some.binary())
def test_a_field_reads_back_from_its_line(field: bytes) -> None:
    written = escape(field)
    assert not set(written) & set(b"\t\n\r")
    assert unescape(written) == field


def test_the_escapes_are_those_of_copy() -> None:
    assert escape("a\tb\nc\rd\\ 雪".encode()) == "a\\tb\\nc\\rd\\\\ 雪".encode()
    assert unescape(rb"\b\f\v") == b"\b\f\v"
    for wrong in (rb"\N", rb"a\x", b"a\\"):
        with pytest.raises(ValueError, match="escape"):
            unescape(wrong)
