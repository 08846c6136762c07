"""Figures and words of accounts. Pure: no session, no clock, nothing random."""

import hmac
import re
from collections.abc import Collection, Iterable

from pyotp import TOTP
from zxcvbn import zxcvbn

from service.i18n import N_
from service.people import PASSWORD_CHARACTERS_MIN, Role

# Whoever decides over points, looks over all of it, or gives offices away.
NEEDS_FACTOR = frozenset({Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR})

SCORE_MIN = 3  # of 4: more than 10**8 guesses
JUDGED_MAX = 72  # the estimate takes longer with the square of the length
# What is tried first here, beside zxcvbn's own lists of leaked passwords, names and words.
HOUSE_WORDS = (
    "aixin", "aixinchaoshi", "fumin", "zhiyuan", "zhiyuanzhe", "shequ", "jiedao", "volunteer",
    "admin", "administrator", "woaini", "woaini1314", "woaini520", "1314520", "5201314", "1314",
    "woaizhongguo", "zhongguo", "beijing", "shanghai", "mima", "wodemima", "asd123", "qwe123",
    "a123456", "aa123456", "abc123456", "q1w2e3r4", "1q2w3e4r", "woshishui", "nihao", "xiexie",
)  # fmt: skip

TOTP_SECONDS = 30
TOTP_DIGITS = 6
DRIFT = 1  # steps that a phone's clock may be early or late

RECOVERY_CODES = 10
RECOVERY_CHARACTERS = 16
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without I, O, 0, 1: it is read from paper

BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("CriOS|Chrome|Chromium", "Chrome"),
    ("Safari", "Safari"),
)
MACHINES = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux|X11", "Linux"),
)
DEVICE_UNKNOWN = N_("another device")


def needs_factor(roles: Iterable[tuple[str, str]]) -> bool:
    """Tell whether one of somebody's offices asks for a second factor."""
    return any(role in NEEDS_FACTOR for role, _ in roles)


def good_password(password: str, about: Collection[str] = ()) -> bool:
    """Tell whether a password is long enough, not known, and not made of what everybody knows.

    Judged by zxcvbn's dictionaries, which lie on this machine; nothing is asked of anybody.
    """
    if len(password) < PASSWORD_CHARACTERS_MIN:
        return False
    known = [*HOUSE_WORDS, *(word for text in about for word in (text, *text.split()) if word)]
    score: int = zxcvbn(password[:JUDGED_MAX], user_inputs=known)["score"]
    return score >= SCORE_MIN


def matching_step(secret: str, code: str, *, seconds: int) -> int | None:
    """Return the step whose code this is, near a moment in seconds since 1970; None if it is none.

    All are compared, so that the time tells nothing.
    """
    app, now = TOTP(secret, digits=TOTP_DIGITS, interval=TOTP_SECONDS), seconds // TOTP_SECONDS
    steps = range(now - DRIFT, now + DRIFT + 1)
    given = code.encode()
    found = [step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), given)]
    return found[-1] if found else None


def plain(typed: str) -> str:
    """Return a code as it counts, however it was typed: without blanks and dashes, in capitals."""
    return "".join(letter for letter in typed if letter.isalnum()).upper()


def is_totp(code: str) -> bool:
    """Tell whether a code is an app's and no recovery code."""
    return len(code) == TOTP_DIGITS and code.isascii() and code.isdigit()


def grouped(code: str) -> str:
    """Write a recovery code as one reads it aloud: ABCD-EFGH-JKLM-NPQR."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def device_words(agent: str) -> str:
    """Say in two words what a browser says of itself: "Chrome · Windows"; nothing if unknown."""
    found = [named(agent, table) for table in (BROWSERS, MACHINES)]
    return " · ".join(name for name in found if name)


def named(agent: str, table: Iterable[tuple[str, str]]) -> str:
    """Return the first name of a table whose pattern stands in a browser's words."""
    return next((name for pattern, name in table if re.search(pattern, agent)), "")
