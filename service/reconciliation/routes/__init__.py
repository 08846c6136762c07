"""HTTP of the reconciliation: JSON, and the desk's pages."""

from service.reconciliation.routes.api import api
from service.reconciliation.routes.pages import pages

blueprints = [api, pages]
