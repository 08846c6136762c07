"""What all rows of activities share."""

from typing import Protocol


class Stored(Protocol):
    """A row that the database has given its number."""

    id: int | None


def id_of(row: Stored) -> int:
    """Return the number of a row that was stored; a row without one is a mistake of ours."""
    assert row.id is not None, row
    return row.id
