"""What it costs to ask the table of rights: CPU of one request's check, once the caller is known.

No server is started: the desk is asked for by everybody who could call, over and over, and what the
same loop costs without the check is taken off. `authorise_cpu_ms` must stay below 0.1.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from time import process_time

from flask import Flask, g

from service.errors import Forbidden, Unauthorized
from service.people import ANONYMOUS, Caller, Role
from service.web import access, callers
from service.web.app import create_app
from service.web.rights import LINES
from service.web.rights_sheet import bare

MOST_MS = 0.1
ROUNDS = 200
CALLERS = [
    ANONYMOUS,
    Caller(kind="volunteer", id=1, code="V0001", volunteer_id=1),
    Caller(kind="device", id=1, profile="till"),
    Caller(kind="staff", id=1, roles=frozenset((role, "FM") for role in Role), volunteer_id=2),
    *(Caller(kind="staff", id=1, roles=frozenset({(role, "FM")})) for role in Role),
]


def authorise_cpu_ms(rounds: int = ROUNDS) -> float:
    """Return the CPU of one check: the table, and the roles that a view asks for once more."""
    app = create_app(bare())
    asked, count = spent(app, check, rounds)
    idle, _ = spent(app, nothing, rounds)
    return round((asked - idle) * 1000 / count, 4)


def spent(app: Flask, work: Callable[[], None], rounds: int) -> tuple[float, int]:
    """Return the CPU seconds of so many rounds, and how many checks they were."""
    total, count = 0.0, 0
    for caller in CALLERS:
        with app.test_request_context("/desk", headers={"Authorization": "Bearer x"}):
            g.caller = caller
            began = process_time()
            for _ in range(rounds * len(LINES) // len(CALLERS)):
                work()
            total += process_time() - began
            count += rounds * len(LINES) // len(CALLERS)
    return total, count


def check() -> None:
    """Ask as a request does, whatever the answer."""
    for ask in (callers.guard_rights, lambda: access.require(*Role)):
        with suppress(Forbidden, Unauthorized):
            ask()


def nothing() -> None:
    """Ask nothing."""


def main() -> None:
    """Print the figure."""
    found = authorise_cpu_ms()
    print(f"{len(LINES)} lines; {found} ms of CPU a check, the aim is at most {MOST_MS}")
    print(json.dumps({"authorise_cpu_ms": found}))


if __name__ == "__main__":
    main()
