"""Keys of the codes, one for each purpose, all derived from the server's secret."""

import hmac
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from service.passes import rules
from service.passes.rules import Reading

# In the order of the keyring's fields.
PURPOSES = ("card", "pin", "pass", "onsite", "receipt", "certificate", "ticket", "bind")
FIELDS = ("card", "pin", "pass_", "onsite", "receipt", "certificate", "ticket", "bind")
# What is printed or kept for years, and what is good for nothing without a salt of the database.
LASTING = {"card", "pin", "receipt", "certificate", "ticket", "bind"}


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
    older: tuple["Keyring", ...] = ()  # of the secrets before, by which codes are read and not made

    @property
    def host(self) -> str:
        """Return the one host whose codes are ours."""
        return self.public_url.split("://", 1)[-1].lower()

    @property
    def every(self) -> tuple["Keyring", ...]:
        """Return the keys that codes of minutes may have been made with."""
        return (self, *self.older)

    def read(self, text: str) -> Reading | None:
        """Say which of our codes a text is, by its shape alone."""
        return rules.read(text, host=self.host)

    def card_hmac(self, cid: str) -> bytes:
        """Return what is kept of a card's id: a copy of the table prints no card."""
        return hmac.new(self.card, cid.encode(), sha256).digest()

    def pin_hash(self, booklet_code: str, pin: str) -> bytes:
        """Return what is kept of a booklet's PIN; ten thousand guesses need the server's secret."""
        return hmac.new(self.pin, f"{booklet_code}|{pin}".encode(), sha256).digest()


def keyring(secret_key: str | tuple[str, ...], public_url: str) -> Keyring:
    """Derive the keys; the same secrets give the same keys, whichever process asks.

    Of several secrets, newest first, the newest makes what lives for minutes; what the others made
    of it is read too. What is printed, and PINs, stay with the oldest: a booklet lasts for years.
    """
    secrets = (secret_key,) if isinstance(secret_key, str) else secret_key
    return derived(secrets, public_url.lower())


@cache
def derived(secrets: tuple[str, ...], public_url: str) -> Keyring:
    """Derive the keys of some secrets once."""
    made = {
        field: hmac.new(
            secrets[-1 if purpose in LASTING else 0].encode(),
            f"aixin/codes/1/{purpose}".encode(),
            sha256,
        ).digest()
        for field, purpose in zip(FIELDS, PURPOSES, strict=True)
    }
    older = tuple(derived((one,), public_url) for one in secrets[1:])
    return Keyring(public_url, **made, older=older)
