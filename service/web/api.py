"""The JSON API: blueprints that describe themselves, and the OpenAPI document made of them."""

from collections.abc import Callable
from typing import Any, NoReturn

import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, render_template
from flask.json.provider import JSONProvider
from flask.typing import ResponseReturnValue
from flask_smorest import Api, Blueprint
from marshmallow import Schema, ValidationError, fields, missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from service.web import settings

OPENAPI = {
    "API_TITLE": "Aixin",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
}


PROBLEM = "application/problem+json"


class OrjsonProvider(JSONProvider):
    """JSON by orjson: a tenth of the time, and Chinese stays readable."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Write JSON with sorted keys, so that equal answers are equal bytes."""
        return orjson.dumps(obj, option=orjson.OPT_SORT_KEYS).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read JSON; what is not JSON raises ValueError, as Flask expects."""
        return orjson.loads(s)


class StrictParser(FlaskParser):
    """Read arguments and let our own problem answers tell what is wrong with them."""

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Pass marshmallow's error on, without the name of the location around it."""
        tree = error.messages
        if isinstance(tree, dict) and len(tree) == 1 and next(iter(tree)) in LOCATIONS:
            tree = next(iter(tree.values()))
        raise ValidationError(tree)

    def load_json(self, req: Any, schema: Any) -> Any:
        """Read the body: no body is no arguments, another type 415, what is not JSON 400."""
        body = req.get_data()
        if not body:
            return missing
        if not req.is_json:
            raise UnsupportedMediaType
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise BadRequest from None


LOCATIONS = {"json", "query", "form", "headers"}
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class ProblemSchema(Schema):
    """What every failure answers (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))


class ApiBlueprint(Blueprint):
    """A blueprint whose views say what they take and answer; unknown fields are refused."""

    ARGUMENTS_PARSER = StrictParser()

    def arguments(self, schema: Any, *, location: str = "json", **told: Any) -> Decorator:
        """Read and check the arguments; the view gets them as its first one, a dict."""
        ready = schema() if isinstance(schema, type) else schema  # once, not for every request
        found: Decorator = super().arguments(ready, location=location, **told)
        return found

    def response(self, status_code: int, schema: Any = None, **told: Any) -> Decorator:
        """Write what the view returns with a schema."""
        found: Decorator = super().response(status_code, schema, **told)
        return found

    def route(self, rule: str, **options: Any) -> Decorator:
        """Register a view under an address, and in the document."""
        found: Decorator = super().route(rule, **options)
        return found

    def get(self, rule: str, **options: Any) -> Decorator:
        """Register what reads and changes nothing."""
        return self.route(rule, methods=["GET"], **options)

    def post(self, rule: str, **options: Any) -> Decorator:
        """Register what makes or does something."""
        return self.route(rule, methods=["POST"], **options)

    def put(self, rule: str, **options: Any) -> Decorator:
        """Register what sets something to a value."""
        return self.route(rule, methods=["PUT"], **options)

    def delete(self, rule: str, **options: Any) -> Decorator:
        """Register what ends something."""
        return self.route(rule, methods=["DELETE"], **options)


class ProblemApi(Api):
    """Makes the OpenAPI document; failures are answered by `service.web.problems`."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_RESPONSE_CONTENT_TYPE: str = Api.DEFAULT_RESPONSE_CONTENT_TYPE

    def _register_responses(self) -> None:
        """Describe failures under the type in which they are answered."""
        usual = self.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual

    def _register_error_handlers(self) -> None:
        """Leave the handlers of `problems` in place."""


def install(app: Flask) -> ProblemApi:
    """Prepare the API; returns what registers its blueprints."""
    app.config.update(OPENAPI)
    app.json = OrjsonProvider(app)
    app.add_url_rule("/api/docs", "api_docs", api_docs)
    plugin = MarshmallowPlugin(schema_name_resolver=component_name)
    api = ProblemApi(app, spec_kwargs={"marshmallow_plugin": plugin})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    return api


def component_name(schema: Any) -> str:
    """Name a schema in the document by its slice and its class: `people.Role`."""
    found = resolve_schema_cls(schema)
    assert isinstance(found, type), schema
    slice_ = found.__module__.removeprefix("service.").split(".")[0]
    return f"{slice_}.{found.__name__.removesuffix('Schema')}"


def api_docs() -> ResponseReturnValue:
    """Show the OpenAPI document as a page, with scripts of our own host only."""
    return render_template("api_docs.html", public_url=settings().public_url)
