"""The table of rights as a page to read: `aixin rights` prints deploy/security/rights.md."""

import inspect
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from flask import Flask

from service.config import Settings
from service.people import Profile
from service.web.rights import ANYBODY, LINES, OFFICES, SERVING, SIGNED_IN, STAFF, VOLUNTEER, Line

COLLEAGUES = (STAFF, SERVING, *OFFICES)
COLUMNS = (ANYBODY, VOLUNTEER, *COLLEAGUES, *Profile)
YES = "●"
HEAD = """# Who may ask for what

Printed by `aixin rights` from service/web/rights.txt; a test compares the two, and another one asks
every route as everybody. What stands in no row is refused, to everybody.

- **anybody**: whoever it is, signed in or not. A tablet is nothing but its profile: gate or till.
- **staff**: a member of staff, even one without any office.
- **serving**: a member of staff who is a volunteer as well, and leads or signs up like one.
- **secretary** to **administrator**: offices, each in one community, sub-district, association or
  shop. A sub-district's office counts in each of its communities.
- **within**: what the view narrows it by. *programme*: what the communities of one programme share.
  *unit*: the community or sub-district of the office, or of the tablet. *team*: what was given to
  the team that somebody leads. *association*, *shop*: those of the office, or of the tablet.
  *shift*: a clerk's shift, where the shop has clerks. *own*: one's own points and sign-up, the
  activities that one leads.

Who is not signed in hears 401, or is led to the page for signing in; who may not, 403; whose scope
it is not, mostly 404: that there is no such thing.
"""


def bare() -> Settings:
    """Return settings of an application that knows its routes and is asked nothing else."""
    return Settings(
        env="demo",
        database_url="postgresql+psycopg://",
        database_owner_url="",
        redis_url="redis://",
        secret_key="",
        public_url="",
        clock_file=Path("clock"),  # the routes of practice are routes too
    )


def sheet(app: Flask) -> str:
    """Return the whole page: the routes of the application under the headings of the table."""
    parts = [HEAD.rstrip()]
    for heading, lines in groupby(LINES, key=lambda line: line.heading):
        name, _, told = heading.partition(": ")
        parts.append(
            f"## {name}\n\n{told[:1].upper()}{told[1:]}.\n\n" + "\n".join(table(app, lines))
        )
    return "\n\n".join(parts) + "\n"


def table(app: Flask, lines: Iterator[Line]) -> Iterator[str]:
    """Yield the rows of one heading."""
    yield f"| what | {' | '.join(COLUMNS)} | within |"
    yield "|---" * (len(COLUMNS) + 2) + "|"
    for line in lines:
        marks = " | ".join(YES if may(line, column) else "" for column in COLUMNS)
        yield f"| {told(app, line)} | {marks} | {', '.join(line.where)} |"


def may(line: Line, column: str) -> bool:
    """Tell whether a line names a column's people, by their name or by all of them."""
    named = set(line.who)
    if column in COLLEAGUES:
        return not named.isdisjoint({column, ANYBODY, SIGNED_IN, STAFF})
    return not named.isdisjoint({column, ANYBODY, SIGNED_IN} if column == VOLUNTEER else {column})


def told(app: Flask, line: Line) -> str:
    """Return a request's addresses, and in words what its view does."""
    rules = [
        rule.rule
        for rule in app.url_map.iter_rules(line.endpoint)
        if line.method in (rule.methods or ())
    ]
    addresses = ", ".join(f"`{line.method} {rule}`" for rule in rules).replace("|", "\\|")
    view = inspect.unwrap(app.view_functions[line.endpoint]) if rules else None
    words = (inspect.getdoc(view) or "").partition("\n")[0]
    return f"{addresses}<br>{words}" if words else addresses
