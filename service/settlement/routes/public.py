"""The page that a statement's code opens for anybody: its digest, and whether it still counts."""

import re

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import shops
from service.settlement import queries
from service.settlement.actions import statements
from service.settlement.routes.whose import ACTS, STEPS, run
from service.web.limits import Limit

pages = Blueprint("statement_check", __name__)
LOOKS = Limit("statements", most=30, seconds=60)
DIGITS = re.compile(r"[0-9a-f]{32}(?:[0-9a-f]{32})?")


@pages.get("/st/<start>")
def check_statement(start: str) -> ResponseReturnValue:
    """Say what digest a statement has and who signed it; every other address reads the same."""
    LOOKS.check()
    LOOKS.count()
    found = run(look, start=start) if DIGITS.fullmatch(start) else None
    page = render_template("settlement/check.html", found=found, steps=STEPS, acts=ACTS)
    answer = Response(page, status=200 if found else 404)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def look(session: Session, *, start: str) -> dict[str, object] | None:
    """Read what anybody may know of a statement: no amounts, no persons."""
    row = queries.by_digest(session, start)
    if row is None:
        return None
    newer = statements.present(session, row.shop_id, row.month)
    return {
        "row": row,
        "shop": shops.shop_by_id(session, row.shop_id),
        "signed": statements.signatures(session, row),
        "newer": newer.number if newer is not None and newer.id != row.id else None,
    }
