"""The application factory: settings in, a Flask application out."""

import json
from functools import cache
from importlib import import_module
from pathlib import Path

from flask import Flask, Request, url_for
from flask.sessions import SessionInterface
from flask_smorest import Blueprint as SelfDescribing
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.operations import Backstage
from service.web import (
    acts,
    api,
    caller,
    callers,
    devices,
    headers,
    health,
    hosts,
    limits,
    live,
    locale,
    locks,
    problems,
    scopes,
    simulation,
    uploads,
)

TEMPLATES = Path(__file__).parents[2] / "templates"
MANIFEST = Path(__file__).parent / "static" / "dist" / "manifest.json"
BODY_BYTES_MAX = 1024 * 1024
SLICES = (
    "people",
    "accounts",
    "passes",
    "phones",
    "inbox",
    "activities",
    "shops",
    "matters",
    "records",
    "redemptions",
    "evidence",
    "certificates",
    "reconciliation",
    "board",
    "settlement",
    "cases",
    "reports",
    "audit",
    "sampling",
    "desk",
    "compare",
    "operations",
    "webhooks",
    "packs",
    "wall",
    "notices",
    "privacy",
)


class NoSession(SessionInterface):
    """Flask's signed cookie is neither read nor written: callers carry tokens of ours."""

    def open_session(self, app: Flask, request: Request) -> None:
        """Return none."""


def create_app(
    settings: Settings, *, database: Database | None = None, backstage: Backstage | None = None
) -> Flask:
    """Build the web application. Nothing below this line reads the environment."""
    app = Flask(__name__, template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=BODY_BYTES_MAX)
    app.session_interface = NoSession()
    app.extensions["aixin.settings"] = settings
    app.extensions["aixin.database"] = database or Database(
        settings.database_url, sealer=settings.sealer
    )
    app.extensions["aixin.clock"] = Clock(settings.clock_file)
    app.extensions["aixin.backstage"] = backstage
    app.extensions["aixin.redis"] = Redis.from_url(settings.redis_url, socket_timeout=2)
    app.jinja_env.globals.update(asset=asset, imported=imported, settings=settings)
    app.context_processor(lambda: {"caller": caller()})
    for part in (
        problems,
        hosts,
        uploads,
        devices,
        acts,
        callers,
        scopes,
        locks,
        limits,
        headers,
        live,
        locale,
    ):
        part.install(app)
    register(app, api.install(app), settings)
    if settings.production:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def register(app: Flask, described: api.ProblemApi, settings: Settings) -> None:
    """Let every slice add its own pages and JSON; there is no central route table."""
    app.register_blueprint(health.bp)
    if settings.clock_file is not None:
        described.register_blueprint(simulation.api)
    for name in SLICES:
        for blueprint in import_module(f"service.{name}.routes").blueprints:
            owner = described if isinstance(blueprint, SelfDescribing) else app
            owner.register_blueprint(blueprint)


@cache
def imports() -> dict[str, list[str]]:
    """Read what each built script imports at once."""
    found: dict[str, list[str]] = json.loads(MANIFEST.with_name("imports.json").read_text("utf-8"))
    return found


@cache
def manifest() -> dict[str, str]:
    """Read which hashed file each built script or style became."""
    found: dict[str, str] = json.loads(MANIFEST.read_text("utf-8"))
    return found


def imported(name: str) -> list[str]:
    """Return the addresses of what a built script imports at once; a page may preload them."""
    return [url_for("static", filename=f"dist/{file}") for file in imports()[name]]


def asset(name: str) -> str:
    """Return the address of a built file; a missing one is a fault of the set-up."""
    return url_for("static", filename=f"dist/{manifest()[name]}")
