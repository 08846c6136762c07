"""The words of own data: parts, columns, states; ids are English, pages translate."""

from service.i18n import N_

# Part, its title, and its columns: field, label, how it is written.
Columns = tuple[tuple[str, str, str], ...]
TITLE = ("title", N_("Activity"), "text")
STATUS = ("status", N_("State"), "word")
MINUTES, POINTS = ("minutes", N_("Hours"), "hours"), ("points", N_("Points"), "points")
DAY, WHEN = ("day", N_("Day"), "day"), ("at", N_("When"), "moment")
ENDED = ("ended_at", N_("Ended"), "moment")
PARTS: tuple[tuple[str, str, Columns], ...] = (
    ("consents", N_("Consents"), (
        ("purpose", N_("What for"), "word"), ("given", N_("Agreed?"), "yes"),
        ("way", N_("How"), "word"), WHEN,
    )),
    ("looks", N_("Who looked at me"), (
        ("office", N_("Office"), "word"), ("action", N_("What was done"), "word"), WHEN,
    )),
    ("signups", N_("Sign-ups"), (TITLE, ("post", N_("Post"), "text"), STATUS)),
    ("attendances", N_("Check-ins"), (
        TITLE, ("in_at", N_("In"), "moment"), ("out_at", N_("Out"), "moment"), STATUS,
    )),
    ("awards", N_("Awards"), (TITLE, DAY, MINUTES, POINTS, STATUS)),
    ("lots", N_("Points by expiry"), (("expires_on", N_("Valid until"), "day"), POINTS)),
    ("redemptions", N_("Goods for points"), (
        DAY, ("shop", N_("Shop"), "text"), ("good", N_("Good"), "text"), POINTS, STATUS,
    )),
    ("discounts", N_("Discounts"), (
        DAY, ("shop", N_("Shop"), "text"), ("discount_fen", N_("Discount"), "yuan"),
    )),
    ("certificates", N_("Certificates"), (
        ("serial", N_("Number"), "text"), ("upto", N_("Up to"), "day"), MINUTES,
    )),
    ("stars", N_("Stars"), (("level", N_("Star level"), "text"), STATUS, WHEN)),
    ("honours", N_("Honours"), (("kind", N_("Honour"), "text"), DAY)),
    ("trainings", N_("Training"), (TITLE, DAY, MINUTES)),
    ("notices", N_("Rows in public notices"), (
        ("notice", N_("Notice"), "text"), ("tail", N_("Tail"), "text"), WHEN,
    )),
    ("booklets", N_("Booklets"), (
        ("number", N_("Number"), "text"), STATUS, ("expires_on", N_("Valid until"), "day"),
    )),
    ("phones", N_("Bound phones"), (("bound_at", N_("Since"), "moment"), ENDED)),
    ("sessions", N_("Sign-ins"), (("created_at", N_("Since"), "moment"), ENDED)),
    ("addresses", N_("E-mail addresses"), (("address", N_("Address"), "text"), ENDED)),
    ("messages", N_("Messages"), (("kind", N_("Kind"), "text"), WHEN)),
    ("corrections", N_("Corrections"), (
        ("field", N_("What"), "word"), ("wanted", N_("What would be right"), "text"),
        ("answer", N_("Answer"), "text"),
    )),
)  # fmt: skip
FIELDS = {
    "name": N_("Name"),
    "phone": N_("Phone"),
    "id_no": N_("ID number"),
    "age_band": N_("Age group"),
    "team": N_("Team"),
    "qualification": N_("Qualification"),
    "record": N_("Hours or points"),
    "other": N_("Something else"),
}
PURPOSES = {
    "register": N_("Taking part"),
    "notice": N_("Public notices"),
    "photos": N_("Pictures"),
    "export": N_("National volunteer system"),
    "partners": N_("Partners"),
}
STATES = {
    "confirmed": N_("confirmed"),
    "waiting": N_("waits"),
    "cancelled": N_("cancelled"),
    "came": N_("came"),
    "no_show": N_("did not come"),
    "in": N_("checked in"),
    "out": N_("checked out"),
    "undecided": N_("to be decided"),
    "audience": N_("listened"),
    "noticed": N_("noticed"),
    "posted": N_("posted"),
    "refused": N_("refused"),
    "reversed": N_("taken back"),
    "partly_reversed": N_("partly taken back"),
    "captured": N_("redeemed"),
    "held": N_("held"),
    "expired": N_("expired"),
    "voided": N_("undone"),
    "issued": N_("issued"),
    "active": N_("active"),
    "lost": N_("lost"),
    "reissued": N_("replaced"),
    "void": N_("void"),
    "proposed": N_("proposed"),
    "granted": N_("granted"),
    "declined": N_("declined"),
}
WAYS = {
    "self": N_("myself"),
    "paper": N_("on paper"),
    "guardian": N_("my guardian"),
    "guardian_paper": N_("my guardian, on paper"),
    "carried": N_("at registration"),
}
OFFICES = {
    "": N_("Staff"),
    "volunteer_admin": N_("Recorder"),
    "community_secretary": N_("Secretary"),
    "second_approver": N_("Second approver"),
    "subdistrict_auditor": N_("Sub-district's auditor"),
    "administrator": N_("Administrator"),
    "association_officer": N_("Association's officer"),
    "grid_worker": N_("Grid worker"),
    "shop_owner": N_("Shop owner"),
}
LOOKS = {
    "identity.look": N_("looked at name or phone"),
    "identity.ask-erasure": N_("asked for erasure"),
    "identity.erase": N_("erased name and phone"),
    "identity.keep": N_("refused an erasure"),
    "see-evidence": N_("looked at a picture"),
}
WORDS = {**STATES, **WAYS, **OFFICES, **LOOKS, **PURPOSES, **FIELDS}
