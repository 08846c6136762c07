"""The reach of each request: whose rows the database lets out while it is answered.

What a view asks for and `require` decides is the first wall. This is the second: it is set before
any view runs, out of the statement that found the caller.
"""

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, request

from service import scope
from service.web import caller
from service.web.rights import ANYBODY, allowed

# What the table of rights opens to anybody looks up one thing by a code that nobody guesses, or
# tells what was published, or asks before anybody is known. These show more to whom they know.
NARROWED = frozenset(
    {
        "homes.start",
        "people.get_me",
        "activities.get_activities",
        "activities.get_activity",
        "activities_pages.show_list",
        "activities_pages.show_activity",
        "redemptions.till_page",
    }
)
# A gate judges whoever comes, also by where one stands elsewhere at the same time.
GATES = frozenset({"gate.post_scan", "gate.post_batch", "gate.post_undo", "gate.post_audience"})
END = object()  # of an answer that is sent in parts
# They ask the database for nothing of anybody's, and are asked for most often.
SILENT = frozenset({None, "static", "health.healthz"})


def install(app: Flask) -> None:
    """Set each request's reach before its view runs, and take it away when it is over."""
    app.before_request(enter)
    app.after_request(keep)
    app.teardown_request(leave)


def enter() -> None:
    """Let this request see what its caller may."""
    if request.endpoint not in SILENT:
        scope.narrow(scope.EVERYTHING if is_open() else caller().reach)


def keep(response: Response) -> Response:
    """Let what is read while an answer is being sent see no more than its view did."""
    if response.is_streamed and not response.direct_passthrough:
        response.response = narrowed(iter(response.response), scope.present())
    return response


def narrowed(parts: Iterator[Any], reach: str) -> Iterator[Any]:
    """Read each part of an answer within a reach; between them the thread is somebody else's."""
    try:
        while True:
            with scope.within(reach):
                part = next(parts, END)
            if part is END:
                return
            yield part
    finally:
        if (close := getattr(parts, "close", None)) is not None:
            close()


def leave(_: Any) -> None:
    """Let the thread see what it saw before; the next request says its own."""
    scope.narrow(scope.EVERYTHING)


def is_open() -> bool:
    """Tell whether this view answers anybody, each about what the address names, or is a gate's."""
    endpoint = request.endpoint or ""
    if endpoint in GATES:
        return True
    return endpoint not in NARROWED and ANYBODY in allowed(request.method, endpoint)
