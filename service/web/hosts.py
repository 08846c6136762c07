"""Under which names we answer, and that no answer leads away from them.

A request says itself which host it means. Believing any name would let a stranger put his own into
what we store or send, so a name is ours when PUBLIC_URL or AIXIN_HOSTS says so. Whatever stands in
a QR code, a message or a feed is made of PUBLIC_URL, never of the request.
"""

import logging
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, request

from service.web import settings

HEALTH = "/healthz"  # whoever watches us asks by address
FAMILIAR = (".local", ".localhost")  # of one's own network, where a demonstration is shown
MISDIRECTED = 421
log = logging.getLogger("aixin.edge")


def install(app: Flask) -> None:
    """Ask for the name before anything else, and look at where an answer leads after all else."""
    app.before_request(refuse_other_names)
    app.after_request(stay_here)


def refuse_other_names() -> tuple[str, int, dict[str, str]] | None:
    """Answer nothing of ours under a name that is not."""
    if request.path == HEALTH or is_ours(request.host):
        return None
    log.warning("asked under a name that is not ours")
    return "This is another host.\n", MISDIRECTED, {"Content-Type": "text/plain; charset=utf-8"}


def is_ours(host: str) -> bool:
    """Tell whether a Host header, with or without a port, names us."""
    name = name_in(host)
    known = {name_in(urlsplit(settings().public_url).netloc), *settings().hosts}
    return bool(name) and (name in known or (not settings().production and is_near(name)))


def name_in(host: str) -> str:
    """Return a host's name without its port; nothing for what cannot be read."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_near(name: str) -> bool:
    """Tell whether a name can only be this machine's or its own network's: nobody sells those."""
    if "." not in name or name.endswith(FAMILIAR):
        return True
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def stay_here(response: Response) -> Response:
    """Lead to our own first page whoever a view, by mistake, would have led elsewhere."""
    if leads_away(response.headers.get("Location", "")):
        log.error("%s would have led away", request.endpoint)
        response.headers["Location"] = "/"
    return response


def leads_away(address: str) -> bool:
    """Tell whether a browser would leave our host; it reads a backslash as a slash."""
    where = urlsplit(address.replace("\\", "/"))
    if not where.scheme and not where.netloc:
        return not address.isprintable()
    return where.scheme not in {"http", "https"} or not is_ours(where.netloc)
