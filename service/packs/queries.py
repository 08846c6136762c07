"""Reads of packs: the orders of some communities, one order, its file."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from service import people
from service.packs.models import NoPackFile, Pack, UnknownPack

PAGE = 20
MONTHS_OFFERED = 3
FOLDER = "packs"
READERS = (people.Role.SECRETARY, people.Role.APPROVER, people.Role.AUDITOR)
TAKERS = (people.Role.SECRETARY, people.Role.AUDITOR)
ORDERERS = (people.Role.SECRETARY,)  # an auditor reads and changes nothing


def packs(
    session: Session, community_ids: Collection[int], *, before: int | None = None
) -> Sequence[Pack]:
    """Return a page of orders, newest first, one more than it holds."""
    query = select(Pack).where(col(Pack.community_id).in_(community_ids))
    if before is not None:
        query = query.where(col(Pack.id) < before)
    return session.exec(query.order_by(col(Pack.id).desc()).limit(PAGE + 1)).all()


def pack(session: Session, pack_id: int, community_ids: Collection[int]) -> Pack:
    """Return an order that the reader may see. Raises UnknownPack."""
    row = session.get(Pack, pack_id)
    if row is None or row.community_id not in community_ids:
        raise UnknownPack
    return row


def communities(session: Session, community_ids: Collection[int]) -> Sequence[people.Unit]:
    """Return the communities of a reader, by code."""
    query = select(people.Unit).where(col(people.Unit.id).in_(community_ids))
    return session.exec(query.order_by(people.Unit.code)).all()


def file_of(row: Pack, *, folder: Path) -> Path:
    """Return a pack's file. Raises NoPackFile before it is made and after its days."""
    if row.file is None or not (found := folder / FOLDER / row.file).is_file():
        raise NoPackFile
    return found


def months_before(today: date) -> list[tuple[date, date]]:
    """Return the first and last days of the months that have ended, the newest first."""
    found, last = [], today.replace(day=1) - timedelta(days=1)
    for _ in range(MONTHS_OFFERED):
        found.append((last.replace(day=1), last))
        last = last.replace(day=1) - timedelta(days=1)
    return found
