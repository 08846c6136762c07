"""Whose rows a reader may see: the communities of their offices, and their own."""

from dataclasses import dataclass
from datetime import date, timedelta

from service.db import Database
from service.errors import NotFound
from service.i18n import N_
from service.people import Caller, Role, communities_under

# The redemption that a transfer t, or the one o that it reverses, names as its source.
# The number is worked out first: behind a policy only a plain column is looked up by an index.
REDEMPTION = """LATERAL (SELECT CASE split_part(coalesce(o.source, t.source), ':', 1)
    WHEN 'redemption' THEN split_part(coalesce(o.source, t.source), ':', 2)::bigint END AS id
    OFFSET 0) named ON true
  LEFT JOIN redemptions r ON r.id = named.id"""
READERS = (Role.SECRETARY, Role.RECORDER, Role.APPROVER, Role.AUDITOR)


class NoSuchAccount(NotFound):
    """Nothing was ever opened at this address, or it is another community's."""

    slug, title = "unknown-account", N_("There is no such account")


class NoSuchTransfer(NotFound):
    """No transfer has this number, or it is another community's."""

    slug, title = "unknown-transfer", N_("There is no such entry in the ledger")


class NoSuchVerification(NotFound):
    """No verification has this number."""

    slug, title = "unknown-verification", N_("There is no such verification")


@dataclass(frozen=True, slots=True)
class Scope:
    """A programme and those of its communities that one reader may see."""

    programme_id: int
    community_ids: tuple[int, ...]

    @property
    def params(self) -> dict[str, object]:
        """Return the parameters that every query of this package filters by."""
        return {"programme": self.programme_id, "communities": list(self.community_ids)}


@dataclass(frozen=True, slots=True)
class Period:
    """Business days from the first to the last, both included."""

    first: date
    last: date

    @classmethod
    def day(cls, day: date) -> "Period":
        """Return the period of one day."""
        return cls(day, day)

    @classmethod
    def days_before(cls, day: date, count: int) -> "Period":
        """Return the last `count` days up to and including a day."""
        return cls(day - timedelta(days=count - 1), day)

    @property
    def params(self) -> dict[str, object]:
        """Return the parameters `first` and `last`."""
        return {"first": self.first, "last": self.last}


def scope_of(database: Database, caller: Caller) -> Scope:
    """Return what a member of staff may read; nothing at all without an office that reads."""
    codes = caller.scopes(*READERS)
    found = communities_under(database, codes) if codes else []
    return Scope(caller.programme_id or 0, tuple(found))
