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
}
FAMILIES = {
    "volunteer": N_("Volunteer"),
    "issued": N_("Points issued"),
    "expired": N_("Points expired"),
    "opening": N_("Opening"),
    "prior-redeemed": N_("Redeemed before the opening"),
    "redeemed": N_("Redeemed at"),
    "pledge": N_("Pledge of"),
    "fund": N_("Pledge fund"),
    "given-goods": N_("Goods given by"),
    "given-discount": N_("Discounts given by"),
    "discount-granted": N_("Discounts granted"),
}
AGES = {
    "today": N_("from today"),
    "few": N_("1–2 days old"),
    "late": N_("3–6 days old"),
    "overdue": N_("7 days and older"),
}
