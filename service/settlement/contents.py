"""What a shop's day is signed as: the batch, its matches by digest, its exceptions one by one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

FORMAT = 1  # of a day; a statement has its own
# Every shop's day that was compared and is not closed, with what a signature stands under. Of the
# matches the digest alone: they may be many, and each stands for a line of ours and one of theirs.
CONTENTS = text(
    """SELECT b.id AS batch, b.shop_id, s.code AS shop, b.programme_id, b.community_id, b.day,
  b.digest, b.inputs, b.high_water, b.rules, b.files, b.said, b.totals, b.nth,
  (SELECT jsonb_build_object('count', count(*), 'digest', encode(sha256(convert_to(coalesce(
      string_agg(concat_ws(',', m.pass, m.status, m.ours_kind, m.ours_id, m.theirs_id, m.diff_fen),
        ';' ORDER BY m.pass, m.status, m.ours_kind, m.ours_id, m.theirs_id), ''), 'UTF8')), 'hex'))
   FROM reconciliation_matches m WHERE m.batch_id = b.id) AS matches,
  coalesce((SELECT jsonb_agg(jsonb_build_object('id', e.id, 'kind', e.kind,
      'reference', e.reference, 'fen', e.amount_fen, 'status', e.status,
      'resolution', e.resolution) ORDER BY e.id)
   FROM reconciliation_exceptions e WHERE e.shop_id = b.shop_id AND e.day = b.day
     AND e.resolution IS DISTINCT FROM 'gone'), '[]') AS exceptions,
  (SELECT count(*) FROM reconciliation_exceptions e WHERE e.shop_id = b.shop_id
     AND e.day = b.day AND e.status IN ('open', 'assigned')) AS waiting
FROM reconciliation_batches b JOIN shops s ON s.id = b.shop_id
WHERE b.status = 'prepared' AND (CAST(:days AS date[]) IS NULL OR b.day = ANY (:days))
  AND (CAST(:shop AS bigint) IS NULL OR b.shop_id = :shop)
ORDER BY b.shop_id, b.day"""
)


@dataclass(frozen=True, slots=True)
class Content:
    """A shop's day as it stands: whose it is, what is signed, how much waits for an answer."""

    shop_id: int
    shop: str
    programme_id: int
    community_id: int
    day: date
    waiting: int
    said: dict[str, Any]


def contents(
    session: Session, *, days: Iterable[date] | None = None, shop_id: int | None = None
) -> list[Content]:
    """Read the shops' days that are compared and not closed."""
    asked = {"days": None if days is None else list(days), "shop": shop_id}
    return [content(dict(row._mapping)) for row in session.execute(CONTENTS, asked)]


def content(row: dict[str, Any]) -> Content:
    """Write one day as it is signed."""
    plain = ("batch", "shop", "digest", "inputs", "high_water", "rules", "files", "said", "totals",
             "nth", "matches", "exceptions")  # fmt: skip
    said = {"format": FORMAT, "day": row["day"].isoformat(), **{name: row[name] for name in plain}}
    own = ("shop_id", "shop", "programme_id", "community_id", "day", "waiting")
    return Content(**{name: row[name] for name in own}, said=said)
