"""Points programmes and the versioned rules that count in them.

Every figure of the business stands in a rule set that the community adopted; none in the code.
"""

from service.programmes.actions import adopt, open_programme
from service.programmes.locks import (
    ProgrammeLocked,
    UnknownProgramme,
    lock,
    locked,
    named,
    unlock,
)
from service.programmes.models import NoRuleSet, Programme, RuleSetRow
from service.programmes.queries import (
    digest_on,
    programme_by_id,
    rule_changes,
    rule_set,
    rule_set_by_digest,
)
from service.programmes.rules import (
    NO_CAP,
    ZERO,
    Answering,
    Auditing,
    Helping,
    Offline,
    Rate,
    RuleSet,
    Sampling,
    Tier,
    parse,
)
from service.programmes.working_days import (
    ArrangementRefused,
    Due,
    WorkingDays,
    add_working_days,
    load_arrangements,
    load_missing_years,
    working_day_sources,
    working_days,
    working_days_between,
)

__all__ = [
    "NO_CAP",
    "ZERO",
    "Answering",
    "ArrangementRefused",
    "Auditing",
    "Due",
    "Helping",
    "NoRuleSet",
    "Offline",
    "Programme",
    "ProgrammeLocked",
    "Rate",
    "RuleSet",
    "RuleSetRow",
    "Sampling",
    "Tier",
    "UnknownProgramme",
    "WorkingDays",
    "add_working_days",
    "adopt",
    "digest_on",
    "load_arrangements",
    "load_missing_years",
    "lock",
    "locked",
    "named",
    "open_programme",
    "parse",
    "programme_by_id",
    "rule_changes",
    "rule_set",
    "rule_set_by_digest",
    "unlock",
    "working_day_sources",
    "working_days",
    "working_days_between",
]
