"""Audit: short rules that look through the books and point at what a person should look at.

A rule never decides and never posts. What it finds stays until somebody dismisses it with a
reason or opens a case of it.
"""

from service.audit.models import (
    AuditFinding,
    AuditRun,
    FindingDecided,
    ReasonMissing,
    Status,
    UnknownFinding,
)
from service.audit.rule import ACT, ASK, LOOK, Finding, Rule

__all__ = [
    "ACT",
    "ASK",
    "LOOK",
    "AuditFinding",
    "AuditRun",
    "Finding",
    "FindingDecided",
    "ReasonMissing",
    "Rule",
    "Status",
    "UnknownFinding",
]
