"""The reach of each request: whose rows the database lets out while it is answered.

What a view asks for and `require` decides is the first wall. This is the second: it is set before
any view runs, out of the statement that found the caller, and knows of no view but the open ones.
"""

from typing import Any

from flask import Flask, request

from service import scope
from service.web import caller

# Open to whoever comes: they look up one thing by a code that nobody guesses, or tell what was
# published. Signing in and pairing ask before anybody is known. Whole blueprints, or single views.
OPEN = frozenset(
    {
        "sign_in",
        "sessions",
        "landing",
        "phones",
        "family_phone",
        "passes.get_helper_passes",
        "certificate_pages.check_certificate",
        "statement_check",
        "notice_links",
        "notices_open",
        "notices_open_pages.show_all",
        "notices_open_pages.show_notice",
        "notices_open_pages.get_paper",
        "sampling_public",
        "honour_pages.show_public",
        "matters_q",
        "matters_residents",
        "tickets",
        "standee.show_shop",
        "goods.show_picture",
        "receipts",
        "wall.show",
        "wall.show_part",
        "shops.pair_page",
        "shops.pair_from_page",
        "shops_api.post_till",
        "calendars",
        "evaluation_pages.show_poster",
        "evaluation_pages.show_rating",
        "evaluation_pages.post_rating",
    }
)
# A gate judges whoever comes, also by where one stands elsewhere at the same time.
GATES = frozenset({"gate.post_scan", "gate.post_batch", "gate.post_undo", "gate.post_audience"})
# They ask the database for nothing of anybody's, and are asked for most often.
SILENT = frozenset({None, "static", "health.healthz"})


def install(app: Flask) -> None:
    """Set each request's reach before its view runs, and take it away when it is over."""
    app.before_request(enter)
    app.teardown_request(leave)


def enter() -> None:
    """Let this request see what its caller may."""
    if request.endpoint not in SILENT:
        scope.narrow(scope.EVERYTHING if is_open(request.endpoint or "") else caller().reach)


def leave(_: Any) -> None:
    """Let the thread see what it saw before; the next request says its own."""
    scope.narrow(scope.EVERYTHING)


def is_open(endpoint: str) -> bool:
    """Tell whether a view answers anybody, each about what the address names, or is a gate's."""
    return endpoint in OPEN | GATES or endpoint.partition(".")[0] in OPEN
