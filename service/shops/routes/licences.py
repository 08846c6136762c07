"""HTTP for the licences that a member shows anew, before or after the old ones ran out."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.shops.actions import membership
from service.shops.actions.membership import Licences
from service.shops.models import Shop
from service.shops.routes.house import back_to, filled
from service.shops.routes.members import OFFICER, decision, kept_shop, one, run
from service.shops.schemas import LicencesSchema, ShopSchema
from service.web.api import ApiBlueprint

api = ApiBlueprint("licences_api", __name__, url_prefix="/api/v1", description="Shops' licences")
pages = Blueprint("licences", __name__)


def renew(session: Session, *, code: str, given: dict[str, Any]) -> Shop:
    """Keep what a member of the caller's association showed."""
    shop = kept_shop(session, code, OFFICER)
    why = decision(given.pop("reason"))
    return membership.renew(session, shop, Licences(**given), decision=why)


@api.post("/shops/<code>/licences")
@api.arguments(LicencesSchema)
@api.response(200, ShopSchema)
def post_licences(given: dict[str, Any], code: str) -> Any:
    """Keep the licences that a member shows anew; the same again changes nothing."""
    return run(one, done=renew, code=code, given=given)


@pages.post("/desk/shops/<code>/licences")
def post_from_page(code: str) -> ResponseReturnValue:
    """Keep the licences and show the shop's page."""
    run(renew, code=code, given=LicencesSchema().load(filled()))
    return back_to(code)
