"""Reads of findings and looks, always within the reader's communities."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from service import people
from service.audit.models import AuditFinding, AuditRun, Status, UnknownFinding
from service.db import Database

PAGE = 50
ABOUT_MOST = 100
RUNS_SHOWN = 5

READERS = (
    people.Role.SECRETARY,
    people.Role.APPROVER,
    people.Role.RECORDER,
    people.Role.AUDITOR,
)
DECIDERS = (people.Role.SECRETARY, people.Role.APPROVER)


def within(database: Database, reader: people.Caller, *roles: people.Role) -> frozenset[int]:
    """Return the communities in which a reader has one of these offices."""
    desks = reader.scopes(*(roles or READERS))
    return frozenset(people.communities_under(database, desks) if desks else ())


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings are listed: by status, rule and community; and where the page begins."""

    status: str = Status.OPEN
    rule: str | None = None
    community_id: int | None = None
    before: tuple[date, int] | None = None


def findings(
    session: Session, community_ids: Collection[int], asked: Asked
) -> Sequence[AuditFinding]:
    """Return a page of findings, the newest day first, one more than it holds."""
    chosen = {asked.community_id} & set(community_ids) if asked.community_id else community_ids
    query = select(AuditFinding).where(
        col(AuditFinding.community_id).in_(chosen), AuditFinding.status == asked.status
    )
    if asked.rule:
        query = query.where(AuditFinding.rule == asked.rule)
    place = tuple_(col(AuditFinding.day), col(AuditFinding.id))
    if asked.before:
        query = query.where(place < asked.before)
    order = (col(AuditFinding.day).desc(), col(AuditFinding.id).desc())
    return session.exec(query.order_by(*order).limit(PAGE + 1)).all()


def finding(session: Session, number: int, community_ids: Collection[int]) -> AuditFinding:
    """Return a finding. Raises UnknownFinding, also for another community's."""
    row = session.get(AuditFinding, number)
    if row is None or row.community_id not in community_ids:
        raise UnknownFinding
    return row


def open_counts(session: Session, community_ids: Collection[int]) -> dict[str, int]:
    """Return how many findings are open, by rule."""
    asked = (
        select(AuditFinding.rule, func.count())
        .where(
            col(AuditFinding.community_id).in_(community_ids),
            AuditFinding.status == Status.OPEN,
        )
        .group_by(AuditFinding.rule)
    )
    return dict(session.exec(asked).all())


def findings_about(
    session: Session, subject: str, community_ids: Collection[int]
) -> Sequence[AuditFinding]:
    """Return what was found about somebody or something, the newest first."""
    asked = select(AuditFinding).where(
        AuditFinding.subject == subject, col(AuditFinding.community_id).in_(community_ids)
    )
    return session.exec(asked.order_by(col(AuditFinding.id).desc()).limit(ABOUT_MOST)).all()


def places(session: Session, community_ids: Collection[int]) -> dict[int, people.Unit]:
    """Return communities by their ids."""
    asked = select(people.Unit).where(col(people.Unit.id).in_(community_ids))
    return {one.id or 0: one for one in session.exec(asked.order_by(col(people.Unit.id)))}


def runs(session: Session, community_ids: Collection[int]) -> Sequence[AuditRun]:
    """Return the newest looks that were asked for in these communities' programmes."""
    theirs = select(people.Unit.programme_id).where(col(people.Unit.id).in_(community_ids))
    asked = select(AuditRun).where(col(AuditRun.programme_id).in_(theirs))
    return session.exec(asked.order_by(col(AuditRun.id).desc()).limit(RUNS_SHOWN)).all()
