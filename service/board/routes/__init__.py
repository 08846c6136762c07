"""HTTP of the board: its page and the same as JSON."""

from service.board.routes.api import api
from service.board.routes.pages import pages

blueprints = [api, pages]
