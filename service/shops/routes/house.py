"""Pages of the association's house: its members, one shop with its shelf, and the forms there."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.clock import business_day
from service.shops import overview, queries
from service.shops.models import Shop
from service.shops.routes import members
from service.shops.routes.members import OFFICER, run
from service.shops.routes.tills import KEEPERS
from service.shops.rules import NO_TERMS, steps_from
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
    """Read one page of shops, and the totals of each association that the reader leads."""
    rows, following = members.page_of(session, asked=asked)
    ids = [row.id or 0 for row in rows]
    led = queries.associations_within(session, caller().scopes(OFFICER))
    return {
        "rows": rows,
        "next": following,
        "terms": queries.terms_of(session, ids, business_day(now())),
        "left": overview.pledge_left(session, rows),
        "low": overview.low_counts(session, ids),
        "associations": queries.associations_of(session, rows),
        "totals": overview.totals(session, led),
    }


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
    return render_template("shops/show.html", **run(read_shop, code=code))


def read_shop(session: Session, *, code: str) -> dict[str, Any]:
    """Read all that a shop's page shows."""
    shop = members.kept_shop(session, code, *KEEPERS)
    leads = bool(caller().scopes(OFFICER) & queries.scopes(session, shop))
    today = business_day(now())
    return {
        "shop": shop,
        "leads": leads,
        "steps": steps_from(shop.status) if leads else [],
        "story": queries.steps(session, shop.id or 0),
        "association": queries.association_of(session, shop),
        "standing": overview.standing(session, shop),
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "key": f"d-{uuid4().hex}",
        **read_shelf(session, shop),
        **read_papers(session, shop),
    }


def read_shelf(session: Session, shop: Shop) -> dict[str, Any]:
    """Read what a shop gives, with what was taken today and what was counted last."""
    goods = queries.goods(session, [shop.id or 0])
    ids = [good.id or 0 for good in goods]
    return {
        "goods": goods,
        "low": [good for good in goods if good.low],
        "taken": queries.taken_on(session, ids, business_day(now())),
        "counts": queries.last_counts(session, ids),
        "names": {good.id: good.name for good in goods},
    }


def read_papers(session: Session, shop: Shop) -> dict[str, Any]:
    """Read one page of a shop's pledges, and one of its terms of discount."""
    assert shop.id is not None
    most, today = queries.LINES + 1, business_day(now())
    lines = queries.pledges(session, shop.id, before=asked_page("before"), limit=most)
    agreed = queries.terms_story(session, shop.id, before=asked_page("agreed"), limit=most)
    return {
        "lines": lines[: queries.LINES],
        "next": following(lines),
        "terms": queries.terms_of(session, [shop.id], today).get(shop.id, NO_TERMS),
        "everywhere": queries.without_discount(session, shop, today),
        "agreed": agreed[: queries.LINES],
        "older_terms": following(agreed),
    }


def asked_page(name: str) -> int | None:
    """Return where the page that the address asks for begins; None for the first."""
    return request.args.get(name, type=int)


def following(rows: Sequence[Any]) -> int | None:
    """Return where the next page begins, of rows of which one more than a page was read."""
    found: int | None = rows[queries.LINES - 1].id if len(rows) > queries.LINES else None
    return found


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
