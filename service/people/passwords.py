"""Passwords of staff: argon2id at the figures OWASP names (19 MiB, 2 passes, 1 lane)."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
PASSWORD_CHARACTERS_MIN = 10
DEMO_PASSWORD = "aixin-demo"  # of every office in practice data; never in production


def hash_password(password: str) -> str:
    """Return the hash of a password, with its salt and its figures in it."""
    return HASHER.hash(password)


def fits(password: str, stored: str | None) -> bool:
    """Tell whether a password is the stored one, in the same time when none is stored."""
    try:
        HASHER.verify(stored or nobodys_hash(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None


@cache
def nobodys_hash() -> str:
    """Return a hash to compare with when there is nobody: an unknown name must cost the same."""
    return hash_password("nobody's password")
