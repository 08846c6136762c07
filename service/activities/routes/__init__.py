"""HTTP for activities: the JSON of plans, gate and hours, and the pages."""

from service.activities.routes import (
    awards,
    desk,
    evidence,
    hours,
    installed,
    leading,
    pages,
    reversals,
    scans,
    signups,
)

blueprints = [
    signups.api,
    scans.api,
    hours.api,
    pages.pages,
    leading.pages,
    installed.pages,
    desk.pages,
    evidence.api,
    reversals.api,
    awards.pages,
]
