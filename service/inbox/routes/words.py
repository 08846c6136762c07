"""The words of the page on which a volunteer chooses the ways."""

from service.i18n import N_

TOPICS = {
    "activities": (N_("Activities"), N_("A place for you, a change, a cancellation")),
    "points": (N_("Hours and points"), N_("Confirmed, not counted, taken back")),
    "records": (N_("Service record"), N_("Stars and certificates")),
    "matters": (N_("Matters"), N_("Answers to what you raised")),
}
STATUSES = {
    "waiting": N_("on its way"),
    "sent": N_("sent"),
    "failed": N_("could not be sent"),
    "stopped": N_("stopped"),
}
