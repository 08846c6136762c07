"""Public notices (公示): what was earned on some days, told to everybody on so many working days.

A notice names only adults who agreed, by the tail of the booklet; all others count in totals, of
which none is so small that it would point at one of them. It is numbered without gaps, and frozen
with its digest and the ledger's head when it is published. A row whose consent was withdrawn is out
of sight at once: the content holds its salted hash alone, so the digest still stands.
"""

from service.notices.actions import Wanted, draft, drop, end_due, number_after, publish
from service.notices.consents import agree
from service.notices.models import Notice, State
from service.notices.press import Press
from service.notices.queries import open_rows, published, running, waiting
from service.notices.refusals import UnknownNotice

__all__ = [
    "Notice",
    "Press",
    "State",
    "UnknownNotice",
    "Wanted",
    "agree",
    "draft",
    "drop",
    "end_due",
    "number_after",
    "open_rows",
    "publish",
    "published",
    "running",
    "waiting",
]
