"""What the random audit is called on its pages."""

from service.i18n import N_

RESULTS = {
    "confirmed": N_("It was so"),
    "differs": N_("It differs"),
    "not_reached": N_("Not reached"),
}
ANSWERS = {
    "confirmed": N_("It was so"),
    "differs": N_("It differs"),
    "no_answer": N_("Nobody answered"),
}
TAGS = {"confirmed": "ok", "differs": "bad", "not_reached": "warn"}
