"""What classes of exceptions, answers and reasons are called on pages."""

from service.i18n import N_
from service.reconciliation.ageing import Colour
from service.reconciliation.answer_models import CARRIED, Reason
from service.reconciliation.models import Kind, Resolution

VOLUNTEER, TAIL = N_("Volunteer {tail}"), 3
SYSTEM = N_("the system")
CLASSES = {
    Kind.OURS_ONLY: N_("Missing in the shop's file"),
    Kind.THEIRS_ONLY: N_("Missing in the books"),
    Kind.AMOUNT_DIFF: N_("Different amounts"),
    Kind.STATUS_DIFF: N_("Undone on one side"),
    Kind.DUPLICATE: N_("Twice on one side"),
    Kind.ITEM_DIFF: N_("Different goods"),
    Kind.RATE_DIFF: N_("Different discounts"),
    Kind.CUTOFF: N_("On different days"),
    Kind.OFFLINE_OVERDRAFT: N_("Points short without network"),
    Kind.OFFLINE_BAD: N_("Doubtful proof without network"),
    Kind.SEQ_GAP: N_("Gap in the tablet's journal"),
    Kind.LIMIT_BREACH: N_("Beyond a limit"),
    Kind.OFF_HOURS: N_("Outside the hours"),
    Kind.PLEDGE_OVER: N_("Beyond the pledge"),
    Kind.STOCK_DIFF: N_("The shelf differs"),
    Kind.MISSING_ATTENDANCE: N_("Attendance missing"),
    Kind.MANUAL_AWARD_WATCH: N_("Several manual awards"),
    Kind.POSSIBLE_DUPLICATE: N_("Perhaps recorded twice"),
    Kind.FILE_BAD: N_("The shop's file is faulty"),
}
ANSWERED = {
    Resolution.PLATFORM_PREVAILS: N_("The books are right"),
    Resolution.SHOP_PREVAILS: N_("The shop's count is right"),
    Resolution.ENTERED_LATE: N_("Entered late"),
    Resolution.REVERSED: N_("Reversed in the books"),
    Resolution.ADJUSTED: N_("Adjusted"),
    Resolution.FALSE_ALARM: N_("Nothing was wrong"),
    Resolution.GONE: N_("Its cause is gone"),
    CARRIED: N_("Carried over"),
}
REASONS = {
    Reason.NOT_SCANNED: N_("It was not scanned"),
    Reason.TYPED_WRONG: N_("Something was typed wrong"),
    Reason.COUNTED_WRONG: N_("Somebody miscounted"),
    Reason.NO_NETWORK: N_("There was no network"),
    Reason.FILE_INCOMPLETE: N_("The shop's file is not complete"),
    Reason.RETURNED: N_("The goods came back"),
    Reason.OTHER: N_("Another reason"),
}
COLOURS = {
    Colour.RESTING: ("info", N_("rests")),
    Colour.FRESH: ("info", N_("new")),
    Colour.YELLOW: ("warn", N_("getting old")),
    Colour.RED: ("bad", N_("overdue")),
}
STATES = {
    "waiting": N_("Waiting"),
    "mine": N_("Mine"),
    "approval": N_("For a second person"),
    "carried": N_("Carried over"),
    "answered": N_("Answered"),
}
DEEDS = {
    "exception.assign": N_("Changed who looks after it"),
    "exception.propose": N_("Proposed an answer"),
    "exception.resolve": N_("Answered"),
    "exception.carry": N_("Carried over"),
    "exception.approve": N_("Approved the answer"),
    "exception.decline": N_("Declined the answer"),
    "resolve": N_("Answered"),
}
SIDES = {
    "yuan": N_("Yuan"),
    "points": N_("Points"),
    "good": N_("Good"),
    "at": N_("When"),
    "reference": N_("Receipt or line"),
}
