"""Points programmes and the versioned rules that count in them.

Every figure of the business stands in a rule set that the community adopted; none in the code.
"""

from service.programmes.actions import adopt, open_programme
from service.programmes.models import NoRuleSet, Programme, RuleSetRow
from service.programmes.queries import programme_by_id, rule_set, rule_set_by_digest
from service.programmes.rules import ZERO, Offline, Rate, RuleSet, Tier, parse

__all__ = [
    "ZERO",
    "NoRuleSet",
    "Offline",
    "Programme",
    "Rate",
    "RuleSet",
    "RuleSetRow",
    "Tier",
    "adopt",
    "open_programme",
    "parse",
    "programme_by_id",
    "rule_set",
    "rule_set_by_digest",
]
