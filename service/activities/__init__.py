"""Activities: plans with posts and places, sign-ups, the gate, hours and the points they earn."""

from service.activities.actions.attendance import expire_undecided, sweep_no_shows
from service.activities.actions.awards import Decision
from service.activities.actions.bundles import awards_by_key, decide_together, propose_together
from service.activities.actions.leaving import leave_for_the_withdrawn, leave_what_lies_ahead
from service.activities.actions.notices import post_noticed
from service.activities.actions.planning import (
    Plan,
    PostPlan,
    add_template,
    plan_activity,
    seat_first,
)
from service.activities.actions.rights import (
    Term,
    check_leading,
    entrust,
    find_right,
    may_award,
    suspend,
    suspended_until,
)
from service.activities.actions.series import continue_series, running_series
from service.activities.actions.signups import Seat, fill_free_places
from service.activities.actions.watching import look_for_bursts
from service.activities.models import (
    LEAD,
    Activity,
    Attendance,
    Award,
    AwardStatus,
    PaperLine,
    Post,
    Right,
    Scan,
    Signup,
    SignupStatus,
    Template,
)
from service.activities.queries.figures import (
    Standing,
    activities_of,
    attendance_counts,
    awards_of,
    awards_of_volunteer,
    missing_signups,
    no_show_count,
    standing,
    standings,
    titles,
)
from service.activities.queries.lists import Card, activity, next_activities
from service.activities.queries.record_lines import (
    RecordLine,
    RecordTotals,
    Wanted,
    every_record_line,
    record_page,
    record_totals,
    record_totals_by_volunteer,
)
from service.activities.queries.signups import Ward, wards_of
from service.activities.refusals import SuspensionOver, UnknownActivity

__all__ = [
    "LEAD",
    "Activity",
    "Attendance",
    "Award",
    "AwardStatus",
    "Card",
    "Decision",
    "PaperLine",
    "Plan",
    "Post",
    "PostPlan",
    "RecordLine",
    "RecordTotals",
    "Right",
    "Scan",
    "Seat",
    "Signup",
    "SignupStatus",
    "Standing",
    "SuspensionOver",
    "Template",
    "Term",
    "UnknownActivity",
    "Wanted",
    "Ward",
    "activities_of",
    "activity",
    "add_template",
    "attendance_counts",
    "awards_by_key",
    "awards_of",
    "awards_of_volunteer",
    "check_leading",
    "continue_series",
    "decide_together",
    "entrust",
    "every_record_line",
    "expire_undecided",
    "fill_free_places",
    "find_right",
    "leave_for_the_withdrawn",
    "leave_what_lies_ahead",
    "look_for_bursts",
    "may_award",
    "missing_signups",
    "next_activities",
    "no_show_count",
    "plan_activity",
    "post_noticed",
    "propose_together",
    "record_page",
    "record_totals",
    "record_totals_by_volunteer",
    "running_series",
    "seat_first",
    "standing",
    "standings",
    "suspend",
    "suspended_until",
    "sweep_no_shows",
    "titles",
    "wards_of",
]
