"""What a result says to the person at the gate, in the reader's language."""

from typing import Any

from service.activities.actions.gate import Answer
from service.i18n import N_
from service.web.locale import clock, gettext

REASONS = {
    "unknown_code": (N_("We cannot read this code"), N_("Please show a pass or booklet.")),
    "card_blocked": (N_("This card is blocked"), N_("Please ask at the community office.")),
    "card_replaced": (N_("This card was replaced"), N_("Please show the new one.")),
    "card_expired": (N_("This card has expired"), N_("The community office gives a new one.")),
    "code_expired": (N_("The code is old"), N_("Wait for the new one and scan again.")),
    "not_signed_up": (N_("Not signed up for this activity"), N_("Please ask the leader here.")),
    "activity_full": (N_("All places are taken"), N_("Nobody more can come in.")),
    "window_closed": (N_("The time for this is over"), N_("Please ask the leader.")),
    "too_early": (N_("It is too early"), N_("Please come back shortly before the start.")),
    "not_in": (N_("Not checked in here"), N_("Please check in first.")),
    "overlap": (N_("Still checked in at {elsewhere}"), N_("Check out there first.")),
    "under_age": (N_("This post is not open at this age"), N_("Please choose another activity.")),
    "wrong_community": (N_("This belongs to another community"), N_("Please look at your own.")),
    "needs_onsite_code": (
        N_("Please scan the code shown on site"),
        N_("Or type the 6 digits on the leader's phone."),
    ),
}
DONE = {
    "in": N_("Volunteer {tail} checked in"),
    "out": N_("Volunteer {tail} checked out"),
    "audience": N_("Volunteer {tail} listens"),
}
MINE = {"in": N_("You are checked in"), "out": N_("You are checked out")}
ALREADY = {
    "in": N_("Volunteer {tail} is in already"),
    "out": N_("Volunteer {tail} is out already"),
    "audience": N_("Volunteer {tail} is on the list already"),
}
ALREADY_MINE = {"in": N_("You are in already"), "out": N_("You are out already")}
COUNTS = N_("The scan at {time} counts. No need to scan again.")
WALK_IN = N_("Not signed up, let in · {time}")

CONFIRM_REASONS = {
    "rejected_self": (N_("Nobody confirms himself"), N_("The recorder confirms your hours.")),
    "needs_recorder": (N_("These are the leader's own hours"), N_("The recorder confirms them.")),
    "not_in": (N_("Not checked in here"), N_("Hand the paper sheet to the recorder.")),
    "not_out": (N_("No check-out yet"), N_("First decide how long this person stayed.")),
    "not_service": (N_("Listening is no service"), N_("There is nothing to confirm.")),
    "rule_not_allowed": (N_("This rate is not planned here"), N_("Choose one of the activity's.")),
    "requirement_missing": (N_("This rate asks for more"), N_("Choose the general rate.")),
    "line_refused": (N_("The line was refused"), N_("Nothing was counted.")),
}


def of_scan(answer: Answer, *, own: bool) -> dict[str, str]:
    """Say what a scan did: what happened, then the one thing to do."""
    filled = {"tail": (answer.volunteer or "")[-3:], "time": clock(answer.at)}
    filled["elsewhere"] = answer.elsewhere or gettext(N_("another activity"))
    if answer.status == "refused":
        return said("bad", REASONS[str(answer.reason)], filled)
    if answer.already:
        words = ALREADY_MINE if own else ALREADY
        return said("warn", (words.get(answer.action, ALREADY[answer.action]), COUNTS), filled)
    words = MINE if own else DONE
    title = words.get(answer.action, DONE[answer.action])
    return said("ok", (title, WALK_IN if answer.walk_in else "{time}"), filled)


def said(meaning: str, words: tuple[str, str], filled: dict[str, str]) -> dict[str, str]:
    """Translate first, fill in afterwards."""
    title, detail = (gettext(part).format(**filled) for part in words)
    return {"meaning": meaning, "title": title, "detail": detail}


def of_confirmation(outcome: Any, tail: str) -> dict[str, str]:
    """Say what a confirmation did; a cut names what was cut."""
    award = outcome.award
    if outcome.status != "ok" or award is None:
        return said("bad", CONFIRM_REASONS[str(outcome.reason)], {})
    filled = {"tail": tail, "points": str(award.points), "cut": str(award.cut)}
    title = N_("Volunteer {tail}: {points} points")
    if award.cut:
        by = N_("The day's limit took {cut} points; the hours stay.")
        if award.cut_by == "month":
            by = N_("The month's limit took {cut} points; the hours stay.")
        return said("warn", (title, by), filled)
    return said("ok", (title, N_("Confirmed")), filled)
