"""While a programme is locked nothing of it is changed: decided once, before any view.

Reading costs nothing for it: only a request that would change something asks which programmes are
locked, and a process asks the database every few seconds at most.
"""

import time
from collections.abc import Mapping

from flask import Flask, current_app, request

from service.programmes import ProgrammeLocked, locked
from service.web import caller, database
from service.web.callers import SAFE_METHODS

HEARD_S = 2.0  # so old may be what a process knows of a lock
# Signing in and out, a clerk's shift, and being heard of: nobody is shut out, or seems lost.
GOES_ON = frozenset(
    {"sign_in", "sign_in_steps", "sessions", "account", "clock", "shifts_api", "gate_beats"}
)
# Sent by a form or with a code in the body, but they only read.
READS = frozenset(
    {"integrity.export", "till_api.post_lookup", "names.find", "names.show_name"}
    | {"records.post_export", "record_pages.download_csv", "record_pages.download_xlsx"}
)
READS |= {"privacy_desk.post_look", "sampling_pages.post_look"}


class Known:
    """What one process knows of locks."""

    def __init__(self) -> None:
        self.asked_at: float | None = None
        self.held: Mapping[int, str] = {}

    def now(self) -> Mapping[int, str]:
        """Return the locked programmes with their reasons, as they were moments ago."""
        at = time.monotonic()
        if self.asked_at is None or at - self.asked_at > HEARD_S:
            self.held, self.asked_at = locked(database()), at
        return self.held


def install(app: Flask) -> None:
    """Ask before every view that changes something; goes after the guard of the callers."""
    app.extensions["aixin.locks"] = Known()
    app.before_request(refuse_changes)


def refuse_changes() -> None:
    """Refuse a change of a locked programme. Who belongs to none might mean any: refused too."""
    if request.method in SAFE_METHODS or request.endpoint is None or goes_on(request.endpoint):
        return
    known: Known = current_app.extensions["aixin.locks"]
    if not (held := known.now()):
        return
    programme = caller().programme_id
    if programme is None or programme in held:
        reason = held[programme] if programme else next(iter(held.values()))
        raise ProgrammeLocked(reason=reason)


def goes_on(endpoint: str) -> bool:
    """Tell whether something is done in spite of every lock."""
    return endpoint in READS or endpoint.partition(".")[0] in GOES_ON
