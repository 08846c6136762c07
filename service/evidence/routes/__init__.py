"""HTTP of shops' files."""

from service.evidence.routes.api import api
from service.evidence.routes.pages import pages

blueprints = [api, pages]
