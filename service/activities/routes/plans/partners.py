"""The desk's page of partner organisations."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.activities.actions.partners import PartnerSaid, find_partner, save_partner
from service.activities.models import Partner
from service.activities.queries import plans as reads
from service.activities.refusals import NotYourMove
from service.activities.routes.keepers import run, signed_in
from service.activities.routes.plans.forms import Form, attempted, loaded, typed
from service.activities.routes.plans.whose import home, homes
from service.activities.schemas.planning import PartnerFormSchema
from service.web import now

pages = Blueprint("partner_pages", __name__)

FIELDS = dict.fromkeys(("community", "name", "kind", "note"), "text") | {"active": "tick"}


@pages.get("/desk/partners")
def show_partners() -> ResponseReturnValue:
    """List the partners of the caller's communities, with a form for a new one."""
    return page(Form({"kind": "other", "active": True}))


@pages.get("/desk/partners/<int:number>")
def show_partner(number: int) -> ResponseReturnValue:
    """Show the list with one partner in the form."""
    row, community = run(read_partner, number=number)
    values = {name: getattr(row, name) for name in ("name", "kind", "note", "active")}
    return page(Form(values | {"community": community}), number)


def read_partner(session: Session, *, number: int) -> tuple[Partner, str]:
    """Read a partner of the caller's communities. Raises UnknownPartner."""
    mine = {one.id: one for one in homes(session)}
    row = session.get(Partner, number)
    place = mine.get(row.community_id) if row else None
    if place is None:
        raise NotYourMove
    return find_partner(session, number, place), place.code


def page(form: Form, number: int | None = None) -> ResponseReturnValue:
    """Show the list and the form; 422 where something in it is wrong."""
    found = run(read_page, after=request.args.get("after", ""))
    shown = render_template("activities/plans/partners.html", form=form, number=number, **found)
    return shown, 422 if form.errors else 200


def read_page(session: Session, *, after: str) -> dict[str, Any]:
    """Read a page of partners by name."""
    mine = homes(session)
    rows = reads.partner_page(session, [one.id or 0 for one in mine], after=after)
    more = rows[reads.PAGE - 1].name if len(rows) > reads.PAGE else ""
    return {"homes": mine, "rows": rows[: reads.PAGE], "next": more}


@pages.post("/desk/partners")
def post_partner() -> ResponseReturnValue:
    """Add a partner."""
    return save(None)


@pages.post("/desk/partners/<int:number>")
def post_change(number: int) -> ResponseReturnValue:
    """Change a partner of the caller's communities."""
    run(read_partner, number=number)
    return save(number)


def save(number: int | None) -> ResponseReturnValue:
    """Keep what the form says, or show what is wrong with it."""
    form = Form(typed(FIELDS))
    sent = loaded(form, PartnerFormSchema())
    if sent is None:
        return page(form, number)
    done = attempted(form, partial(run, keep, sent=sent, number=number))
    return redirect("/desk/partners") if done else page(form, number)


def keep(session: Session, *, sent: dict[str, Any], number: int | None) -> Partner:
    """Keep a partner in a community of the caller's."""
    place = home(session, sent.pop("community"))
    said = PartnerSaid(**sent, id=number)
    return save_partner(session, said, community=place, actor=signed_in().actor, now=now())
