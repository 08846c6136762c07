"""Shops: the association's members, what they give, and their tills.

Redemptions take goods from the shelf by the SQL function `shops_take`, within their own call.
"""

from service.shops.actions.admission import Admission, NewGood, add_association, admit, put_back
from service.shops.actions.tills import claim_till, pair_till, revoke_till
from service.shops.duty import clerk_at, shift
from service.shops.models import (
    Association,
    Good,
    GoodDay,
    Shop,
    Status,
    StockCount,
    UnknownShop,
)
from service.shops.overview import pledge_left
from service.shops.queries import (
    Till,
    association,
    association_of,
    check_reach,
    counts_on,
    goods,
    goods_by_id,
    list_shops,
    low_stock,
    scopes,
    shop,
    shop_by_id,
    shops_by_id,
    shops_within,
    taken_by,
    taken_on,
    terms_on,
)
from service.shops.refusals import ShiftNeeded
from service.shops.rules import Terms, on_sale, runs_low

__all__ = [
    "Admission",
    "Association",
    "Good",
    "GoodDay",
    "NewGood",
    "ShiftNeeded",
    "Shop",
    "Status",
    "StockCount",
    "Terms",
    "Till",
    "UnknownShop",
    "add_association",
    "admit",
    "association",
    "association_of",
    "check_reach",
    "claim_till",
    "clerk_at",
    "counts_on",
    "goods",
    "goods_by_id",
    "list_shops",
    "low_stock",
    "on_sale",
    "pair_till",
    "pledge_left",
    "put_back",
    "revoke_till",
    "runs_low",
    "scopes",
    "shift",
    "shop",
    "shop_by_id",
    "shops_by_id",
    "shops_within",
    "taken_by",
    "taken_on",
    "terms_on",
]
