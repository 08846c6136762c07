"""The id of a shop's ticket: 65 bits that nobody guesses, kept as a hash, said again when asked.

A till whose first answer was lost must be told the same code again. So the bits are not drawn but
made of a random salt with the server's secret; neither the salt nor the hash gives them away.
"""

import hmac
import secrets
from hashlib import sha256

from service.passes.keys import Keyring
from service.passes.rules import crockford

TICKET_CHARACTERS = 13
TICKET_BITS = 5 * TICKET_CHARACTERS
SALT_BYTES = 16
BYTES = 9  # the least that hold 65 bits


def new_ticket_salt() -> bytes:
    """Draw what a ticket's id is made of."""
    return secrets.token_bytes(SALT_BYTES)


def ticket_tail(keys: Keyring, salt: bytes) -> str:
    """Return a ticket's id, which stands after the slash."""
    made = hmac.new(keys.ticket, salt, sha256).digest()[:BYTES]
    return crockford(int.from_bytes(made) >> 8 * BYTES - TICKET_BITS, TICKET_CHARACTERS)


def ticket_url(keys: Keyring, salt: bytes) -> str:
    """Return the whole address, as the till's QR says it."""
    return f"{keys.public_url}/r/{ticket_tail(keys, salt)}"


def ticket_digest(tail: str) -> bytes:
    """Return what is kept of a ticket's id; a copy of the table opens no ticket."""
    return sha256(f"aixin-ticket|{tail.lower()}".encode()).digest()
