"""Where a verification found something, in the reader's words, with the page to look at it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from service.db import Database
from service.i18n import N_

LEAVES = "SELECT index, transfer_id FROM ledger_leaves WHERE index = ANY (%(indexes)s)"
# The verifier's own names of places: its report is read by machines too, so they stay as they are.
LEAF = re.compile(r"leaf (\d+)")
SHAPES = (
    (re.compile(r"leaves (?P<first>\d+) to (?P<last>\d+)"), N_("entries {first} to {last}"), ""),
    (re.compile(r"transfer (?P<id>\d+)"), N_("entry number {id}"), "/ledger/transfers/{id}"),
    (
        re.compile(r"account (?P<address>\S+) (?P<unit>\S+) \(programme \d+\)"),
        N_("account {address}, {unit}"),
        "/ledger/accounts/{unit}/{address}",
    ),
    (re.compile(r"head (?P<size>\d+)"), N_("head at entry {size}"), ""),
    (re.compile(r"period (?P<month>[\d-]+) \(programme \d+\)"), N_("month {month}"), ""),
)
IN_LOG = N_("entry {number} of the log")


@dataclass(frozen=True, slots=True)
class Place:
    """One finding for a page: where, a link when there is a page for it, and the verifier's say."""

    kind: str
    where: str
    href: str
    detail: str


def placed(
    database: Database, findings: Iterable[dict[str, Any]], gettext: Callable[[str], str]
) -> list[Place]:
    """Put the places of findings into words; a place of no known shape stays as it is."""
    listed = list(findings)
    leaves = transfers_at(database, [found["place"] for found in listed])
    return [
        Place(found["kind"], *said(found["place"], leaves, gettext), found["detail"])
        for found in listed
    ]


def transfers_at(database: Database, places: Iterable[str]) -> dict[int, int]:
    """Look up which transfers stand at the leaves that are named."""
    indexes = [int(found[1]) for place in places if (found := LEAF.fullmatch(place))]
    rows = database.rows(LEAVES, {"indexes": indexes})
    return {row["index"]: row["transfer_id"] for row in rows}


def said(place: str, leaves: dict[int, int], gettext: Callable[[str], str]) -> tuple[str, str]:
    """Say one place and where to look at it; leaves are counted from one, as receipts do."""
    if found := LEAF.fullmatch(place):
        index = int(found[1])
        href = f"/ledger/transfers/{leaves[index]}" if index in leaves else ""
        return gettext(IN_LOG).format(number=index + 1), href
    for shape, words, href in SHAPES:
        if found := shape.fullmatch(place):
            parts = {name: counted(name, value) for name, value in found.groupdict().items()}
            quoted = {name: quote(value) for name, value in parts.items()}
            return gettext(words).format(**parts), href.format(**quoted)
    return place, ""


def counted(name: str, value: str) -> str:
    """Count leaves from one; everything else is said as it is."""
    return str(int(value) + 1) if name in {"first", "last"} else value
