"""What the ledger's kinds, accounts and ages are called on pages."""

from service.i18n import N_

KINDS = {
    "open": N_("Opening balance"),
    "award": N_("Service"),
    "manual": N_("Service entered by hand"),
    "redeem": N_("Goods"),
    "discount": N_("Discount"),
    "void": N_("Undone at the till"),
    "reverse": N_("Reversal"),
    "expire": N_("Expired"),
    "adjust": N_("Adjustment"),
    "pledge": N_("Pledge"),
    "hold": N_("Set aside"),
    "release": N_("Set free again"),
}
UNSEALED_MINUTES = 5  # after which a reader may look again: the sealer comes by every minute
FAMILIES = {
    "volunteer": N_("Volunteer"),
    "issued": N_("Points issued"),
    "expired": N_("Points expired"),
    "opening": N_("Opening"),
    "prior-redeemed": N_("Redeemed before the opening"),
    "redeemed": N_("Redeemed at"),
    "pledge": N_("Pledge of"),
    "fund": N_("Pledge fund"),
    "fund:": N_("Money of"),
    "payable": N_("Owed to"),
    "given-goods": N_("Goods given by"),
    "given-discount": N_("Discounts given by"),
    "discount-granted": N_("Discounts granted"),
    "suspense": N_("In suspense, goods of"),
    "suspense-discount": N_("In suspense, discounts of"),
    "rounding": N_("Rounding, goods of"),
    "rounding-discount": N_("Rounding, discounts of"),
}
AGES = {
    "today": N_("from today"),
    "few": N_("1–2 days old"),
    "late": N_("3–6 days old"),
    "overdue": N_("7 days and older"),
}
FINDINGS = {
    "bad_line": N_("A line cannot be read"),
    "altered": N_("An entry was changed after it was recorded"),
    "swapped": N_("Entries have changed places"),
    "missing": N_("An entry is missing"),
    "renumbered": N_("An entry has another number"),
    "cut_tail": N_("The end of the log is cut off"),
    "root": N_("The log does not give the signed fingerprint"),
    "signature": N_("A signature is not valid"),
    "unknown_key": N_("Signed by a key that nobody knows"),
    "seal": N_("A month's seal does not fit"),
    "trial_balance": N_("A sealed month's balances do not fit"),
    "backdated": N_("Written into a sealed month afterwards"),
    "unbalanced": N_("Debits and credits differ"),
    "sequence": N_("Lines of an account are not numbered in order"),
    "balance": N_("A balance is not the sum of its entries"),
    "floor": N_("A balance is below its limit"),
    "lots": N_("Points by the day they expire do not add up"),
    "holds": N_("What is set aside does not add up"),
    "count": N_("A number of rows is wrong"),
    "twice": N_("Something stands there twice"),
}
PERIODS = {
    "open": ("info", "calendar", N_("Open for entries")),
    "closing": ("warn", "wait", N_("Closed, not sealed yet")),
    "sealed": ("ok", "lock", N_("Sealed")),
    "passed": ("info", "ok", N_("Closed with a later month")),
}
