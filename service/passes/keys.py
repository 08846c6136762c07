"""Keys of the codes, one for each purpose, all derived from the server's secret."""

import hmac
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from service.passes import rules
from service.passes.rules import Reading

# In the order of the keyring's fields.
PURPOSES = ("card", "pin", "pass", "onsite", "receipt", "certificate", "ticket", "bind")


@dataclass(frozen=True, slots=True)
class Keyring:
    """What makes and checks codes, and the host that stands in them."""

    public_url: str  # "https://host", no slash
    card: bytes
    pin: bytes
    pass_: bytes
    onsite: bytes
    receipt: bytes
    certificate: bytes
    ticket: bytes
    bind: bytes

    @property
    def host(self) -> str:
        """Return the one host whose codes are ours."""
        return self.public_url.split("://", 1)[-1].lower()

    def read(self, text: str) -> Reading | None:
        """Say which of our codes a text is, by its shape alone."""
        return rules.read(text, host=self.host)

    def card_hmac(self, cid: str) -> bytes:
        """Return what is kept of a card's id: a copy of the table prints no card."""
        return hmac.new(self.card, cid.encode(), sha256).digest()

    def pin_hash(self, booklet_code: str, pin: str) -> bytes:
        """Return what is kept of a booklet's PIN; ten thousand guesses need the server's secret."""
        return hmac.new(self.pin, f"{booklet_code}|{pin}".encode(), sha256).digest()


@cache
def keyring(secret_key: str, public_url: str) -> Keyring:
    """Derive the keys; the same secret gives the same keys, whichever process asks."""
    made = (
        hmac.new(secret_key.encode(), f"aixin/codes/1/{purpose}".encode(), sha256).digest()
        for purpose in PURPOSES
    )
    return Keyring(public_url.lower(), *made)
