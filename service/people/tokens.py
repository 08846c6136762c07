"""Tokens: 256 random bits to the bearer, their SHA-256 to the database."""

import secrets
from hashlib import sha256

TOKEN_BYTES = 32
DEVICE_PREFIX = "d."  # tells a tablet's token from a person's without asking both tables
TOKEN_CHARACTERS_MAX = 128  # ours have 43; anything much longer is not worth hashing


def new_token() -> str:
    """Make a token that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return what is kept of a token. It is random, so a plain hash is safe and quick."""
    return sha256(token.encode()).digest()
