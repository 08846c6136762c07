"""Pages of the association's house: its members, one shop with its shelf, and the forms there."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.clock import business_day
from service.shops import queries
from service.shops.routes import members
from service.shops.routes.members import OFFICER, run
from service.shops.routes.tills import KEEPERS
from service.shops.rules import steps_from
from service.shops.schemas import (
    ApplicationSchema,
    CountSchema,
    LimitsSchema,
    OfferSchema,
    PledgeLineSchema,
    ShopsAskSchema,
    ShopStepSchema,
    count_field,
    in_fen,
)
from service.web import caller, now
from service.web.access import require

pages = Blueprint("members", __name__)


class MoreFormSchema(PledgeLineSchema):
    """More of a good as the page sends it. Taking back is a button of its own."""

    qty = count_field(required=True)


ACTS = {
    "limits": (LimitsSchema, members.limit),
    "pledges": (MoreFormSchema, members.pledge),
    "counts": (CountSchema, members.count),
}


def filled() -> dict[str, str]:
    """Return the fields of the form that were filled in."""
    return {
        name: value.strip()
        for name, value in request.form.items()
        if value.strip() and name != "csrf_token"
    }


def back_to(code: str) -> ResponseReturnValue:
    """Return to a shop's page."""
    return redirect(f"/desk/shops/{code}", 303)


@pages.get("/desk/shops")
def show_members() -> ResponseReturnValue:
    """List the shops that the reader looks after."""
    asked = ShopsAskSchema().load(request.args.to_dict())
    return render_template("shops/list.html", asked=asked, **run(read_members, asked=asked))


def read_members(session: Session, *, asked: dict[str, Any]) -> dict[str, Any]:
    """Read one page of shops with the terms of discount that hold today."""
    rows, following = members.page_of(session, asked=asked)
    terms = queries.terms_of(session, [row.id or 0 for row in rows], business_day(now()))
    return {"rows": rows, "next": following, "terms": terms}


@pages.get("/desk/shops/new")
def show_application() -> ResponseReturnValue:
    """Show the form for a shop that applies."""
    return render_template("shops/new.html", **run(read_application))


def read_application(session: Session) -> dict[str, Any]:
    """Read which associations and communities a shop may belong to."""
    led = queries.associations_within(session, require(OFFICER).scopes(OFFICER))
    programmes = {one.programme_id for one in led}
    places = [place for one in programmes for place in people.communities(session, one)]
    return {"associations": led, "places": places}


@pages.post("/desk/shops")
def post_application() -> ResponseReturnValue:
    """Write an application down and show the shop's page."""
    row = run(members.apply, given=ApplicationSchema().load(filled()))
    return back_to(row.code)


@pages.get("/desk/shops/<code>")
def show_shop(code: str) -> ResponseReturnValue:
    """Show one shop: where it stands, what it offers, what it pledged, its story."""
    before = request.args.get("before", type=int)
    return render_template("shops/show.html", **run(read_shop, code=code, before=before))


def read_shop(session: Session, *, code: str, before: int | None) -> dict[str, Any]:
    """Read all that a shop's page shows."""
    shop = members.kept_shop(session, code, *KEEPERS)
    assert shop.id is not None
    goods = queries.goods(session, [shop.id])
    ids = [good.id or 0 for good in goods]
    lines = queries.pledges(session, shop.id, before=before)
    leads = bool(caller().scopes(OFFICER) & queries.scopes(session, shop))
    return {
        "shop": shop,
        "goods": goods,
        "taken": queries.taken_on(session, ids, business_day(now())),
        "counts": queries.last_counts(session, ids),
        "lines": lines,
        "next": lines[-1].id if len(lines) == queries.LINES else None,
        "names": {good.id: good.name for good in goods},
        "story": queries.steps(session, shop.id),
        "terms": queries.terms_on(session, shop.id, business_day(now())),
        "agreed": queries.terms_story(session, shop.id),
        "steps": steps_from(shop.status) if leads else [],
        "leads": leads,
        "today": business_day(now()),
        "tomorrow": business_day(now()) + timedelta(days=1),
        "key": f"d-{uuid4().hex}",
    }


@pages.post("/desk/shops/<code>/steps")
def post_step(code: str) -> ResponseReturnValue:
    """Take a step and show where the shop stands now."""
    run(members.step, code=code, given=ShopStepSchema().load(in_fen(filled(), "discount_bill_cap")))
    return back_to(code)


@pages.post("/desk/shops/<code>/goods")
def post_good(code: str) -> ResponseReturnValue:
    """Offer something new."""
    run(members.offer, code=code, given=OfferSchema().load(in_fen(filled(), "value")))
    return back_to(code)


@pages.post("/desk/shops/<code>/goods/<good>/<any(limits, pledges, counts):act>")
def post_act(code: str, good: str, act: str) -> ResponseReturnValue:
    """Set limits, pledge more, or keep a count."""
    schema, work = ACTS[act]
    run(work, code=code, good=good, given=schema().load(filled()))
    return back_to(code)


@pages.post("/desk/shops/<code>/goods/<good>/end")
def post_end(code: str, good: str) -> ResponseReturnValue:
    """Take what is left of a good off the shelf and out of the pledge."""
    given = {**PledgeLineSchema(exclude=["qty"]).load(filled()), "qty": None}
    run(members.pledge, code=code, good=good, given=given)
    return back_to(code)
