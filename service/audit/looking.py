"""Looking through a period: each rule's facts are streamed, and what it finds is kept."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from psycopg.rows import class_row
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from service import programmes
from service.audit.book import RULES
from service.audit.models import AuditFinding, Status
from service.audit.period import Period, pieces
from service.audit.rule import Finding, Rule
from service.db import Database, driver
from service.programmes import RuleSet

Fact = TypeVar("Fact")

AT_ONCE = 2_000  # facts fetched, and findings kept, in one go
# Set-based statements over a month: they sort much, and nobody waits for them.
PATIENCE = text("SET LOCAL statement_timeout = '120s'")
ROOM = text("SET LOCAL work_mem = '64MB'")
# A statement's plan is made for its days; one that is kept would be made for any.
FRESH = text("SET LOCAL plan_cache_mode = force_custom_plan")
# Open findings of these days that were not found again, and of which something was taken back. What
# was only not found stays: a rule that needs a month sees less of it in a day.
SOLVED = text(
    """UPDATE audit_findings f SET status = 'taken_back', decided_by = :by, decided_at = :now
WHERE f.programme_id = :programme AND f.rule = :rule AND f.status = 'open'
  AND f.community_id IN (SELECT id FROM people_units WHERE programme_id = :programme)
  AND f.day BETWEEN :since AND :until AND f.key <> ALL (:found)
  AND (EXISTS (SELECT FROM jsonb_array_elements_text(f.evidence -> 'awards') n
         JOIN activities_awards w ON w.key = n.value AND w.programme_id = :programme
       WHERE w.status = 'reversed')
    OR EXISTS (SELECT FROM jsonb_array_elements_text(f.evidence -> 'redemptions') n
         JOIN redemptions r ON r.key = n.value JOIN shops s ON s.id = r.shop_id
       WHERE r.status IN ('reversed', 'voided') AND s.programme_id = :programme))"""
)
AUDIT = "system:audit"


def unwatched(done: int, total: int) -> None:
    """Tell nobody how far a look is."""


def look(database: Database, period: Period, *, now: datetime) -> Counter[str]:
    """Let every rule look through a period, piece by piece; return what each of them found."""
    counts: Counter[str] = Counter()
    for part in database.atomic(lambda session: list(pieces(session, period))):
        counts.update(look_through(database, part, now=now))
    return counts


def look_through(
    database: Database,
    period: Period,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = unwatched,
) -> Counter[str]:
    """Let every rule look through one piece; return how many things each of them found.

    A transaction a rule. Looking again finds the same rows, so it may be killed anywhere.
    """
    counts: Counter[str] = Counter()
    for done, rule in enumerate(RULES):
        progress(done, len(RULES))
        work = partial(look_once, rule=rule, period=period, now=now)
        counts[rule.slug] = database.atomic(work)
    progress(len(RULES), len(RULES))
    return counts


def look_once(session: Session, *, rule: Rule[Any], period: Period, now: datetime) -> int:
    """Let one rule look through a period and keep what it finds; return how many things."""
    rules = programmes.rule_set(session, period.programme_id, period.until)
    for setting in (PATIENCE, ROOM, FRESH):
        session.execute(setting)
    found = rule.judge(read(session, rule, period, rules), rules)
    kept: list[str] = []
    while batch := list(islice(found, AT_ONCE)):
        keep(session, period.programme_id, rule, batch, now=now)
        kept += (one.key for one in batch)
    asked = {"programme": period.programme_id, "since": period.since, "until": period.until}
    asked |= {"rule": rule.slug, "found": kept, "by": AUDIT, "now": now}
    session.execute(SOLVED, asked)
    return len(kept)


def read(session: Session, rule: Rule[Fact], period: Period, rules: RuleSet) -> Iterator[Fact]:
    """Stream a rule's facts: as many as there are, never all of them at once."""
    asked = figures(rules) | {
        "programme": period.programme_id, "since": period.since, "until": period.until,
    }  # fmt: skip
    with driver(session).cursor(f"audit_{rule.slug}", row_factory=class_row(rule.fact)) as cursor:
        cursor.itersize = AT_ONCE
        yield from cursor.execute(rule.sql.encode(), asked)


def figures(rules: RuleSet) -> dict[str, Any]:
    """Return the figures that a statement may name."""
    named = ("manual_auto_limit", "void_minutes", "duplicate_minutes")
    return asdict(rules.audit) | {name: getattr(rules, name) for name in named}


def keep(
    session: Session, programme_id: int, rule: Rule[Any], found: list[Finding], *, now: datetime
) -> None:
    """Keep findings. What a person has decided about stays; what is open is brought up to date.

    What was taken back and is found again, for more than what was taken back, is open again.
    """
    rows = {
        one.key: {
            "programme_id": programme_id,
            "community_id": one.community_id,
            "rule": rule.slug,
            "subject": one.subject,
            "day": one.day,
            "key": one.key,
            "weight": rule.weight,
            "evidence": dict(one.evidence),
            "status": Status.OPEN,
            "found_at": now,
        }
        for one in found
    }
    kept = insert(AuditFinding).values(list(rows.values()))
    newer: dict[str, Any] = {
        name: kept.excluded[name] for name in ("day", "evidence", "weight", "status")
    }
    newer |= dict.fromkeys(("decided_by", "decided_at"))
    session.execute(
        kept.on_conflict_do_update(
            index_elements=["programme_id", "rule", "key"],
            set_=newer,
            where=(col(AuditFinding.status) == Status.TAKEN_BACK)
            | (col(AuditFinding.status) == Status.OPEN)
            & (col(AuditFinding.evidence) != kept.excluded.evidence),
        )
    )
