"""What states, kinds, partners and steps are called; templates translate them with `_`."""

from service.i18n import N_

UNPAID = N_("No hours, no points")  # of trainings and the like
STATES = {
    "draft": N_("Draft"),
    "published": N_("Published"),
    "open": N_("Gate open"),
    "to_confirm": N_("To be confirmed"),
    "confirmed": N_("Hours confirmed"),
    "noticed": N_("On the notice board"),
    "archived": N_("Archived"),
    "cancelled": N_("Called off"),
}
LOOKS = {
    "draft": ("info", "wait"),
    "published": ("ok", "calendar"),
    "open": ("ok", "scan"),
    "to_confirm": ("warn", "stamp"),
    "confirmed": ("ok", "ok"),
    "noticed": ("info", "flag"),
    "archived": ("info", "lock"),
    "cancelled": ("bad", "bad"),
}
STEPS = {
    "published": N_("Publish"),
    "confirmed": N_("Close the list"),
    "noticed": N_("Hang the list out"),
    "archived": N_("Archive for good"),
}
GROUPS = {
    "current": N_("Current"),
    "after": N_("Hours confirmed"),
    "archived": N_("Archived"),
    "cancelled": N_("Called off"),
}
KINDS = {
    "service": N_("Voluntary service"),
    "visit": N_("Home visits"),
    "training": N_("Training"),
    "event": N_("Event"),
}
RISKS = {"low": N_("Low risk"), "danger": N_("Danger: adults only")}
PARTNERS = {
    "public_body": N_("Public body"),
    "enterprise": N_("Enterprise"),
    "school": N_("School"),
    "hospital": N_("Hospital"),
    "social_organisation": N_("Social organisation"),
    "other": N_("Other"),
}
WEEKDAYS = {
    1: N_("Mon"),
    2: N_("Tue"),
    3: N_("Wed"),
    4: N_("Thu"),
    5: N_("Fri"),
    6: N_("Sat"),
    7: N_("Sun"),
}
STORY = {
    "activity_moved_on": N_("Taken on"),
    "activity_amended": N_("Plan amended"),
    "activity_called_off": N_("Called off"),
    "outcomes_reported": N_("Outcome reported"),
}


def plan_words() -> dict[str, dict[object, object]]:
    """Return the words for the templates of plans."""
    return {
        "PLAN_WORDS": {
            "states": STATES,
            "looks": LOOKS,
            "steps": STEPS,
            "groups": GROUPS,
            "kinds": KINDS,
            "risks": RISKS,
            "partners": PARTNERS,
            "weekdays": WEEKDAYS,
            "story": STORY,
        }
    }
