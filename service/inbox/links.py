"""Links that stand in what is sent: signed, so that nothing of them need be kept."""

import hmac
from base64 import b32encode
from hashlib import sha256

from service.inbox.models import UnknownLink

CONFIRM, STOP = "confirm", "stop"
SIGN_BYTES = 20


def write_link(secret: str, purpose: str, address_id: int) -> str:
    """Return what names an address in a link that is good for one purpose."""
    return f"{address_id}-{sign(secret, purpose, address_id)}"


def read_link(secret: str, purpose: str, text: str) -> int:
    """Return which address a link names. Raises UnknownLink."""
    number, _, signed = text.partition("-")
    known = number.isascii() and number.isdecimal() and len(number) < 19
    if not known or not hmac.compare_digest(
        sign(secret, purpose, int(number)).encode(), signed.encode()
    ):
        raise UnknownLink
    return int(number)


def sign(secret: str, purpose: str, address_id: int) -> str:
    """Sign an address for a purpose, in lower-case letters and digits."""
    said = f"inbox {purpose} {address_id}".encode()
    return b32encode(hmac.digest(secret.encode(), said, sha256)[:SIGN_BYTES]).decode().lower()
