"""HTTP for redemptions and discounts: the till, the two people who reverse, the pages."""

from service.redemptions.routes.pages import pages
from service.redemptions.routes.reversals import api as reversals_api
from service.redemptions.routes.till import api as till_api

blueprints = [till_api, reversals_api, pages]
