"""What a till sold without a network: how much one batch may hold, and telling when it is here.

A batch is what waits in a till at once. Its sales are sent one by one, so the server knows it by
their moments: what was sold before this sale, and came only after it.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service import outbox
from service.clock import business_day
from service.db import Database, one_row
from service.programmes import RuleSet

LOOKED_BACK = timedelta(days=3)
ONE_AT_A_TIME = text("SELECT redemptions_lock_key(0, 'offline-batches')")  # 0: no shop's key
BATCH = """SELECT coalesce(sum(r.points), 0) + %(qty)s * coalesce(
  (SELECT points FROM shops_goods WHERE shop_id = %(shop_id)s AND code = %(good)s), 0) AS points
FROM redemptions r WHERE r.shop_id = %(shop_id)s
  AND r.business_day BETWEEN %(day)s::date - 1 AND %(day)s::date AND r.device_id = %(device_id)s
  AND r.offline AND r.transfer_id IS NOT NULL AND r.key <> %(key)s
  AND r.occurred_at <= %(occurred_at)s AND r.recorded_at > %(occurred_at)s"""
# A till has told that nothing waits any more after the last of these came.
COMPLETE = text(
    """SELECT d.id AS device, s.code AS shop, r.business_day, count(*) AS sales,
  sum(r.points)::bigint AS points, min(r.occurred_at) AS first_at, max(r.occurred_at) AS last_at,
  max(r.id) AS last
FROM people_devices d JOIN shops s ON s.id = d.shop_id
JOIN redemptions r ON r.shop_id = d.shop_id AND r.business_day BETWEEN :since AND :today
  AND r.device_id = d.id AND r.offline
WHERE d.profile = 'till' AND d.queued = 0 AND d.heard_at > :recently
  AND r.recorded_at < d.heard_at
  AND r.id > (SELECT coalesce(max((e.payload ->> 'last')::bigint), 0) FROM outbox_events e
              WHERE e.subject = 'till:' || d.id AND e.type = 'OfflineBatchUploaded')
GROUP BY d.id, s.code, r.business_day ORDER BY max(r.id)"""
)


def over_batch(
    place: Session | Database, params: Mapping[str, Any], rules: RuleSet | None
) -> list[str]:
    """Flag a sale with which its batch is beyond what the rules let a till give unseen.

    The till keeps the same limit itself; goods that left are recorded all the same.
    """
    judged = params["offline"] and params["refusal"] is None and params["device_id"] is not None
    if rules is None or not judged:
        return []
    found = one_row(place, BATCH, params)
    return ["over_batch"] if found and found["points"] > rules.offline.shop_batch else []


def tell_batches(session: Session, *, now: datetime) -> int:
    """Tell of every batch that has come completely, once; return how many there were."""
    session.execute(ONE_AT_A_TIME)  # before it is read what was told already
    today = business_day(now)
    asked = {"since": today - LOOKED_BACK, "today": today, "recently": now - LOOKED_BACK}
    found = [dict(row._mapping) for row in session.execute(COMPLETE, asked)]
    for row in found:
        outbox.publish(session, "OfflineBatchUploaded", f"till:{row['device']}", said(row), now=now)
    return len(found)


def said(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write a batch as its event says it."""
    moments = (date, datetime)
    return {
        name: value.isoformat() if isinstance(value, moments) else value
        for name, value in row.items()
    }
