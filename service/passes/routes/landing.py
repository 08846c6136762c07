"""Where a scanned code leads. A GET changes nothing: links are previewed, fetched and forwarded."""

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service import passes
from service.errors import NotFound
from service.passes.routes.sign_in import keys
from service.passes.schemas import PictureSchema
from service.web import caller

pages = Blueprint("landing", __name__)

PUBLIC = {"activity", "shop"}  # codes that anybody may print: they open a page, and nothing else


@pages.get("/c/<tail>", endpoint="card")
@pages.get("/p/<tail>", endpoint="pass")
def show_code(tail: str) -> ResponseReturnValue:
    """Say what to do with a code, by who looks at it; a wrong code reads like a right one."""
    return render_template("passes/landing.html", viewer=viewer())


@pages.get("/e/<tail>")
def show_activity(tail: str) -> ResponseReturnValue:
    """Lead from a poster to its activity's page."""
    found = keys().read(f"/e/{tail}")
    return redirect(f"/activities/{found.id}") if found else show_code(tail)


@pages.get("/s/<tail>")
def show_onsite(tail: str) -> ResponseReturnValue:
    """Lead from the code of the place to its activity's page, with the code in hand."""
    found = keys().read(f"/s/{tail}")
    if found is None:
        return show_code(tail)
    return redirect(f"/activities/{found.id}?onsite={found.step}.{found.mac}")


@pages.get("/qr.svg")
def get_svg() -> ResponseReturnValue:
    """Draw a public code as SVG; a text of somebody else's is never drawn."""
    return Response(passes.svg(public_url()), mimetype="image/svg+xml")


@pages.get("/qr.png")
def get_png() -> ResponseReturnValue:
    """Draw a public code as PNG."""
    return Response(passes.png(public_url()), mimetype="image/png")


def public_url() -> str:
    """Return the address of the public code that is asked for. Raises NotFound for all others."""
    path = PictureSchema().load(request.args.to_dict())["path"]
    found = keys().read(path)
    if found is None or found.kind not in PUBLIC:
        raise NotFound
    made = passes.poster_url if found.kind == "activity" else passes.shop_url
    return made(keys(), found.id)


def viewer() -> str:
    """Say in one word who looks at a code."""
    own = caller()
    if own.kind == "device":
        return own.profile or ""
    return own.kind
