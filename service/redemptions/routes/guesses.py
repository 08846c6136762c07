"""How often a till may read codes that are nobody's, and look people up by number.

A sale that goes well asks Redis nothing: only what is nobody's is counted, and a till that had too
many is marked in its own row, which every request reads anyway. When Redis is away, each one
counts as one too many: nobody guesses codes while nobody counts.
"""

from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

from service import passes, people, trail
from service.errors import TooMany
from service.i18n import N_
from service.people import Caller
from service.web import caller, database, now
from service.web.limits import Limit

MINUTE = Limit("codes-minute", most=5, seconds=60)
HOUR = Limit("codes-hour", most=30, seconds=3600)
NUMBERS = Limit("numbers", most=11, seconds=60)  # ten look-ups; the eleventh is refused


class TooManyCodes(TooMany):
    """This till read too many codes that are nobody's, or looked up too many numbers."""

    slug, title = "too-many-codes", N_("Too many unknown codes")
    detail = N_("This till waits a moment. Please try again then.")


def stop_guessing(found: Caller, moment: datetime) -> None:
    """Raise TooManyCodes while a till must wait."""
    if found.blocked_until is not None:
        raise TooManyCodes(retry_after=max(1, (found.blocked_until - moment).seconds))


def stop_searching(found: Caller, code: str, keys: passes.Keyring) -> None:
    """Count a look-up by the number that is printed in the booklet; ten a minute are enough."""
    read = keys.read(code)
    if read is not None and read.kind == "number" and NUMBERS.reached(name_of(found)):
        raise TooManyCodes(retry_after=NUMBERS.left(name_of(found)))


def judge_reading(reason: str | None, *, qty: int = 1) -> None:
    """Count what was nobody's code; the fifth of a minute and the thirtieth of an hour stop it.

    So does asking for several of what somebody cannot pay: it would tell the balance by and by.
    """
    found = caller()
    guessed = reason == "unknown_code" or (reason == "insufficient" and qty > 1)
    if not guessed or found.kind != "device" or found.id is None:
        return
    seconds = [each.left(name_of(found)) for each in (MINUTE, HOUR) if each.reached(name_of(found))]
    if seconds:
        until = now() + timedelta(seconds=max(seconds))
        database().atomic(partial(stop, found=found, until=until, moment=now()))


def stop(session: Session, *, found: Caller, until: datetime, moment: datetime) -> None:
    """Let a till read no codes until then; the association sees it, and the trail keeps it."""
    assert found.id is not None
    people.block_device(session, device_id=found.id, until=until)
    subject, detail = f"device:{found.id}", {"until": until.isoformat()}
    trail.record(
        session, actor=found.actor, action="till.stop", subject=subject, detail=detail, now=moment
    )


def name_of(found: Caller) -> str:
    """Name a tablet in the counters."""
    return f"device:{found.id}"
