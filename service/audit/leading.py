"""Rules about those who lead: what they confirm for their household, and for one another."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from service.audit.rule import LOOK, Finding, Rule
from service.i18n import N_
from service.programmes import RuleSet

# Both ways, and two who have the same guardian. Households are known by guardians alone: addresses
# and phones lie in the identity data, which no rule reads.
HOUSEHOLD = """WITH linked AS (
  SELECT id, guardian_id FROM people_volunteers
  WHERE programme_id = %(programme)s AND guardian_id IS NOT NULL
), kin AS (
  SELECT id AS one, guardian_id AS other FROM linked
  UNION SELECT guardian_id, id FROM linked
  UNION SELECT a.id, b.id FROM linked a JOIN linked b USING (guardian_id) WHERE a.id <> b.id
)
SELECT 'volunteer:' || m.code AS maker, v.code AS volunteer, v.community_id,
  w.service_month AS month, max(w.service_day) AS day, array_agg(w.key ORDER BY w.id) AS awards,
  sum(w.points)::int AS points
FROM kin k JOIN people_holders m ON m.id = k.other JOIN people_holders v ON v.id = k.one
  JOIN activities_awards w ON w.volunteer_id = k.one
    AND w.service_month BETWEEN date_trunc('month', %(since)s::date)::date AND %(until)s
    AND w.maker = 'volunteer:' || m.code AND w.status IN ('posted', 'noticed')
GROUP BY m.id, m.code, v.id, v.code, v.community_id, w.service_month ORDER BY 1, 2, 4"""

# Only somebody who leads, or was entrusted with awards, can return the favour.
RETURNED = """WITH makers AS (
  SELECT leader_id AS id FROM activities WHERE programme_id = %(programme)s AND business_day
    BETWEEN date_trunc('month', %(since)s::date)::date AND %(until)s
  UNION SELECT volunteer_id FROM activities_rights
), given AS MATERIALIZED (
  SELECT v.code AS got, substr(w.maker, 11) AS gave, w.service_month AS month, w.key, w.id,
    w.service_day, v.community_id
  FROM makers m JOIN people_holders v ON v.id = m.id AND v.programme_id = %(programme)s
    JOIN activities_awards w ON w.volunteer_id = v.id AND w.service_month
      BETWEEN date_trunc('month', %(since)s::date)::date AND %(until)s
  WHERE w.maker LIKE 'volunteer:%%' AND w.status IN ('posted', 'noticed') AND w.points > 0
), pairs AS (
  SELECT gave, got, month, community_id, max(service_day) AS day,
    array_agg(key ORDER BY id) AS keys
  FROM given WHERE gave <> got GROUP BY gave, got, month, community_id
  HAVING count(*) >= %(reciprocal_times)s
)
SELECT x.gave AS one, x.got AS other, x.community_id, x.month, greatest(x.day, y.day) AS day,
  x.keys AS given, y.keys AS taken
FROM pairs x JOIN pairs y ON y.gave = x.got AND y.got = x.gave AND y.month = x.month
WHERE x.gave < x.got ORDER BY 1, 2, 4"""


@dataclass(frozen=True, slots=True)
class Kin:
    """What a volunteer of one's own household was given by one's hand in a month."""

    maker: str
    volunteer: str
    community_id: int
    month: date
    day: date
    awards: list[str]
    points: int


@dataclass(frozen=True, slots=True)
class Favours:
    """What two people confirmed for each other in a month."""

    one: str
    other: str
    community_id: int
    month: date
    day: date
    given: list[str]
    taken: list[str]


def household(facts: Iterable[Kin], rules: RuleSet) -> Iterator[Finding]:
    """A leader confirmed the own household; allowed, and better seen by somebody else."""
    for one in facts:
        if one.points > 0:
            key = f"{one.maker}|{one.volunteer}|{one.month:%Y-%m}"
            told = {"awards": one.awards, "actors": [one.maker], "points": one.points}
            yield Finding(key, f"volunteer:{one.volunteer}", one.community_id, one.day, told)


def reciprocal(facts: Iterable[Favours], rules: RuleSet) -> Iterator[Finding]:
    """Two people confirm each other again and again within a month."""
    for one in facts:
        if min(len(one.given), len(one.taken)) >= rules.audit.reciprocal_times:
            key = f"{one.one}|{one.other}|{one.month:%Y-%m}"
            told = {
                "awards": [*one.given, *one.taken],
                "volunteers": [one.one, one.other],
                "times": [len(one.given), len(one.taken)],
            }
            yield Finding(key, f"volunteer:{one.one}", one.community_id, one.day, told)


RULES = (
    Rule("leaders_household", N_("A leader confirmed the own household"), LOOK, Kin, HOUSEHOLD,
         household),
    Rule("reciprocal_leaders", N_("Two leaders confirm each other"), LOOK, Favours, RETURNED,
         reciprocal),
)  # fmt: skip
