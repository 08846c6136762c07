"""Accounts of staff: signing in by two steps, second factors, and where somebody is signed in."""

from service.accounts.actions import Asker, Step, begin, check, half_open, let_in
from service.accounts.models import (
    Factor,
    FactorNeeded,
    Kind,
    LastFactor,
    NotTheSame,
    Pending,
    Purpose,
    RecoveryCode,
    SecondStepNeeded,
    SignInOver,
    UnknownFactor,
    WeakPassword,
    WrongCode,
)
from service.accounts.queries import codes_left, factors, handle, pending, sessions
from service.accounts.rules import NEEDS_FACTOR, device_words, good_password, needs_factor
from service.accounts.tries import Whose
from service.accounts.tries import clear as forgive
from service.accounts.upkeep import end_session, end_sessions, judge_password, set_password

__all__ = [
    "NEEDS_FACTOR",
    "Asker",
    "Factor",
    "FactorNeeded",
    "Kind",
    "LastFactor",
    "NotTheSame",
    "Pending",
    "Purpose",
    "RecoveryCode",
    "SecondStepNeeded",
    "SignInOver",
    "Step",
    "UnknownFactor",
    "WeakPassword",
    "Whose",
    "WrongCode",
    "begin",
    "check",
    "codes_left",
    "device_words",
    "end_session",
    "end_sessions",
    "factors",
    "forgive",
    "good_password",
    "half_open",
    "handle",
    "judge_password",
    "let_in",
    "needs_factor",
    "pending",
    "sessions",
    "set_password",
]
