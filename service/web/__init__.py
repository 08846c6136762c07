"""The Flask edge: the only package, beside each slice's `routes`, that may import Flask."""

from datetime import datetime

from flask import current_app, g

from service import scope
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.people import Caller


def database() -> Database:
    """Return the running application's database."""
    found: Database = current_app.extensions["aixin.database"]
    return found


def settings() -> Settings:
    """Return the running application's settings."""
    found: Settings = current_app.extensions["aixin.settings"]
    return found


def now() -> datetime:
    """Return the moment of this request: asked once, so that one request is one moment."""
    if "now" not in g:
        clock: Clock = current_app.extensions["aixin.clock"]
        g.now = clock.now()
    moment: datetime = g.now
    return moment


def caller() -> Caller:
    """Return who sends this request; somebody unknown is a caller too, with no rights."""
    from service.web.callers import resolve  # noqa: PLC0415 - callers needs this module first

    if "caller" not in g:
        with scope.within(scope.WHATEVER):  # nobody is known yet, and tokens are nobody's rows
            g.caller = resolve()
    found: Caller = g.caller
    return found
