"""Drafting, publishing and ending public notices. A draft says nothing; what is published stays."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import outbox, programmes, trail
from service.clock import business_day
from service.errors import KeyReused
from service.notices import refusals, rules
from service.notices.figures import Days, figures, frame
from service.notices.models import PUBLIC, Counter, Notice, NoticeRow, State
from service.notices.objections import counted
from service.notices.queries import by_id
from service.notices.rules import Row, Served
from service.people import Caller, Unit
from service.settlement import digest

DAY = timedelta(days=1)
SALT_BYTES = 12
AT_ONCE = 50
NEXT_NUMBER = text(
    """INSERT INTO notices_counters AS c (community_id, year, last) VALUES (:community, :year, 1)
 ON CONFLICT (community_id, year) DO UPDATE SET last = c.last + 1 RETURNING last"""
)
BEGIN_AFTER = text(
    """INSERT INTO notices_counters AS c (community_id, year, last)
 VALUES (:community, :year, :last)
 ON CONFLICT (community_id, year) DO UPDATE SET last = EXCLUDED.last
   WHERE NOT EXISTS (SELECT FROM notices n WHERE n.community_id = c.community_id
     AND n.year = c.year AND n.number IS NOT NULL)
 RETURNING last"""
)
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which days a notice is to speak, and from which day on it is shown."""

    key: str
    since: date
    until: date
    starts_on: date


def draft(session: Session, place: Unit, wanted: Wanted, *, by: Caller, now: datetime) -> Notice:
    """Begin a notice; the same key again answers with the first.

    Raises DaysBackwards, DaysAhead, DaysTooMany, StartPast, StartNotWorking, DaysNoticed,
    KeyReused.
    """
    community_id = place.id or 0
    mine = select(Notice).where(Notice.community_id == community_id, Notice.key == wanted.key)
    if known := session.exec(mine).first():
        if (known.since, known.until, known.starts_on) != said(wanted):
            raise KeyReused
        return known
    zone = programmes.programme_by_id(session, place.programme_id or 0).zone
    check_days(wanted, business_day(now, zone))
    row = Notice(
        key=wanted.key,
        programme_id=place.programme_id or 0,
        community_id=community_id,
        since=wanted.since,
        until=wanted.until,
        starts_on=wanted.starts_on,
        ends_on=last_day(session, place, wanted),
        drafted_by=by.actor,
        drafted_at=now,
    )
    check_free(session, row)
    session.add(row)
    session.flush()
    note(session, row, "draft", by=by.actor, now=now)
    return row


def said(wanted: Wanted) -> tuple[date, date, date]:
    """Return what a key stands for."""
    return wanted.since, wanted.until, wanted.starts_on


def check_days(wanted: Wanted, today: date) -> None:
    """Refuse days that no notice can have."""
    if wanted.until < wanted.since:
        raise refusals.DaysBackwards
    if wanted.until > today:
        raise refusals.DaysAhead
    if (wanted.until - wanted.since).days >= rules.DAYS_MAX:
        raise refusals.DaysTooMany(most=rules.DAYS_MAX)
    if wanted.starts_on < today:
        raise refusals.StartPast


def last_day(session: Session, place: Unit, wanted: Wanted) -> date:
    """Return the last of the working days on which a notice is shown. Raises StartNotWorking."""
    table = programmes.working_days(session)
    if not table.works(wanted.starts_on):
        raise refusals.StartNotWorking(day=table.add(wanted.starts_on, 1).day)
    adopted = programmes.rule_set(session, place.programme_id or 0, wanted.until)
    return table.add(wanted.starts_on - DAY, adopted.public_notice_working_days).day


def check_free(session: Session, row: Notice) -> None:
    """Refuse days of which another notice speaks."""
    other = select(Notice).where(
        Notice.community_id == row.community_id,
        col(Notice.status).in_(PUBLIC),
        col(Notice.since) <= row.until,
        col(Notice.until) >= row.since,
    )
    if found := session.exec(other.limit(1)).first():
        raise refusals.DaysNoticed(name=found.name, since=found.since, until=found.until)


def drop(session: Session, notice_id: int, *, by: Caller, now: datetime) -> Notice:
    """Give a draft up; again changes nothing. Raises UnknownNotice, NotADraft."""
    row = by_id(session, notice_id, lock=True)
    if row.status == State.DROPPED:
        return row
    if row.status != State.DRAFT:
        raise refusals.NotADraft
    row.status = State.DROPPED
    session.add(row)
    note(session, row, "drop", by=by.actor, now=now)
    return row


def publish(session: Session, notice_id: int, *, by: Caller, now: datetime) -> Notice:
    """Number a draft, freeze what it says and tell everybody; again answers with the same.

    Raises UnknownNotice, NotADraft, StartPast, DaysNoticed, NothingToNotice.
    """
    row = by_id(session, notice_id, lock=True)
    if row.status in PUBLIC:
        return row
    if row.status != State.DRAFT:
        raise refusals.NotADraft
    zone = programmes.programme_by_id(session, row.programme_id).zone
    if row.starts_on < business_day(now, zone):
        raise refusals.StartPast
    year = business_day(now, zone).year
    number = session.scalar(NEXT_NUMBER, {"community": row.community_id, "year": year})
    check_free(session, row)  # the number's lock lets one publish after the other
    freeze(session, row, year=year, number=number or 0)
    row.status, row.published_by, row.published_at = State.PUBLISHED, by.actor, now
    session.add(row)
    note(session, row, "publish", by=by.actor, now=now)
    tell(session, row, now=now)
    return row


def freeze(session: Session, row: Notice, *, year: int, number: int) -> None:
    """Write down what a notice says. Raises NothingToNotice."""
    found = figures(session, Days(row.programme_id, row.community_id, row.since, row.until))
    if not found.served:
        raise refusals.NothingToNotice
    around = frame(session, row)
    named = [one for one in found.served if one.named]
    rows = [row_of(one) for one in named]
    row.year, row.number = year, number
    row.code = rules.code_of(around.community, year, number)
    row.name = rules.name_of(around.community_name, year, number)
    row.content = rules.numbered(rules.content(around, found, rows), code=row.code, name=row.name)
    row.digest = digest(row.content)
    for nth, (one, shown) in enumerate(zip(named, rows, strict=True), start=1):
        session.add(
            NoticeRow(
                notice_id=row.id or 0,
                nth=nth,
                volunteer_id=one.volunteer_id,
                tail=shown.tail,
                what=list(shown.what),
                minutes=shown.minutes,
                points=shown.points,
                salt=shown.salt,
            )
        )


def row_of(one: Served) -> Row:
    """Write somebody's row."""
    salt = secrets.token_hex(SALT_BYTES)
    return Row(one.code[-3:], one.what, one.minutes, one.points, salt)


def tell(session: Session, row: Notice, *, now: datetime) -> None:
    """Publish the event of a notice."""
    assert row.content is not None
    days = ("since", "until", "starts_on", "ends_on")
    payload = {
        "notice": row.code,
        "name": row.name,
        "community": row.content["community"],
        "digest": row.digest,
        "people": row.content["total"]["people"],
        "points": row.content["total"]["points"],
        "rows": len(row.content["rows"]),
        **{name: row.content[name] for name in days},
    }
    outbox.publish(session, "NoticePublished", f"notice:{row.code}", payload, now=now)


def number_after(
    session: Session, place: Unit, *, year: int, last: int, by: Caller, now: datetime
) -> int:
    """Go on after the numbers that were given on paper; only before the first of ours.

    Raises NumbersGiven; the number that stands already is a repetition.
    """
    asked = {"community": place.id or 0, "year": year}
    if session.scalar(BEGIN_AFTER, {**asked, "last": last}) is None:
        given = session.get_one(Counter, (place.id or 0, year)).last
        if given != last:
            raise refusals.NumbersGiven(last=given)
    trail.record(
        session, actor=by.actor, action="notice.number", subject=f"unit:{place.code}",
        detail={"year": year, "last": last}, now=now,
    )  # fmt: skip
    return last


def end_due(session: Session, *, now: datetime) -> int:
    """End the notices whose days are over, with the count of their objections; return how many."""
    asked = select(Notice).where(
        Notice.status == State.PUBLISHED, col(Notice.ends_on) < business_day(now)
    )
    due = session.exec(asked.order_by(col(Notice.ends_on)).limit(AT_ONCE).with_for_update()).all()
    for row in due:
        heard = counted(session, row.id or 0)
        row.status, row.ended_at = State.ENDED, now
        row.filed, row.answered, row.file = heard.filed, heard.answered, None
        session.add(row)
        note(session, row, "end", by=SYSTEM, now=now)
    return len(due)


def note(session: Session, row: Notice, act: str, *, by: str, now: datetime) -> None:
    """Leave a mark of what became of a notice."""
    detail = {"since": str(row.since), "until": str(row.until)}
    if row.code:
        detail |= {"code": row.code, "digest": row.digest or ""}
    trail.record(
        session,
        actor=by,
        action=f"notice.{act}",
        subject=f"notice:{row.id}",
        detail=detail,
        now=now,
    )
