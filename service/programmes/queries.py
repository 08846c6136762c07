"""Which rules count when. A parsed rule set is remembered for the life of the process."""

from datetime import date, timedelta

from sqlmodel import Session, col, select

from service.db import Database
from service.programmes.models import NoRuleSet, Programme, RuleSetRow
from service.programmes.rules import RuleSet, parse

# By digest, which names the figures themselves: adopted rules are never edited.
KNOWN: dict[str, RuleSet] = {}
IN_FORCE = """SELECT digest FROM programmes_rule_sets
WHERE programme_id = %(programme)s AND effective_from <= %(day)s
  AND (effective_to IS NULL OR effective_to >= %(day)s)
ORDER BY effective_from DESC LIMIT 1"""
FIGURES = """SELECT code, effective_from, figures FROM programmes_rule_sets
WHERE digest = %(digest)s LIMIT 1"""


def programme_by_id(session: Session, programme_id: int) -> Programme:
    """Return a programme that a row refers to."""
    return session.get_one(Programme, programme_id)


def rule_set(place: Session | Database, programme_id: int, day: date) -> RuleSet:
    """Return the rules in force on a day, the latest begun first. Raises NoRuleSet."""
    digest = digest_on(place, programme_id, day)
    if digest is None:
        raise NoRuleSet(day=day)
    return KNOWN.get(digest) or remember(place, digest)


def rule_set_by_digest(place: Session | Database, digest: str) -> RuleSet:
    """Return the rules that a statement of the hot path named by their digest."""
    return KNOWN.get(digest) or remember(place, digest)


def digest_on(place: Session | Database, programme_id: int, day: date) -> str | None:
    """Find which rules are in force."""
    if isinstance(place, Database):
        row = place.call(IN_FORCE, {"programme": programme_id, "day": day})
        return row["digest"] if row else None
    latest = (
        select(RuleSetRow.digest)
        .where(RuleSetRow.programme_id == programme_id, RuleSetRow.effective_from <= day)
        .where(col(RuleSetRow.effective_to).is_(None) | (col(RuleSetRow.effective_to) >= day))
        .order_by(col(RuleSetRow.effective_from).desc())
    )
    return place.exec(latest.limit(1)).first()


def rule_changes(session: Session, programme_id: int) -> list[date]:
    """Return the days from which other rules are in force, or none; the oldest first."""
    known = session.exec(select(RuleSetRow).where(RuleSetRow.programme_id == programme_id)).all()
    begun = {row.effective_from for row in known}
    ended = {row.effective_to + timedelta(days=1) for row in known if row.effective_to}
    return sorted(begun | ended)


def remember(place: Session | Database, digest: str) -> RuleSet:
    """Read and parse a rule set once."""
    if isinstance(place, Database):
        row = place.call(FIGURES, {"digest": digest})
        assert row is not None, digest
        said = (row["code"], row["effective_from"], row["figures"])
    else:
        found = place.exec(select(RuleSetRow).where(RuleSetRow.digest == digest).limit(1)).one()
        said = (found.code, found.effective_from, found.figures)
    return KNOWN.setdefault(digest, parse(*said))
