"""The apps' secrets under another key: part of `aixin identity-rotate`."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from service.accounts.actions import app_place
from service.accounts.models import Factor, Kind
from service.db import sealer_of
from service.sealing import key_id_of

APPS = col(Factor.kind) == Kind.TOTP
KEY_ID = func.substring(Factor.secret, 2, 4)  # behind the version, as service.sealing writes it


def reseal(session: Session, *, after: int, limit: int) -> list[int]:
    """Seal the next apps' secrets with the newest key; return which. Raises KeyMissing."""
    sealer = sealer_of(session)
    asked = select(Factor).where(
        APPS, col(Factor.id) > after, KEY_ID.is_distinct_from(sealer.newest.key_id)
    )
    batch = asked.order_by(col(Factor.id)).limit(limit)
    rows = session.exec(batch.with_for_update(skip_locked=True)).all()
    for row in rows:
        place = app_place(row.staff_id)
        row.secret = sealer.seal(sealer.open(row.secret, place), place)
    return [row.id or 0 for row in rows]


def key_ids(session: Session) -> dict[str, int]:
    """Return how many secrets are sealed under which key."""
    found: dict[str, int] = {}
    for secret in session.exec(select(Factor.secret).where(APPS)):
        key_id = key_id_of(secret).hex()
        found[key_id] = found.get(key_id, 0) + 1
    return found
