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


PASSES = {
    "0": N_("By the totals of the day"),
    "1": N_("Same reference"),
    "2": N_("Short code, amount and day"),
    "3": N_("Good, amount and time"),
    "4": N_("Across midnight"),
    "5": N_("Several make one"),
}
POOL = {
    "unsaid": N_("The shop has sent nothing about this day"),
    "cut": N_("Near midnight: its other half may come with the next day"),
}
STATES = {
    "open": ("info", "wait", N_("not compared yet")),
    "prepared": ("info", "calendar", N_("prepared")),
    "disputed": ("bad", "bad", N_("disputed by the shop")),
    "confirmed": ("ok", "ok", N_("confirmed by the shop")),
    "reviewed": ("ok", "ok", N_("reviewed by the association")),
    "closed": ("ok", "lock", N_("closed")),
}
PARTS = {
    1: N_("Exceptions"),
    2: N_("Waiting for their other half"),
    3: N_("Suggestions"),
    4: N_("Matches"),
}
