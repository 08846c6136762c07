"""Working days in China: Monday to Friday, less the holidays, plus the days worked in their stead.

The State Council arranges every year anew. Its arrangement is data (`arrangements.json`); a year
without one counts Monday to Friday, and whatever was counted there says that it is provisional.
"""

from service.programmes.working_days.calendar import Due, WorkingDays
from service.programmes.working_days.models import WorkingDay
from service.programmes.working_days.queries import (
    add_working_days,
    working_day_sources,
    working_days,
    working_days_between,
)
from service.programmes.working_days.table import (
    BUNDLED,
    ArrangementRefused,
    Loaded,
    load_arrangements,
    load_missing_years,
)

__all__ = [
    "BUNDLED",
    "ArrangementRefused",
    "Due",
    "Loaded",
    "WorkingDay",
    "WorkingDays",
    "add_working_days",
    "load_arrangements",
    "load_missing_years",
    "working_day_sources",
    "working_days",
    "working_days_between",
]
