"""How far the books can be believed: the log's head, the last verification, the months.

Heads and verifications are of the whole log, which all programmes of an installation share. What a
verification found may name places of another community, so only who sees all may read those.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from service import ledger, outbox, trail
from service.db import Database
from service.ledger import Head, LogKey, Verification
from service.reports.scope import Scope

PAGE = 20
MONTHS = 12
PLACES = 50
WAITING = "SELECT count(*) AS n FROM ledger_unsealed"
SEES_ALL = """SELECT NOT EXISTS (SELECT FROM people_units WHERE kind = 'community'
  AND NOT id = ANY (%(communities)s)) AS every"""
# Every month from the first that anything counts for; those before the watermark take nothing.
PERIODS = """SELECT m.month::date AS month, p.closing_at, p.closed_by, p.sealed_at, p.size,
  p.seal, p.trial_root, CASE WHEN p.state IS NOT NULL THEN p.state
    WHEN m.month::date <= b.closed_through THEN 'passed' ELSE 'open' END AS state
FROM generate_series(
    (SELECT date_trunc('month', min(effective_on)) FROM ledger_transfers
     WHERE programme_id = %(programme)s),
    date_trunc('month', %(today)s::date), interval '1 month') AS m (month)
  LEFT JOIN ledger_periods p ON p.programme_id = %(programme)s AND p.month = m.month::date
  LEFT JOIN ledger_books b ON b.programme_id = %(programme)s
WHERE %(before)s::date IS NULL OR m.month < %(before)s
ORDER BY m.month DESC LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class Panel:
    """What the log says of itself, read at one moment."""

    head: Head | None
    keys: Sequence[LogKey]
    last: Verification | None
    under_way: Verification | None
    heads: Sequence[Head]
    waiting: int
    sees_all: bool

    @property
    def kinds(self) -> Counter[str]:
        """How many of the listed findings of the last verification are of each kind."""
        return Counter(found["kind"] for found in self.last.findings) if self.last else Counter()


def panel(database: Database, scope: Scope, *, before: int | None = None) -> Panel:
    """Read the panel, with the page of heads below a size."""
    waiting, every = database.rows(WAITING)[0], database.rows(SEES_ALL, scope.params)[0]
    return database.atomic(
        lambda session: Panel(
            head=ledger.latest_head(session),
            keys=ledger.log_keys(session),
            last=ledger.last_verification(session),
            under_way=ledger.open_verification(session),
            heads=ledger.heads(session, before=before, limit=PAGE + 1),
            waiting=waiting["n"],
            sees_all=every["every"],
        )
    )


def periods(
    database: Database, scope: Scope, *, today: date, before: date | None = None
) -> list[dict[str, Any]]:
    """Return a page of the programme's months, newest first, one more than a page holds."""
    params = {**scope.params, "today": today, "before": before, "limit": MONTHS + 1}
    return database.rows(PERIODS, params)


def sees_all(database: Database, scope: Scope) -> bool:
    """Tell whether a reader's offices cover every community that the ledger's file speaks of."""
    found = database.call(SEES_ALL, scope.params)
    return bool(found and found["every"])


def ask(session: Session, *, by: str, now: datetime) -> Verification:
    """Ask for a verification, or join the one that is under way; a worker looks for it."""
    asked = ledger.ask_verification(session, asked_by=by, now=now)
    subject = f"verification:{asked.id}"
    trail.record(session, actor=by, action="ledger.verification_asked", subject=subject, now=now)
    return asked


def verification(database: Database, verification_id: int) -> Verification | None:
    """Return one verification, finished or not."""
    return database.atomic(lambda session: session.get(Verification, verification_id))


def note_export(session: Session, *, by: str, now: datetime) -> None:
    """Write down who took the whole ledger away, before the first line of it leaves."""
    trail.record(session, actor=by, action="ledger.exported", subject="ledger", now=now)
    outbox.publish(session, "RecordsExported", "ledger", {"by": by}, now=now)
