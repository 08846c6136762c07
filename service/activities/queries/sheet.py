"""The confirmation sheet: what each stay would earn, and why somebody is not on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from service import people, programmes
from service.activities import rules
from service.activities.models import Activity, Post
from service.activities.queries.figures import earned_points
from service.activities.queries.lists import Line, posts, roster
from service.programmes import Rate, RuleSet

LEFT_OUT = {"waiting", "cancelled"}


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the sheet.

    State: ready, open (no check-out), own (the reader's), leader (for the recorder), confirmed,
    missing (no show), expected, audience.
    """

    line: Line
    state: str
    earned: rules.Earned | None = None
    rate: Rate | None = None
    choices: tuple[Rate, ...] = ()  # rates that may be used for this person
    day_points: int = 0  # what other awards of the day gave already
    late_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows of an activity and the totals of those that are ready."""

    rows: Sequence[Row]
    figures: RuleSet

    def of(self, *states: str) -> list[Row]:
        """Return the rows in one of the states."""
        return [row for row in self.rows if row.state in states]

    @property
    def points(self) -> int:
        """Points that confirming would award."""
        return sum(row.earned.points for row in self.of("ready") if row.earned)

    @property
    def minutes(self) -> int:
        """Minutes that confirming would record."""
        return sum(row.earned.minutes for row in self.of("ready") if row.earned)

    @property
    def cut(self) -> int:
        """Points that caps would take."""
        return sum(row.earned.cut for row in self.of("ready") if row.earned)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the sheet, and which rates were chosen so far, by volunteer's code."""

    caller: people.Caller
    chosen: Mapping[str, str]


def sheet(session: Session, activity: Activity, reader: Reader) -> Sheet:
    """Work out what confirming would do now; nothing is written."""
    figures = programmes.rule_set(session, activity.programme_id, activity.business_day)
    places = posts(session, activity.id)
    rows = [
        work_out(session, activity, line, reader=reader, plan=(figures, places))
        for line in roster(session, activity)
        if line.attendance or (line.signup and line.signup.status not in LEFT_OUT)
    ]
    return Sheet(rows, figures)


def state_of(line: Line, activity: Activity, caller: people.Caller) -> str:
    """Say where one person's row stands for this reader."""
    stay, signup = line.attendance, line.signup
    if stay is None:
        return "missing" if signup and signup.status == "no_show" else "expected"
    if stay.status in {"audience", "confirmed"}:
        return stay.status
    if line.volunteer.id == caller.volunteer_id:
        return "own"
    if line.volunteer.id == activity.leader_id and caller.kind != "staff":
        return "leader"
    return "ready" if stay.out_at else "open"


def work_out(
    session: Session,
    activity: Activity,
    line: Line,
    *,
    reader: Reader,
    plan: tuple[RuleSet, list[Post]],
) -> Row:
    """Make one row; only a ready one has figures."""
    state = state_of(line, activity, reader.caller)
    late = late_minutes(line, activity)
    if state != "ready" or line.attendance is None or line.attendance.out_at is None:
        return Row(line, state, late_minutes=late)
    figures, places = plan
    own = {post.id: post.rule for post in places}
    serving = rules.Serving(
        age=people.age_floor(line.volunteer.age_band),
        qualified=line.volunteer.qualification_verified,
        insured=bool(activity.insurance_ref),
    )
    choices = rates_for(figures, list(own.values()), serving)
    planned = own.get(line.signup.post_id if line.signup else None, places[0].rule)
    rule = reader.chosen.get(line.volunteer.code, "")
    if rule not in {rate.code for rate in choices}:
        rule = rules.default_rule(figures, planned, serving)
    present = rules.present_minutes(
        line.attendance.in_at, line.attendance.out_at, activity.starts_at, activity.ends_at
    )
    day, month = earned_points(session, line.volunteer.id, activity.business_day)
    before = rules.earn(figures, rule, present)
    earned = rules.cap(figures, before, day_points=day, month_points=month)
    return Row(line, state, earned, figures.rate(rule), choices, day, late)


def late_minutes(line: Line, activity: Activity) -> int:
    """Return how many minutes after the start somebody came; 0 for in time."""
    if line.attendance is None:
        return 0
    after = line.attendance.in_at - activity.starts_at
    return max(0, int(after.total_seconds()) // 60)


def rates_for(figures: RuleSet, own: list[str], serving: rules.Serving) -> tuple[Rate, ...]:
    """Return the rates that may be used for somebody here: planned ones first."""
    first = [*dict.fromkeys(own), rules.general(figures).code]
    rates = [figures.rates[code] for code in dict.fromkeys(first) if code in figures.rates]
    return tuple(rate for rate in rates if rules.missing(rate, serving) is None)
