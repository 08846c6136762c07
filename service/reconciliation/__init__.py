"""Reconciliation: counts against the books, exceptions with answers, days that are closed.

A run compares a community's business day with what people counted. Its findings become
exceptions; each ends with an answer, a person's or that its cause has gone. A day is closed when
the points equation holds for every wallet, and what was signed is never changed.
"""

from service.reconciliation.actions import (
    Counts,
    ask,
    look_again,
    reconcile,
    reconcile_ended,
    resolve,
)
from service.reconciliation.books import Equation, Signed, equation, wrong_accounts
from service.reconciliation.close import Signature, close_day
from service.reconciliation.expiry import announce_expiry, expire_points
from service.reconciliation.facts import CommunityDay
from service.reconciliation.models import (
    Count,
    Day,
    DayClosed,
    Difference,
    DoesNotBalance,
    FutureDay,
    Kind,
    LaterDayClosed,
    NotReconciled,
    Resolution,
    Run,
    Standing,
    StillOpen,
    UnknownException,
    UnknownRun,
)
from service.reconciliation.rules import last_ended_day

__all__ = [
    "CommunityDay",
    "Count",
    "Counts",
    "Day",
    "DayClosed",
    "Difference",
    "DoesNotBalance",
    "Equation",
    "FutureDay",
    "Kind",
    "LaterDayClosed",
    "NotReconciled",
    "Resolution",
    "Run",
    "Signature",
    "Signed",
    "Standing",
    "StillOpen",
    "UnknownException",
    "UnknownRun",
    "announce_expiry",
    "ask",
    "close_day",
    "equation",
    "expire_points",
    "last_ended_day",
    "look_again",
    "reconcile",
    "reconcile_ended",
    "resolve",
    "wrong_accounts",
]
