"""The confirmation sheet: what each stay would earn, and why somebody is not on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from service import people, programmes
from service.activities import rules
from service.activities.models import Activity, Attendance, AwardStatus, Post
from service.activities.queries.figures import earned_by
from service.activities.queries.lists import Line, posts, roster
from service.programmes import Rate, RuleSet

LEFT_OUT = {"waiting", "cancelled"}
PAGE = 50  # rows of a long sheet that are shown at once


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the sheet.

    State: ready, open (no check-out), own (the reader's), leader (for the recorder), barred
    (under 18 at a post for adults), confirmed, taken_back, missing (no show), expected, audience.
    """

    line: Line
    state: str
    earned: rules.Earned | None = None
    rate: Rate | None = None
    choices: tuple[Rate, ...] = ()  # rates that may be used for this person
    day_points: int = 0  # what other awards of the day gave already
    month_points: int = 0  # and those of its month
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


@dataclass(frozen=True, slots=True)
class Plan:
    """What is worked out with: the rules, the posts, who reads, what everybody earned before."""

    activity: Activity
    reader: Reader
    figures: RuleSet
    places: Sequence[Post]
    earned: Mapping[int, tuple[int, int]]

    def post(self, line: Line) -> Post | None:
        """Return the post that somebody signed up for; the leader's is the first one."""
        first = self.places[0] if self.places else None
        mine = line.signup.post_id if line.signup else None
        return next((post for post in self.places if post.id == mine), first)


def sheet(session: Session, activity: Activity, reader: Reader) -> Sheet:
    """Work out what confirming would do now; nothing is written.

    It takes as many statements for three hundred people as for three.
    """
    figures = programmes.rule_set(session, activity.programme_id, activity.business_day)
    lines = [
        line
        for line in roster(session, activity)
        if line.attendance or (line.signup and line.signup.status not in LEFT_OUT)
    ]
    earned = earned_by(session, [line.volunteer.id or 0 for line in lines], activity.business_day)
    plan = Plan(activity, reader, figures, posts(session, activity.id), earned)
    return Sheet([work_out(line, plan) for line in lines], figures)


def state_of(line: Line, plan: Plan) -> str:
    """Say where one person's row stands for this reader."""
    stay, signup = line.attendance, line.signup
    if stay is None:
        return "missing" if signup and signup.status == "no_show" else "expected"
    if stay.status == "audience":
        return "audience"
    if stay.status == "confirmed":
        gone = line.award is not None and line.award.status == AwardStatus.REVERSED
        return "taken_back" if gone else "confirmed"
    return to_confirm(line, plan)


def to_confirm(line: Line, plan: Plan) -> str:
    """Say what stands between a stay and its confirmation."""
    caller, volunteer, post = plan.reader.caller, line.volunteer, plan.post(line)
    if volunteer.id == caller.volunteer_id:
        return "own"
    if volunteer.id == plan.activity.leader_id and caller.kind != "staff":
        return "leader"
    if post is not None and post.adults_only and not volunteer.adult:
        return "barred"
    return "ready" if line.attendance and line.attendance.out_at else "open"


def work_out(line: Line, plan: Plan) -> Row:
    """Make one row; only a ready one has figures."""
    state, late = state_of(line, plan), late_minutes(line, plan.activity)
    post = plan.post(line)
    if state != "ready" or line.attendance is None or post is None:
        return Row(line, state, late_minutes=late)
    serving = rules.Serving(
        age=people.age_floor(line.volunteer.age_band),
        qualified=line.volunteer.qualification_verified,
        insured=bool(plan.activity.insurance_ref),
    )
    choices = rates_for(plan.figures, [one.rule for one in plan.places], serving)
    rule = plan.reader.chosen.get(line.volunteer.code, "")
    if rule not in {rate.code for rate in choices}:
        rule = rules.default_rule(plan.figures, post.rule, serving)
    day, month = plan.earned.get(line.volunteer.id or 0, (0, 0))
    before = rules.earn(plan.figures, rule, minutes_present(line.attendance, plan.activity))
    earned = rules.cap(plan.figures, before, day_points=day, month_points=month)
    return Row(line, state, earned, plan.figures.rate(rule), choices, day, month, late)


def minutes_present(stay: Attendance, activity: Activity) -> int:
    """Return the minutes of a finished stay that lie within the plan."""
    assert stay.out_at is not None
    return rules.present_minutes(stay.in_at, stay.out_at, activity.starts_at, activity.ends_at)


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
