"""The simulated clock over HTTP, for replaying a day. It exists only where time is simulated."""

from typing import Any

from flask import current_app
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields

from service.clock import Clock
from service.web.api import ApiBlueprint

api = ApiBlueprint("clock", __name__, url_prefix="/api/v1", description="The simulated clock")


class ClockSchema(Schema):
    """The moment that all processes believe in."""

    now = fields.AwareDateTime(required=True, metadata={"description": "ISO 8601 with an offset"})


@api.get("/clock")
@api.response(200, ClockSchema)
def get_clock() -> ResponseReturnValue:
    """Tell the simulated time."""
    clock: Clock = current_app.extensions["aixin.clock"]
    return {"now": clock.now()}


@api.put("/clock")
@api.arguments(ClockSchema)
@api.response(200, ClockSchema)
def put_clock(wanted: dict[str, Any]) -> ResponseReturnValue:
    """Set the simulated time; it stands still there."""
    clock: Clock = current_app.extensions["aixin.clock"]
    clock.set(wanted["now"])
    return wanted
