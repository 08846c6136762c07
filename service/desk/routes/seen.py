"""What every page of the desk begins with: who reads, what of it all, and who did something."""

from collections.abc import Callable, Iterable
from datetime import date

from service import passes
from service.clock import business_day
from service.reports import READERS, Scope, namer, scope_of
from service.web import database, now, settings
from service.web.access import require
from service.web.locale import gettext


def scope() -> Scope:
    """Return what the reader of this page may see."""
    return scope_of(database(), require(*READERS))


def who(actors: Iterable[str | None]) -> Callable[[str], str]:
    """Return the function by which a template says who did something."""
    return namer(database(), {actor for actor in actors if actor}, gettext)


def keys() -> passes.Keyring:
    """Return the keys of this application's codes."""
    return passes.keyring(settings().secret_keys, settings().public_url)


def day_of(text: str) -> date:
    """Read a day of an address; today where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return business_day(now())
