"""The points equation of a day, from the entries, held against the balances. Read-only."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service.reconciliation.facts import CommunityDay
from service.reconciliation.sums import (
    ALL_BY_DAYS,
    ALL_BY_WALLETS,
    ALL_WALLETS,
    BY_DAYS,
    BY_WALLETS,
    FIGURES,
    LIVE_MAX,
    PATIENCE,
    SEALED_BEFORE,
    WALLETS,
)
from service.scope import everywhere

TRIAL = text(
    everywhere(
        """SELECT a.unit, coalesce(sum(e.amount), 0)::bigint AS off
FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
WHERE a.programme_id = :programme GROUP BY a.unit"""
    )
)
MARK = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
APART = text(
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
    at: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class Sums:
    """A community's figures of a day, and the wallets where they do not hold."""

    figures: dict[str, int]
    faults: list[str]
    each: bool  # every wallet was looked at


def equation(session: Session, of: CommunityDay, *, signed: Signed) -> Equation:
    """Compute a day's equation for each volunteer, the community and the programme.

    A fault names the wallet whose entries, balance and lots do not say the same.
    """
    session.execute(PATIENCE)
    mark: str = session.execute(MARK).scalar_one()
    mine = by_wallets(session, of, of.community_id, signed)
    everybody = across(session, of)
    faults = list(mine["faults"])
    if any(row.off for row in session.execute(TRIAL, {"programme": of.programme_id})):
        faults.append("programme")
    return Equation(
        community=figures_of(mine),
        programme=figures_of(everybody),
        volunteers=mine["volunteers"],
        faults=faults,
        unsettled=mine["unsettled"],
        watermark=mark,
    )


def of_community(session: Session, of: CommunityDay, *, signed: Signed) -> Sums:
    """Return the community's part of a day's equation, for whoever looks at a day.

    Of many wallets it tells the sums alone: each of them is held against its entries in the night,
    and when the day is signed.
    """
    found = look(session, of, of.community_id, signed)
    return Sums(figures_of(found), list(found.get("faults", ())), each="faults" in found)


def look(session: Session, of: CommunityDay, community_id: int, signed: Signed) -> dict[str, Any]:
    """Add up a few wallets one by one, and many by the days of the log."""
    asked = asked_of(of, community_id, signed)
    if session.execute(WALLETS, asked).scalar_one() <= LIVE_MAX:
        return by_wallets(session, of, community_id, signed)
    return dict(session.execute(BY_DAYS, asked).one()._mapping)


def across(session: Session, of: CommunityDay) -> dict[str, Any]:
    """Add up the whole programme, also what lies beyond the reach of whoever signs."""
    asked = asked_of(of, None, Signed())
    few = session.execute(ALL_WALLETS, asked).scalar_one() <= LIVE_MAX
    return dict(session.execute(ALL_BY_WALLETS if few else ALL_BY_DAYS, asked).one()._mapping)


def by_wallets(
    session: Session, of: CommunityDay, community_id: int, signed: Signed
) -> dict[str, Any]:
    """Add up every wallet, and name those whose entries, balance and lots do not agree."""
    asked = asked_of(of, community_id, signed)
    return dict(session.execute(BY_WALLETS, asked).one()._mapping)


def asked_of(of: CommunityDay, community_id: int | None, signed: Signed) -> dict[str, Any]:
    """Return what both sums are asked with."""
    return {
        "programme": of.programme_id,
        "community": community_id,
        "first": of.day,
        "day": of.day,
        "after": "",
        "limit": None,
        "signed_day": signed.day,
        "signed_mark": signed.watermark,
        "sealed_before": signed.at - SEALED_BEFORE if signed.at else None,
    }


def figures_of(row: dict[str, Any]) -> dict[str, int]:
    """Return the equation's figures of a row of sums."""
    return {name: row[name] for name in FIGURES}


def wrong_accounts(session: Session) -> list[str]:
    """Name every account whose balance is not the sum of its entries, or of its lots."""
    return list(session.execute(APART).scalars())
