"""Pages that are installed on a tablet: what they are called on a home screen, and their worker."""

from pathlib import Path

from flask import Response, current_app, send_from_directory

from service.web.app import manifest
from service.web.locale import locale

ICONS = (192, 512)


def worker(place: str) -> Response:
    """Send the built service worker of a place, `gate` or `till`."""
    folder = Path(str(current_app.static_folder)) / "dist"
    return send_from_directory(folder, manifest()[f"{place}-worker.js"], mimetype="text/javascript")


def app_manifest(scope: str, *, name: str, short_name: str, orientation: str = "any") -> Response:
    """Say how the page at `scope` is called and drawn; the names are in the reader's language."""
    said = {
        "id": scope,
        "name": name,
        "short_name": short_name,
        "lang": locale().replace("_", "-"),
        "start_url": scope,
        "scope": scope,
        "display": "standalone",
        "orientation": orientation,
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
