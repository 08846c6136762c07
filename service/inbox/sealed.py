"""Addresses as only a holder of the identity key can read them.

Sealed, an address stands in its own column as text, the key's id in front: an earlier release left
plain ones there, which `aixin identity-rotate` seals.
"""

from base64 import b64decode, b64encode

from sqlmodel import Session, col, select

from service.db import sealer_of
from service.inbox.models import Address
from service.sealing import Place, Sealer, key_id_of

MARK = "sealed:"


def write(session: Session, found: Address, address: str) -> None:
    """Keep an address for its row, under the newest key. The row has its number already."""
    assert found.id is not None
    sealed = sealer_of(session).seal(address, place(found.id))
    found.address = f"{MARK}{key_id_of(sealed).hex()}:{b64encode(sealed).decode()}"
    session.add(found)


def read(session: Session, found: Address) -> str | None:
    """Return where somebody is reached; None once that has ended. Raises KeyMissing, SealBroken."""
    return opened(sealer_of(session), found.id or 0, found.address)


def opened(sealer: Sealer, number: int, said: str | None) -> str | None:
    """Open what stands in the column of a row; what is plain is returned as it is."""
    if said is None or not said.startswith(MARK):
        return said
    return sealer.open(b64decode(said.rpartition(":")[2]), place(number))


def place(number: int) -> Place:
    """Name the one place in which an address opens."""
    return Place("inbox_addresses", "address", number)


def reseal(session: Session, *, after: int, limit: int) -> list[int]:
    """Seal the next addresses with the newest key; return whose rows. Raises KeyMissing."""
    newest = f"{MARK}{sealer_of(session).newest.key_id.hex()}:"
    asked = select(Address).where(
        col(Address.id) > after, col(Address.address).not_like(f"{newest}%")
    )
    batch = asked.order_by(col(Address.id)).limit(limit)
    rows = session.exec(batch.with_for_update(skip_locked=True)).all()
    for row in rows:
        write(session, row, read(session, row) or "")
    return [row.id or 0 for row in rows]


def key_ids(session: Session) -> dict[str, int]:
    """Return how many addresses are sealed under which key."""
    found: dict[str, int] = {}
    for said in session.exec(select(Address.address).where(col(Address.address).like(f"{MARK}%"))):
        key_id = (said or "").split(":")[1]
        found[key_id] = found.get(key_id, 0) + 1
    return found
