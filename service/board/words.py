"""What ages and papers are called on the board."""

from collections.abc import Callable

from service.i18n import N_
from service.programmes import Answering

PAPERS = {"licence": N_("Licence"), "food": N_("Food licence")}
TODAY, ONE, SPAN = N_("today"), N_("{n} days"), N_("{first}–{last} days")
LATE = N_("{n} days and more")
LOOKS = {"today": "a", "few": "a", "late": "warn", "overdue": "bad"}


def ages(limits: Answering, say: Callable[[str], str]) -> dict[str, str]:
    """Call the four ages by their days, as the rule set draws them: yellow, then red."""
    return {
        "today": say(TODAY),
        "few": days(1, limits.yellow_days - 1, say),
        "late": days(limits.yellow_days, limits.red_days - 1, say),
        "overdue": say(LATE).format(n=limits.red_days),
    }


def days(first: int, last: int, say: Callable[[str], str]) -> str:
    """Call a span of days."""
    return say(SPAN).format(first=first, last=last) if first < last else say(ONE).format(n=first)
