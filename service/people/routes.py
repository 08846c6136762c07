"""HTTP for people: who am I, and the volunteers of my communities."""

from functools import partial
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE

from service.people import routes_names, routes_staff
from service.people.looks import note_list
from service.people.models import Role
from service.people.queries import Listed, communities_under, list_volunteers
from service.people.schemas import MeSchema, PageSchema, VolunteersSchema
from service.web import caller, database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("people", __name__, url_prefix="/api/v1", description="People")
pages = Blueprint("people_pages", __name__)
blueprints = [api, pages, routes_names.pages, routes_staff.pages]

READERS = (Role.SECRETARY, Role.RECORDER, Role.APPROVER, Role.AUDITOR)
NAMERS = (Role.SECRETARY, Role.RECORDER)  # the sub-district counts; it needs no names


@api.get("/me")
@api.response(200, MeSchema)
def get_me() -> ResponseReturnValue:
    """Tell the caller who the caller is; nobody is "anonymous"."""
    own = caller()
    roles = [{"role": role, "scope": scope} for role, scope in sorted(own.roles)]
    said: dict[str, Any] = {"kind": own.kind, "code": own.code, "roles": roles}
    return said | {"community": own.community, "profile": own.profile}


@api.get("/volunteers")
@api.arguments(PageSchema, location="query")
@api.response(200, VolunteersSchema)
def get_volunteers(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the volunteers of the caller's communities, in the order of their booklets."""
    listed = page(asked, READERS)
    items = [described(line) for line in listed]
    return {"items": items, "next": following(listed, asked["limit"])}


@pages.get("/desk/volunteers")
def show_volunteers() -> ResponseReturnValue:
    """Show the volunteers with their names; that the caller looked is written down."""
    asked = PageSchema(unknown=EXCLUDE).load(request.args.to_dict())  # every page takes ?lang=
    listed = page(asked, NAMERS)
    looked = partial(note_list, listed=listed, why="list", actor=caller().actor, now=now())
    database().atomic(looked)
    return render_template(
        "people/volunteers.html",
        listed=listed,
        asked=asked,
        next=following(listed, asked["limit"]),
    )


def page(asked: dict[str, Any], roles: tuple[Role, ...]) -> list[Listed]:
    """Return one page of what the caller may see in one of the roles."""
    reader = require(*roles)
    within = communities_under(database(), reader.scopes(*roles))
    work = partial(list_volunteers, community_ids=within, **asked)
    return database().atomic(work)


def described(line: Listed) -> dict[str, Any]:
    """Write a line as JSON's fields."""
    row = line.volunteer
    return {
        "code": row.code,
        "community": line.community,
        "team": line.team,
        "age_band": row.age_band,
        "channel": row.channel,
        "qualification_verified": row.qualification_verified,
        "guardian_consent": row.guardian_consent,
    }


def following(listed: list[Listed], limit: int) -> str | None:
    """Return where the next page begins; None after the last."""
    return listed[-1].volunteer.code if len(listed) == limit else None
