"""Reading the forms of this slice's pages."""

from typing import Any

from flask import request
from marshmallow import Schema


def form(schema: Schema) -> dict[str, Any]:
    """Read the form that was sent. Raises marshmallow's ValidationError, which names the field."""
    given = {name: request.form[name].strip() for name in schema.fields if name in request.form}
    loaded: dict[str, Any] = schema.load({name: value for name, value in given.items() if value})
    return loaded
