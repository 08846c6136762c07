"""The till as an installed page: what it is called on a home screen, and its service worker."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.i18n import N_
from service.web.installed import app_manifest, worker
from service.web.locale import gettext

pages = Blueprint("installed_till", __name__)


@pages.get("/till/worker.js")
def get_worker() -> ResponseReturnValue:
    """Give the service worker, and leave to look after the page above its own folder."""
    sent = worker("till")
    sent.headers["Service-Worker-Allowed"] = "/till"
    return sent


@pages.get("/till/app.webmanifest")
def get_manifest() -> ResponseReturnValue:
    """Say how the till is called and drawn on a home screen."""
    name, short_name = gettext(N_("Aixin till")), gettext(N_("Till"))
    return app_manifest("/till", name=name, short_name=short_name, orientation="landscape")
