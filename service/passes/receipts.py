"""The address of a receipt: nobody guesses it, and whoever was given it may look."""

import re

from service.passes.keys import Keyring
from service.passes.rules import mac60, same

TAIL = re.compile(r"([1-9]\d{0,17})\.([0-9a-hjkmnp-tv-z]{12})")


def receipt_tail(keys: Keyring, transfer_id: int) -> str:
    """Return what stands after the slash: the entry's number and its tag."""
    return f"{transfer_id}.{mac60(keys.receipt, str(transfer_id))}"


def receipt_url(keys: Keyring, transfer_id: int) -> str:
    """Return the whole address, as its QR says it."""
    return f"{keys.public_url}/t/{receipt_tail(keys, transfer_id)}"


def read_receipt(keys: Keyring, tail: str) -> int | None:
    """Return the number of the entry whose address this is; None when it is none of ours."""
    found = TAIL.fullmatch(tail)
    if found is None or not same(found[2], mac60(keys.receipt, found[1])):
        return None
    return int(found[1])
