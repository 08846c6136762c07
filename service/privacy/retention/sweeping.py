"""Removing what is over. What lies in tables goes by one function of the database (migration 0041).

That function has floors of its own: nobody who calls it removes what is younger than they say.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import files, trail
from service.db import Database
from service.privacy.forgetting import delete, every_leftover
from service.privacy.models import RemovedPicture
from service.privacy.retention.periods import Period, periods

BATCH = 500
ACTOR = "system"
PICTURES = "pictures"
OF_SHEETS = ("evidence", "matter")  # what paper sheets and what residents raised were shown with
REMOVE = text("SELECT privacy_remove(:what, :before, :limit)")


class OnlyLooking(Exception):
    """Ends a transaction that was to be counted, not kept."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Where it is done, and when."""

    database: Database
    folder: Path  # of the pictures
    now: datetime


def sweep(place: Sweep) -> dict[str, int]:
    """Remove everything that is over; return how many of what. Again: nothing is left to do."""
    done = {one.name: removed(place, one) for one in periods() if one.days is not None}
    given = partial(every_leftover, folder=place.folder, now=place.now)
    return done | {"forgotten": delete(place.database.atomic(given))}


def removed(place: Sweep, period: Period) -> int:
    """Remove what is over of one kind, a batch a transaction; the trail says how many."""
    done = 0
    while count := place.database.atomic(lambda session: batch(session, period, place)):
        done += count
        if count < BATCH:
            break
    if done:
        place.database.atomic(lambda session: note(session, period, done, place.now))
    return done


def batch(session: Session, period: Period, place: Sweep) -> int:
    """Remove some of a kind; return how many."""
    if period.name == PICTURES:
        return remove_pictures(session, period.before(place.now), place)
    asked = {"what": period.name, "before": period.before(place.now), "limit": BATCH}
    count: int = session.execute(REMOVE, asked).scalar_one()
    return count


def old_pictures(session: Session, before: datetime, limit: int) -> list[files.File]:
    """Return pictures of paper sheets whose time is over and whose content still lies there."""
    gone = select(RemovedPicture.file_id)
    asked = (
        select(files.File)
        .where(col(files.File.purpose).in_(OF_SHEETS), col(files.File.kept_at) < before)
        .where(col(files.File.id).not_in(gone))
        .order_by(col(files.File.id))
    )
    return list(session.exec(asked.limit(limit)).all())


def remove_pictures(session: Session, before: datetime, place: Sweep) -> int:
    """Take old pictures off the disk; that each is gone is written down in the same step."""
    found = old_pictures(session, before, BATCH)
    for one in found:
        session.add(RemovedPicture(file_id=one.id or 0, removed_at=place.now))
    session.flush()
    for one in found:
        files.path(one, place.folder).unlink(missing_ok=True)
    return len(found)


def note(session: Session, period: Period, done: int, now: datetime) -> None:
    """Write into the trail what was removed, and by which period."""
    said = {"removed": done, "days": period.days, "before": period.before(now).isoformat()}
    about = f"retention:{period.name}"
    trail.record(
        session, actor=ACTOR, action="retention.remove", subject=about, detail=said, now=now
    )


def due(place: Sweep) -> dict[str, int]:
    """Count what the next sweep would remove, and remove nothing."""
    return {one.name: counted(place, one) for one in periods() if one.days is not None}


def counted(place: Sweep, period: Period) -> int:
    """Count what is over of one kind: by removing it and taking that back."""
    found: list[int] = []

    def work(session: Session) -> None:
        before = period.before(place.now)
        if period.name == PICTURES:
            found.append(len(old_pictures(session, before, 1_000_000)))
        else:
            asked = {"what": period.name, "before": before, "limit": BATCH}
            while count := session.execute(REMOVE, asked).scalar_one():
                found.append(count)
        raise OnlyLooking

    with suppress(OnlyLooking):
        place.database.atomic(work)
    return sum(found)
