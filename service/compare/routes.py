"""HTTP of the comparison: one page and its JSON; nothing here writes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from service.clock import business_day, month_end
from service.compare.queries import Compared, compare
from service.compare.schemas import AskedSchema, ComparisonSchema
from service.reports import READERS, scope_of
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("comparison", __name__, url_prefix="/api/v1", description="Communities")
pages = Blueprint("comparison_pages", __name__)
blueprints = [api, pages]


@dataclass(frozen=True, slots=True)
class Shown:
    """A month and the communities that the reader may compare in it."""

    month: date
    rows: list[Compared]


@pages.get("/desk/compare")
def show_comparison() -> ResponseReturnValue:
    """Show the reader's communities side by side over a month."""
    require(*READERS)
    found = compared(AskedSchema().load(request.args.to_dict())["month"])
    return render_template(
        "compare/compare.html", month=found.month, rows=found.rows, today=business_day(now())
    )


@api.get("/communities/comparison")
@api.arguments(AskedSchema, location="query")
@api.response(200, ComparisonSchema)
def get_comparison(asked: dict[str, Any]) -> ResponseReturnValue:
    """Tell what the caller's communities issued, did and left open over a month."""
    require(*READERS)
    found = compared(asked["month"])
    return {"month": f"{found.month:%Y-%m}", "items": found.rows}


def compared(said: str) -> Shown:
    """Compare the caller's communities over the month that was asked for, or this one."""
    first = date.fromisoformat(f"{said}-01") if said else business_day(now()).replace(day=1)
    scope = scope_of(database(), require(*READERS))
    return Shown(first, compare(database(), scope, first, month_end(first), now=now()))
