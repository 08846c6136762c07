"""The book of rules: all of them, in the order in which they are run and shown."""

from typing import Any

from service.audit import attending, awarding, covering, leading, selling, spending
from service.audit.rule import Rule
from service.i18n import N_

RULES: tuple[Rule[Any], ...] = (
    *awarding.RULES,
    *attending.RULES,
    *leading.RULES,
    *selling.RULES,
    *spending.RULES,
    *covering.RULES,
)

# What people find rather than rules, by the slug under which it is filed.
FILED = {"call_back_differs": N_("Call-back differs")}
TITLES = {rule.slug: rule.title for rule in RULES} | FILED
