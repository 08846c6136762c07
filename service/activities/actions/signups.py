"""Signing up and giving the place back. The calls of migration 0012 keep order and limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from sqlmodel import Session, select

from service import inbox, people, programmes
from service.activities.eligibility import agreement, first_refusal, priority
from service.activities.models import Activity, Signup
from service.activities.queries.signups import GIVE_BACK, LOOK, OVERLOOKED, PROMOTE, SEAT
from service.activities.refusals import (
    NotSignedUp,
    SignupClosed,
    TooLateToCancel,
    UnknownActivity,
)
from service.activities.signup_refusals import GateIsOpen, TimesOverlap
from service.db import Database, driver

OWN = {"self", "guardian"}  # the others are helpers: they answer for somebody who is not theirs
POSTS_A_SWEEP = 50


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody stands: `confirmed`, or `waiting` as the n-th in line.

    The number is that of the moment: who began to queue earlier and is written down a blink
    later still stands before.
    """

    status: str
    place: int | None  # 1 is the first in line
    already: bool  # stood there before


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, in which office, and when: oneself, a guardian, the leader or a recorder."""

    database: Database
    actor: str
    kind: str  # self | guardian | leader | recorder
    now: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; codes name the activity and the person, the post goes by its name."""

    activity: str
    volunteer: str
    post: str | None = None
    agreed: str | None = None  # digest of the risk text that was read


def sign_up(asking: Asking, wish: Wish) -> Seat:
    """Give a place while places last, else a turn in the queue; twice answers the first.

    Two statements, each a transaction of its own: a rush must not hold a post's row while it
    waits for us. Raises a refusal that says why not.
    """
    row = look(asking.database, wish)
    if row["home_id"] != row["community_id"] and asking.kind not in OWN:
        raise people.UnknownVolunteer
    agreed, again = None, row["signup"] not in {None, "cancelled"}
    if not again:
        if refusal := first_refusal(row, asking.now):
            raise refusal
        agreed = agreement(row["risk_text"], wish.agreed)
    return seat(asking, row, agreed=agreed, again=again) or sign_up(asking, wish)


def look(database: Database, wish: Wish) -> Mapping[str, Any]:
    """Read everything that decides a sign-up. Raises UnknownActivity, UnknownVolunteer."""
    asked = {"activity": wish.activity, "volunteer": wish.volunteer, "post": wish.post}
    row = database.call(LOOK, asked)
    if row is None:
        raise UnknownActivity
    if row["volunteer_id"] is None:
        raise people.UnknownVolunteer
    return row


def seat(
    asking: Asking, row: Mapping[str, Any], *, agreed: bytes | None, again: bool
) -> Seat | None:
    """Run the guarded call; None when somebody who stood there has left since the look.

    Raises SignupClosed, TimesOverlap for what else changed since then.
    """
    figures = programmes.rule_set_by_digest(asking.database, row["rules"])
    behind = priority(figures, missed=row["missed"], last=row["last_missed"], now=asking.now)
    params = {
        "activity": row["id"],
        "post": None if again else row["post_id"],
        "volunteer": row["volunteer_id"],
        "kind": asking.kind,
        "actor": asking.actor,
        "priority": behind,
        "agreed": agreed,
        "stated": False,
        "now": asking.now,
    }
    done = asking.database.call(SEAT, params)
    assert done is not None
    if done["status"] == "closed":
        raise SignupClosed
    if done["status"] == "overlap":
        raise TimesOverlap(elsewhere=title_of(asking.database, done["elsewhere"]))
    seated = Seat(done["status"], done["place"], done["already"])
    return None if done["status"] == "gone" else seated


def title_of(database: Database, activity_id: int) -> str:
    """Return the title of an activity that took the person's time a moment ago."""
    found = database.call(TITLE, {"id": activity_id})
    return found["title"] if found else ""


TITLE = "SELECT title FROM activities WHERE id = %(id)s"


def take_seat(
    session: Session, ids: tuple[int, int, int], *, assisted: bool, actor: str, now: datetime
) -> Seat:
    """Seat (activity, post, volunteer) as a plan states it: nothing but places is asked."""
    names = ("activity", "post", "volunteer")
    params = dict(zip(names, ids, strict=True)) | {
        "kind": "recorder" if assisted else "self",
        "actor": actor,
        "priority": 0,
        "agreed": None,
        "stated": True,
        "now": now,
    }
    with driver(session).cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SEAT, params, prepare=True).fetchone()
    assert row is not None
    return Seat(row["status"], row["place"], row["already"])


def cancel_signup(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    kind: str,
    now: datetime,
) -> str | None:
    """Give the place back; return the code of who was promoted, exactly once, or None.

    Oneself until the gate opens, a helper until the start: from the opening on the leader counts
    on who has a place. Raises GateIsOpen, TooLateToCancel, NotSignedUp.
    """
    if now >= activity.starts_at:
        raise TooLateToCancel
    if kind in OWN and now >= activity.opens_at and holds_place(session, activity, volunteer):
        raise GateIsOpen
    params = {"activity": activity.id, "volunteer": volunteer.id, "now": now}
    done = session.execute(GIVE_BACK, params).one()
    if not done.cancelled:
        raise NotSignedUp
    moved = promote_waiting(session, activity, post_id=done.freed, now=now) if done.freed else []
    return people.volunteer_by_id(session, moved[0]).code if moved else None


def holds_place(session: Session, activity: Activity, volunteer: people.Volunteer) -> bool:
    """Tell whether somebody has a place; a turn in the queue can be left at any time."""
    asked = select(Signup.status).where(
        Signup.activity_id == activity.id, Signup.volunteer_id == volunteer.id
    )
    return session.exec(asked).first() in {"confirmed", "came", "no_show"}


def promote_waiting(
    session: Session, activity: Activity, *, post_id: int, now: datetime
) -> list[int]:
    """Give a post's free places to those in line, tell them, and return who they are.

    Run it in the transaction that frees a place or adds one. Who has a place elsewhere at the
    time keeps his turn and is told why, once an activity.
    """
    found = session.execute(PROMOTE, {"post": post_id, "now": now}).all()
    moved = [row.volunteer_id for row in found if row.promoted]
    about: dict[str, str | int] = {"title": activity.title, "place": activity.place}
    about |= {"starts_at": activity.starts_at.isoformat()}
    link = f"/activities/{activity.code}"
    key = f"promoted:{activity.code}:{now.isoformat()}"
    inbox.tell(session, moved, inbox.Message("waitlist_promoted", key, about, link), now=now)
    for row in found:
        if not row.promoted:
            key = f"passed-over:{activity.code}:{row.elsewhere_code}"
            said = about | {"elsewhere": row.elsewhere}
            message = inbox.Message("waitlist_passed_over", key, said, link)
            inbox.tell(session, [row.volunteer_id], message, now=now)
    return moved


def fill_free_places(session: Session, *, now: datetime) -> int:
    """Promote who could not take a free place when it came free; return how many moved up."""
    found = session.execute(OVERLOOKED, {"now": now, "limit": POSTS_A_SWEEP}).all()
    return sum(
        len(
            promote_waiting(
                session, session.get_one(Activity, row.activity_id), post_id=row.post_id, now=now
            )
        )
        for row in found
    )
