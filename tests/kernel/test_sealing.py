"""A sealed field opens in its own place under its own key, whole; else it is refused."""

import pytest

from service.sealing import (
    HEAD_BYTES,
    KeyMissing,
    Place,
    SealBroken,
    Sealer,
    SealingKey,
    read_sealing_keys,
)
from service.signing import KeysRefused

OLD, NEW = SealingKey(bytes(32)), SealingKey(bytes(range(32)))
HERE = Place("people_identities", "name", 7)


def test_what_was_sealed_opens_in_its_place() -> None:
    sealer = Sealer([NEW])
    for text in ("王秀英", "Ann Lee", "13900000000", "字" * 400):
        sealed = sealer.seal(text, HERE)
        assert text.encode() not in sealed
        assert sealer.open(sealed, HERE) == text


def test_the_same_name_is_never_sealed_to_the_same_bytes() -> None:
    sealer = Sealer([NEW])
    assert len({sealer.seal("王秀英", HERE) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "place",
    [
        Place("people_identities", "name", 8),
        Place("people_identities", "phone", 7),
        Place("inbox_addresses", "name", 7),
    ],
)
def test_a_field_that_was_moved_is_refused(place: Place) -> None:
    sealer = Sealer([NEW])
    with pytest.raises(SealBroken, match="moved"):
        sealer.open(sealer.seal("王秀英", HERE), place)


def test_a_field_of_which_any_byte_was_changed_is_refused() -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("王秀英", HERE)
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(SealBroken):
            sealer.open(bytes(changed), HERE)


def test_a_field_that_was_cut_or_grew_is_refused() -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("王秀英", HERE)
    for changed in (*(sealed[:size] for size in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(SealBroken):
            sealer.open(changed, HERE)


def test_a_wrong_key_says_which_one_is_missing_and_no_name() -> None:
    sealed = Sealer([OLD]).seal("王秀英", HERE)
    with pytest.raises(KeyMissing, match=f"under key {OLD.key_id.hex()}") as refused:
        Sealer([NEW]).open(sealed, HERE)
    assert "people_identities|name|7" in str(refused.value)
    assert "王" not in str(refused.value)


def test_the_newest_key_seals_and_the_older_ones_open() -> None:
    before = Sealer([OLD]).seal("王秀英", HERE)
    both = Sealer([NEW, OLD])
    assert both.open(before, HERE) == "王秀英"
    assert both.seal("王秀英", HERE)[1:5] == NEW.key_id
    assert before[1:5] == OLD.key_id
    assert len(before) == HEAD_BYTES + len("王秀英".encode()) + 16


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(KeyMissing, match="IDENTITY_KEY is not set"):
        Sealer().seal("王秀英", HERE)
    with pytest.raises(KeyMissing, match="IDENTITY_KEY is not set"):
        Sealer().hashes("name", "王秀英")


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("phone", ("13900000000", "139 0000 0000", "139-0000-0000", "+86 13900000000")),
        ("name", ("王秀英", " 王秀英 ", "王 秀英")),
        ("name", ("Aini·Mai", "aini mai", "AINIMAI")),
        ("id_no", ("11010119900307888x", "11010119900307888X", "110101 19900307 888X")),
    ],
)
def test_a_hash_is_the_same_however_it_is_typed(kind: str, typed: tuple[str, ...]) -> None:
    assert len({Sealer([NEW]).hash(kind, one) for one in typed}) == 1


def test_a_hash_differs_by_text_by_kind_and_by_key() -> None:
    one = Sealer([NEW]).hash("phone", "13900000000")
    assert one != Sealer([NEW]).hash("phone", "13900000001")
    assert one != Sealer([NEW]).hash("id_no", "13900000000")
    assert one != Sealer([OLD]).hash("phone", "13900000000")
    assert Sealer([NEW, OLD]).hashes("phone", "13900000000")[0] == one


def test_a_key_is_read_as_it_was_written_and_never_shown() -> None:
    made = SealingKey.generate()
    assert read_sealing_keys(f"{made.secret_text()}\n{OLD.secret_text()}") == (made, OLD)
    assert made.secret_text() not in repr(made)
    assert repr(made.secret) not in repr(made)


@pytest.mark.parametrize("spoil", ["", "x", "identity+00000000+AAAA", "PRIVATE+KEY+x+y"])
def test_what_is_no_key_is_refused_without_repeating_it(spoil: str) -> None:
    with pytest.raises(KeysRefused, match="key 2") as refused:
        read_sealing_keys(f"{NEW.secret_text()} {spoil or NEW.secret_text()[:-5]}")
    assert "AAAA" not in str(refused.value)
