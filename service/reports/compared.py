"""The points of several communities side by side, from the same sums as the equation."""

from datetime import date
from typing import Any

from service.db import Database
from service.reports.days import DAYS
from service.reports.scope import Scope

BY_COMMUNITY = f"""WITH {DAYS}
SELECT community_id,
  coalesce(sum(points) FILTER (WHERE kind IN ('award', 'manual') AND day >= %(first)s), 0)::bigint
    AS issued,
  -coalesce(sum(points) FILTER (WHERE kind = 'redeem' AND day >= %(first)s), 0)::bigint AS redeemed,
  -coalesce(sum(points) FILTER (WHERE kind = 'expire' AND day >= %(first)s), 0)::bigint AS expired,
  coalesce(sum(points), 0)::bigint AS outstanding
FROM days GROUP BY community_id"""


def points_by_community(
    database: Database, scope: Scope, first: date, last: date
) -> dict[int, dict[str, Any]]:
    """Return what each community issued, redeemed and let expire, net, and holds on the last day.

    A community without any entry is left out.
    """
    found = database.rows(BY_COMMUNITY, {**scope.params, "first": first, "last": last})
    return {row.pop("community_id"): row for row in found}
