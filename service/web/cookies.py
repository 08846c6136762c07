"""The cookies that carry tokens: their names, how they are read, given and taken.

In production a name begins with `__Host-`: a browser takes such a cookie over TLS alone, from this
very host and for all of its pages, so that no neighbouring host can plant one. Plain HTTP, as in a
demonstration, could not keep it. The names without it are read for one release more.
"""

from flask import Response, request

from service.web import settings

SESSION, DEVICE = "aixin_session", "aixin_device"
# A sign-in that is half open; a relative's phone, which is no sign-in.
PLAIN = {"device": DEVICE, "half": "aixin_half", "helper": "aixin_helper"}
STRICT = frozenset({"device", "half"})  # a link in a message opens a relative's page as well
BOUND = "__Host-"


def name_of(kind: str) -> str:
    """Return what the cookie of a tablet, half a sign-in, a relative or a person is called here."""
    plain = PLAIN.get(kind, SESSION)
    return f"{BOUND}{plain}" if settings().production else plain


def carried(kind: str) -> str:
    """Return the token of this kind that the request's cookies carry, or nothing."""
    wanted = name_of(kind)
    return request.cookies.get(wanted) or request.cookies.get(wanted.removeprefix(BOUND), "")


def give(response: Response, token: str, kind: str, *, seconds: int) -> None:
    """Let the browser keep a token: out of reach of scripts, never sent from another site."""
    forget_plain(response, kind)
    response.set_cookie(
        name_of(kind),
        token,
        max_age=seconds,
        httponly=True,
        secure=is_secure(),
        samesite="Strict" if kind in STRICT else "Lax",
    )


def take(response: Response, kind: str) -> None:
    """Let the browser forget a token, under whichever name it has it."""
    forget_plain(response, kind)
    response.delete_cookie(name_of(kind), secure=is_secure(), httponly=True)


def forget_plain(response: Response, kind: str) -> None:
    """Take away the cookie of the release before, where a browser still has it."""
    plain = name_of(kind).removeprefix(BOUND)
    if plain != name_of(kind) and plain in request.cookies:
        response.delete_cookie(plain)


def is_secure() -> bool:
    """Tell whether cookies may go over TLS alone: always in production."""
    asked = settings().public_url.startswith("https://") and request.is_secure
    return settings().production or asked
