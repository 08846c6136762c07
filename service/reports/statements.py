"""The statement of one account: its lines, what is held, what expires, what it once was."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from service import ledger
from service.clock import SHANGHAI
from service.db import Database
from service.reports.books import BALANCE, HIDDEN, OWNER, PAGE, SEEN, SHOP_SEEN
from service.reports.scope import NoSuchAccount, Scope

ACCOUNT = f"""SELECT a.id, a.address, a.unit, a.tracked, a.by_lots, a.floor, a.debt,
  a.held_out, a.held_in, {BALANCE} AS balance, greatest(0, -a.posted) AS owed,
  (a.closed_at IS NOT NULL) AS closed, a.opened_at, v.code AS volunteer, s.name AS shop
FROM ledger_accounts a {OWNER}
  LEFT JOIN shops s ON s.programme_id = a.programme_id AND s.code = split_part(a.address, ':', 2)
WHERE a.programme_id = %(programme)s AND a.address = %(address)s AND a.unit = %(unit)s
  AND {SEEN} AND {SHOP_SEEN}"""
LOTS = """SELECT expires_on, amount FROM ledger_lots WHERE account_id = %(account)s AND amount > 0
ORDER BY expires_on"""
HOLDS = f"""SELECT t.id AS transfer_id, t.key, t.occurred_at, h.expires_at, l.amount
FROM ledger_holds h JOIN ledger_hold_legs l USING (transfer_id)
  JOIN ledger_transfers t ON t.id = h.transfer_id
WHERE h.programme_id = %(programme)s AND l.account_id = %(account)s AND NOT {HIDDEN}
ORDER BY h.expires_at, t.id LIMIT %(limit)s"""
ENTRIES = f"""SELECT e.seq, e.amount, e.balance, t.id AS transfer_id, t.kind, t.key, t.actor,
  t.source, t.occurred_at, t.recorded_at, t.business_day, t.effective_on, t.reverses_id
FROM ledger_entries e JOIN ledger_transfers t ON t.id = e.transfer_id
WHERE e.account_id = %(account)s AND (%(before)s::bigint IS NULL OR e.seq < %(before)s)
  AND NOT {HIDDEN}
ORDER BY e.seq DESC LIMIT %(limit)s"""
RECORDED, EFFECTIVE = "recorded", "effective"


@dataclass(frozen=True, slots=True)
class AsOf:
    """A day in the past, and by which of its two dates an entry belongs to it."""

    day: date
    by: str = RECORDED
    until: time = time.max  # of the day; only what is recorded has an hour

    @property
    def moment(self) -> datetime:
        """Return the last moment that counts, in Shanghai."""
        return datetime.combine(self.day, self.until, ZoneInfo(SHANGHAI))


def account(database: Database, scope: Scope, address: str, unit: str) -> dict[str, Any]:
    """Return one account with its lots and open holds. Raises NoSuchAccount."""
    row = database.call(ACCOUNT, {**scope.params, "address": address, "unit": unit})
    if row is None:
        raise NoSuchAccount
    params = {**scope.params, "account": row["id"], "limit": PAGE}
    held = database.rows(HOLDS, params)
    return {**row, "lots": database.rows(LOTS, params), "holds": held}


def entries(
    database: Database, scope: Scope, account_id: int, *, before: int | None = None
) -> list[dict[str, Any]]:
    """Return a page of an account's entries, newest first, below the number `before`."""
    params = {**scope.params, "account": account_id, "before": before, "limit": PAGE + 1}
    return database.rows(ENTRIES, params)


def balance_on(database: Database, account_id: int, asked: AsOf) -> int:
    """Return what an account held at the end of a day, as it was known then or as it counts now."""
    recorded = {"recorded_upto": asked.moment}
    upto = recorded if asked.by == RECORDED else {"effective_upto": asked.day}
    return database.atomic(partial(ledger.balance_at, account_id=account_id, **upto))


def minute(text: str) -> time:
    """Read an hour and minute as the end of that minute; what is none is the end of the day."""
    try:
        return time.fromisoformat(text).replace(second=59, microsecond=999999)
    except ValueError:
        return time.max


def as_of(day: str, by: str, until: str) -> AsOf | None:
    """Read which balance is asked for; None when nothing, or no day, was said."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    return AsOf(found, EFFECTIVE if by == EFFECTIVE else RECORDED, minute(until))
