"""HTTP of the board: its page, the pages of batches, and the same as JSON."""

from service.board.routes import again
from service.board.routes.api import api
from service.board.routes.batches import pages as batches
from service.board.routes.pages import pages

blueprints = [api, pages, batches, again.api, again.pages]
