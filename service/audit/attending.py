"""Rules about attendance: two places at once, hours outside the window, and hands too quick."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service.audit.rule import ACT, ASK, Finding, Rule
from service.i18n import N_
from service.programmes import RuleSet

# The time that an award is for, and what else the same pass did meanwhile. Each pair of awards is
# told once, by the later one.
MEANWHILE = """WITH spans AS MATERIALIZED (
  SELECT w.id, w.key, w.volunteer_id, w.service_day, w.attendance_id,
    coalesce(w.claimed_from, greatest(t.in_at, a.starts_at)) AS since,
    coalesce(w.claimed_to, least(t.out_at, a.ends_at)) AS until
  FROM activities_awards w LEFT JOIN activities_attendances t ON t.id = w.attendance_id
    LEFT JOIN activities a ON a.id = w.activity_id
  WHERE w.programme_id = %(programme)s AND w.service_day BETWEEN %(since)s::date - 1 AND %(until)s
    AND w.status IN ('posted', 'noticed') AND w.present_minutes > 0
), chained AS (
  SELECT *, max(until) OVER (PARTITION BY volunteer_id ORDER BY since, id
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy
  FROM spans
), events AS (
  SELECT s.id, 'award' AS kind, o.key, greatest(s.since, o.since) AS at
  FROM chained s JOIN spans o ON o.volunteer_id = s.volunteer_id
    AND (o.since, o.id) < (s.since, s.id) AND o.until > s.since
  WHERE s.busy > s.since
  UNION ALL
  SELECT s.id, 'redemption', r.key, r.occurred_at FROM spans s JOIN redemptions r
    ON r.volunteer_id = s.volunteer_id
    AND r.business_day BETWEEN s.service_day AND s.service_day + 1
    AND r.occurred_at >= s.since AND r.occurred_at < s.until
    AND r.status IN ('captured', 'partly_reversed')
  UNION ALL
  SELECT s.id, 'discount', d.key, d.occurred_at FROM spans s JOIN redemptions_discounts d
    ON d.volunteer_id = s.volunteer_id
    AND d.business_day BETWEEN s.service_day AND s.service_day + 1
    AND d.occurred_at >= s.since AND d.occurred_at < s.until
)
SELECT s.key AS award, v.code AS volunteer, v.community_id, s.service_day AS day,
  s.attendance_id, s.since, s.until, e.kind, e.key AS other, e.at
FROM events e JOIN spans s ON s.id = e.id JOIN people_holders v ON v.id = s.volunteer_id
WHERE s.service_day >= %(since)s ORDER BY s.id, e.at, e.key"""

OUTSIDE = """SELECT w.key AS award, v.code AS volunteer, v.community_id, a.code AS activity,
  t.id AS attendance_id, w.service_day AS day, t.in_at, t.out_at, a.opens_at, a.starts_at,
  a.ends_at, greatest(a.closes_at, x.until) AS closes_at, w.minutes
FROM activities_awards w JOIN activities_attendances t ON t.id = w.attendance_id
  JOIN activities a ON a.id = t.activity_id JOIN people_holders v ON v.id = w.volunteer_id
  LEFT JOIN (SELECT activity_id, max(until) AS until FROM activities_reopenings GROUP BY 1) x
    ON x.activity_id = a.id
WHERE w.programme_id = %(programme)s AND w.service_day BETWEEN %(since)s AND %(until)s
  AND w.status IN ('posted', 'noticed') AND t.out_at IS NOT NULL
  AND (t.in_at < a.opens_at OR t.out_at > a.closes_at OR w.minutes * interval '1 minute'
    > greatest(least(t.out_at, a.ends_at) - greatest(t.in_at, a.starts_at), interval '0'))
ORDER BY w.id"""

# Gates that were slow all the way are left out: it is enough that some scan came that soon after
# the one so many places before it.
GATES = """SELECT a.code AS activity, a.community_id, a.business_day AS day, s.actor, s.device,
  array_agg(s.id ORDER BY s.at, s.id) AS scans, array_agg(s.at ORDER BY s.at, s.id) AS moments
FROM (SELECT *, min(at - nth) OVER (PARTITION BY activity_id, actor, device) AS quickest
  FROM (SELECT c.id, c.activity_id, c.actor, c.device, coalesce(c.moment, c.occurred_at) AS at,
      lag(coalesce(c.moment, c.occurred_at), %(stack_people)s::int) OVER (
        PARTITION BY c.activity_id, c.actor, c.device
        ORDER BY coalesce(c.moment, c.occurred_at), c.id) AS nth
    FROM activities h JOIN activities_scans c ON c.activity_id = h.id
    WHERE h.programme_id = %(programme)s AND h.business_day BETWEEN %(since)s AND %(until)s
      AND c.way = 'C1' AND c.status = 'ok' AND NOT c.already AND c.action IN ('in', 'out')) n
) s JOIN activities a ON a.id = s.activity_id
WHERE s.quickest <= make_interval(secs => %(stack_seconds)s)
GROUP BY a.id, s.actor, s.device ORDER BY a.id, s.actor, s.device"""

SAME = """SELECT a.code AS activity, a.community_id, a.business_day AS day, g.came, g.went,
  g.typed, g.attendances, g.volunteers
FROM (SELECT t.activity_id, t.in_way = 'C4' OR t.out_way = 'C4' OR t.amended AS typed,
    date_trunc(CASE WHEN t.in_way = 'C4' OR t.out_way = 'C4' OR t.amended
      THEN 'minute' ELSE 'second' END, t.in_at) AS came,
    date_trunc(CASE WHEN t.in_way = 'C4' OR t.out_way = 'C4' OR t.amended
      THEN 'minute' ELSE 'second' END, t.out_at) AS went,
    array_agg(t.id ORDER BY t.id) AS attendances, array_agg(v.code ORDER BY t.id) AS volunteers
  FROM activities h JOIN activities_attendances t ON t.activity_id = h.id
    JOIN people_holders v ON v.id = t.volunteer_id
  WHERE h.programme_id = %(programme)s AND h.business_day BETWEEN %(since)s AND %(until)s
    AND t.status = 'confirmed' AND t.out_at IS NOT NULL
  GROUP BY 1, 2, 3, 4 HAVING count(*) >= %(same_minutes_people)s) g
JOIN activities a ON a.id = g.activity_id ORDER BY a.id, g.came, g.went, g.typed"""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """The time an award is for, and one thing that the same pass did meanwhile."""

    award: str
    volunteer: str
    community_id: int
    day: date
    attendance_id: int | None
    since: datetime
    until: datetime
    kind: str  # award | redemption | discount
    other: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """A stay that earned minutes, and its activity's moments."""

    award: str
    volunteer: str
    community_id: int
    activity: str
    attendance_id: int
    day: date
    in_at: datetime
    out_at: datetime
    opens_at: datetime
    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    minutes: int

    @property
    def present(self) -> timedelta:
        """How long the stay and the planned time overlap."""
        return min(self.out_at, self.ends_at) - max(self.in_at, self.starts_at)


@dataclass(frozen=True, slots=True)
class Gate:
    """What one person on one device scanned at one activity, in order."""

    activity: str
    community_id: int
    day: date
    actor: str
    device: str | None
    scans: list[int]
    moments: list[datetime]


@dataclass(frozen=True, slots=True)
class Alike:
    """Stays at one activity that began and ended at the same moments."""

    activity: str
    community_id: int
    day: date
    came: datetime
    went: datetime
    typed: bool  # then known to the minute, else to the second
    attendances: list[int]
    volunteers: list[str]


def elsewhere(facts: Iterable[Meanwhile], rules: RuleSet) -> Iterator[Finding]:
    """Nobody serves in two places, or serves and shops, at the same time."""
    for one in facts:
        if one.since <= one.at < one.until:
            told: dict[str, Any] = {
                "awards": [one.award],
                f"{one.kind}s": [one.other],
                "from": one.since.isoformat(),
                "to": one.until.isoformat(),
                "at": one.at.isoformat(),
            }
            if one.kind == "award":
                told["awards"] = [one.award, one.other]
            if one.attendance_id is not None:
                told["attendances"] = [one.attendance_id]
            key = f"{one.award}|{one.kind}|{one.other}"
            yield Finding(key, f"volunteer:{one.volunteer}", one.community_id, one.day, told)


def outside(facts: Iterable[Hours], rules: RuleSet) -> Iterator[Finding]:
    """No stay begins before the gate opens, ends after it closes, or earns more than it lasted."""
    for one in facts:
        early, late = one.in_at < one.opens_at, one.out_at > one.closes_at
        if early or late or timedelta(minutes=one.minutes) > max(one.present, timedelta()):
            told = {
                "awards": [one.award],
                "attendances": [one.attendance_id],
                "activities": [one.activity],
                "from": one.in_at.isoformat(),
                "to": one.out_at.isoformat(),
                "minutes": one.minutes,
            }
            yield Finding(one.award, f"volunteer:{one.volunteer}", one.community_id, one.day, told)


def stacked(facts: Iterable[Gate], rules: RuleSet) -> Iterator[Finding]:
    """More passes than people could hold out in that time: a pile of booklets in one hand."""
    people, within = rules.audit.stack_people, timedelta(seconds=rules.audit.stack_seconds)
    for one in facts:
        quick = {
            scan
            for first, last in zip(one.moments, one.moments[people:], strict=False)
            if last - first <= within
            for scan, at in zip(one.scans, one.moments, strict=True)
            if first <= at <= last
        }
        if quick:
            told = {
                "activities": [one.activity],
                "scans": sorted(quick),
                "actors": [one.actor],
                "devices": [one.device] if one.device else [],
                "people": len(quick),
            }
            key = f"{one.activity}|{one.actor}|{one.device or ''}"
            yield Finding(key, f"activity:{one.activity}", one.community_id, one.day, told)


def alike(facts: Iterable[Alike], rules: RuleSet) -> Iterator[Finding]:
    """Several people came and went at the same second, or are on a sheet with the same odd minute.

    People round what they write, so a sheet's full five minutes say nothing.
    """
    for one in facts:
        rounded = one.typed and one.came.minute % 5 == 0 and one.went.minute % 5 == 0
        if len(one.attendances) >= rules.audit.same_minutes_people and not rounded:
            told = {
                "activities": [one.activity],
                "attendances": one.attendances,
                "volunteers": one.volunteers,
                "from": one.came.isoformat(),
                "to": one.went.isoformat(),
                "people": len(one.attendances),
            }
            key = f"{one.activity}|{one.came.isoformat()}|{one.went.isoformat()}"
            yield Finding(key, f"activity:{one.activity}", one.community_id, one.day, told)


RULES = (
    Rule("conflicts_with_other_event", N_("Somewhere else at the same time"), ASK, Meanwhile,
         MEANWHILE, elsewhere),
    Rule("hours_outside_window", N_("Hours outside the activity's time"), ACT, Hours, OUTSIDE,
         outside),
    Rule("stack_scanning", N_("Many passes scanned by one hand at once"), ASK, Gate, GATES,
         stacked),
    Rule("identical_minutes", N_("Several people with the very same minutes"), ASK, Alike, SAME,
         alike),
)  # fmt: skip
