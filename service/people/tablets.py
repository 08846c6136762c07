"""What a tablet says of itself, whose shift it is there, and when it must wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, update

from service.people.models import Device

REPORT_EVERY_S = 60  # how often a tablet says what it has not sent yet
REPORT_EVERY = timedelta(seconds=45)  # kept so often: clocks drift
OFFSET_MAX_S = 366 * 86_400  # a clock that lies by years lies by a year


@dataclass(frozen=True, slots=True)
class Report:
    """What a tablet has not sent yet, and by how much its clock is ahead of ours."""

    queued: int
    queued_since: datetime | None
    clock_offset_s: int


def clock_offset(sent_at: datetime, now: datetime) -> int:
    """Return by how many seconds a tablet's clock is ahead of ours; the way here counts as slow."""
    seconds = (sent_at - now) // timedelta(seconds=1)
    return max(-OFFSET_MAX_S, min(OFFSET_MAX_S, seconds))


def hear_device(session: Session, *, device_id: int, report: Report, now: datetime) -> None:
    """Keep what a tablet says of itself, at most once a minute unless its queue has changed."""
    due = or_(
        col(Device.heard_at).is_(None),
        col(Device.heard_at) <= now - REPORT_EVERY,
        col(Device.queued).is_distinct_from(report.queued),
    )
    kept = update(Device).where(col(Device.id) == device_id, due)
    session.exec(
        kept.values(
            heard_at=now,
            last_seen_at=now,
            queued=report.queued,
            queued_since=report.queued_since if report.queued else None,
            clock_offset_s=report.clock_offset_s,
        )
    )


def block_device(session: Session, *, device_id: int, until: datetime) -> None:
    """Let a tablet read no more codes until a moment; a later one that is kept stays."""
    longer = or_(col(Device.blocked_until).is_(None), col(Device.blocked_until) < until)
    session.exec(
        update(Device).where(col(Device.id) == device_id, longer).values(blocked_until=until)
    )


def ask_for_shifts(session: Session, *, shop_id: int, asked: bool) -> None:
    """Say whether the tills of a shop sell only in somebody's shift."""
    session.exec(update(Device).where(col(Device.shop_id) == shop_id).values(shifts=asked))


def hand_over(
    session: Session, *, device_id: int, clerk: str | None, until: datetime | None
) -> None:
    """Put a clerk's shift on a till, or nobody's."""
    session.exec(
        update(Device).where(col(Device.id) == device_id).values(clerk=clerk, clerk_until=until)
    )


def clear_clerk(session: Session, *, shop_id: int, clerk: str) -> None:
    """Take a clerk off every till of a shop."""
    held = update(Device).where(col(Device.shop_id) == shop_id, col(Device.clerk) == clerk)
    session.exec(held.values(clerk=None, clerk_until=None))
