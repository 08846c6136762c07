"""Statements of sign-ups: the two of the rush, and the lists that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service import people
from service.activities.rules import ADULT_YEARS
from service.db import Database

# All that decides a sign-up, in one statement. Without a post's name the first one is meant.
LOOK = """
SELECT a.id, a.code, a.title, a.status, a.community_id, a.team_id, a.leader_id, a.starts_at,
  a.insurance_ref, t.risk, v.id AS volunteer_id, v.code AS volunteer, v.community_id AS home_id,
  v.team_id AS own_team, v.age_band, v.guardian_consent, v.qualification_verified,
  v.withdrawn_at IS NOT NULL AS withdrawn,
  p.id AS post_id, p.adults_only, p.min_age, p.needs_qualification, p.needs_insurance,
  p.risk_text, p.team_only, s.status AS signup,
  e.title AS elsewhere,
  n.missed, n.last AS last_missed,
  (SELECT r.digest FROM programmes_rule_sets r
   WHERE r.programme_id = a.programme_id AND r.effective_from <= a.business_day
     AND (r.effective_to IS NULL OR r.effective_to >= a.business_day)
   ORDER BY r.effective_from DESC LIMIT 1) AS rules
FROM activities a JOIN activities_templates t ON t.id = a.template_id
  LEFT JOIN people_holders v ON v.code = %(volunteer)s
  LEFT JOIN LATERAL (
    SELECT q.* FROM activities_posts q
    WHERE q.activity_id = a.id AND (%(post)s::text IS NULL OR q.name = %(post)s)
    ORDER BY q.id LIMIT 1) p ON true
  LEFT JOIN activities_signups s ON s.activity_id = a.id AND s.volunteer_id = v.id
  LEFT JOIN LATERAL (
    SELECT b.title FROM activities_signups_everywhere o JOIN activities b ON b.id = o.activity_id
    WHERE o.volunteer_id = v.id AND o.status IN ('confirmed', 'came') AND b.id <> a.id
      AND b.status NOT IN ('draft', 'cancelled')
      AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
    ORDER BY b.starts_at LIMIT 1) e ON true
  CROSS JOIN LATERAL (
    SELECT count(*) AS missed, max(m.no_show_at) AS last FROM activities_signups_everywhere m
    WHERE m.volunteer_id = v.id AND m.status = 'no_show') n
WHERE a.id = (SELECT c.id FROM activities_codes c WHERE c.code = lower(%(activity)s))
  AND a.status <> 'draft'
"""

SEAT = """
SELECT status, place, already, elsewhere FROM activities_take_seat(
  %(activity)s, %(post)s, %(volunteer)s, %(kind)s, %(actor)s, %(priority)s, %(agreed)s,
  %(stated)s, %(now)s)
"""

GIVE_BACK = text("SELECT cancelled, freed FROM activities_give_back(:activity, :volunteer, :now)")
PROMOTE = text(
    """
SELECT m.volunteer_id, m.promoted, b.code AS elsewhere_code, b.title AS elsewhere
FROM activities_promote(:post, :now) m LEFT JOIN activities b ON b.id = m.elsewhere
"""
)

# Places that nobody in line could take when they became free, and perhaps can now.
OVERLOOKED = text(
    """
SELECT a.id AS activity_id, p.id AS post_id
FROM activities a JOIN activities_posts p ON p.activity_id = a.id
WHERE a.late_at > :now AND a.starts_at > :now AND a.status IN ('published', 'open')
  AND p.taken < p.capacity
  AND EXISTS (SELECT FROM activities_signups s WHERE s.post_id = p.id AND s.status = 'waiting')
ORDER BY p.id LIMIT :limit
"""
)

PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One sign-up on the keepers' list: a place first, then the queue in its order.

    When the activity was called off, who lost a place or a turn by it still stands there.
    """

    volunteer: str
    post: str
    status: str
    place: int | None  # in the queue of the post
    kind: str  # who signed this person up
    behind: bool
    walk_in: bool
    has_phone: bool  # else nobody reads a message: somebody has to tell
    risk_text: str | None  # of the post, as it stands now
    agreed: bool  # to just these words
    at: tuple[int, int, int]  # where it stands on the list, for the next page

    @property
    def tail(self) -> str:
        """What may be shown of the booklet's number."""
        return self.volunteer[-3:]


LISTED = text(
    """
WITH line AS (
  SELECT s.volunteer_id, s.post_id, s.status, s.signed_by_kind, s.priority, s.turn, s.walk_in,
    s.agreed_sha256,
    (s.status = 'waiting')::int AS rank,
    CASE s.status WHEN 'waiting' THEN s.priority ELSE 0 END AS shown_priority,
    CASE s.status WHEN 'waiting' THEN row_number() OVER (
      PARTITION BY s.post_id, s.status ORDER BY s.priority, s.turn) END AS place
  FROM activities_signups s JOIN activities a ON a.id = s.activity_id
  WHERE s.activity_id = :activity
    AND (s.status <> 'cancelled' OR (a.status = 'cancelled' AND s.cancelled_at = a.cancelled_at)))
SELECT v.code AS volunteer, p.name AS post, l.status, l.place, l.signed_by_kind AS kind,
  l.priority = 1 AS behind, l.walk_in, p.risk_text, v.channel = 'phone' AS has_phone,
  l.rank, l.shown_priority, l.turn,
  coalesce(l.agreed_sha256 = sha256(convert_to(p.risk_text, 'UTF8')), false) AS agreed
FROM line l JOIN people_holders v ON v.id = l.volunteer_id
  JOIN activities_posts p ON p.id = l.post_id
WHERE (l.rank, l.shown_priority, l.turn) > (:rank, :priority, :turn)
ORDER BY l.rank, l.shown_priority, l.turn LIMIT :limit
"""
)


def listed(
    session: Session, activity_id: int | None, *, after: Sequence[int] = (0, 0, 0)
) -> list[Listed]:
    """Return a page of an activity's sign-ups, one row more than a page holds."""
    names = ("rank", "priority", "turn")
    params = {"activity": activity_id, "limit": PAGE + 1}
    rows = session.execute(LISTED, params | dict(zip(names, after, strict=True)))
    return [listed_row(row) for row in rows]


def listed_row(row: Any) -> Listed:
    """Make one line of the list of what the database says."""
    return Listed(
        volunteer=row.volunteer,
        post=row.post,
        status=row.status,
        place=row.place,
        kind=row.kind,
        behind=row.behind,
        walk_in=row.walk_in,
        has_phone=row.has_phone,
        risk_text=row.risk_text,
        agreed=row.agreed,
        at=(row.rank, row.shown_priority, row.turn),
    )


UNAGREED = text(
    """
SELECT p.risk_text FROM activities_signups s JOIN activities a ON a.id = s.activity_id
  JOIN activities_posts p ON p.id = s.post_id
WHERE s.activity_id = :activity AND s.volunteer_id = :volunteer AND p.risk_text <> ''
  AND s.status IN ('confirmed', 'waiting', 'came') AND a.status IN ('published', 'open')
  AND s.agreed_sha256 IS DISTINCT FROM sha256(convert_to(p.risk_text, 'UTF8'))
"""
)


def unagreed_risks(session: Session, activity_id: int | None, volunteer_id: int | None) -> str:
    """Return the risks of somebody's post to which this person has not agreed, or nothing."""
    asked = {"activity": activity_id, "volunteer": volunteer_id}
    return session.execute(UNAGREED, asked).scalar() or ""


@dataclass(frozen=True, slots=True)
class Ward:
    """A minor whose guardian the reader is, and where he has a place or a turn."""

    tail: str
    ahead: list[Mapping[str, Any]]  # code, title, starts_at, status; soonest first


WARDS = """
SELECT v.code AS ward, v.age_band, a.code, a.title, a.starts_at, a.business_day, s.status
FROM people_volunteers v
  LEFT JOIN (activities_signups s JOIN activities a ON a.id = s.activity_id
    AND a.closes_at > %(now)s AND a.status NOT IN ('draft', 'cancelled'))
    ON s.volunteer_id = v.id AND s.status IN ('confirmed', 'waiting', 'came')
WHERE v.guardian_id = %(guardian)s
ORDER BY v.code, a.starts_at, a.id LIMIT 50
"""


def wards_of(database: Database, guardian_id: int, *, now: datetime) -> list[Ward]:
    """Return somebody's wards with what lies ahead of each, in one statement."""
    rows = database.rows(WARDS, {"guardian": guardian_id, "now": now})
    minors = [row for row in rows if people.age_floor(row["age_band"]) < ADULT_YEARS]
    codes = dict.fromkeys(row["ward"] for row in minors)
    return [
        Ward(code[-3:], [row for row in minors if row["ward"] == code and row["code"]])
        for code in codes
    ]
