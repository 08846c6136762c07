"""HTTP for activities: the JSON of plans, gate and hours, and the pages."""

from service.activities.routes import desk, hours, installed, leading, pages, scans, signups

blueprints = [
    signups.api,
    scans.api,
    hours.api,
    pages.pages,
    leading.pages,
    installed.pages,
    desk.pages,
]
