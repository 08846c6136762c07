"""What people do with findings: dismiss one with a reason, take some into a case, file one."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from service import trail
from service.audit.models import (
    AuditFinding,
    FindingDecided,
    ReasonMissing,
    Status,
    UnknownFinding,
)
from service.audit.rule import Finding


def locked(
    session: Session, finding_ids: Collection[int], community_ids: Collection[int]
) -> Sequence[AuditFinding]:
    """Lock findings of these communities, in one order. Raises UnknownFinding for any other."""
    asked = select(AuditFinding).where(
        col(AuditFinding.id).in_(finding_ids), col(AuditFinding.community_id).in_(community_ids)
    )
    rows = session.exec(asked.order_by(col(AuditFinding.id)).with_for_update()).all()
    if len(rows) != len(set(finding_ids)):
        raise UnknownFinding
    return rows


def dismiss(
    session: Session,
    finding_id: int,
    *,
    reason: str,
    community_ids: Collection[int],
    by: str,
    now: datetime,
) -> AuditFinding:
    """Say that a finding is nothing, and why; the same said again changes nothing.

    Raises UnknownFinding, ReasonMissing, FindingDecided.
    """
    (row,) = locked(session, [finding_id], community_ids)
    said = reason.strip()
    if not said:
        raise ReasonMissing
    if (row.status, row.decided_by, row.reason) == (Status.DISMISSED, by, said):
        return row
    if row.status != Status.OPEN:
        raise FindingDecided
    row.status, row.reason = Status.DISMISSED, said
    decided(session, row, by=by, detail={"reason": said}, now=now)
    return row


def take_into_case(
    session: Session,
    finding_ids: Collection[int],
    *,
    case_id: int,
    community_ids: Collection[int],
    by: str,
    now: datetime,
) -> Sequence[AuditFinding]:
    """Let a case have findings; what it has already stays as it is.

    Raises UnknownFinding, and FindingDecided for one that was dismissed or is another case's.
    """
    rows = locked(session, finding_ids, community_ids)
    if any(row.status != Status.OPEN and row.case_id != case_id for row in rows):
        raise FindingDecided
    for row in rows:
        if row.status == Status.OPEN:
            row.status, row.case_id = Status.IN_CASE, case_id
            decided(session, row, by=by, detail={"case": case_id}, now=now)
    return rows


def decided(
    session: Session, row: AuditFinding, *, by: str, detail: dict[str, object], now: datetime
) -> None:
    """Keep who decided about a finding, on the row and in the trail."""
    row.decided_by, row.decided_at = by, now
    session.add(row)
    about = f"finding:{row.id}"
    said = {"rule": row.rule, "about": row.subject} | detail
    trail.record(session, actor=by, action=row.status, subject=about, detail=said, now=now)


def file_finding(
    session: Session,
    *,
    programme_id: int,
    rule: str,
    finding: Finding,
    weight: int,
    now: datetime,
) -> AuditFinding:
    """Keep what a person found, like a rule's finding; the same key again is the same row."""
    told = {name: getattr(finding, name) for name in ("key", "subject", "community_id", "day")}
    row = {"programme_id": programme_id, "rule": rule, "weight": weight, "found_at": now, **told}
    stated = insert(AuditFinding).values(**row, evidence=dict(finding.evidence), status=Status.OPEN)
    session.execute(stated.on_conflict_do_nothing())
    known = select(AuditFinding).where(
        AuditFinding.programme_id == programme_id,
        AuditFinding.rule == rule,
        AuditFinding.key == finding.key,
    )
    return session.exec(known).one()
