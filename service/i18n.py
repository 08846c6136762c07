"""Languages: message ids are English sentences, catalogs hold the other languages."""

import gettext as gnu
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from service.clock import SHANGHAI

LOCALES = {"zh": "zh_Hans", "en": "en"}  # by primary language tag
DIRECTORY = Path(__file__).parent / "locale"
WEEKDAYS = "一二三四五六日"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a message for the catalogs; it is translated where it is shown."""
    return message


def choose(asked: Iterable[str], default: str) -> str:
    """Return the first locale that we speak, or the default; never fails on odd input."""
    for tag in asked:
        primary = tag.replace("_", "-").split("-")[0].lower()
        if primary in LOCALES:
            return LOCALES[primary]
    return default


@cache
def catalog(locale: str) -> gnu.NullTranslations:
    """Load one language once a process; English needs no catalog."""
    return gnu.translation("messages", DIRECTORY, [locale], fallback=locale == "en")


def day_in(locale: str, value: date | datetime) -> str:
    """Write a day with its weekday; a moment counts as the day it is in Shanghai."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(SHANGHAI)).date()
    if locale == "en":
        return f"{value:%A} {value.day} {value:%B}"
    return f"{value.month} 月 {value.day} 日 星期{WEEKDAYS[value.weekday()]}"


def time_of_day(moment: datetime) -> str:
    """Write the time of day in Shanghai, as people say it: 8:12."""
    local = moment.astimezone(ZoneInfo(SHANGHAI))
    return f"{local.hour}:{local.minute:02d}"


def hours_of(minutes: int) -> str:
    """Write minutes as hours with one place; the steps of a rule set are whole half hours."""
    return f"{minutes / 60:,.1f}"
