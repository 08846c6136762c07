"""Words of records in the reader's language."""

from service.i18n import N_
from service.records.sheets import Words
from service.web.locale import gettext

HEADINGS = {
    "volunteer": N_("Booklet"),
    "activity": N_("Activity number"),
    "title": N_("Activity name"),
    "day": N_("Date"),
    "place": N_("Place"),
    "content": N_("What was done"),
    "scanned": N_("Hours scanned"),
    "typed": N_("Hours typed in"),
    "hours": N_("Hours in all"),
    "unit": N_("Record unit"),
    "leader": N_("Leader (booklet)"),
    "recorded": N_("Recorded at"),
    "evaluation": N_("Evaluation by the leader"),
}
MANUAL = N_("Service entered by hand")
KINDS_OF_TRAINING = {
    "induction": N_("Induction"),
    "skill": N_("Skills"),
    "safety": N_("Safety"),
    "other": N_("Other training"),
}
GRADES = {
    "excellent": N_("excellent"),
    "good": N_("good"),
    "qualified": N_("qualified"),
    "improve": N_("to improve"),
}
RATINGS = {
    5: N_("Very satisfied"),
    4: N_("Satisfied"),
    3: N_("All right"),
    2: N_("Not satisfied"),
    1: N_("Not satisfied at all"),
}
STATES = {
    "proposed": N_("proposed"),
    "granted": N_("granted"),
    "declined": N_("declined"),
    "withdrawn": N_("taken back"),
}


def file_words() -> Words:
    """Return the words of an exported file."""
    return Words(
        headings={name: gettext(heading) for name, heading in HEADINGS.items()},
        manual=gettext(MANUAL),
        totals=gettext(N_("Totals")),
        upto=gettext(N_("Up to and with")),
        lines=gettext(N_("Records")),
        grades={grade: gettext(word) for grade, word in GRADES.items()},
    )
