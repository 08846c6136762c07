"""Reconciliation: counts against the books, exceptions with answers, days that are closed.

A run compares a community's business day with what people counted. Its findings become
exceptions; each ends with an answer, a person's or that its cause has gone. A day is closed when
the points equation holds for every wallet, and what was signed is never changed.
"""

from service.reconciliation.actions import gone, look_again, reconcile, reconcile_ended
from service.reconciliation.answer_models import AnswerWaits
from service.reconciliation.answers import Reply, reply
from service.reconciliation.books import wrong_accounts
from service.reconciliation.expiry import announce_expiry, expire_points
from service.reconciliation.facts import CommunityDay
from service.reconciliation.lines import WALLET_LINES
from service.reconciliation.models import (
    Count,
    Day,
    Difference,
    Resolution,
    Run,
    Standing,
    UnknownException,
)
from service.reconciliation.postings import park_bad, settle_rounding
from service.reconciliation.rules import FLAGS, last_ended_day
from service.reconciliation.schemas import EquationSchema
from service.reconciliation.sums import (
    BY_DAYS,
    BY_WALLETS,
    FIGURES,
    HOLDS,
    LIVE_MAX,
    PATIENCE,
    WALLETS,
)
from service.reconciliation.words import CLASSES

__all__ = [
    "BY_DAYS",
    "BY_WALLETS",
    "CLASSES",
    "FIGURES",
    "FLAGS",
    "HOLDS",
    "LIVE_MAX",
    "PATIENCE",
    "WALLETS",
    "WALLET_LINES",
    "AnswerWaits",
    "CommunityDay",
    "Count",
    "Day",
    "Difference",
    "EquationSchema",
    "Reply",
    "Resolution",
    "Run",
    "Standing",
    "UnknownException",
    "announce_expiry",
    "expire_points",
    "gone",
    "last_ended_day",
    "look_again",
    "park_bad",
    "reconcile",
    "reconcile_ended",
    "reply",
    "settle_rounding",
    "wrong_accounts",
]
