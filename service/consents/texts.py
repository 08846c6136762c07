"""What stands beside each switch: versioned data in both languages, never edited, only followed.

A word changed is a new version with its first day; who agreed to the one before is asked anew.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from service.consents.models import Purpose

FILE = Path(__file__).with_name("texts.json")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in one language."""

    title: str
    says: str  # what is agreed to
    ends: str  # what happens when it is withdrawn


@dataclass(frozen=True, slots=True)
class Text:
    """One version of what is agreed to."""

    purpose: Purpose
    version: int
    since: date
    zh: Words
    en: Words

    def said(self, locale: str) -> Words:
        """Return it in a reader's language."""
        return self.en if locale == "en" else self.zh

    @property
    def digest(self) -> str:
        """Return what stands for every word of it, in both languages."""
        words = "\n".join(
            part for one in (self.zh, self.en) for part in (one.title, one.says, one.ends)
        )
        return sha256(words.encode()).hexdigest()


@cache
def texts() -> dict[tuple[Purpose, int], Text]:
    """Read all versions of all texts, once a process."""
    rows = json.loads(FILE.read_text("utf-8"))
    read = [
        Text(
            Purpose(row["purpose"]),
            row["version"],
            date.fromisoformat(row["since"]),
            Words(**row["zh"]),
            Words(**row["en"]),
        )
        for row in rows
    ]
    return {(one.purpose, one.version): one for one in read}


def text(purpose: Purpose, version: int) -> Text:
    """Return the very words that were shown."""
    return texts()[purpose, version]


@cache
def current(purpose: Purpose) -> Text:
    """Return the text in force: the newest version."""
    return max(
        (one for one in texts().values() if one.purpose == purpose), key=lambda one: one.version
    )
