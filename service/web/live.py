"""Where a page may listen for changes of what an answer shows: a header of the answer itself.

The view that decides what is shown calls `offer`; src/live.ts opens the stream named there and asks
the same view again when it is called. Without a stream the page asks every few seconds.
"""

from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, g, request

from service.live import write_ticket
from service.web import settings

HEADER = "Aixin-Live"
STREAM = "/live/stream"


def install(app: Flask) -> None:
    """Write the header where a view offered something."""
    app.after_request(tell)


def offer(*topics: str) -> None:
    """Let whoever gets this answer hear of changes in these topics; checked rights are assumed."""
    g.live_topics = (*g.get("live_topics", ()), *topics)


def tell(response: Response) -> Response:
    """Add the address of the stream, with the ticket, to an answer that said yes."""
    topics = g.get("live_topics")
    running = settings().production or settings().live_port is not None
    if topics and running and response.status_code < 400:
        ticket = urlencode({"ticket": write_ticket(settings().secret_key, topics)})
        response.headers[HEADER] = f"{origin()}{STREAM}?{ticket}"
    return response


def origin() -> str:
    """Return the port's address in a demonstration; behind a proxy it is this very host's."""
    if settings().live_port is None or settings().production:
        return ""
    return f"{request.scheme}://{host()}:{settings().live_port}"


def host() -> str:
    """Return the name by which the reader reached us, without its port."""
    name = urlsplit(f"//{request.host}").hostname or "127.0.0.1"
    return f"[{name}]" if ":" in name else name
