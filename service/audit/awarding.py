"""Rules about awards: one's own hand, what one person gave alone, and what no gate saw."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from service.audit.rule import ACT, ASK, LOOK, Finding, Rule
from service.i18n import N_
from service.programmes import RuleSet

OWN = """SELECT w.key AS award, v.code AS volunteer, v.community_id, w.service_day AS day,
  w.maker, w.approver, array_remove(ARRAY['volunteer:' || v.code, 'staff:' || s.code], NULL) AS own
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  LEFT JOIN people_staff s ON s.volunteer_id = v.id
WHERE w.programme_id = %(programme)s AND w.service_day BETWEEN %(since)s AND %(until)s
  AND w.status IN ('posted', 'noticed')
  AND (w.maker = 'volunteer:' || v.code OR w.approver = 'volunteer:' || v.code
    OR w.maker = w.approver OR 'staff:' || s.code IN (w.maker, w.approver))
ORDER BY w.id"""

# What one person gave alone: a second one who approved has looked at it.
ALONE = """FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
WHERE w.kind = 'manual' AND w.programme_id = %(programme)s AND w.status IN ('posted', 'noticed')
  AND w.approver IS NULL"""

SAME_DAY = f"""SELECT w.maker, v.code AS volunteer, v.community_id, w.service_day AS day,
  array_agg(w.key ORDER BY w.id) AS awards, array_agg(w.points ORDER BY w.id) AS points
{ALONE} AND w.service_day BETWEEN %(since)s AND %(until)s
GROUP BY w.maker, v.id, v.code, v.community_id, w.service_day
HAVING count(*) > 1 ORDER BY 1, 2, 4"""

UNSEEN = f"""SELECT w.key AS award, v.code AS volunteer, v.community_id, w.service_day AS day,
  w.maker, w.claimed_from, w.claimed_to, w.evidence_file_id IS NOT NULL AS pictured,
  ARRAY(SELECT t.id FROM activities_attendances t WHERE t.volunteer_id = w.volunteer_id
        AND t.in_at < w.claimed_to AND t.in_at > w.claimed_from - interval '1 day'
        AND coalesce(t.out_at, t.in_at) > w.claimed_from) AS attendances
{ALONE} AND w.service_day BETWEEN %(since)s AND %(until)s AND w.evidence_file_id IS NULL
ORDER BY w.id"""

MONTHS = "date_trunc('month', %(since)s::date)::date AND %(until)s::date"
NEAR = f"""SELECT w.maker, v.community_id, w.service_month AS month, max(w.service_day) AS day,
  array_agg(w.key ORDER BY w.id) AS awards, array_agg(w.points ORDER BY w.id) AS points
{ALONE} AND w.service_day BETWEEN {MONTHS}
GROUP BY w.maker, v.community_id, w.service_month ORDER BY 1, 2, 3"""


@dataclass(frozen=True, slots=True)
class OwnHand:
    """An award, who made and approved it, and as whom its volunteer can act."""

    award: str
    volunteer: str
    community_id: int
    day: date
    maker: str
    approver: str | None
    own: list[str]


@dataclass(frozen=True, slots=True)
class HandDay:
    """What one person alone gave one volunteer by hand for one day."""

    maker: str
    volunteer: str
    community_id: int
    day: date
    awards: list[str]
    points: list[int]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An award by hand that one person gave alone, and the stays that touch its hours."""

    award: str
    volunteer: str
    community_id: int
    day: date
    maker: str
    claimed_from: datetime
    claimed_to: datetime
    pictured: bool
    attendances: list[int]


@dataclass(frozen=True, slots=True)
class HandMonth:
    """What one person alone gave by hand in a month, to whomever."""

    maker: str
    community_id: int
    month: date
    day: date
    awards: list[str]
    points: list[int]


def self_confirmation(facts: Iterable[OwnHand], rules: RuleSet) -> Iterator[Finding]:
    """Nobody confirms himself, and whoever entered an award is not the second person."""
    for one in facts:
        hands = {one.maker, one.approver}
        if hands & set(one.own) or one.maker == one.approver:
            told = {"awards": [one.award], "actors": sorted(hands - {None}, key=str)}
            yield Finding(one.award, f"volunteer:{one.volunteer}", one.community_id, one.day, told)


def over_limit(facts: Iterable[HandDay], rules: RuleSet) -> Iterator[Finding]:
    """Several small awards do what one large award would have needed a second person for."""
    for one in facts:
        if len(one.points) > 1 and sum(one.points) > rules.manual_auto_limit:
            key = f"{one.maker}|{one.volunteer}|{one.day}"
            told = {
                "awards": one.awards,
                "actors": [one.maker],
                "points": sum(one.points),
                "limit": rules.manual_auto_limit,
            }
            yield Finding(key, f"volunteer:{one.volunteer}", one.community_id, one.day, told)


def no_attendance(facts: Iterable[Claimed], rules: RuleSet) -> Iterator[Finding]:
    """No gate saw the volunteer, no picture was kept, and no second person looked."""
    for one in facts:
        if not one.attendances and not one.pictured:
            told = {
                "awards": [one.award],
                "actors": [one.maker],
                "from": one.claimed_from.isoformat(),
                "to": one.claimed_to.isoformat(),
            }
            yield Finding(one.award, f"volunteer:{one.volunteer}", one.community_id, one.day, told)


def near_limit(facts: Iterable[HandMonth], rules: RuleSet) -> Iterator[Finding]:
    """Figures crowd just under the limit: chosen, perhaps, so that nobody else looks."""
    limit, near = rules.manual_auto_limit, rules.audit.near_limit_points
    for one in facts:
        close = [
            (award, points)
            for award, points in zip(one.awards, one.points, strict=True)
            if limit - near < points <= limit
        ]
        if len(close) >= rules.audit.near_limit_times:
            key = f"{one.maker}|{one.community_id}|{one.month:%Y-%m}"
            awards = [award for award, _ in close]
            told = {"awards": awards, "actors": [one.maker], "limit": limit, "times": len(close)}
            yield Finding(key, one.maker, one.community_id, one.day, told)


RULES = (
    Rule("self_confirmation", N_("Confirmed by one's own hand"), ACT, OwnHand, OWN,
         self_confirmation),
    Rule("manual_same_maker_same_day_over_limit",
         N_("Several awards by hand on one day, together above the limit"), ACT, HandDay, SAME_DAY,
         over_limit),
    Rule("no_attendance_evidence", N_("Award without attendance"), ASK, Claimed, UNSEEN,
         no_attendance),
    Rule("just_under_limit", N_("Awards by hand just under the limit"), LOOK, HandMonth, NEAR,
         near_limit),
)  # fmt: skip
