"""HTTP of a shop's clerks, for its owner and the association: JSON, and their page."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from sqlmodel import Session

from service.shops import duty
from service.shops.actions import clerks
from service.shops.actions.clerks import Act, Drawn
from service.shops.models import ClerkRole, Shop
from service.shops.refusals import LabelTaken
from service.shops.routes.members import kept_shop
from service.shops.routes.shifts import keys
from service.shops.routes.tills import KEEPERS
from service.shops.shift_schemas import (
    ActSchema,
    ClerksSchema,
    DrawnSchema,
    NewClerkSchema,
    ShiftsAskSchema,
    ShiftsSchema,
)
from service.web import caller, database, now
from service.web.api import ApiBlueprint
from service.web.locale import gettext
from service.web.problems import leaves

api = ApiBlueprint("clerks_api", __name__, url_prefix="/api/v1", description="A shop's clerks")
pages = Blueprint("clerk_pages", __name__)


def run(work: Callable[..., Any], **given: Any) -> Any:
    """Run work in a transaction."""
    return database().atomic(partial(work, **given))


def act(key: str) -> Act:
    """Return who does something now, under which key."""
    return Act(keys(), key, caller().actor, now())


def add(session: Session, *, code: str, given: dict[str, str]) -> Drawn:
    """Let somebody sell in a shop that the caller looks after."""
    shop, role = kept_shop(session, code, *KEEPERS), ClerkRole(given["role"])
    return clerks.add_clerk(session, shop, label=given["label"], role=role, act=act(given["key"]))


def reset(session: Session, *, code: str, label: str, given: dict[str, str]) -> Drawn:
    """Draw new digits for a clerk of a shop that the caller looks after."""
    shop = kept_shop(session, code, *KEEPERS)
    return clerks.reset_pin(session, shop, label=label, act=act(given["key"]))


def remove(session: Session, *, code: str, label: str) -> None:
    """Let a clerk of a shop that the caller looks after sell no more."""
    clerks.remove_clerk(session, kept_shop(session, code, *KEEPERS), label=label, act=act(""))


def describe(drawn: Drawn) -> dict[str, Any]:
    """Write a clerk with the new digits as JSON's fields."""
    return {"label": drawn.clerk.label, "role": drawn.clerk.role, "pin": drawn.pin}


def listed(session: Session, *, code: str) -> tuple[Shop, list[dict[str, Any]]]:
    """Read who sells in a shop that the caller looks after, with their last shifts."""
    shop = kept_shop(session, code, *KEEPERS)
    assert shop.id is not None
    rows = duty.clerks(session, shop.id)
    last = duty.last_shifts(session, [row.id for row in rows if row.id is not None])
    moment = now()
    return shop, [
        {
            "label": row.label,
            "role": row.role,
            "made_at": row.made_at,
            "locked_until": until if (until := row.pin_locked_until) and until > moment else None,
            "last_shift_at": last[row.id].started_at if row.id in last else None,
        }
        for row in rows
    ]


@api.get("/shops/<code>/clerks")
@api.response(200, ClerksSchema)
def get_clerks(code: str) -> dict[str, Any]:
    """List who sells in a shop: labels and roles, no names and no digits."""
    return {"items": run(listed, code=code)[1], "next": None}


def stood(session: Session, *, code: str, before: int | None) -> dict[str, Any]:
    """Read one page of the shifts of a shop that the caller looks after."""
    shop = kept_shop(session, code, *KEEPERS)
    assert shop.id is not None
    rows = duty.shifts(session, shop.id, before=before)
    items = [
        {
            "clerk": row.clerk,
            "till": row.till,
            "started_at": row.shift.started_at,
            "ends_at": row.shift.ends_at,
            "open": row.shift.ends_at > now(),
        }
        for row in rows
    ]
    return {"items": items, "next": rows[-1].shift.id if len(rows) == duty.LINES else None}


@api.get("/shops/<code>/shifts")
@api.arguments(ShiftsAskSchema, location="query")
@api.response(200, ShiftsSchema)
def get_shifts(asked: dict[str, Any], code: str) -> Any:
    """List whose shifts these were at a shop's tills."""
    return run(stood, code=code, before=asked["before"])


@api.post("/shops/<code>/clerks")
@api.arguments(NewClerkSchema)
@api.response(201, DrawnSchema)
def post_clerk(given: dict[str, str], code: str) -> dict[str, Any]:
    """Let somebody sell in a shop; the digits are said only here."""
    return describe(run(add, code=code, given=given))


@api.post("/shops/<code>/clerks/<label>/pin")
@api.arguments(ActSchema)
@api.response(200, DrawnSchema)
def post_pin(given: dict[str, str], code: str, label: str) -> dict[str, Any]:
    """Draw new digits for a clerk and end the shifts of the old ones."""
    return describe(run(reset, code=code, label=label, given=given))


@api.delete("/shops/<code>/clerks/<label>")
@api.response(204)
def delete_clerk(code: str, label: str) -> None:
    """Let a clerk sell no more; doing it twice is no fault."""
    run(remove, code=code, label=label)


@pages.get("/desk/shops/<code>/clerks")
def show_clerks(code: str) -> ResponseReturnValue:
    """Show who sells in a shop, and the forms to change it."""
    return show(code)


@pages.post("/desk/shops/<code>/clerks")
def post_clerk_form(code: str) -> ResponseReturnValue:
    """Let somebody sell, and show the digits this once; a label that cannot be stays in its box."""
    try:
        return show(code, run(add, code=code, given=NewClerkSchema().load(filled())))
    except ValidationError as error:
        words = [leaf["detail"] for leaf in leaves(error.messages)]
        return show(code, wrong=" ".join(words)), 422
    except LabelTaken as error:
        return show(code, wrong=gettext(error.title)), 409


@pages.post("/desk/shops/<code>/clerks/<label>/pin")
def post_pin_form(code: str, label: str) -> ResponseReturnValue:
    """Draw new digits, and show them this once."""
    return show(code, run(reset, code=code, label=label, given=ActSchema().load(filled())))


@pages.post("/desk/shops/<code>/clerks/<label>/end")
def post_end_form(code: str, label: str) -> ResponseReturnValue:
    """Let a clerk sell no more and show the others."""
    run(remove, code=code, label=label)
    return redirect(f"/desk/shops/{code}/clerks", 303)


def filled() -> dict[str, str]:
    """Return the form's fields without its guard."""
    return {name: word.strip() for name, word in request.form.items() if name != "csrf_token"}


def show(code: str, drawn: Drawn | None = None, *, wrong: str = "") -> str:
    """Render the page, with digits that were just drawn, or what is wrong with a label."""
    shop, rows = run(listed, code=code)
    before = ShiftsAskSchema().load(request.args.to_dict())["before"]
    return render_template(
        "shops/clerks.html",
        shop=shop,
        clerks=rows,
        drawn=drawn,
        shifts=run(stood, code=code, before=before),
        before=before,
        wrong=wrong,
        typed=request.form.get("label", "") if wrong else "",
        key=f"k-{uuid4().hex}",
    )
