"""HTTP of planning: the JSON, the desk's pages, the leader's pages, and the calendars."""

from service.activities.routes.plans import (
    api,
    calendars,
    desk,
    editor,
    kinds,
    leader,
    partners,
    weekly,
)

blueprints = [
    api.api,
    desk.pages,
    editor.pages,
    kinds.pages,
    partners.pages,
    weekly.pages,
    leader.pages,
    calendars.pages,
]
