"""HTTP of cases and objections: JSON, the desk's pages, the volunteer's phone."""

from service.cases.routes import api, mine, objections, objections_api, pages
from service.cases.routes.words import words

blueprints = [api.api, objections_api.api, pages.pages, objections.pages, mine.pages]
pages.pages.app_context_processor(lambda: {"case_words": words})
