"""What classes of exceptions, ages and papers are called on the board."""

from service.i18n import N_

CLASSES = {
    "OURS_ONLY": N_("Missing at the shop"),
    "THEIRS_ONLY": N_("Missing in our books"),
    "AMOUNT_DIFF": N_("The amounts differ"),
    "STATUS_DIFF": N_("Valid for one, undone for the other"),
    "DUPLICATE": N_("Stands there twice"),
    "ITEM_DIFF": N_("Another good"),
    "RATE_DIFF": N_("Another rate of discount"),
    "CUTOFF": N_("Another day"),
    "OFFLINE_OVERDRAFT": N_("Without network: not enough points"),
    "OFFLINE_BAD": N_("Without network: the code was no good"),
    "SEQ_GAP": N_("The tablet's numbers have a gap"),
    "LIMIT_BREACH": N_("A limit was passed"),
    "OFF_HOURS": N_("Outside its hours"),
    "PLEDGE_OVER": N_("More than was pledged"),
    "STOCK_DIFF": N_("The shelf differs from the books"),
    "MISSING_ATTENDANCE": N_("On paper, not in the books"),
    "MANUAL_AWARD_WATCH": N_("Many points entered by hand"),
    "POSSIBLE_DUPLICATE": N_("Perhaps recorded twice"),
    "FILE_BAD": N_("The shop's file cannot be used"),
}
AGES = {
    "today": N_("today"),
    "few": N_("1–2 days"),
    "late": N_("3–6 days"),
    "overdue": N_("7 days and more"),
}
AGE_LOOKS = {"today": "a", "few": "a", "late": "warn", "overdue": "bad"}
PAPERS = {"licence": N_("Licence"), "food": N_("Food licence")}
