"""Whatever changed something has its line in the trail; where no slice wrote one, it is made here.

A slice's own line says more and lies in the transaction of what it tells. This one follows it, so
that no route can be forgotten: who, on which device, which page, about what.
"""

from functools import partial
from itertools import pairwise
from typing import Any

from flask import Flask, Response, request

from service import trail
from service.web import caller, database, now
from service.web.callers import SAFE_METHODS

ACTION = "change"
# What is done many times a minute and is kept in a row of its own, with the moment, the tablet and
# whoever held it: activities_scans, redemptions, redemptions_discounts. The evidence pack has them.
OWN_ROWS = {
    "gate.post_scan": "a row in activities_scans, refused or not",
    "gate.post_batch": "a row in activities_scans for each",
    "till_api.post_redemption": "its redemption, and the transfer in the ledger",
    "till_api.post_discount": "its discount",
}
NOTHING_DONE = {
    "till_api.post_lookup": "a tail and yes or no, on the way to a redemption",
    "gate_beats.post_heartbeat": "a tablet is heard of",
    "shifts_api.post_heartbeat": "a tablet is heard of",
    "clock.put_clock": "the clock of practice",
    "sign_in.post_sign_out": "who was signed in has a line of its own; else nothing ended",
    "sessions.delete_session": "who was signed in has a line of its own; else nothing ended",
    "inbox.post_read": "whether somebody reads the own post is nobody's business",
    "inbox_pages.open_letter": "whether somebody reads the own post is nobody's business",
}
# What a word of an address says that the next one names; the trail is found by just these names.
# Nothing that opens by its address alone: that would be a secret.
KINDS = {
    "activities": "activity",
    "volunteers": "volunteer",
    "shops": "shop",
    "awards": "award",
    "exceptions": "exception",
    "cases": "case",
    "objections": "objection",
    "findings": "finding",
}


def install(app: Flask) -> None:
    """Write the missing line after each view."""
    app.before_request(trail.begin)
    app.after_request(write_down)


def write_down(response: Response) -> Response:
    """Write that something was done, if it was and nobody has said so yet."""
    if wanted(response) and not trail.written():
        said: dict[str, Any] = {"page": f"{request.method} {request.url_rule}"}
        line = partial(trail.record, actor=named(), action=ACTION, subject=about(), detail=said)
        database().atomic(partial(line, now=now()))
    return response


def wanted(response: Response) -> bool:
    """Tell whether a line is owed for this request."""
    if request.method in SAFE_METHODS or request.url_rule is None:
        return False
    done = response.status_code < 400  # what was refused or has failed changed nothing
    return done and request.endpoint not in OWN_ROWS.keys() | NOTHING_DONE.keys()


def named() -> str:
    """Return who did it, as books write it."""
    return caller().actor.rstrip(":")


def about() -> str:
    """Name what the address is about; of an address with a secret in it, its shape alone."""
    words = str(request.url_rule).split("/")
    given = request.view_args or {}
    for kind, word in pairwise(words):
        if kind in KINDS and word.startswith("<"):
            return f"{KINDS[kind]}:{given[word.strip('<>').rpartition(':')[2]]}"
    return named() if caller().kind == "volunteer" else f"page:{request.url_rule}"
