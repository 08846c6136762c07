"""Pages and JSON of privacy: the volunteer's own, and the desk's requests."""

from service.privacy.routes import desk, home

blueprints = [home.api, home.pages, desk.pages]
