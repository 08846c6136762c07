"""The address of a receipt: made for one entry, and for no other."""

from hypothesis import given
from hypothesis import strategies as st

from service.passes import keyring, read_receipt, receipt_tail, receipt_url

KEYS = keyring("a-secret-for-tests-only-0123456789abcdef", "https://aixin.example")
OTHERS = keyring("another-secret-for-tests-0123456789abcdef", "https://aixin.example")
IDS = st.integers(min_value=1, max_value=10**18 - 1)


@given(IDS)
def test_an_address_leads_to_its_entry(transfer_id: int) -> None:
    tail = receipt_tail(KEYS, transfer_id)
    assert read_receipt(KEYS, tail) == transfer_id
    assert receipt_url(KEYS, transfer_id) == f"https://aixin.example/t/{tail}"


@given(IDS, IDS)
def test_a_tag_opens_no_other_entry(one: int, other: int) -> None:
    tag = receipt_tail(KEYS, one).partition(".")[2]
    assert (read_receipt(KEYS, f"{other}.{tag}") == other) == (one == other)


@given(IDS)
def test_another_secret_opens_nothing(transfer_id: int) -> None:
    assert read_receipt(KEYS, receipt_tail(OTHERS, transfer_id)) is None


@given(st.text(max_size=40))
def test_any_other_text_is_no_address(text: str) -> None:
    assert read_receipt(KEYS, text) is None


@given(IDS)
def test_one_entry_has_one_address(transfer_id: int) -> None:
    """What reads alike is not alike: no leading zeros, other digits or upper case."""
    tail = receipt_tail(KEYS, transfer_id)
    number, _, tag = tail.partition(".")
    wide = number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    changed = [f"0{tail}", f"{wide}.{tag}", f"{tail}\n", f" {tail}", f"{number}{tag}"]
    for text in changed:
        assert read_receipt(KEYS, text) is None
