"""Putting a message into words, in any of our languages, on a page or in a worker."""

from dataclasses import dataclass
from datetime import date, datetime

from service.i18n import N_, catalog, day_in, hours_of, time_of_day
from service.inbox.models import Letter
from service.inbox.words import WORDS

UNSPOKEN = (N_("A message"), "")  # of a kind that a newer release knows
HOURS = N_("{n} hours")


@dataclass(frozen=True, slots=True)
class Said:
    """A message in one language; the body may be empty."""

    title: str
    body: str


def say(letter: Letter, locale: str) -> Said:
    """Put a message into the words of a language."""
    gettext = catalog(locale).gettext
    title, body = WORDS.get(letter.kind, UNSPOKEN)
    filled = {name: spoken(name, value, locale) for name, value in letter.params.items()}
    return Said(gettext(title).format(**filled), gettext(body).format(**filled) if body else "")


def spoken(name: str, value: str | int, locale: str) -> str:
    """Write a value as its name says: a moment, a day, a length of time, or as it is."""
    if name.endswith("_at"):
        moment = datetime.fromisoformat(str(value))
        return f"{day_in(locale, moment)} {time_of_day(moment)}"
    if name == "day" or name.endswith("_day"):
        return day_in(locale, date.fromisoformat(str(value)))
    if name == "minutes":
        return catalog(locale).gettext(HOURS).format(n=hours_of(int(value)))
    return str(value)
