"""HTTP for associations: the administrator of a sub-district founds them and names officers."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.people import Role
from service.shops import queries
from service.shops.actions import associations
from service.shops.actions.associations import NewAssociation
from service.shops.models import Association
from service.shops.routes.house import filled
from service.shops.routes.members import run
from service.shops.schemas import (
    AssociationAskSchema,
    AssociationSchema,
    AssociationsSchema,
    OfficerSchema,
    ShopsAskSchema,
)
from service.web import caller, database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint(
    "associations_api", __name__, url_prefix="/api/v1", description="The merchants' associations"
)
pages = Blueprint("associations", __name__)

PAGE = 50
HERE = "/desk/associations"


def places(session: Session) -> list[people.Unit]:
    """Return the communities for which the caller administrates, those with a programme."""
    scopes = require(Role.ADMINISTRATOR).scopes(Role.ADMINISTRATOR)
    under = people.communities_under(database(), scopes)
    found = [people.unit_by_id(session, one) for one in under]
    return sorted((one for one in found if one.programme_id), key=lambda one: one.code)


def programmes(session: Session) -> set[int]:
    """Return the programmes in which the caller founds associations."""
    return {one.programme_id for one in places(session) if one.programme_id}


def found(session: Session, *, given: dict[str, Any]) -> dict[str, Any]:
    """Found an association in a community's programme, with its first officer if one is named."""
    place = next((one for one in places(session) if one.code == given["community"]), None)
    if place is None or place.programme_id is None:
        raise people.UnknownUnit(field="community")
    new = NewAssociation(place.programme_id, given["code"], given["name"])
    row = associations.found(session, new, actor=caller().actor, now=now())
    if given["login"]:
        associations.appoint(session, row, given["login"], actor=caller().actor, now=now())
    return described(session, [row])[0]


def appoint(session: Session, *, code: str, login: str) -> dict[str, Any]:
    """Give somebody an association's office."""
    row = queries.association(session, code, programmes(session))
    associations.appoint(session, row, login, actor=caller().actor, now=now())
    return described(session, [row])[0]


def dismiss(session: Session, *, code: str, login: str) -> dict[str, Any]:
    """Take an association's office away from somebody."""
    row = queries.association(session, code, programmes(session))
    associations.dismiss(session, row, login, actor=caller().actor, now=now())
    return described(session, [row])[0]


def page_of(session: Session, *, after: str) -> dict[str, Any]:
    """Return one page of the associations that the caller administrates."""
    rows = queries.associations_page(session, programmes(session), after=after, limit=PAGE + 1)
    more = rows[PAGE - 1].code if len(rows) > PAGE else None
    return {"items": described(session, rows[:PAGE]), "next": more}


def described(session: Session, rows: list[Association]) -> list[dict[str, Any]]:
    """Write associations with their officers as JSON's fields."""
    session.flush()
    held = people.holders(session, Role.OFFICER, [row.code for row in rows])
    return [
        {
            "code": row.code,
            "name": row.name,
            "officers": [
                {"login": one.code, "title": one.title} for code, one in held if code == row.code
            ],
        }
        for row in rows
    ]


@api.get("/associations")
@api.arguments(ShopsAskSchema(only=["after"]), location="query")
@api.response(200, AssociationsSchema)
def get_associations(asked: dict[str, Any]) -> Any:
    """List the associations of the caller's sub-district, with their officers."""
    return run(page_of, after=asked["after"])


@api.post("/associations")
@api.arguments(AssociationAskSchema)
@api.response(201, AssociationSchema)
def post_association(given: dict[str, Any]) -> Any:
    """Found an association; the same one again changes nothing."""
    return run(found, given=given)


@api.put("/associations/<code>/officers/<login>")
@api.response(200, AssociationSchema)
def put_officer(code: str, login: str) -> Any:
    """Make a member of staff an officer of an association."""
    return run(appoint, code=code, login=login)


@api.delete("/associations/<code>/officers/<login>")
@api.response(200, AssociationSchema)
def delete_officer(code: str, login: str) -> Any:
    """Take the office away; it ends with the next request."""
    return run(dismiss, code=code, login=login)


@pages.get(HERE)
def show_associations() -> ResponseReturnValue:
    """Show the associations with their officers, and the form for a new one."""
    asked = ShopsAskSchema(only=["after"]).load(request.args.to_dict())
    return render_template("shops/associations.html", **run(read_page, after=asked["after"]))


def read_page(session: Session, *, after: str) -> dict[str, Any]:
    """Read what the page shows."""
    return {**page_of(session, after=after), "places": places(session), "after": after}


@pages.post(HERE)
def post_from_page() -> ResponseReturnValue:
    """Found an association and show the list."""
    run(found, given=AssociationAskSchema().load(filled()))
    return redirect(HERE, 303)


@pages.post(f"{HERE}/<code>/<any(officers, dismissals):act>")
def post_officer(code: str, act: str) -> ResponseReturnValue:
    """Give an office or take it away, and show the list."""
    work = appoint if act == "officers" else dismiss
    run(work, code=code, login=OfficerSchema().load(filled())["login"])
    return redirect(HERE, 303)
