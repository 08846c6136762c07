"""What administrators do with a partner's address."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from service import outbox, trail
from service.errors import Invalid, KeyReused
from service.i18n import N_
from service.webhooks import guard, rules
from service.webhooks.models import (
    Consent,
    Delivery,
    Endpoint,
    IsDisabled,
    Reason,
    State,
    Status,
    UnknownDelivery,
    UnknownEndpoint,
)

SALT_BYTES = 16


class NoSuchType(Invalid):
    """A type that the catalogue does not have."""

    slug, title = "unknown-event-type", N_("There is no such event")
    field = "types"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a partner is to be told, where, and how we call the partner."""

    title: str
    url: str
    types: Sequence[str]
    consent: Consent = Consent.PARTNERS  # which switch of a volunteer it needs


def found(
    session: Session,
    programme_id: int,
    wanted: Wanted,
    *,
    own: Sequence[guard.Network],
    actor: str,
    now: datetime,
) -> Endpoint:
    """Open an address; the same one again answers with the first. Raises AddressRefused, KeyReused.

    Whether its name leads to an allowed network is judged whenever something is sent.
    """
    guard.read(wanted.url, own)
    types = known_types(wanted.types)
    asked = select(Endpoint).where(
        Endpoint.programme_id == programme_id, Endpoint.url == wanted.url
    )
    row = session.exec(asked).one_or_none()
    if row is not None:
        if (row.title, row.types, row.consent) != (wanted.title, types, wanted.consent):
            raise KeyReused(field="url")
        return row
    row = Endpoint(
        programme_id=programme_id,
        title=wanted.title,
        url=wanted.url,
        types=types,
        consent=wanted.consent,
        salt=secrets.token_bytes(SALT_BYTES),
        made_by=actor,
        made_at=now,
    )
    session.add(row)
    session.flush()
    record(session, row, "found", actor=actor, now=now)
    return row


def known_types(types: Sequence[str]) -> list[str]:
    """Return types once each, in order. Raises NoSuchType."""
    if not types or any(one not in outbox.CATALOGUE for one in types):
        raise NoSuchType
    return sorted(set(types))


def change(
    session: Session, row: Endpoint, *, title: str, types: Sequence[str], actor: str, now: datetime
) -> Endpoint:
    """Have a partner told of other types from now on; what waits is sent as it is."""
    if (row.title, row.types) == (title, known_types(types)):
        return row
    row.title, row.types = title, known_types(types)
    session.add(row)
    record(session, row, "change", actor=actor, now=now)
    return row


def switch(
    session: Session, row: Endpoint, status: Status, *, actor: str, now: datetime
) -> Endpoint:
    """Switch an address off or on; once it is on again, what waited is sent at once."""
    if row.status == status:
        return row
    if status == Status.DISABLED:
        close(row, Reason.BY_HAND, now)
    else:
        row.status, row.reason, row.disabled_at = Status.ENABLED, Reason.NONE, None
        row.failures, row.failing_since, row.paused_until = 0, None, None
        due = update(Delivery).where(
            col(Delivery.endpoint_id) == row.id, col(Delivery.status) == State.PENDING
        )
        session.execute(due.values(next_at=now))
    session.add(row)
    record(session, row, str(status), actor=actor, now=now)
    return row


def close(row: Endpoint, reason: Reason, now: datetime) -> None:
    """Send nothing more to an address, and say why."""
    row.status, row.reason, row.disabled_at = Status.DISABLED, reason, now


def rotate(
    session: Session, row: Endpoint, *, generation: int, actor: str, now: datetime
) -> Endpoint:
    """Give an address its next secret; for a day what is sent is signed with both.

    `generation` is the one that is to be replaced, so that asking twice replaces it once.
    """
    if row.generation == generation:
        row.generation, row.previous_until = generation + 1, now + rules.OVERLAP
        session.add(row)
        record(session, row, "rotate", actor=actor, now=now)
    return row


def deliver_again(
    session: Session, row: Endpoint, delivery_id: int, *, actor: str, now: datetime
) -> Delivery:
    """Have one event sent once more, also one that arrived. Raises IsDisabled, UnknownDelivery."""
    if row.status != Status.ENABLED:
        raise IsDisabled
    found = session.get(Delivery, delivery_id, with_for_update=True)
    if found is None or found.endpoint_id != row.id:
        raise UnknownDelivery
    if found.status != State.PENDING or found.next_at > now:
        found.status, found.attempts, found.next_at = State.PENDING, 0, now
        found.done_at, row.paused_until = None, None
        session.add(found)
        session.add(row)
        record(session, row, "redeliver", actor=actor, now=now)
    return found


def deliver_failed(session: Session, row: Endpoint, *, actor: str, now: datetime) -> int:
    """Have everything sent once more that was given up; return how many. Raises IsDisabled."""
    if row.status != Status.ENABLED:
        raise IsDisabled
    again = update(Delivery).where(
        col(Delivery.endpoint_id) == row.id, col(Delivery.status) == State.FAILED
    )
    done = session.execute(
        again.values(status=State.PENDING, attempts=0, next_at=now, done_at=None).returning(
            col(Delivery.id)
        )
    ).all()
    if done:
        row.paused_until = None
        session.add(row)
        record(session, row, "redeliver", actor=actor, now=now)
    return len(done)


def endpoint(
    session: Session, endpoint_id: int, programmes: Collection[int], *, lock: bool = False
) -> Endpoint:
    """Return an address of these programmes. Raises UnknownEndpoint."""
    row = session.get(Endpoint, endpoint_id, with_for_update=True if lock else None)
    if row is None or row.programme_id not in programmes:
        raise UnknownEndpoint
    return row


def record(session: Session, row: Endpoint, action: str, *, actor: str, now: datetime) -> None:
    """Write into the trail what somebody did to an address."""
    names = ("url", "types", "consent", "generation")
    said = {name: getattr(row, name) for name in names}
    about = f"webhook:{row.id}"
    action = f"webhook.{action}"
    trail.record(session, actor=actor, action=action, subject=about, detail=said, now=now)
