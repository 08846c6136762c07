"""What a number of the equation is made of: its transfers, newest first; wallets for a balance."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from service.db import Database
from service.errors import NotFound
from service.i18n import N_
from service.reports import Scope

PAGE = 50
# One transfer after the other, from the newest of the day: a page reads no more than it shows.
MOVES = """SELECT t.id, t.kind, t.actor, t.occurred_at, m.points, v.code AS volunteer,
  w.key AS award, w.attendance_id, a.title AS activity, s.name AS shop, g.name AS good,
  b.id AS reversed_by_id
FROM ledger_transfers t
  CROSS JOIN LATERAL (SELECT * FROM reports_moves x WHERE x.transfer_id = t.id OFFSET 0) m
  JOIN people_volunteers v ON v.id = m.volunteer_id
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  LEFT JOIN ledger_transfers b ON b.reverses_id = t.id
  LEFT JOIN activities_awards w ON w.transfer_id =
    CASE WHEN t.reverses_id IS NULL THEN t.id ELSE t.reverses_id END
  LEFT JOIN activities a ON a.id = w.activity_id
  LEFT JOIN LATERAL (SELECT CASE split_part(coalesce(o.source, t.source), ':', 1)
    WHEN 'redemption' THEN split_part(coalesce(o.source, t.source), ':', 2)::bigint END AS id
    OFFSET 0) named ON true
  LEFT JOIN redemptions r ON r.id = named.id
  LEFT JOIN shops s ON s.id = r.shop_id LEFT JOIN shops_goods g ON g.id = r.good_id
WHERE t.programme_id = %(programme)s AND t.business_day = %(day)s AND t.kind = ANY (%(kinds)s)
  AND m.kind = ANY (%(of)s) AND m.community_id = ANY (%(communities)s)
  AND (%(before)s::bigint IS NULL OR t.id < %(before)s)
ORDER BY t.id DESC LIMIT %(limit)s"""
# Balances by the booklet's number; a day's own movements beside them.
WALLETS = """SELECT v.code AS volunteer, ledger.opening, ledger.moved,
  (ledger.opening + ledger.moved)::bigint AS closing
FROM (SELECT id, code, programme_id FROM people_volunteers
      WHERE community_id = ANY (%(communities)s) AND code > %(after)s
      ORDER BY code LIMIT %(limit)s) v
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount) FILTER (WHERE t.business_day < %(day)s OR t.kind = 'open'),
        0)::bigint AS opening,
      coalesce(sum(e.amount) FILTER (WHERE t.business_day = %(day)s AND t.kind <> 'open'),
        0)::bigint AS moved
    FROM ledger_places a JOIN ledger_entries e ON e.account_id = a.id
      JOIN ledger_transfers t ON t.id = e.transfer_id
    WHERE a.programme_id = v.programme_id AND a.address = 'volunteer:' || v.code
      AND a.unit = 'PTS' AND t.business_day <= %(day)s) ledger
ORDER BY v.code"""


class NoSuchFigure(NotFound):
    """The equation has no figure of this name."""

    slug, title = "unknown-figure", N_("There is no such figure")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the equation: what it is called, and which transfers make it up."""

    title: str
    sums: str  # its name among the equation's sums
    kinds: tuple[str, ...]  # of the transfer itself
    of: tuple[str, ...]  # of what it moved: a reversal belongs to what it reverses


FIGURES = {
    "earned": Figure(N_("Service"), "earned", ("award",), ("award",)),
    "manual": Figure(N_("Entered by hand"), "manual", ("manual",), ("manual",)),
    "reversed": Figure(N_("Reversed"), "reversed_awards", ("reverse", "void"), ("award", "manual")),
    "redeemed": Figure(N_("Redeemed, net"), "redeemed", ("redeem", "reverse", "void"), ("redeem",)),
    "expired": Figure(N_("Expired"), "expired", ("expire", "reverse", "void"), ("expire",)),
    "adjusted": Figure(N_("Adjusted"), "adjusted", ("adjust", "reverse", "void"), ("adjust",)),
}
BALANCES = {"opening": N_("Opening"), "closing": N_("Closing")}


def figure(name: str) -> Figure:
    """Return a figure by its name. Raises NoSuchFigure."""
    if name not in FIGURES:
        raise NoSuchFigure
    return FIGURES[name]


def moves(
    database: Database, scope: Scope, which: Figure, day: date, *, before: int | None = None
) -> list[dict[str, Any]]:
    """Return a page of the transfers that make up a day's figure, one row more than it holds."""
    params = {**scope.params, "day": day, "before": before, "limit": PAGE + 1}
    return database.rows(MOVES, {**params, "kinds": list(which.kinds), "of": list(which.of)})


def wallets(
    database: Database, scope: Scope, day: date, *, after: str = ""
) -> list[dict[str, Any]]:
    """Return a page of wallets as they stood at the end of a day, by booklet number."""
    params = {**scope.params, "day": day, "after": after, "limit": PAGE + 1}
    return database.rows(WALLETS, params)
