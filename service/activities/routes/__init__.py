"""HTTP for activities: the JSON of plans, gate and hours, and the pages."""

from service.activities.routes import (
    awards,
    confirming,
    desk,
    evidence,
    hours,
    installed,
    joining,
    leading,
    oversight,
    pages,
    plans,
    problems,
    reversals,
    rights,
    scans,
    signups,
)

blueprints = [
    signups.api,
    scans.api,
    hours.api,
    pages.pages,
    joining.pages,
    leading.pages,
    installed.pages,
    desk.pages,
    evidence.api,
    reversals.api,
    rights.pages,
    awards.pages,
    confirming.pages,
    oversight.api,
    problems.pages,
    *plans.blueprints,
]
