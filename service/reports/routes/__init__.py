"""HTTP of the reports: figures and ledger as JSON, homes, desk and ledger as pages."""

from service.reports.routes.figures import api as figures
from service.reports.routes.homes import pages as homes
from service.reports.routes.integrity import api as integrity_api
from service.reports.routes.integrity import pages as integrity
from service.reports.routes.ledger_api import api as ledger_api
from service.reports.routes.ledger_pages import pages as ledger_pages
from service.reports.routes.months import api as statements_api
from service.reports.routes.months import pages as statements
from service.reports.routes.receipts import pages as receipts

blueprints = [
    figures,
    ledger_api,
    homes,
    ledger_pages,
    integrity_api,
    integrity,
    receipts,
    statements,
    statements_api,
]
