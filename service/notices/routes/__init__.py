"""Pages and JSON of public notices: the desk's, everybody's, a volunteer's consent."""

from service.notices.routes.desk import api, pages
from service.notices.routes.open import api as open_api
from service.notices.routes.open import pages as open_pages
from service.notices.routes.papers import pages as paper_pages

blueprints = [api, pages, open_api, open_pages, paper_pages]
