"""The catalogue as everybody may read it: JSON Schema for programs, a page for people."""

from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from service import outbox
from service.errors import NotFound
from service.i18n import N_
from service.web import settings
from service.webhooks import words

pages = Blueprint("catalogue", __name__)

SCHEMA_TYPE = "application/schema+json"
AN_HOUR = "public, max-age=3600"


class NoSuchSchema(NotFound):
    """The catalogue has no event of this name and version."""

    slug, title = "unknown-event-type", N_("There is no such event")


def entries() -> list[outbox.Entry]:
    """Return the catalogue in the order of the world's names."""
    return sorted(outbox.CATALOGUE.values(), key=lambda one: one.name)


@pages.get("/api/events/")
def get_catalogue() -> ResponseReturnValue:
    """List every event with the address of its schema."""
    host = settings().public_url
    items = [
        {
            "type": one.name,
            "event": one.type,
            "version": one.version,
            "description": one.told,
            "dataschema": outbox.schema_address(host, one.name),
        }
        for one in entries()
    ]
    return answer({"specversion": "1.0", "items": items}, "application/json")


@pages.get("/api/events/<name>.json")
def get_schema(name: str) -> ResponseReturnValue:
    """Return the JSON Schema of what an event tells a partner. Raises NoSuchSchema."""
    found = outbox.named(name)
    if found is None:
        raise NoSuchSchema
    return answer(found.schema(settings().public_url), SCHEMA_TYPE)


def answer(body: dict[str, Any], kind: str) -> ResponseReturnValue:
    """Write JSON that anybody may keep for an hour."""
    return current_app.json.dumps(body), 200, {"Content-Type": kind, "Cache-Control": AN_HOUR}


@pages.get("/events")
def show_catalogue() -> ResponseReturnValue:
    """Show partners what they can be told, and how."""
    by_type = {str(one.type): one for one in entries()}
    host = settings().public_url
    return render_template("webhooks/catalogue.html", entries=by_type, words=words, host=host)
