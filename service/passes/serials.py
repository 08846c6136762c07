"""The address at which anybody checks a certificate: its number and a tag of 40 bits."""

import re

from service.passes.keys import Keyring
from service.passes.rules import mac60, same

TAG_CHARACTERS = 8
TAIL = re.compile(r"([0-9a-z-]{3,40})\.([0-9a-hjkmnp-tv-z]{8})")


def certificate_url(keys: Keyring, serial: str) -> str:
    """Return the whole address, in lower case, as its QR says it."""
    return f"{keys.public_url}/v/{certificate_tail(keys, serial)}"


def certificate_tail(keys: Keyring, serial: str) -> str:
    """Return what stands after the slash."""
    return f"{serial.lower()}.{tag(keys, serial)}"


def read_certificate(keys: Keyring, tail: str) -> str | None:
    """Return the number, in upper case, of a certificate of ours; None for any other address."""
    found = TAIL.fullmatch(tail.lower())
    if found is None or not same(found[2], tag(keys, found[1])):
        return None
    return found[1].upper()


def tag(keys: Keyring, serial: str) -> str:
    """Return what nobody guesses without the server's key."""
    return mac60(keys.certificate, serial.lower())[:TAG_CHARACTERS]
