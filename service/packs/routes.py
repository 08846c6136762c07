"""Evidence packs at the desk: one button, how far it is, the file."""

from functools import partial
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.clock import business_day
from service.packs import actions, queries
from service.packs.models import Pack
from service.packs.queries import ORDERERS, READERS, TAKERS
from service.packs.schemas import PackAskSchema, PackPageSchema, PackSchema, WishSchema
from service.web import database, now, settings
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("packs", __name__, url_prefix="/api/v1/packs", description="Evidence packs")
pages = Blueprint("pack_pages", __name__)
blueprints = [api, pages]


def seen(*roles: people.Role) -> tuple[people.Caller, list[int]]:
    """Return the caller, and the communities whose packs the offices show."""
    who = require(*roles)
    return who, people.communities_under(database(), who.scopes(*roles))


@pages.get("/desk/packs")
def show() -> ResponseReturnValue:
    """Show the button, what is being made, and what was made."""
    who, places = seen(*READERS)
    page = {name: said for name, said in request.args.items() if name == "before"}
    before = PackAskSchema().load(page)["before"]
    found = database().atomic(partial(read_page, community_ids=places, before=before))
    may = {"orders": who.has(*ORDERERS), "takes": who.has(*TAKERS)}
    return render_template("packs/list.html", **found, **may, key=uuid4().hex, before=before)


@pages.post("/desk/packs")
def order_at_desk() -> ResponseReturnValue:
    """Order a pack; the same form sent twice is one order."""
    schema = WishSchema()
    asked = schema.load({k: v for k, v in request.form.items() if v and k in schema.fields})
    place(asked)
    return redirect("/desk/packs", 303)


@pages.get("/desk/packs/<int:pack_id>.zip")
def get_file(pack_id: int) -> ResponseReturnValue:
    """Send a pack to whoever may take it away; the trail says who did."""
    who, places = seen(*TAKERS)
    row, unit = database().atomic(partial(taken, pack_id=pack_id, places=places, by=who))
    path = queries.file_of(row, folder=settings().files_folder)
    name = f"aixin-evidence-{unit.code}-{row.first}-{row.last}.zip"
    answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@api.get("")
@api.arguments(PackAskSchema, location="query")
@api.response(200, PackPageSchema)
def get_packs(asked: dict[str, Any]) -> dict[str, Any]:
    """List the packs of the caller's communities, the newest first."""
    _, places = seen(*READERS)
    found = database().atomic(partial(read_page, community_ids=places, before=asked["before"]))
    return {"items": [told(row) for row in found["rows"]], "next": found["next"]}


@api.post("")
@api.arguments(WishSchema)
@api.response(202, PackSchema)
def post_pack(asked: dict[str, Any]) -> dict[str, Any]:
    """Order the evidence of some days."""
    return told(place(asked))


@api.get("/<int:pack_id>")
@api.response(200, PackSchema)
def get_pack(pack_id: int) -> dict[str, Any]:
    """Tell how far a pack is."""
    _, places = seen(*READERS)
    return told(database().atomic(partial(queries.pack, pack_id=pack_id, community_ids=places)))


def place(asked: dict[str, Any]) -> Pack:
    """Order what was asked for, within the caller's communities."""
    who, places = seen(*ORDERERS)
    return database().atomic(partial(placed, asked=asked, by=who, places=places))


def placed(
    session: Session, *, asked: dict[str, Any], by: people.Caller, places: list[int]
) -> Pack:
    """Order a pack of a community that is the caller's. Raises UnknownUnit."""
    community = people.unit(session, asked["community"] or by.community)
    if community.id not in places:
        raise people.UnknownUnit
    wish = actions.Wish(asked["key"], community, asked["first"], asked["last"])
    return actions.order(session, wish, by=by, now=now())


def taken(
    session: Session, *, pack_id: int, places: list[int], by: people.Caller
) -> tuple[Pack, people.Unit]:
    """Return a pack that is taken away now, and whose it is; the trail names who takes it."""
    row = queries.pack(session, pack_id, places)
    unit = people.unit_by_id(session, row.community_id)
    if row.file is not None:
        wish = actions.Wish(row.key, unit, row.first, row.last)
        actions.note(session, "pack.take", by.actor, wish, now=now())
    return row, unit


def read_page(session: Session, *, community_ids: list[int], before: int | None) -> dict[str, Any]:
    """Read what the page and the list show."""
    rows = queries.packs(session, community_ids, before=before)
    units = queries.communities(session, community_ids)
    today = business_day(now())
    return {
        "rows": rows[: queries.PAGE],
        "next": rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None,
        "units": units,
        "places": [(unit.code, unit.name) for unit in units],
        "names": {unit.id: unit.name for unit in units},
        "months": queries.months_before(today),
        "today": today,
    }


def told(row: Pack) -> dict[str, Any]:
    """Return a pack as JSON has it; one that failed has ended, without a file."""
    address = f"/desk/packs/{row.id}.zip" if row.file else None
    ended = row.finished_at is not None or row.failed
    return {**row.model_dump(), "finished": ended, "file": address}
