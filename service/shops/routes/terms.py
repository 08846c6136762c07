"""HTTP for terms of discount: what was ever agreed, and what begins on a day to come."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.shops import queries
from service.shops.actions import terms
from service.shops.actions.terms import Agreement
from service.shops.models import TermsRow
from service.shops.routes.house import back_to, filled
from service.shops.routes.members import OFFICER, kept_shop, run, terms_in
from service.shops.routes.tills import KEEPERS
from service.shops.schemas import (
    BeforeSchema,
    TermsAskSchema,
    TermsPageSchema,
    TermsSchema,
    in_fen,
)
from service.web import caller, now
from service.web.api import ApiBlueprint

api = ApiBlueprint("terms_api", __name__, url_prefix="/api/v1", description="Terms of discount")
pages = Blueprint("terms", __name__)


def agree(session: Session, *, code: str, given: dict[str, Any]) -> TermsRow:
    """Keep what the association and a shop agreed."""
    shop = kept_shop(session, code, OFFICER)
    new = Agreement(given["key"], given["from_day"], terms_in(given), given["document"])
    return terms.agree(session, shop, new, actor=caller().actor, now=now())


def page_of(session: Session, *, code: str, before: int | None) -> dict[str, Any]:
    """Return one page of what a shop and its association agreed."""
    shop = kept_shop(session, code, *KEEPERS)
    rows = queries.terms_story(session, shop.id or 0, before=before, limit=queries.LINES + 1)
    more = rows[queries.LINES - 1].id if len(rows) > queries.LINES else None
    return {"items": rows[: queries.LINES], "next": more}


@api.get("/shops/<code>/terms")
@api.arguments(BeforeSchema, location="query")
@api.response(200, TermsPageSchema)
def get_terms(asked: dict[str, Any], code: str) -> Any:
    """List what was agreed, the last written first."""
    return run(page_of, code=code, before=asked.get("before"))


@api.post("/shops/<code>/terms")
@api.arguments(TermsAskSchema)
@api.response(201, TermsSchema)
def post_terms(given: dict[str, Any], code: str) -> Any:
    """Let other terms begin on a day to come; what was given off before stays as it was."""
    return run(agree, code=code, given=given)


@pages.post("/desk/shops/<code>/terms")
def post_from_page(code: str) -> ResponseReturnValue:
    """Keep the agreement and show the shop's page."""
    run(agree, code=code, given=TermsAskSchema().load(in_fen(filled(), "discount_bill_cap")))
    return back_to(code)
