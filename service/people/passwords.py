"""Passwords of staff: argon2id, 46 MiB, 2 passes, 1 lane.

More than twice what OWASP asks for at least. Of one core it takes 50 to 90 ms, so that a slow one
still lets five people in each second; `python -m tests.bench.sign_in` measures it.
"""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

HASHER = PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1)
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


def outdated(stored: str | None) -> bool:
    """Tell whether a hash was made at other figures, so that it takes another time to compare."""
    return stored is not None and HASHER.check_needs_rehash(stored)


@cache
def nobodys_hash() -> str:
    """Return a hash to compare with when there is nobody: an unknown name must cost the same."""
    return hash_password("nobody's password")
