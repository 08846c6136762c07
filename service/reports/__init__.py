"""Read-only figures and pages over all slices: homes, the ledger as people read it.

Nothing here writes but the sums of the sealed log, and nothing below needs it: the SQL may join any
slice's tables.
"""

from service.reports.actors import namer
from service.reports.books import HIDDEN
from service.reports.compared import points_by_community
from service.reports.days import Bar, chart, equation, points_of, roll_up
from service.reports.scope import READERS, Period, Scope, scope_of

__all__ = [
    "HIDDEN",
    "READERS",
    "Bar",
    "Period",
    "Scope",
    "chart",
    "equation",
    "namer",
    "points_by_community",
    "points_of",
    "roll_up",
    "scope_of",
]
