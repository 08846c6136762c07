"""The closed list of what a matter can be about, and in how many working days it is answered."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "categories.json"
HELP = "help"


@dataclass(frozen=True, slots=True)
class Category:
    """One entry of the list, in both languages; 0 days is the same day."""

    code: str
    zh: str
    en: str
    days: int

    def name(self, locale: str) -> str:
        """Return its name in the reader's language."""
        return self.zh if locale.startswith("zh") else self.en


@cache
def categories() -> dict[str, Category]:
    """Read the list once a process, in its own order."""
    rows = json.loads(LIST.read_text("utf-8"))
    return {row["code"]: Category(**row) for row in rows}
