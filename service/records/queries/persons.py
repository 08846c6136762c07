"""What else a record says: stars, honours, training, evaluations; of one person or of many."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from service.db import Database
from service.records.rules import Rated, rated

PAGE = 50
LEVEL = """SELECT coalesce(max(level), 0) AS level FROM records_stars
WHERE volunteer_id = %(volunteer)s AND status = 'granted'"""
STARS = """SELECT s.id, s.level, s.needed, s.minutes, s.proposed_at, s.notice_until, s.status,
  s.decided_by, s.decided_at, s.reason, s.review_at, v.code AS volunteer, v.id AS volunteer_id,
  v.opening_minutes + coalesce((SELECT sum(w.minutes) FROM activities_awards w
    WHERE w.volunteer_id = v.id AND w.status IN ('posted', 'noticed')), 0)::bigint AS served,
  (SELECT count(*) FROM records_evaluations e WHERE e.volunteer_id = v.id
    AND e.grade <> 'improve') AS fit,
  (SELECT count(*) FROM records_evaluations e WHERE e.volunteer_id = v.id
    AND e.grade = 'improve') AS unfit
FROM records_stars s JOIN people_holders v ON v.id = s.volunteer_id
WHERE s.community_id = ANY (%(communities)s) AND s.status = ANY (%(states)s)
  AND (NOT %(review)s OR s.review_at IS NOT NULL) AND s.id > %(after)s
ORDER BY s.id LIMIT %(limit)s"""
HONOURS = """SELECT h.id, h.day, h.reason, k.name AS kind, v.code AS volunteer,
  v.id AS volunteer_id, h.granted_by, h.withdrawn_at, h.withdrawn_why
FROM records_honours h JOIN records_honour_kinds k ON k.id = h.kind_id
  JOIN people_holders v ON v.id = h.volunteer_id
WHERE {whose} AND (%(before)s::bigint IS NULL OR h.id < %(before)s)
ORDER BY h.id DESC LIMIT %(limit)s"""
KINDS = """SELECT id, name, active FROM records_honour_kinds
WHERE programme_id = %(programme)s ORDER BY active DESC, id"""
# An attended training counts by its activity's list, a typed one by the recorder's word.
TRAININGS = """SELECT r.id, r.day, r.kind, r.title, r.minutes, r.certificate, r.withdrawn_at,
  r.withdrawn_why, v.code AS volunteer, v.id AS volunteer_id
FROM records_trainings r JOIN people_holders v ON v.id = r.volunteer_id
WHERE {whose} AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
ORDER BY r.id DESC LIMIT %(limit)s"""
ATTENDED = """SELECT w.service_day AS day, a.title, w.present_minutes AS minutes
FROM activities_awards w JOIN activities a ON a.id = w.activity_id
  JOIN activities_templates t ON t.id = a.template_id
WHERE w.volunteer_id = %(volunteer)s AND t.kind = 'training'
  AND w.status IN ('posted', 'noticed') AND w.present_minutes > 0
ORDER BY w.service_day DESC, w.id DESC LIMIT %(limit)s"""
EVALUATED = """SELECT e.grade, count(*) AS times FROM records_evaluations e
WHERE e.volunteer_id = %(volunteer)s GROUP BY e.grade"""
SERVED = """SELECT v.code, v.id AS volunteer_id, n.volunteer_id = a.leader_id AS leads,
  e.grade, e.note, e.made_by, e.made_at, e.amended_at
FROM activities a JOIN activities_attendances n ON n.activity_id = a.id AND n.kind = 'service'
  JOIN people_holders v ON v.id = n.volunteer_id
  LEFT JOIN records_evaluations e ON e.activity_id = a.id AND e.volunteer_id = v.id
WHERE a.id = %(activity)s AND v.code > %(after)s ORDER BY v.code LIMIT %(limit)s"""
RATINGS = """SELECT grade, count(*) AS times FROM records_ratings
WHERE activity_id = %(activity)s GROUP BY grade"""
# By the tail of the booklet's number, only of adults who agreed to stand in notices.
PUBLIC = """SELECT h.id, h.day, k.name AS kind, right(v.code, 3) AS tail,
  v.consent_notice AND coalesce(substring(v.age_band FROM '[0-9]+')::int, 0) >= 18 AS open
FROM records_honours h JOIN records_honour_kinds k ON k.id = h.kind_id
  JOIN people_holders v ON v.id = h.volunteer_id
WHERE h.community_id = %(community)s AND h.withdrawn_at IS NULL
  AND (%(before)s::bigint IS NULL OR h.id < %(before)s)
ORDER BY h.id DESC LIMIT %(limit)s"""

# What the notice is for: everybody may read whom the system proposed, before it is decided.
NOTICED = """SELECT s.id, s.level, s.notice_until, right(v.code, 3) AS tail,
  v.consent_notice AND coalesce(substring(v.age_band FROM '[0-9]+')::int, 0) >= 18 AS open
FROM records_stars s JOIN people_holders v ON v.id = s.volunteer_id
WHERE s.community_id = %(community)s AND s.status = 'proposed' AND s.id > %(after)s
ORDER BY s.id LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose rows are listed: one volunteer's, or those of some communities."""

    volunteer_id: int | None = None
    community_ids: Collection[int] = ()

    def asked(self, sql: str, letter: str) -> str:
        """Return a statement narrowed to these people."""
        if self.volunteer_id is not None:
            return sql.format(whose=f"{letter}.volunteer_id = %(volunteer)s")
        return sql.format(whose=f"{letter}.community_id = ANY (%(communities)s)")

    def params(self, before: int | None, limit: int) -> dict[str, Any]:
        """Return what the statement refers to."""
        who = {"volunteer": self.volunteer_id, "communities": list(self.community_ids)}
        return {**who, "before": before, "limit": limit}


def star_of(database: Database, volunteer_id: int) -> int:
    """Return the highest star that was granted; 0 for none."""
    row = database.call(LEVEL, {"volunteer": volunteer_id})
    return int(row["level"]) if row else 0


def stars_in(
    database: Database,
    community_ids: Collection[int],
    *,
    states: Collection[str],
    review: bool = False,
    after: int = 0,
    limit: int = PAGE,
) -> list[dict[str, Any]]:
    """Return stars of some communities in some states, the oldest first."""
    params = {"communities": list(community_ids), "states": list(states), "review": review}
    return database.rows(STARS, {**params, "after": after, "limit": limit})


def honours(
    database: Database, whose: Whose, *, before: int | None = None, limit: int = PAGE
) -> list[dict[str, Any]]:
    """Return honours, the newest first; withdrawn ones too."""
    return database.rows(whose.asked(HONOURS, "h"), whose.params(before, limit))


def honour_kinds(database: Database, programme_id: int) -> list[dict[str, Any]]:
    """Return the kinds of a programme, those that are given first."""
    return database.rows(KINDS, {"programme": programme_id})


def public_honours(
    database: Database, community_id: int, *, before: int | None = None, limit: int = PAGE
) -> list[dict[str, Any]]:
    """Return a community's honours; `open` says whose may be shown."""
    params = {"community": community_id, "before": before, "limit": limit}
    return database.rows(PUBLIC, params)


def noticed_stars(
    database: Database, community_id: int, *, after: int = 0, limit: int = PAGE
) -> list[dict[str, Any]]:
    """Return a community's proposed stars, the oldest first; `open` says whose may be shown."""
    params = {"community": community_id, "after": after, "limit": limit}
    return database.rows(NOTICED, params)


def trainings(
    database: Database, whose: Whose, *, before: int | None = None, limit: int = PAGE
) -> list[dict[str, Any]]:
    """Return typed trainings, the newest first; withdrawn ones too."""
    return database.rows(whose.asked(TRAININGS, "r"), whose.params(before, limit))


def attended_trainings(database: Database, volunteer_id: int) -> list[dict[str, Any]]:
    """Return the training activities that somebody attended, the newest first."""
    return database.rows(ATTENDED, {"volunteer": volunteer_id, "limit": PAGE})


def evaluation_counts(database: Database, volunteer_id: int) -> dict[str, int]:
    """Return how often leaders gave somebody each grade."""
    rows = database.rows(EVALUATED, {"volunteer": volunteer_id})
    return {row["grade"]: row["times"] for row in rows}


def served_at(
    database: Database, activity_id: int, *, after: str = "", limit: int = PAGE
) -> list[dict[str, Any]]:
    """Return who served at an activity with what the leader said of them, by booklet number."""
    return database.rows(SERVED, {"activity": activity_id, "after": after, "limit": limit})


def ratings_of(database: Database, activity_id: int) -> Rated:
    """Return the ratings of an activity as they may be shown."""
    rows = database.rows(RATINGS, {"activity": activity_id})
    return rated({row["grade"]: row["times"] for row in rows})
