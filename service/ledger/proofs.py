"""What a sceptic may ask of the log: its heads, the proof of a transfer, and that heads agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import text
from sqlmodel import Session, col, select

from service.errors import NotFound
from service.i18n import N_
from service.ledger.log import Head, LogKey
from service.proof import NodeSource, consistency_path, inclusion_path, node_source

TILE = 256  # hashes in a row of the tree that are read together
LEVELS_PER_TILE = 8
PAGE_MAX = 200

LEAVES = text(
    "SELECT hash FROM ledger_leaves WHERE index >= :first AND index < :last ORDER BY index"
)
NODES = text(
    "SELECT hash FROM ledger_nodes"
    " WHERE level = :level AND index >= :first AND index < :last ORDER BY index"
)
TRANSFER = text(
    """SELECT ledger_fields(t.id) AS fields, coalesce(l.hash, u.leaf) AS leaf, l.index AS place
FROM ledger_transfers t LEFT JOIN ledger_leaves l ON l.transfer_id = t.id
LEFT JOIN ledger_unsealed u ON u.transfer_id = t.id WHERE t.id = :transfer"""
)


class UnknownTransfer(NotFound):
    """No transfer has this number."""

    slug, title = "unknown-transfer", N_("Unknown transfer")


class UnknownHead(NotFound):
    """No head was ever written at this size."""

    slug, title = "unknown-head", N_("The log never had a head of this size")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transfer as the log knows it, and the hashes that lead from its leaf to the head.

    Index and head are None while it waits for the sealer.
    """

    fields: list[str]
    leaf: bytes
    index: int | None
    head: Head | None
    path: list[bytes]


def latest_head(session: Session) -> Head | None:
    """Return the head over all that is sealed, or None before the first."""
    return session.exec(select(Head).order_by(col(Head.size).desc()).limit(1)).first()


def first_head_after(session: Session, moment: datetime) -> Head | None:
    """Return the first head that was sealed at a moment or later, or None."""
    query = select(Head).where(col(Head.sealed_at) >= moment)
    return session.exec(query.order_by(col(Head.sealed_at), col(Head.size)).limit(1)).first()


def heads(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[Head]:
    """Return a page of heads, newest first, of sizes below `before`."""
    query = select(Head).order_by(col(Head.size).desc()).limit(min(limit, PAGE_MAX))
    return session.exec(query if before is None else query.where(Head.size < before)).all()


def log_keys(session: Session) -> Sequence[LogKey]:
    """Return every public key that ever signed for the log, oldest first."""
    return session.exec(
        select(LogKey).order_by(col(LogKey.since_size), col(LogKey.added_at), col(LogKey.vkey))
    ).all()


def receipt(session: Session, *, transfer_id: int) -> Receipt:
    """Return a transfer with its proof of inclusion in the newest head.

    Raises UnknownTransfer.
    """
    found = session.execute(TRANSFER, {"transfer": transfer_id}).one_or_none()
    if found is None:
        raise UnknownTransfer
    if found.place is None:
        return Receipt(found.fields, found.leaf, None, None, [])
    head = latest_head(session)
    assert head is not None, "a leaf is written together with a head over it"
    path = inclusion_path(found.place, head.size, tree(session))
    return Receipt(found.fields, found.leaf, found.place, head, path)


def consistency(session: Session, *, first: int, second: int) -> list[bytes]:
    """Return the hashes that show the head of one size to be the beginning of a later one.

    Raises UnknownHead for a size that is no head's.
    """
    low, high = sorted((first, second))
    known = set(session.exec(select(Head.size).where(col(Head.size).in_([low, high]))))
    if not {low, high} <= known:
        raise UnknownHead
    return consistency_path(low, high, tree(session))


def tree(session: Session) -> NodeSource:
    """Find any node of the tree; what was read for one node is kept for the next."""

    @cache
    def tile(level: int, number: int) -> list[bytes]:
        asked = {"level": level, "first": number * TILE, "last": (number + 1) * TILE}
        return list(session.execute(NODES if level else LEAVES, asked).scalars())

    def row(level: int, first: int, count: int) -> list[bytes]:
        number, start = divmod(first, TILE)
        return tile(level // LEVELS_PER_TILE, number)[start : start + count]

    return node_source(row)
