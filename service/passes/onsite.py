"""The code of the place: shown by the leader, scanned by those who came. Pure.

Its secret is the activity's own, so that a leaked one is ended by giving the activity another.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from service.passes.keys import Keyring
from service.passes.rules import (
    DIGITS_COUNT,
    DIGITS_STEP_S,
    ONSITE_STEP_S,
    Reading,
    mac60,
    same,
)


@dataclass(frozen=True, slots=True)
class OnSite:
    """What the leader's screen shows now."""

    url: str
    digits: str
    expires_at: datetime  # show the next one from here on; this one is taken one step longer
    digits_expire_at: datetime


def onsite_code(keys: Keyring, secret: str, code: str, *, at: datetime) -> OnSite:
    """Return the code and the digits of this moment for an activity."""
    step, digits_step = step_at(at, ONSITE_STEP_S), step_at(at, DIGITS_STEP_S)
    eid, key = code.lower(), activity_key(keys, secret, code)
    return OnSite(
        url=f"{keys.public_url}/s/{eid}.{step}.{mac60(key, f'scan|{step}')}",
        digits=digits_of(key, digits_step),
        expires_at=moment_of(step + 1, ONSITE_STEP_S),
        digits_expire_at=moment_of(digits_step + 1, DIGITS_STEP_S),
    )


def check_onsite(keys: Keyring, secret: str, scanned: Reading, *, at: datetime) -> str:
    """Judge a scanned on-site code: "ok", "code_expired" after 40 s, or "unknown_code"."""
    known = [activity_key(one, secret, scanned.id) for one in keys.every]
    if not any(same(scanned.mac, mac60(key, f"scan|{scanned.step}")) for key in known):
        return "unknown_code"
    age = step_at(at, ONSITE_STEP_S) - scanned.step
    return "ok" if age in {0, 1} else "code_expired"


def check_digits(keys: Keyring, secret: str, code: str, digits: str, *, at: datetime) -> bool:
    """Tell whether the typed digits were shown on site within the last 120 s."""
    known = [activity_key(one, secret, code) for one in keys.every]
    step = step_at(at, DIGITS_STEP_S)
    shown = [digits_of(key, one) for key in known for one in (step, step - 1)]
    return any(hmac.compare_digest(digits.encode(), one.encode()) for one in shown)


def activity_key(keys: Keyring, secret: str, code: str) -> bytes:
    """Return one activity's key."""
    return hmac.new(keys.onsite, f"{secret}|{code.lower()}".encode(), sha256).digest()


def digits_of(key: bytes, step: int) -> str:
    """Return the six digits of one step."""
    digest = hmac.new(key, f"digits|{step}".encode(), sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS_COUNT:0{DIGITS_COUNT}d}"


def step_at(at: datetime, seconds: int) -> int:
    """Return the number of the step that a moment lies in."""
    return int(at.timestamp()) // seconds


def moment_of(step: int, seconds: int) -> datetime:
    """Return when a step begins."""
    return datetime.fromtimestamp(step * seconds, UTC)
