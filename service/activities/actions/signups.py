"""Signing up and giving the place back. The calls of migration 0004 keep order and limits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import people
from service.activities import rules
from service.activities.models import Activity, Post, id_of
from service.activities.refusals import (
    NotSignedUp,
    OtherCommunity,
    SignupClosed,
    TooLateToCancel,
    TooYoung,
)

SIGN_UP = text(
    "SELECT status, place, already FROM activities_sign_up(:activity, :post, :volunteer,"
    " :assisted, :actor, :now)"
)
CANCEL = text(
    "SELECT cancelled, promoted FROM activities_cancel_signup(:activity, :volunteer, :now)"
)
CLOSED = {"draft", "cancelled", "archived"}


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody stands: `confirmed`, or `waiting` as the n-th in line."""

    status: str
    place: int | None  # 1 is the first in line
    already: bool  # stood there before


@dataclass(frozen=True, slots=True)
class Asking:
    """Who signs whom up: the person himself, or another one for him."""

    actor: str
    assisted: bool


def sign_up(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    asking: Asking,
    now: datetime,
    post: str | None = None,
) -> Seat:
    """Give a place while places last, else a turn in the queue; twice answers the first.

    Raises SignupClosed, OtherCommunity, TooYoung.
    """
    chosen = choose_post(session, activity, post)
    if activity.status in CLOSED or now >= activity.late_at:
        raise SignupClosed
    if volunteer.community_id != activity.community_id:
        raise OtherCommunity
    age, consent = people.age_floor(volunteer.age_band), volunteer.guardian_consent
    if rules.too_young(age, guardian_consent=consent, adults_only=chosen.adults_only):
        raise TooYoung
    ids = (id_of(activity), id_of(chosen), id_of(volunteer))
    return take_seat(session, ids, assisted=asking.assisted, actor=asking.actor, now=now)


def choose_post(session: Session, activity: Activity, name: str | None) -> Post:
    """Return the post of this name, or the activity's first one. Raises SignupClosed for none."""
    query = select(Post).where(Post.activity_id == activity.id).order_by(col(Post.id))
    found = session.exec(query.where(Post.name == name) if name else query).first()
    if found is None:
        raise SignupClosed
    return found


def take_seat(
    session: Session, ids: tuple[int, int, int], *, assisted: bool, actor: str, now: datetime
) -> Seat:
    """Run the guarded call for (activity, post, volunteer)."""
    names = ("activity", "post", "volunteer")
    params = dict(zip(names, ids, strict=True)) | {"assisted": assisted, "actor": actor, "now": now}
    row = session.execute(SIGN_UP, params).one()
    return Seat(row.status, row.place, row.already)


def cancel_signup(
    session: Session, activity: Activity, volunteer: people.Volunteer, *, now: datetime
) -> str | None:
    """Give the place back before the start; return who was promoted, exactly once, or None.

    Raises TooLateToCancel, NotSignedUp.
    """
    if now >= activity.starts_at:
        raise TooLateToCancel
    row = session.execute(
        CANCEL, {"activity": activity.id, "volunteer": volunteer.id, "now": now}
    ).one()
    if not row.cancelled:
        raise NotSignedUp
    return people.volunteer_by_id(session, row.promoted).code if row.promoted else None
