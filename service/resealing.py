"""Sealing anew: what an earlier release wrote in plain, and what older keys sealed.

In batches, each in its own transaction, so that reads and registrations go on. Whoever is killed
begins again where it ended: a row that is done is not due any more.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, or_, select

from service import accounts, inbox, people
from service.db import Database, sealer_of
from service.people import Identity

BATCH = 200

Told = Callable[[int, int], None]


def rotate(database: Database, *, told: Told) -> int:
    """Bring every row under the newest key, in sealed form alone; return how many there were.

    Raises KeyMissing for a row whose key is not among ours: nothing of its batch is changed.
    """
    total, done, after = database.atomic(waiting), 0, 0
    while found := database.atomic(partial(reseal, after=after)):
        done, after = done + len(found), found[-1]
        told(done, max(done, total))
    return done + sum(rotate_each(database, slice_.reseal) for slice_ in (accounts, inbox))


def rotate_each(database: Database, reseal: Callable[..., list[int]]) -> int:
    """Bring what a slice seals itself under the newest key: apps' secrets, e-mail addresses."""
    done, after = 0, 0
    while found := database.atomic(partial(reseal, after=after, limit=BATCH)):
        done, after = done + len(found), found[-1]
    return done


def waiting(session: Session) -> int:
    """Return how many rows are due."""
    return session.exec(select(func.count()).select_from(Identity).where(due(session))).one()


def due(session: Session) -> ColumnElement[bool]:
    """Return the condition of a row that is not under the newest key, or stands in plain."""
    newest = sealer_of(session).newest.key_id
    plain = (col(Identity.name) != "", col(Identity.phone).is_not(None))
    return or_(
        col(Identity.key_id).is_distinct_from(newest), *plain, col(Identity.id_no).is_not(None)
    )


def reseal(session: Session, *, after: int) -> list[int]:
    """Seal the next batch of rows anew; return whose. What somebody else is sealing is left."""
    asked = select(Identity).where(due(session), col(Identity.volunteer_id) > after)
    batch = asked.order_by(col(Identity.volunteer_id)).limit(BATCH)
    rows = session.exec(batch.with_for_update(skip_locked=True)).all()
    for row in rows:
        people.seal(sealer_of(session), row, {})
    return [row.volunteer_id for row in rows]


def key_ids(session: Session) -> dict[str, int]:
    """Return how many rows wait under which key, for whoever would take a key away."""
    grouped = select(Identity.key_id, func.count()).group_by(col(Identity.key_id))
    named = Counter({bytes(key_id).hex(): rows for key_id, rows in session.exec(grouped) if key_id})
    return dict(named + Counter(accounts.key_ids(session)) + Counter(inbox.key_ids(session)))
