"""The one field of the desk: whatever is in the hand, found and grouped."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from service.desk.routes.seen import keys, scope
from service.desk.search import QUERY_CHARACTERS_MAX, grouped, search
from service.web import database

pages = Blueprint("desk_search", __name__)


@pages.get("/desk/search")
def show_search() -> ResponseReturnValue:
    """Show what fits a number, a key, or the name of a thing; only what the reader may see."""
    text = request.args.get("q", "").strip()[:QUERY_CHARACTERS_MAX]
    hits = search(database(), scope(), text, keys())
    return render_template("desk/search.html", text=text, groups=grouped(hits), count=len(hits))
