"""HTTP of matters: JSON, the desk, the volunteer's pages and the resident's link."""

from service.matters.routes import api, desk, people, residents, week

blueprints = [
    api.api,
    desk.pages,
    people.pages,
    residents.pages,
    residents.api,
    week.pages,
    week.api,
]
