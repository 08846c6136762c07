"""The till as an installed page: what it is called on a home screen, and its service worker."""

from pathlib import Path

from flask import Blueprint, current_app, send_from_directory
from flask.typing import ResponseReturnValue

from service.i18n import N_
from service.web.app import manifest
from service.web.locale import gettext, locale

pages = Blueprint("installed_till", __name__)

ICONS = (192, 512)


@pages.get("/till/worker.js")
def get_worker() -> ResponseReturnValue:
    """Give the service worker, and leave to look after the page above its own folder."""
    folder = Path(str(current_app.static_folder)) / "dist"
    sent = send_from_directory(folder, manifest()["till-worker.js"], mimetype="text/javascript")
    sent.headers["Service-Worker-Allowed"] = "/till"
    return sent


@pages.get("/till/app.webmanifest")
def get_manifest() -> ResponseReturnValue:
    """Say how the till is called and drawn on a home screen."""
    said = {
        "id": "/till",
        "name": gettext(N_("Aixin till")),
        "short_name": gettext(N_("Till")),
        "lang": locale().replace("_", "-"),
        "start_url": "/till",
        "scope": "/till",
        "display": "standalone",
        "orientation": "landscape",
        "background_color": "#faf6ef",
        "theme_color": "#913518",
        "icons": [icon(width, use) for width in ICONS for use in ("any", "maskable")],
    }
    body = current_app.json.dumps(said)
    return current_app.response_class(body, mimetype="application/manifest+json")


def icon(width: int, use: str) -> dict[str, str]:
    """Describe one picture of the home screen."""
    name = manifest()[f"icon-{width}.png"]
    size = f"{width}x{width}"
    return {"src": f"/static/dist/{name}", "sizes": size, "type": "image/png", "purpose": use}
