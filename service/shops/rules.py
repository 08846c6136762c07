"""How a till is paired: how long a claim lives and how often it may be guessed at. Pure."""

from datetime import datetime, timedelta

CLAIM_LIFE = timedelta(minutes=10)
CLAIM_TRIES = 5  # of 10,000: a stranger who saw the code has one chance in 2,000
TOKEN_LENGTH = 20
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: 20 of them are 100 bits


def claim_open(expires_at: datetime, used_at: datetime | None, tries: int, now: datetime) -> bool:
    """Tell whether a claim may still pair a tablet."""
    return used_at is None and tries < CLAIM_TRIES and now < expires_at
