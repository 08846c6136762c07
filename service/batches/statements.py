"""The SQL of the batches: files beside this one, in which each statement has a name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
NAME = "-- name: "


@cache
def statements(of: str) -> Mapping[str, str]:
    """Return a file's statements by name, without what is only said to readers."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in (FOLDER / f"{of}.sql").read_text("utf-8").splitlines():
        if line.startswith(NAME):
            name = line.removeprefix(NAME)
        elif name and not line.lstrip().startswith("--"):
            found.setdefault(name, []).append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def numbered(of: str, name: str) -> list[str]:
    """Return the statements NAME_1, NAME_2 and so on of a file, in their order."""
    return [text for key, text in statements(of).items() if key.startswith(f"{name}_")]
