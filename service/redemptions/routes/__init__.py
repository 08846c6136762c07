"""HTTP for redemptions and discounts: the till, the two people who reverse, the pages."""

from service.redemptions.routes.choices import api as choices_api
from service.redemptions.routes.choices import pages as choice_pages
from service.redemptions.routes.counter import api as counter_api
from service.redemptions.routes.installed import pages as installed_pages
from service.redemptions.routes.pages import pages
from service.redemptions.routes.reversals import api as reversals_api
from service.redemptions.routes.sales import pages as sales_pages
from service.redemptions.routes.shop_day import api as shop_day_api
from service.redemptions.routes.shop_day import pages as shop_day_pages
from service.redemptions.routes.standee import pages as standee_pages
from service.redemptions.routes.tickets import api as tickets_api
from service.redemptions.routes.tickets import pages as ticket_pages
from service.redemptions.routes.till import api as till_api

blueprints = [
    till_api,
    counter_api,
    tickets_api,
    choices_api,
    reversals_api,
    pages,
    ticket_pages,
    choice_pages,
    standee_pages,
    installed_pages,
    sales_pages,
    shop_day_api,
    shop_day_pages,
]
