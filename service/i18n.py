"""Languages: message ids are English sentences, catalogs hold the other languages."""

import gettext as gnu
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LOCALES = {"zh": "zh_Hans", "en": "en"}  # by primary language tag
DIRECTORY = Path(__file__).parent / "locale"


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
