"""Matters: what residents and volunteers need, found, assigned, solved and answered."""

from service.matters.actions.leads import name_lead
from service.matters.actions.moving import Assignee, assign, take
from service.matters.actions.raising import Found, call_for_help, raise_at_desk, raise_on_visit
from service.matters.actions.steps import Said
from service.matters.models import Lead, Matter, Step
from service.matters.queries.lists import Listed, calls
from service.matters.rules import Arrow, Kind, Part, State, Week, read_week, week_of

__all__ = [
    "Arrow",
    "Assignee",
    "Found",
    "Kind",
    "Lead",
    "Listed",
    "Matter",
    "Part",
    "Said",
    "State",
    "Step",
    "Week",
    "assign",
    "call_for_help",
    "calls",
    "name_lead",
    "raise_at_desk",
    "raise_on_visit",
    "read_week",
    "take",
    "week_of",
]
