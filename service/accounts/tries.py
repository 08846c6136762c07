"""Failures: kept in the database, for a name and for an address, each with growing waits.

A try is counted before it is made, so that a hundred at once are a hundred; whoever gets in has it
taken back. Nobody is told that a name waits: it reads like a wrong password.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session

from service.db import Database, one_row

NAME_FREE = 5  # failures until the first wait
ADDRESS_FREE = 30  # a whole office may stand behind one address
TRY = """SELECT n.may AND a.may AS may, n.waits OR a.waits AS waits
FROM accounts_try(%(name)s, %(name_free)s, %(now)s) n,
  accounts_try(%(address)s, %(address_free)s, %(now)s) a"""
CLEAR = """UPDATE accounts_tries SET
  failures = CASE WHEN key = %(name)s THEN 0 ELSE greatest(failures - 1, 0) END, wait_until = NULL
WHERE key = ANY (ARRAY[%(name)s, %(address)s]::bytea[]) RETURNING 1"""
FORGET = """WITH halves AS (
  DELETE FROM accounts_pending WHERE expires_at < %(now)s - interval '1 day' RETURNING 1)
DELETE FROM accounts_tries WHERE last_at < %(now)s - interval '2 days' RETURNING 1"""


@dataclass(frozen=True, slots=True)
class Try:
    """Whether this try is looked at, and whether its failure begins a wait."""

    may: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose tries are counted together: `kind` is password or second; the address beside it."""

    kind: str
    name: str
    address: str

    @property
    def keys(self) -> dict[str, bytes]:
        """Return what is kept of the two: hashes, for a password may be typed as a name."""
        said = {"name": f"{self.kind}|{self.name.casefold()}", "address": f"from|{self.address}"}
        return {key: sha256(text.encode()).digest() for key, text in said.items()}


def count(database: Database, whose: Whose, *, now: datetime) -> Try:
    """Count a try before it is made."""
    figures = {"name_free": NAME_FREE, "address_free": ADDRESS_FREE, "now": now}
    row = database.call(TRY, whose.keys | figures)
    assert row is not None
    return Try(**row)


def clear(session: Session, *, whose: Whose) -> None:
    """Forget the failures of a name that got in, and this one try of its address."""
    one_row(session, CLEAR, whose.keys)


def forget(database: Database, *, now: datetime) -> int:
    """Delete what nobody waits for any more, and half-open sign-ins long over; count the first."""
    return len(database.rows(FORGET, {"now": now}))
