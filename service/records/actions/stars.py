"""Stars: proposed by the system once a level, granted by the secretary when the notice is over."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import Session, col, select

from service import inbox, outbox, people, programmes, trail
from service.clock import business_day
from service.people import Caller, Volunteer
from service.records.models import Star, StarStatus
from service.records.queries.lines import totals_of
from service.records.refusals import (
    HoursFell,
    NoticeRuns,
    OwnStar,
    ReasonMissing,
    StarDecided,
    UnknownStar,
)
from service.records.rules import HOUR

SERVED = """(SELECT v.id, v.code, v.community_id,
    v.opening_minutes + coalesce(sum(w.minutes), 0) AS minutes
  FROM people_volunteers v LEFT JOIN activities_awards w
    ON w.volunteer_id = v.id AND w.status IN ('posted', 'noticed')
  WHERE v.programme_id = :programme {whose} GROUP BY v.id) h"""
EVERYBODY = SERVED.format(whose="")
SOME = SERVED.format(whose="AND v.code = ANY (CAST(:codes AS text[]))")
PROPOSE = """INSERT INTO records_stars (volunteer_id, community_id, level, needed, minutes,
  proposed_at, notice_until, status)
SELECT h.id, h.community_id, l.level, l.needed, h.minutes, :now, :until, 'proposed'
FROM {served} JOIN unnest(CAST(:levels AS integer[]), CAST(:needed AS integer[]))
  AS l (level, needed) ON h.minutes >= l.needed
WHERE NOT EXISTS (SELECT FROM records_stars s
  WHERE s.volunteer_id = h.id AND s.level = l.level AND s.status <> 'withdrawn')
ORDER BY h.id, l.level LIMIT :limit
ON CONFLICT (volunteer_id, level) WHERE status <> 'withdrawn' DO NOTHING
RETURNING id, volunteer_id, level, minutes,
  (SELECT code FROM people_volunteers WHERE people_volunteers.id = volunteer_id) AS code"""
# A star that was kept all the same is looked at again only when the hours fall further.
REVIEW = """UPDATE records_stars s SET review_at = CASE WHEN h.minutes < s.needed THEN :now END
FROM {served}
WHERE h.id = s.volunteer_id AND s.status IN ('proposed', 'granted')
  AND (s.review_at IS NULL) = (h.minutes < least(s.needed, coalesce(s.kept_minutes, s.needed)))
  AND (s.review_at IS NULL OR h.minutes >= s.needed)
RETURNING s.id, s.level, h.code, h.minutes, s.review_at"""
BATCH = 200


def propose_stars(
    session: Session, *, programme_id: int, now: datetime, codes: Collection[str] | None = None
) -> int:
    """Propose every level that was reached and never proposed; return how many, at most a batch.

    The notice is of working days and begins on the day after. Without codes, to everybody.
    """
    today = business_day(now)
    figures = programmes.rule_set(session, programme_id, today)
    notice, stars = figures.public_notice_working_days, figures.stars
    until = programmes.add_working_days(session, today, notice).day
    params = {
        "programme": programme_id,
        "now": now,
        "until": until,
        "levels": [level for level, _ in stars],
        "needed": [hours * HOUR for _, hours in stars],
        "limit": BATCH,
        "codes": list(codes or ()),
    }
    found = session.execute(among(PROPOSE, codes), params).mappings().all()
    for row in found:
        said = {"star": row["level"], "minutes": row["minutes"], "volunteer": row["code"]}
        said["notice_until"] = until.isoformat()
        outbox.publish(session, "StarProposed", f"volunteer:{row['code']}", said, now=now)
    return len(found)


def among(sql: str, codes: Collection[str] | None) -> TextClause:
    """Return a statement about everybody, or about some; each keeps a plan of its own."""
    return text(sql.format(served=EVERYBODY if codes is None else SOME))


def hours_changed(session: Session, codes: Collection[str], *, now: datetime) -> None:
    """Propose to volunteers whose hours changed, and mark the stars that they fell below."""
    asked = select(col(Volunteer.programme_id), col(Volunteer.code)).where(
        col(Volunteer.code).in_(codes)
    )
    found: dict[int, list[str]] = {}
    for programme_id, code in session.exec(asked):
        found.setdefault(programme_id, []).append(code)
    for programme_id, theirs in found.items():
        propose_stars(session, programme_id=programme_id, now=now, codes=theirs)
        review_stars(session, programme_id=programme_id, now=now, codes=theirs)


def review_stars(
    session: Session, *, programme_id: int, now: datetime, codes: Collection[str] | None = None
) -> int:
    """Mark the stars whose hours fell below their level, and unmark where they came back."""
    params = {"programme": programme_id, "now": now, "codes": list(codes or ())}
    found = session.execute(among(REVIEW, codes), params).mappings().all()
    for row in found:
        said = {"volunteer": row["code"], "star": row["level"], "minutes": row["minutes"]}
        action = "star.review" if row["review_at"] else "star.reached-again"
        note(session, "system", action, row["id"], said, now)
    return len(found)


def grant_star(session: Session, star_id: int, *, by: Caller, now: datetime) -> Star:
    """Grant a proposed star; again is a replay. The secretary's office is checked before.

    Raises UnknownStar, OwnStar, StarDecided, NoticeRuns, HoursFell.
    """
    star = locked(session, star_id, by=by)
    if star.status == StarStatus.GRANTED:
        return star
    undecided(star)
    if business_day(now) <= star.notice_until:
        raise NoticeRuns(day=star.notice_until)
    served = totals_of(session, star.volunteer_id).minutes
    if served < star.needed:
        raise HoursFell(have=round(served / HOUR, 1), needed=star.needed // HOUR)
    decide(session, star, StarStatus.GRANTED, by=by, now=now)
    code = people.volunteer_by_id(session, star.volunteer_id).code
    said = {"volunteer": code, "star": star.level, "by": by.actor}
    outbox.publish(session, "StarGranted", f"volunteer:{code}", said, now=now)
    message = inbox.Message("star_granted", f"star:{star.id}", {"stars": star.level}, "/me/records")
    inbox.tell(session, [star.volunteer_id], message, now=now)
    return star


def decline_star(session: Session, star_id: int, *, reason: str, by: Caller, now: datetime) -> Star:
    """Decline a proposed star with a reason; the level is not proposed again.

    Raises UnknownStar, OwnStar, StarDecided, ReasonMissing.
    """
    star = locked(session, star_id, by=by)
    if star.status == StarStatus.DECLINED:
        return star
    undecided(star)
    star.reason = given(reason)
    decide(session, star, StarStatus.DECLINED, by=by, now=now)
    return star


def settle_review(
    session: Session, star_id: int, *, keep: bool, reason: str, by: Caller, now: datetime
) -> Star:
    """Keep a granted star although its hours fell, or take it back; either says why.

    Raises UnknownStar, OwnStar, StarDecided when nothing is to be reviewed, ReasonMissing.
    """
    star = locked(session, star_id, by=by)
    if star.status != StarStatus.GRANTED or star.review_at is None:
        raise StarDecided
    star.reason, star.review_at = given(reason), None
    if keep:
        star.kept_minutes = totals_of(session, star.volunteer_id).minutes
        session.add(star)
        note(session, by.actor, "star.keep", star.id, {"reason": star.reason}, now)
    else:
        decide(session, star, StarStatus.WITHDRAWN, by=by, now=now)
    return star


def locked(session: Session, star_id: int, *, by: Caller) -> Star:
    """Return a star with its row locked; nobody decides on his own. Raises UnknownStar, OwnStar."""
    found = session.exec(select(Star).where(col(Star.id) == star_id).with_for_update()).first()
    if found is None:
        raise UnknownStar
    if by.volunteer_id == found.volunteer_id:
        raise OwnStar
    return found


def undecided(star: Star) -> None:
    """Refuse a star that was decided another way before. Raises StarDecided."""
    if star.status != StarStatus.PROPOSED:
        raise StarDecided


def given(reason: str) -> str:
    """Return a reason without the spaces around it. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()


def decide(session: Session, star: Star, status: StarStatus, *, by: Caller, now: datetime) -> None:
    """Write a decision down, in the row and in the trail."""
    star.status, star.decided_by, star.decided_at = status, by.actor, now
    session.add(star)
    note(session, by.actor, f"star.{status}", star.id, {"reason": star.reason or ""}, now)


def note(  # noqa: PLR0917
    session: Session,
    actor: str,
    action: str,
    star_id: int | None,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    """Leave a mark about a star in the trail."""
    trail.record(
        session, actor=actor, action=action, subject=f"star:{star_id}", detail=dict(detail), now=now
    )
