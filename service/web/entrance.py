"""What signing in needs of a request: who asks, and the cookie of a sign-in that is half open."""

from flask import Response, request

from service.accounts import Asker, device_words
from service.web import cookies

HALF_SECONDS = 20 * 60
DEVICE_CHARACTERS_MAX = 60


def asker() -> Asker:
    """Return the address that asks, and what its browser says of itself, in two words."""
    words = device_words(request.headers.get("User-Agent", "")[:400])
    return Asker(address=request.remote_addr or "", device=words[:DEVICE_CHARACTERS_MAX])


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
