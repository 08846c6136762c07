"""Draws with how far their calls have come: for the desk, and for everybody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.db import Database
from service.sampling.rules import Progress, list_is_public

PAGE = 24
COUNTS = """count(c.id) FILTER (WHERE c.result = 'confirmed') AS confirmed,
  count(c.id) FILTER (WHERE c.result = 'differs') AS differs,
  count(c.id) FILTER (WHERE c.result = 'not_reached') AS not_reached"""
# Never the list itself: it may be long.
DRAWS = f"""SELECT d.id, d.community_id, u.code AS community, u.name, d.month, d.percent, d.tries,
  d.head_size, d.head_root, d.seed, d.listed, d.digest, d.drawn, d.drawn_at, {COUNTS}
FROM sampling_draws d JOIN people_units u ON u.id = d.community_id
  LEFT JOIN sampling_calls c ON c.draw_id = d.id"""
PAGED = f"""{DRAWS}
WHERE d.community_id = ANY (%(communities)s)
  AND (%(before)s::bigint IS NULL OR d.id < %(before)s)
GROUP BY d.id, u.id ORDER BY d.id DESC LIMIT %(limit)s"""
ONE = f"""{DRAWS}
WHERE u.code = %(community)s AND u.kind = 'community' AND d.month = %(month)s
GROUP BY d.id, u.id"""
MONTH = f"""{DRAWS}
WHERE d.community_id = ANY (%(communities)s) AND d.month = %(month)s GROUP BY d.id, u.id"""
LIST = "SELECT population FROM sampling_draws WHERE id = %(draw)s"
OPEN = """SELECT count(*) AS open FROM sampling_calls
WHERE community_id = ANY (%(communities)s) AND result IS NULL"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw as it may be shown to everybody: numbers, seed and head, and no person."""

    id: int
    community_id: int
    community: str
    name: str
    month: date
    percent: int
    tries: int
    head_size: int
    root: str
    seed: str
    listed: int
    digest: str
    drawn_at: datetime
    progress: Progress

    def open_list(self, now: datetime) -> bool:
        """Tell whether everybody may read the list by now."""
        return list_is_public(self.progress, self.drawn_at, now)


def draws(
    database: Database,
    community_ids: Collection[int],
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Drawn]:
    """Return a page of the draws of some communities, the newest first."""
    asked = {"communities": list(community_ids), "before": before, "limit": limit}
    return [drawn_of(row) for row in database.rows(PAGED, asked)]


def draw_of(database: Database, *, community: str, month: date) -> Drawn | None:
    """Return a community's draw of a month, or None."""
    row = database.call(ONE, {"community": community, "month": month})
    return drawn_of(row) if row else None


def draws_of_month(
    database: Database, community_ids: Collection[int], month: date
) -> dict[int, Drawn]:
    """Return the draws of a month by community; one that was not drawn is left out."""
    rows = database.rows(MONTH, {"communities": list(community_ids), "month": month})
    return {row["community_id"]: drawn_of(row) for row in rows}


def drawn_of(row: dict[str, Any]) -> Drawn:
    """Make a draw of a row."""
    names = ("drawn", "confirmed", "differs", "not_reached")
    progress = Progress(**{name: row.pop(name) for name in names})
    return Drawn(root=bytes(row.pop("head_root")).hex(), progress=progress, **row)


def list_of(database: Database, draw_id: int) -> str:
    """Return the list of a draw as its digest was made of it."""
    row = database.call(LIST, {"draw": draw_id})
    assert row is not None, draw_id
    return str(row["population"])


def open_calls(database: Database, community_ids: Collection[int]) -> int:
    """Return how many calls of some communities still wait for an answer."""
    row = database.call(OPEN, {"communities": list(community_ids)})
    return int(row["open"]) if row else 0
