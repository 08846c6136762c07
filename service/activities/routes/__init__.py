"""HTTP for activities: the JSON of plans, gate and hours, and the pages."""

from service.activities.routes import hours, scans, signups

blueprints = [signups.api, scans.api, hours.api]
