"""Reads of shops' files and of their rows."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import people
from service.evidence.columns import Plan
from service.evidence.models import LINE_BITS, EvidenceFile, EvidenceRow, Mapping, Status
from service.evidence.refusals import UnknownFile

PAGE = 50
ON_DAY = text("""
SELECT DISTINCT file_id FROM evidence_live_rows WHERE shop_id = :shop AND business_day = :day
""")
# Content alone: neither in which file it came nor in which line nor in what order.
DIGEST = text("""
SELECT sha256(convert_to(coalesce(string_agg(body, E'\\n' ORDER BY body COLLATE "C"), ''), 'UTF8'))
FROM (SELECT ROW(to_char(business_day, 'YYYY-MM-DD'), extract(epoch FROM occurred_at), reference,
        short_code, kind, item, qty, amount_fen, bill_fen, points, status, occurrence)::text AS body
      FROM evidence_live_rows WHERE shop_id = :shop AND business_day = :day) AS told
""")
TOUCHED = text("""
SELECT DISTINCT r.shop_id, r.business_day FROM evidence_files f
JOIN evidence_rows r ON r.shop_id = f.shop_id AND r.file_id = f.id
  AND r.business_day BETWEEN f.first_day AND f.last_day
WHERE f.status = 'loaded' AND f.read_at >= :since
   OR f.status = 'withdrawn' AND f.withdrawn_at >= :since
ORDER BY 1, 2
""")


def file(session: Session, file_id: int, *, lock: bool = False) -> EvidenceFile:
    """Return a file by its number. Raises UnknownFile."""
    found = session.get(EvidenceFile, file_id, with_for_update=lock)
    if found is None:
        raise UnknownFile
    return found


def sent_before(session: Session, shop_id: int, digest: bytes) -> EvidenceFile | None:
    """Return the file of a shop that has this content, unless it was withdrawn."""
    same = select(EvidenceFile).where(EvidenceFile.shop_id == shop_id)
    same = same.where(EvidenceFile.sha256 == digest, EvidenceFile.status != Status.WITHDRAWN)
    return session.exec(same).one_or_none()


def page(
    session: Session, shop_ids: Collection[int], *, before: int | None = None, limit: int = PAGE
) -> Sequence[EvidenceFile]:
    """Return one page of the files of some shops, the newest first."""
    asked = select(EvidenceFile).where(col(EvidenceFile.shop_id).in_(shop_ids))
    if before is not None:
        asked = asked.where(col(EvidenceFile.id) < before)
    return session.exec(asked.order_by(col(EvidenceFile.id).desc()).limit(limit)).all()


def rows(
    session: Session, file_id: int, *, after: int = 0, limit: int = PAGE
) -> Sequence[EvidenceRow]:
    """Return one page of a file's rows, in the order of its lines."""
    first, beyond = (file_id << LINE_BITS) + after, (file_id + 1) << LINE_BITS
    asked = select(EvidenceRow).where(col(EvidenceRow.id) > first, col(EvidenceRow.id) < beyond)
    return session.exec(asked.order_by(col(EvidenceRow.id)).limit(limit)).all()


def saved_plans(session: Session, shop_id: int) -> dict[str, Plan]:
    """Return how a shop's files were understood before, by the form of their head lines."""
    found = session.exec(select(Mapping).where(Mapping.shop_id == shop_id)).all()
    return {row.head: Plan.of(row.mapping) for row in found}


def has_others(session: Session, file: EvidenceFile) -> bool:
    """Tell whether the shop has another file whose rows count."""
    asked = select(EvidenceFile.id).where(
        EvidenceFile.shop_id == file.shop_id,
        EvidenceFile.status == Status.LOADED,
        EvidenceFile.id != file.id,
    )
    return session.exec(asked.limit(1)).first() is not None


def first_waiting(session: Session) -> EvidenceFile | None:
    """Return the oldest file that was accepted and is not read yet, unless another reads it."""
    asked = select(EvidenceFile).where(EvidenceFile.status == Status.WAITING)
    asked = asked.order_by(col(EvidenceFile.id)).limit(1).with_for_update(skip_locked=True)
    return session.exec(asked).first()


def files_on(session: Session, shop_id: int, day: date) -> Sequence[EvidenceFile]:
    """Return the files that tell of a shop's day, the oldest first."""
    ids = session.execute(ON_DAY, {"shop": shop_id, "day": day}).scalars().all()
    asked = select(EvidenceFile).where(col(EvidenceFile.id).in_(ids))
    return session.exec(asked.order_by(col(EvidenceFile.id))).all()


def rows_digest(session: Session, shop_id: int, day: date) -> bytes:
    """Return the digest of what a shop's files say of a day, however they are split or ordered."""
    found = session.execute(DIGEST, {"shop": shop_id, "day": day}).scalar_one()
    return bytes(found)


def bad_files(session: Session, shop_id: int) -> Sequence[EvidenceFile]:
    """Return the files of a shop that could not be read, and were not read since."""
    asked = select(EvidenceFile).where(EvidenceFile.shop_id == shop_id)
    asked = asked.where(EvidenceFile.status == Status.BAD).order_by(col(EvidenceFile.id))
    return session.exec(asked).all()


def days_touched(session: Session, since: datetime) -> list[tuple[int, date]]:
    """Return the days of shops whose files were loaded or withdrawn since a moment."""
    return [(shop, day) for shop, day in session.execute(TOUCHED, {"since": since}).all()]


def titles(session: Session, actors: Collection[str]) -> dict[str, str]:
    """Return the titles of these members of staff, by how the trail names them."""
    codes = [actor.partition(":")[2] for actor in actors if actor.startswith("staff:")]
    asked = select(people.Staff.code, people.Staff.title).where(col(people.Staff.code).in_(codes))
    return {f"staff:{code}": title for code, title in session.exec(asked).all()}
