"""What a claim's code and digits are made of, and how long it lives. Pure.

They are made of a random salt with the server's secret, so that a form that is sent twice hears
the same code again, and a copy of the table binds nothing.
"""

import hmac
import secrets
from base64 import b32encode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256

CLAIM_LIFE = timedelta(minutes=5)
TRIES = 3  # of ten thousand
PLACES = (1, 2)
SALT_BYTES = 16
TAIL_CHARACTERS = 20  # 100 bits


def new_salt() -> bytes:
    """Draw what a claim is made of."""
    return secrets.token_bytes(SALT_BYTES)


def made(key: bytes, purpose: str, salt: bytes, more: str = "") -> bytes:
    """Return bits that nobody makes without the server's key."""
    return hmac.new(key, b"|".join((purpose.encode(), salt, more.encode())), sha256).digest()


def tail_of(key: bytes, salt: bytes) -> str:
    """Return what stands after the slash of the code."""
    return b32encode(made(key, "code", salt)).decode().lower()[:TAIL_CHARACTERS]


def digits_of(key: bytes, salt: bytes) -> str:
    """Return the four digits that stand beside the code."""
    return f"{int.from_bytes(made(key, 'digits', salt)[:8]) % 10_000:04d}"


def token_of(key: bytes, salt: bytes, nonce: str) -> str:
    """Return the token of the phone: the same page that asks again hears the same one."""
    return urlsafe_b64encode(made(key, "token", salt, nonce)).decode().rstrip("=")


def digest_of(tail: str) -> bytes:
    """Return what is kept of a code."""
    return sha256(f"aixin-bind|{tail.strip().lower()}".encode()).digest()


def nonce_hash(nonce: str) -> bytes:
    """Return what is kept of the page that used a claim."""
    return sha256(nonce.encode()).digest()


def is_open(expires_at: datetime, used_at: datetime | None, tries: int, now: datetime) -> bool:
    """Tell whether a claim may still bind a phone."""
    return used_at is None and tries < TRIES and now < expires_at
