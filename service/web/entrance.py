"""What signing in needs of a request: who asks, and the cookie of a sign-in that is half open."""

from urllib.parse import urlsplit

from flask import Response, request

from service.accounts import Asker, Shown, Site, device_words
from service.clock import Clock
from service.web import cookies, settings

HALF_SECONDS = 20 * 60
DEVICE_CHARACTERS_MAX = 60


def asker() -> Asker:
    """Return the address that asks, and what its browser says of itself, in two words."""
    words = device_words(request.headers.get("User-Agent", "")[:400])
    return Asker(address=request.remote_addr or "", device=words[:DEVICE_CHARACTERS_MAX])


def site() -> Site:
    """Return who we are to a passkey: in production the public address, else the one asked for."""
    if settings().production:
        return Site(urlsplit(settings().public_url).hostname or "", settings().public_url)
    return Site(urlsplit(request.host_url).hostname or "", request.host_url.rstrip("/"))


def shown(code: str = "", passkey: str = "") -> Shown:
    """Return what was shown, at the machine's time: a phone's app knows no simulated clock."""
    return Shown(code=code, passkey=passkey, seconds=int(Clock().now().timestamp()))


def local(address: str) -> str:
    """Return an address if it stays on our host, else the first page: links must not lead away."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if inside and address.isprintable() else "/"


def half_token() -> str:
    """Return the token of a sign-in that is half open in this browser, or nothing."""
    return cookies.carried("half")


def keep_half(response: Response, token: str) -> Response:
    """Let the browser keep the token of the next step; it opens that and nothing else."""
    cookies.give(response, token, "half", seconds=HALF_SECONDS)
    return response


def forget_half(response: Response) -> Response:
    """Take the token of the next step away."""
    cookies.take(response, "half")
    return response
