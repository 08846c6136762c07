"""A community's week: what its teams found, were given, solved and had answered. No persons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service.matters.rules import HOUSEHOLDS, Hand, Week, ranks

# Of team_id NULL are grid workers and the desk: they count in the community's line alone, because
# a line of their own would be about a person or two.
VISITS = """visits AS (
  SELECT a.team_id AS team, count(DISTINCT a.id) AS visits, coalesce(sum(o.value), 0) AS households
  FROM activities a JOIN activities_templates t ON t.id = a.template_id AND t.kind = 'visit'
    LEFT JOIN activities_outcomes o ON o.activity_id = a.id AND o.counter ~* :households
  WHERE a.community_id = :community AND a.business_day BETWEEN :first AND :last
    AND a.starts_at <= :now AND a.status NOT IN ('draft', 'cancelled') GROUP BY a.team_id)"""
FOUND = """found AS (
  SELECT found_team_id AS team, count(*) AS found FROM matters
  WHERE community_id = :community AND raised_at >= :since AND raised_at < :until GROUP BY 1)"""
STEPS = """steps AS (
  SELECT s.*, m.raised_at FROM matters_steps s JOIN matters m ON m.id = s.matter_id
  WHERE m.community_id = :community AND s.at >= :since AND s.at < :until)"""
DONE = """done AS (
  SELECT team_id AS team,
    count(DISTINCT matter_id) FILTER (WHERE arrow IN ('assign', 'reassign')) AS assigned,
    count(DISTINCT matter_id) FILTER (WHERE arrow = 'solve') AS solved,
    count(DISTINCT matter_id) FILTER (WHERE arrow = 'answer') AS answered
  FROM steps WHERE arrow <> 'raise' GROUP BY 1)"""
DAYS = """days AS (
  SELECT team_id AS team, GROUPING(team_id) AS whole, round((percentile_cont(0.5) WITHIN GROUP
    (ORDER BY extract(epoch FROM at - raised_at) / 86400))::numeric, 1) AS median_days
  FROM steps WHERE arrow = 'answer' GROUP BY GROUPING SETS ((team_id), ()))"""
RATED = """rated AS (
  SELECT team_id AS team, count(*) FILTER (WHERE rating = 3) AS good,
    count(*) FILTER (WHERE rating = 2) AS fair, count(*) FILTER (WHERE rating = 1) AS bad
  FROM (SELECT DISTINCT ON (matter_id) team_id, rating FROM steps WHERE arrow = 'rate'
        ORDER BY matter_id, id DESC) AS latest GROUP BY 1)"""
STOOD = """stood AS (
  SELECT DISTINCT ON (s.matter_id) s.matter_id, s.team_id, s.state
  FROM matters_steps s JOIN matters m ON m.id = s.matter_id
  WHERE m.community_id = :community AND s.at < :until AND s.arrow NOT IN ('note', 'rate')
  ORDER BY s.matter_id, s.id DESC)"""
HANDS = """hands AS (
  SELECT team, count(*) FILTER (WHERE kept) AS kept, count(*) FILTER (WHERE NOT kept) AS open
  FROM (SELECT team_id AS team, matter_id, false AS kept FROM stood WHERE state = 'assigned'
        UNION SELECT s.team_id, s.matter_id, true FROM steps s JOIN stood n USING (matter_id)
        WHERE s.arrow = 'solve' AND n.state IN ('solved', 'answered')) AS held GROUP BY 1)"""
TEAMS = text(
    f"""WITH {VISITS}, {FOUND}, {STEPS}, {DONE}, {DAYS}, {RATED}, {STOOD}, {HANDS},
    names AS (SELECT id, code, name,
                (SELECT count(*) FROM people_volunteers p WHERE p.team_id = t.id) AS members
              FROM people_teams t WHERE community_id = :community
              UNION ALL SELECT NULL, NULL, NULL, 0)
  SELECT n.code, n.name, n.members,
    coalesce(v.visits, 0) AS visits, coalesce(v.households, 0) AS households,
    coalesce(f.found, 0) AS found, coalesce(d.assigned, 0) AS assigned,
    coalesce(d.solved, 0) AS solved, coalesce(d.answered, 0) AS answered, y.median_days,
    (SELECT median_days FROM days WHERE whole = 1) AS whole_days,
    coalesce(r.good, 0) AS good, coalesce(r.fair, 0) AS fair, coalesce(r.bad, 0) AS bad,
    coalesce(h.kept, 0) AS kept, coalesce(h.open, 0) AS open
  FROM names n LEFT JOIN visits v ON v.team IS NOT DISTINCT FROM n.id
    LEFT JOIN found f ON f.team IS NOT DISTINCT FROM n.id
    LEFT JOIN done d ON d.team IS NOT DISTINCT FROM n.id
    LEFT JOIN days y ON y.whole = 0 AND y.team IS NOT DISTINCT FROM n.id
    LEFT JOIN rated r ON r.team IS NOT DISTINCT FROM n.id
    LEFT JOIN hands h ON h.team IS NOT DISTINCT FROM n.id
  ORDER BY n.code NULLS LAST"""
)
CATEGORIES = text(
    """SELECT category, count(*) AS n FROM matters
  WHERE community_id = :community AND raised_at >= :since AND raised_at < :until
  GROUP BY category ORDER BY n DESC, category"""
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in a week, of one team or of the community."""

    visits: int
    households: int
    found: int
    assigned: int
    solved: int
    answered: int
    median_days: Decimal | None  # from being found to being answered
    good: int
    fair: int
    bad: int
    hand: Hand

    @property
    def rated(self) -> int:
        """How many residents rated."""
        return self.good + self.fair + self.bad

    @property
    def percent(self) -> int:
        """The solved part of what was on hand, in whole percent."""
        return round(self.hand.share * 100)

    @property
    def empty(self) -> bool:
        """Whether nothing at all happened."""
        return not any(
            (self.visits, self.found, self.assigned, self.answered, self.rated, self.hand.count)
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One team's line of the summary; without a rank when it had too few on hand."""

    code: str
    name: str
    figures: Figures
    rank: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A community's week: teams in their order, the sum, and what the matters were about."""

    week: Week
    lines: tuple[Line, ...]
    total: Figures
    about: tuple[tuple[str, int], ...]


def summary(session: Session, *, community_id: int, week: Week, now: datetime) -> Summary:
    """Count a week as it stands now; a week that is over may still gain late ratings of its own."""
    asked = {
        "community": community_id,
        "first": week.monday,
        "last": week.sunday,
        "since": week.starts_at,
        "until": week.ends_at,
        "now": now,
        "households": HOUSEHOLDS,
    }
    rows = session.execute(TEAMS, asked).mappings().all()
    about = session.execute(CATEGORIES, asked).all()
    return Summary(week, ordered(rows), total(rows), tuple((category, n) for category, n in about))


def figures(row: Mapping[str, Any]) -> Figures:
    """Make figures of a row."""
    plain = {name: row[name] for name in COUNTED}
    return Figures(**plain, median_days=row["median_days"], hand=hand(row))


def hand(row: Mapping[str, Any]) -> Hand:
    """Return what was on hand of a row."""
    return Hand(row["kept"], row["open"], row["members"])


COUNTED = ("visits", "households", "found", "assigned", "solved", "answered", "good", "fair", "bad")


def ordered(rows: Any) -> tuple[Line, ...]:
    """Return the teams' lines: the ranked ones first, the others by their codes."""
    named = [row for row in rows if row["code"] is not None]
    counted = [figures(row) for row in named]
    places = ranks([one.hand for one in counted])
    lines = [
        Line(row["code"], row["name"], one, rank)
        for row, one, rank in zip(named, counted, places, strict=True)
    ]
    return tuple(sorted(lines, key=lambda line: (line.rank is None, line.rank or 0, line.code)))


def total(rows: Any) -> Figures:
    """Return the sum of the community, grid workers and the desk with it."""
    sums = {name: sum(row[name] for row in rows) for name in (*COUNTED, "kept", "open", "members")}
    return figures(sums | {"median_days": rows[0]["whole_days"]})
