"""HTTP for the members of staff: an administrator gives offices and takes them."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE
from sqlmodel import Session

from service.people import offices
from service.people.models import Role
from service.people.offices import PAGE, PLACES, Keeper, Post
from service.people.schemas import NewStaffSchema, PageSchema, PostSchema
from service.people.words import ROLES
from service.web import database, now
from service.web.access import require

pages = Blueprint("staff_pages", __name__)

HERE = "/desk/staff"


def keeper(session: Session) -> Keeper:
    """Return the calling administrator with the units within reach."""
    who = require(Role.ADMINISTRATOR)
    return Keeper(who, offices.reach(session, who.scopes(Role.ADMINISTRATOR)), now())


def run(work: Any, **given: Any) -> Any:
    """Do something in one transaction, as the calling administrator."""
    return database().atomic(lambda session: work(session, keeper(session), **given))


def read(session: Session, own: Keeper, *, after: str) -> dict[str, Any]:
    """Read what the page shows."""
    found = offices.members(session, own, after=after)
    more = found[PAGE - 1].staff.code if len(found) > PAGE else None
    posts = [
        (role, place)
        for role, kinds in PLACES.items()
        for place in own.units.values()
        if place.kind in kinds
    ]
    return {"members": found[:PAGE], "next": more, "posts": posts, "units": own.units}


def page(**told: Any) -> str:
    """Show who works within reach, and the form for somebody new."""
    asked = PageSchema(only=["after"], unknown=EXCLUDE).load(request.args.to_dict())
    return render_template(
        "people/staff.html", ROLES=ROLES, **run(read, after=asked["after"]), **told
    )


def sent(schema: Any) -> dict[str, Any]:
    """Read a form without its token."""
    form = {name: value for name, value in request.form.items() if name != "csrf_token"}
    found: dict[str, Any] = schema().load(form)
    return found


def post_of(given: dict[str, Any]) -> Post:
    """Return the office that a form names."""
    role, _, scope = given["post"].partition(" ")
    return Post(Role(role), scope)


@pages.get(HERE)
def show_staff() -> ResponseReturnValue:
    """Show the members of staff with their offices."""
    return page()


@pages.post(HERE)
def post_new() -> ResponseReturnValue:
    """Employ somebody and show the first password, once."""
    given = sent(NewStaffSchema)
    login, title = given["login"].strip(), given["title"].strip()
    one, password = run(offices.take_on, login=login, title=title, post=post_of(given))
    return page(told=one, password=password)


@pages.post(f"{HERE}/<code>/<any(offices, dismissals):act>")
def post_office(code: str, act: str) -> ResponseReturnValue:
    """Give an office or take it away, and show the list."""
    post = post_of(sent(PostSchema))
    run(
        partial(change, act=offices.give if act == "offices" else offices.take),
        code=code,
        post=post,
    )
    return redirect(HERE, 303)


@pages.post(f"{HERE}/<code>/<any(stop, resume):act>")
def post_work(code: str, act: str) -> ResponseReturnValue:
    """End somebody's work or let it begin again, and show the list."""
    work = offices.stop if act == "stop" else offices.resume
    run(partial(change, act=work), code=code)
    return redirect(HERE, 303)


@pages.post(f"{HERE}/<code>/password")
def post_password(code: str) -> ResponseReturnValue:
    """Draw a new first password and show it, once."""
    one, password = run(redraw, code=code)
    return page(told=one, password=password)


def change(session: Session, own: Keeper, *, act: Any, code: str, **given: Any) -> None:
    """Do something about a member of staff within reach."""
    act(session, own, offices.member(session, own, code), **given)


def redraw(session: Session, own: Keeper, *, code: str) -> tuple[Any, str]:
    """Give a member of staff a new first password."""
    one = offices.member(session, own, code)
    return one, offices.renew_password(session, own, one)
