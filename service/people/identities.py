"""Who a volunteer is: sealed as it is written, opened as it is read, found by keyed hashes.

Whoever calls a read writes down who looked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from service.db import sealer_of
from service.people.models import Identity, Volunteer
from service.sealing import KINDS, Place, Sealer

TABLE = "people_identities"


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is reached; "" where it is not known."""

    name: str
    phone: str
    id_no: str = ""


NOBODY = Contact("", "")


def seal(sealer: Sealer, row: Identity, said: Mapping[str, str | None]) -> None:
    """Write fields of a row under the newest key, and leave nothing of the row in plain.

    A row has one key: what is not said is opened and sealed anew.
    """
    known = unseal(sealer, row)
    for kind in KINDS:
        text = said[kind] if kind in said else getattr(known, kind)
        sealed = sealer.seal(text, Place(TABLE, kind, row.volunteer_id)) if text else None
        setattr(row, f"{kind}_sealed", sealed)
        setattr(row, f"{kind}_hash", sealer.hash(kind, text) if text else None)
    row.name, row.phone, row.id_no = "", None, None
    row.key_id = sealer.newest.key_id


def unseal(sealer: Sealer, row: Identity) -> Contact:
    """Open a row. What is sealed counts before what stands there in plain."""
    return Contact(*(opened(sealer, row, kind) for kind in KINDS))


def opened(sealer: Sealer, row: Identity, kind: str) -> str:
    """Open one field; "" where there is none. Raises KeyMissing, SealBroken."""
    sealed: bytes | None = getattr(row, f"{kind}_sealed")
    if sealed is not None:
        return sealer.open(sealed, Place(TABLE, kind, row.volunteer_id))
    return getattr(row, kind) or ""


def open_names(sealer: Sealer, rows: Iterable[tuple[int, str, bytes | None]]) -> Iterator[str]:
    """Open many names at once, of rows that hold volunteer, plain and sealed name."""
    for volunteer_id, name, sealed in rows:
        yield sealer.open(sealed, Place(TABLE, "name", volunteer_id)) if sealed else name


def write_down(session: Session, *, volunteer_id: int, said: Mapping[str, str | None]) -> None:
    """Keep who somebody is, or correct fields of it; what is not said stays."""
    row = session.get(Identity, volunteer_id, with_for_update=True)
    row = row or Identity(volunteer_id=volunteer_id)
    seal(sealer_of(session), row, said)
    session.add(row)


def names_of(session: Session, volunteer_ids: Collection[int]) -> dict[int, str]:
    """Return names by volunteer; who was wiped has none."""
    query = select(Identity).where(col(Identity.volunteer_id).in_(volunteer_ids))
    return {row.volunteer_id: name_in(session, row) for row in session.exec(query)}


def name_in(session: Session, row: Identity | None) -> str:
    """Return the name in a row, "" without one."""
    return opened(sealer_of(session), row, "name") if row else ""


def contact_of(session: Session, volunteer_id: int) -> Contact:
    """Return how somebody is reached; nothing of who was wiped."""
    row = session.get(Identity, volunteer_id)
    return unseal(sealer_of(session), row) if row else NOBODY


def called(session: Session, said: str) -> ColumnElement[bool]:
    """Return the condition of a volunteer whose whole name, phone or ID number was said."""
    sealer = sealer_of(session)
    same = (col(getattr(Identity, f"{kind}_hash")).in_(sealer.hashes(kind, said)) for kind in KINDS)
    return col(Volunteer.id).in_(select(Identity.volunteer_id).where(or_(*same)))
