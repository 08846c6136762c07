"""Whose rows a statement may see: the database holds the second wall, we say who is asking.

The setting belongs to a connection and stays until another is said: a till's connection says the
same for days. It is said outside of every transaction, so that none that fails can take it back
behind our back. A pooler between us and the server must therefore lend sessions, not transactions.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection, OperationalError, pq

EVERYTHING = "*"  # said as well: a connection that says nothing is one that forgot to
NOTHING = "{}"
WHATEVER = "?"  # what a connection heard last will do: the statement reads round the wall
UNSURE = ""  # what a connection was told last may or may not have arrived
# What is added up across the programme is read round the wall, from views that say so.
SUMMED = re.compile(r"\b(ledger_(?:accounts|entries|lots|transfers)|reports_(?:days|moves))\b")
SAY = b"SELECT set_config('aixin.communities', $1, false)"

# A context is a thread's or a greenlet's own: what one request may see is never another's.
PRESENT: ContextVar[str] = ContextVar("scope", default=EVERYTHING)
SAID: WeakKeyDictionary[Connection[Any], str] = WeakKeyDictionary()


def spelled(communities: Collection[int]) -> str:
    """Write down a reach, the same one always in the same words."""
    return f"{{{','.join(map(str, sorted(communities)))}}}"


def everywhere(query: str) -> str:
    """Let a query read the whole programme's books: only for sums, which name nobody."""
    return SUMMED.sub(r"\1_everywhere", query).replace("people_volunteers", "people_holders")


def present() -> str:
    """Return whose rows may be seen: EVERYTHING, or communities as `spelled` writes them."""
    return PRESENT.get()


def narrow(reach: str) -> None:
    """Let this thread see no more than a reach until it is told otherwise."""
    PRESENT.set(reach)


@contextmanager
def within(reach: str) -> Iterator[None]:
    """Let what is run inside see no more (or no less) than a reach."""
    before = PRESENT.set(reach)
    try:
        yield
    finally:
        PRESENT.reset(before)


def tell(connection: Connection[Any]) -> None:
    """Tell a connection that runs no transaction what it may see, if it last heard otherwise."""
    wanted = PRESENT.get()
    if wanted in {WHATEVER, SAID.get(connection)}:
        return
    SAID[connection] = UNSURE
    answer = connection.pgconn.exec_params(SAY, [wanted.encode()])
    if answer.status != pq.ExecStatus.TUPLES_OK:
        raise OperationalError(answer.error_message.decode("utf-8", "replace"))
    SAID[connection] = wanted
