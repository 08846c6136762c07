"""Audit: short rules that look through the books and point at what a person should look at.

A rule never decides and never posts. What it finds stays until somebody dismisses it with a
reason or opens a case of it.
"""

from service.audit.actions import dismiss, file_finding, take_into_case
from service.audit.book import RULES, TITLES
from service.audit.looking import look
from service.audit.models import (
    AuditFinding,
    AuditRun,
    FindingDecided,
    NothingToLookAt,
    ReasonMissing,
    Status,
    UnknownFinding,
)
from service.audit.news import look_at_news
from service.audit.period import Period
from service.audit.queries import finding, findings_about, open_counts
from service.audit.rule import ACT, ASK, LOOK, Finding, Rule
from service.audit.runs import Auditor, ask_run

__all__ = [
    "ACT",
    "ASK",
    "LOOK",
    "RULES",
    "TITLES",
    "AuditFinding",
    "AuditRun",
    "Auditor",
    "Finding",
    "FindingDecided",
    "NothingToLookAt",
    "Period",
    "ReasonMissing",
    "Rule",
    "Status",
    "UnknownFinding",
    "ask_run",
    "dismiss",
    "file_finding",
    "finding",
    "findings_about",
    "look",
    "look_at_news",
    "open_counts",
    "take_into_case",
]
