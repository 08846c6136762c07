"""What everybody may see of the random audit: numbers, seed and head, and how to draw again."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from service import people
from service.people import authorised, scope_chain
from service.sampling.queries.draws import PAGE, Drawn, draws, list_of
from service.sampling.refusals import ListNotYet
from service.sampling.routes.reading import READERS, drawn
from service.sampling.schemas import PageSchema
from service.web import caller, database, now

pages = Blueprint("sampling_public", __name__)


@pages.get("/sampling/<community>")
def show_draws(community: str) -> ResponseReturnValue:
    """Show everybody a community's draws, the newest first."""
    place = database().atomic(lambda session: people.unit(session, community))
    before = PageSchema().load(request.args.to_dict())["before"]
    rows = draws(database(), [place.id or 0], before=before, limit=PAGE + 1)
    return render_template(
        "sampling/public_draws.html",
        place=place,
        rows=rows[:PAGE],
        first=before is None,
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
    )


@pages.get("/sampling/<community>/<month>")
def show_draw(community: str, month: str) -> ResponseReturnValue:
    """Show everybody one draw, and how to make it again."""
    row = drawn(community, month)
    return render_template("sampling/public_draw.html", draw=row, listed=may_list(row))


@pages.get("/sampling/<community>/<month>/list.txt")
def get_list(community: str, month: str) -> ResponseReturnValue:
    """Send the list of which a draw was made; its SHA-256 was published with the draw."""
    row = drawn(community, month)
    if not may_list(row):
        raise ListNotYet
    name = f"sampling-{row.community}-{row.month:%Y-%m}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(list_of(database(), row.id), mimetype="text/plain", headers=headers)


def may_list(row: Drawn) -> bool:
    """Tell whether the reader may have the list now: everybody in the end, the desk at once."""
    if row.open_list(now()):
        return True
    return authorised(caller(), READERS, scope_chain(database(), row.community))
