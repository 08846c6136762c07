"""What pages call rules, weights, states, and what a finding is made of."""

from service.audit.models import Status
from service.audit.rule import ACT, ASK, LOOK
from service.i18n import N_

WEIGHTS = {LOOK: ("info", N_("look at it")), ASK: ("warn", N_("ask")), ACT: ("bad", N_("act"))}
STATES = {
    Status.OPEN: N_("To look at"),
    Status.IN_CASE: N_("In a case"),
    Status.DISMISSED: N_("Dismissed"),
    Status.TAKEN_BACK: N_("Taken back"),
}
SUBJECTS = {
    "volunteer": N_("Booklet"),
    "staff": N_("Staff"),
    "shop": N_("Shop"),
    "activity": N_("Activity"),
    "programme": N_("Programme"),
    "device": N_("Tablet"),
}

# What a rule says in one sentence, for whoever decides; in the order of the book.
MEANINGS = {
    "self_confirmation": N_("Whoever gained made or approved it, or one person did both."),
    "manual_same_maker_same_day_over_limit": N_(
        "Each is small enough for one person; together they needed two."
    ),
    "no_attendance_evidence": N_(
        "No gate saw the volunteer, no picture was kept, and one person alone gave the points."
    ),
    "just_under_limit": N_("One person gave many awards just below what needs a second person."),
    "conflicts_with_other_event": N_("In the hours of the award the same pass was used elsewhere."),
    "hours_outside_window": N_(
        "The stay lies outside the gate's hours, or counts longer than it lasted."
    ),
    "stack_scanning": N_("More passes were scanned in a moment than people could hold out."),
    "identical_minutes": N_("Several people came and went at the very same moments."),
    "leaders_household": N_("It is allowed, and better somebody else confirms."),
    "reciprocal_leaders": N_("Each confirmed the other several times in one month."),
    "off_hours_redemption": N_("Goods were given while the shop should have been closed."),
    "same_good_within_the_hour": N_("The same pass fetched the same good twice within an hour."),
    "late_void": N_("A till took sales back long after they were made, again and again."),
    "clerk_own_pass": N_("Somebody of the shop used the own pass in the own shop."),
    "dormant_booklet_wakes": N_("A booklet that rested for months suddenly spends."),
    "spends_award_at_once": N_("Points are spent within the hour at one shop, again and again."),
    "stock_does_not_foot": N_("What came in, went out and was counted does not add up."),
    "pledge_over": N_("The shop gave more than it had pledged."),
    "points_beyond_pledges": N_("Too little is pledged for the points that volunteers hold."),
    "call_back_differs": N_("On the phone the volunteer told it otherwise than the books."),
}

# Every part of the evidence that a rule may name.
PARTS = {
    "awards": N_("Awards"),
    "attendances": N_("Attendance"),
    "scans": N_("Scans"),
    "redemptions": N_("Redemptions"),
    "discounts": N_("Discounts"),
    "transfers": N_("Transfers"),
    "volunteers": N_("Booklets"),
    "activities": N_("Activities"),
    "shops": N_("Shops"),
    "goods": N_("Which goods"),
    "devices": N_("Tablets"),
    "actors": N_("Entered or approved by"),
    "staff": N_("Staff"),
    "counts": N_("Counts of the shelf"),
    "calls": N_("Calls"),
    "said": N_("In their words"),
    "from": N_("From"),
    "to": N_("To"),
    "at": N_("At"),
    "time": N_("At"),
    "via": N_("Shown as"),
    "days": N_("Days of rest"),
    "minutes": N_("Minutes"),
    "people": N_("People"),
    "times": N_("How often"),
    "points": N_("Points"),
    "limit": N_("Limit"),
    "booked": N_("In the books"),
    "found": N_("Found there"),
    "offline": N_("Without network"),
    "clerk_asked": N_("The clerk was asked"),
    "fen": N_("Yuan"),
    "over_fen": N_("Too much, yuan"),
    "needed_fen": N_("Needed, yuan"),
    "pledged_fen": N_("Pledged, yuan"),
}
YES, NO = N_("yes"), N_("no")
