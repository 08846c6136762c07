"""Tokens: 256 random bits to the bearer, their SHA-256 to the database."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

TOKEN_BYTES = 32
DEVICE_PREFIX = "d."  # tells a tablet's token from a person's without asking both tables
FAMILY_CHARACTERS = len(DEVICE_PREFIX) + 12  # 72 bits that stay when a tablet's token is renewed
TOKEN_CHARACTERS_MAX = 128  # ours have 43; anything much longer is not worth hashing


def new_token() -> str:
    """Make a token that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return what is kept of a token. It is random, so a plain hash is safe and quick."""
    return sha256(token.encode()).digest()


def family(token: str) -> str:
    """Return what a tablet's token and its successors share, so that its open pages go on."""
    return token[:FAMILY_CHARACTERS] if token.startswith(DEVICE_PREFIX) else token


def successor(token: str, secret: str) -> str:
    """Return the token that follows a tablet's.

    It is worked out and not drawn: requests that arrive at the same moment with the old token all
    hear the same new one, and the tablet may keep whichever answer it reads last.
    """
    made = hmac.new(secret.encode(), f"aixin/device-token/1|{token}".encode(), sha256).digest()
    return family(token) + urlsafe_b64encode(made).decode().rstrip("=")


LETTERS = "abcdefghjkmnpqrstvwxyz23456789"  # without what people confuse when they type it off
GROUPS, GROUP_CHARACTERS = 4, 4  # 78 bits


def first_password() -> str:
    """Draw a password that is said once and typed off a screen, in groups of four."""
    groups = range(GROUPS)
    return "-".join(
        "".join(secrets.choice(LETTERS) for _ in range(GROUP_CHARACTERS)) for _ in groups
    )
