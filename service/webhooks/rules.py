"""How long to wait, when to give up, and what an answer means. Pure."""

import hmac
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

# The schedule that Standard Webhooks recommends; after the last the event is given up.
WAITS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 20  # per cent, so that a partner who comes back is not met by everybody at once
PAUSE_S_MAX = 1800  # an address that is well again is found out within half an hour
RETRY_AFTER_S_MAX = 86_400
DISABLE_AFTER = timedelta(days=3)  # of nothing but failures,
DISABLE_FAILURES_MIN = 10  # and not because somebody was sent one event in three days
OVERLAP = timedelta(hours=24)  # how long the last secret still signs
GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of sending once. Without a code there was no answer, and `error` says why."""

    ms: int
    code: int | None = None
    error: str = ""
    answer: str = ""
    retry_after_s: int | None = None

    @property
    def arrived(self) -> bool:
        """Tell whether the partner took it."""
        return self.code is not None and 200 <= self.code < 300

    @property
    def gone(self) -> bool:
        """Tell whether the partner wants nothing any more."""
        return self.code == GONE


def wait(failures: int, outcome: Outcome, chance: int) -> timedelta | None:
    """Return how long to wait after so many failures; None: no more. `chance` is 0 to 100."""
    if failures > len(WAITS_S):
        return None
    seconds = WAITS_S[failures - 1] * (100 - JITTER + 2 * JITTER * chance // 100) // 100
    return timedelta(seconds=max(seconds, asked_for(outcome)))


def pause(failures: int, outcome: Outcome, chance: int) -> timedelta:
    """Return how long an address is left alone after so many failures in a row."""
    longest = min(failures, len(WAITS_S))
    told = wait(longest, Outcome(0), chance) or timedelta()
    return max(min(told, timedelta(seconds=PAUSE_S_MAX)), timedelta(seconds=asked_for(outcome)))


def asked_for(outcome: Outcome) -> int:
    """Return the seconds that the partner asked us to wait, within reason."""
    return min(max(outcome.retry_after_s or 0, 0), RETRY_AFTER_S_MAX)


def to_be_disabled(failures: int, since: datetime | None, now: datetime) -> bool:
    """Tell whether an address has failed so long that nobody seems to be there."""
    long = since is not None and now - since >= DISABLE_AFTER
    return long and failures >= DISABLE_FAILURES_MIN


def secret(key: str, salt: bytes, generation: int) -> str:
    """Return an address's secret as Standard Webhooks writes it.

    It is worked out from the application's key: what a stolen database holds signs nothing.
    """
    told = b"aixin/webhook/1|" + salt + b"|%d" % generation
    return "whsec_" + b64encode(hmac.new(key.encode(), told, sha256).digest()).decode()
