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
    "activity_full": (
        N_("No place is free here"),
        N_("All are taken, or the post asks for more."),
    ),
    "window_closed": (N_("The time for this is over"), N_("Please ask the leader.")),
    "too_early": (N_("It is too early"), N_("Please come back shortly before the start.")),
    "not_in": (N_("Not checked in here"), N_("Please check in first.")),
    "overlap": (N_("Still checked in at {elsewhere}"), N_("Check out there first.")),
    "under_age": (N_("This post is not open at this age"), N_("Please choose another activity.")),
    "withdrawn": (
        N_("The registration was withdrawn"),
        N_("Nothing is counted; the community office can open it again."),
    ),
    "wrong_community": (N_("This belongs to another community"), N_("Please look at your own.")),
    "needs_onsite_code": (
        N_("Please scan the code shown on site"),
        N_("Or type the 6 digits on the leader's phone."),
    ),
    "clock_skew": (N_("The device's clock is wrong"), N_("The leader decides when it was.")),
    "undone": (N_("Taken back"), N_("Nothing counts.")),
    "unknown_scan": (N_("There is no such scan of this device"), N_("Nothing was changed.")),
    "too_late": (N_("Too late to take it back"), N_("Please ask the leader or the recorder.")),
    "confirmed": (N_("This was decided already"), N_("Please ask the recorder.")),
}
KINDS = {
    "gap": (N_("Scans of a device are missing"), N_("Please find the device and upload.")),
    "skew": (N_("The device's clock is wrong"), N_("Decide when it was.")),
    "out_without_in": (N_("Check-out without check-in"), N_("Decide since when.")),
    "in_after_in": (N_("Checked in twice"), N_("The first one counts. Did somebody go between?")),
    "blocked_card": (N_("The card opened nothing then"), N_("Was it this person? Decide.")),
    "confirmed": (N_("Came after the hours were confirmed"), N_("Award by hand, if it is true.")),
    "decided": (N_("Came after a person had decided"), N_("The decision stands until changed.")),
    "overlap": (N_("Was at another activity then"), N_("Decide which one counts.")),
    "no_place": (N_("Came, and no place was free"), N_("It counts. Please see why.")),
    "refused": (N_("Took no effect"), N_("Please see whether something is to be put right.")),
}
DONE = {
    "undo": N_("Taken back: volunteer {tail}"),
    "in": N_("Volunteer {tail} checked in"),
    "out": N_("Volunteer {tail} checked out"),
    "audience": N_("Volunteer {tail} listens"),
}
MINE = {"in": N_("You are checked in"), "out": N_("You are checked out")}
ALREADY = {
    "undo": N_("Volunteer {tail}: taken back already"),
    "in": N_("Volunteer {tail} is in already"),
    "out": N_("Volunteer {tail} is out already"),
    "audience": N_("Volunteer {tail} is on the list already"),
}
ALREADY_MINE = {"in": N_("You are in already"), "out": N_("You are out already")}
NOTHING_LEFT = N_("There is nothing more to take back.")
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
    "under_age": (
        N_("This post is for adults only"),
        N_("Nobody under 18 is awarded for it. Tell the community office."),
    ),
    "taken_back": (
        N_("This award was taken back"),
        N_("It is not given twice. What is right is entered by hand."),
    ),
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
        rest = NOTHING_LEFT if answer.action == "undo" else COUNTS
        return said("warn", (words.get(answer.action, ALREADY[answer.action]), rest), filled)
    words = MINE if own else DONE
    title = words.get(answer.action, DONE[answer.action])
    return said("ok", (title, WALK_IN if answer.walk_in else "{time}"), filled)


def of_item(answer: Answer, kind: str | None) -> dict[str, str]:
    """Say what became of an item of a queue; what a person must look at says so."""
    plain = kind in {None, "refused", "blocked_card"} or answer.reason == "undone"
    return of_scan(answer, own=False) if plain else said("warn", KINDS[str(kind)], {})


def of_problem(row: Any) -> dict[str, str]:
    """Say what a row of the list is about, and what to decide."""
    title, detail = (gettext(part) for part in KINDS[row.kind])
    reason = row.reason or row.detail.get("reason")
    if row.kind in {"refused", "blocked_card"} and reason in REASONS:
        title = of_refusal(reason)
    if row.kind == "gap":
        first, last = row.detail["first"], row.detail["last"]
        numbers = str(first) if first == last else f"{first}–{last}"
        missing = gettext(N_("No. {numbers}")).format(numbers=numbers)
        detail = f"{missing} · {detail}"
    return {"meaning": "warn", "title": title, "detail": detail}


def of_refusal(reason: str) -> str:
    """Say what the screen said to somebody whom the gate refused."""
    words = REASONS.get(reason, KINDS["refused"])
    return gettext(words[0]).format(elsewhere=gettext(N_("another activity")))


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
