"""What volunteers said against a notice: by its number, or against an award of its days."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, select

from service import cases
from service.notices.models import Notice

COUNTED = text(
    """SELECT count(*) AS filed, count(*) FILTER (WHERE o.status <> 'open') AS answered
FROM notices n JOIN cases_objections o ON o.community_id = n.community_id
WHERE n.id = :notice AND (o.notice_ref = n.code
  OR (o.about_kind = 'notice' AND o.about_ref = n.code)
  OR (o.about_kind = 'award' AND o.filed_at >= n.published_at AND EXISTS (
    SELECT FROM activities_awards w WHERE w.key = o.about_ref
      AND w.service_day BETWEEN n.since AND n.until)))"""
)


@dataclass(frozen=True, slots=True)
class Heard:
    """How many objections there were, and how many of them have their answer."""

    filed: int
    answered: int


def counted(session: Session, notice_id: int) -> Heard:
    """Count what was said against a notice."""
    row = session.execute(COUNTED, {"notice": notice_id}).one()
    return Heard(row.filed, row.answered)


def read_notice(session: Session, ref: str) -> cases.Matter | None:
    """Read a notice by its number in the address; who published it does not answer."""
    row = session.exec(select(Notice).where(Notice.code == ref.upper())).first()
    if row is None or row.name is None or row.published_by is None:
        return None
    return cases.Matter(row.community_id, row.programme_id, row.name, (row.published_by,))


cases.objectable("notice", read_notice)
