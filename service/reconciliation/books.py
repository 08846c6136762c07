"""The points equation of a day, from the entries, held against the balances. Read-only."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service.reconciliation.facts import CommunityDay
from service.reconciliation.rules import adds_up, total

# A day holds what happened on it, and what came late for days that were signed before it: those
# transfers were written after the watermark of that signature. `closing` is the balance as the
# account keeps it, less what belongs to later days; everything else is summed from the entries.
# From `first` to `day`, both included; the wallets after a booklet's number, so many or all.
WALLET_LINES = """WITH wallets AS (
  SELECT v.code, a.id, a.posted, a.debt FROM people_volunteers v JOIN ledger_accounts a
    ON a.programme_id = v.programme_id AND a.address = 'volunteer:' || v.code AND a.unit = 'PTS'
  WHERE v.programme_id = :programme AND v.code > :after
    AND (CAST(:community AS bigint) IS NULL OR v.community_id = :community)
  ORDER BY v.code LIMIT :limit),
moves AS (
  SELECT w.id, e.amount, coalesce(o.kind, t.kind) AS kind, o.id IS NOT NULL AS back,
    CASE WHEN CAST(:signed_mark AS text) IS NULL THEN t.business_day < :first OR t.kind = 'open'
         ELSE t.business_day <= :signed_day AND t.xid < CAST(:signed_mark AS xid8) END AS before,
    t.business_day > :day AS later,
    t.xid >= pg_snapshot_xmin(pg_current_snapshot()) AS unsettled
  FROM wallets w JOIN ledger_entries e ON e.account_id = w.id
    JOIN ledger_transfers t ON t.id = e.transfer_id
    LEFT JOIN ledger_transfers o ON o.id = t.reverses_id),
sums AS (
  SELECT id, sum(amount) AS entries, sum(amount) FILTER (WHERE before) AS opening,
    sum(amount) FILTER (WHERE today AND kind = 'award' AND NOT back) AS earned,
    sum(amount) FILTER (WHERE today AND kind = 'manual' AND NOT back) AS manual,
    sum(amount) FILTER (WHERE today AND kind IN ('award', 'manual') AND back) AS reversed_awards,
    sum(amount) FILTER (WHERE today AND kind = 'redeem') AS redeemed,
    sum(amount) FILTER (WHERE today AND kind = 'expire') AS expired,
    sum(amount) FILTER (WHERE today AND kind NOT IN ('award', 'manual', 'redeem', 'expire'))
      AS adjusted,
    sum(amount) FILTER (WHERE later) AS later, bool_or(unsettled AND NOT later) AS unsettled
  FROM (SELECT *, NOT before AND NOT later AS today FROM moves) m GROUP BY id)
SELECT w.code, coalesce(s.opening, 0)::bigint AS opening, coalesce(s.earned, 0)::bigint AS earned,
  coalesce(s.manual, 0)::bigint AS manual,
  coalesce(s.reversed_awards, 0)::bigint AS reversed_awards,
  coalesce(s.redeemed, 0)::bigint AS redeemed, coalesce(s.expired, 0)::bigint AS expired,
  coalesce(s.adjusted, 0)::bigint AS adjusted,
  (w.posted - coalesce(s.later, 0))::bigint AS closing,
  w.posted = coalesce(s.entries, 0) AS kept,
  w.posted + w.debt = coalesce((SELECT sum(l.amount) FROM ledger_lots l
                                WHERE l.account_id = w.id), 0) AS in_lots,
  coalesce(s.unsettled, false) AS unsettled
FROM wallets w LEFT JOIN sums s USING (id) ORDER BY w.code"""
LINES = text(WALLET_LINES)
TRIAL = text(
    """SELECT a.unit, coalesce(sum(e.amount), 0)::bigint AS off
FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
WHERE a.programme_id = :programme GROUP BY a.unit"""
)
MARK = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
WALLETS = text(
    """SELECT a.address FROM ledger_accounts a
LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM ledger_entries GROUP BY 1) e
  ON e.account_id = a.id
LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM ledger_lots GROUP BY 1) l
  ON l.account_id = a.id
WHERE a.tracked AND (a.posted <> coalesce(e.amount, 0)
  OR a.by_lots AND a.posted + a.debt <> coalesce(l.amount, 0))
ORDER BY a.address"""
)


@dataclass(frozen=True, slots=True)
class Signed:
    """The day that was closed last: its figures opened this one."""

    day: date | None = None
    watermark: str | None = None
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Equation:
    """A day's figures, and every place where they do not hold."""

    community: dict[str, int]
    programme: dict[str, int]
    volunteers: int
    faults: list[str] = field(default_factory=list)  # wallets, or "programme"
    unsettled: bool = False
    watermark: str = ""

    @property
    def figures(self) -> dict[str, Any]:
        """Return what is signed."""
        return {
            "community": self.community,
            "programme": self.programme,
            "volunteers": self.volunteers,
        }


def equation(session: Session, of: CommunityDay, *, signed: Signed) -> Equation:
    """Compute a day's equation for each volunteer, the community and the programme.

    A fault names the wallet whose entries, balance and lots do not say the same.
    """
    mark: str = session.execute(MARK).scalar_one()
    mine = read_lines(session, of, of.community_id, signed)
    everybody = read_lines(session, of, None, Signed())
    faults = [row["code"] for row in mine if not holds(row)]
    if any(row.off for row in session.execute(TRIAL, {"programme": of.programme_id})):
        faults.append("programme")
    return Equation(
        community=total(mine),
        programme=total(everybody),
        volunteers=len(mine),
        faults=faults,
        unsettled=any(row["unsettled"] for row in mine),
        watermark=mark,
    )


def of_community(
    session: Session, of: CommunityDay, *, signed: Signed
) -> tuple[dict[str, int], list[str]]:
    """Return the community's part of a day's equation, and the wallets where it does not hold.

    For whoever looks at a day: the whole programme is added up when the day is signed.
    """
    mine = read_lines(session, of, of.community_id, signed)
    return total(mine), [row["code"] for row in mine if not holds(row)]


def read_lines(
    session: Session, of: CommunityDay, community_id: int | None, signed: Signed
) -> list[dict[str, Any]]:
    """Read one line a wallet."""
    params: dict[str, Any] = {"programme": of.programme_id, "community": community_id}
    params |= {"first": of.day, "day": of.day, "after": "", "limit": None}
    params |= {"signed_day": signed.day, "signed_mark": signed.watermark}
    return [dict(row._mapping) for row in session.execute(LINES, params)]


def holds(row: dict[str, Any]) -> bool:
    """Tell whether a wallet's entries, balance and lots agree and its equation adds up."""
    return bool(row["kept"] and row["in_lots"] and adds_up(row))


def wrong_accounts(session: Session) -> list[str]:
    """Name every account whose balance is not the sum of its entries, or of its lots."""
    return list(session.execute(WALLETS).scalars())
