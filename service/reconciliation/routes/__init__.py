"""HTTP of the reconciliation: JSON, and the desk's pages."""

from service.reconciliation.routes.api import api
from service.reconciliation.routes.pages import pages
from service.reconciliation.routes.queue_api import queue_api
from service.reconciliation.routes.queue_pages import queue_pages

blueprints = [api, queue_api, pages, queue_pages]
