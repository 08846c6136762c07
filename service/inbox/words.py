"""The words of every kind of message: a title and a body with the names of its values.

A value whose name ends in `_at` is a moment, `day` or `…_day` a day, `minutes` a length of time;
they are written in the reader's language when the message is shown.
"""

from service.i18n import N_

WORDS: dict[str, tuple[str, str]] = {
    "activity_cancelled": (
        N_("Called off: {title}"),
        N_("It was planned for {starts_at}. Reason: {reason}"),
    ),
    "activity_moved": (
        N_("Changed: {title}"),
        N_("Now {starts_at}, {place}. If you cannot come, please cancel your place."),
    ),
    "risk_changed": (
        N_("Please read the risks again: {title}"),
        N_("The words for your post changed. Please agree, or cancel your place."),
    ),
    "waitlist_promoted": (
        N_("You have a place: {title}"),
        N_("{starts_at}, {place}. If you cannot come, please cancel your place."),
    ),
    "waitlist_passed_over": (
        N_("No place yet: {title}"),
        N_("You have a place at {elsewhere} at that time. You keep your turn here."),
    ),
    "place_given_back": (
        N_("Your place was given back: {title}"),
        N_("You take part no more, so nobody waits for you on {starts_at}. Your hours stay."),
    ),
    "not_counted": (
        N_("Not counted: {title}"),
        N_("There was no check-out on {day}. Please ask the leader or the recorder."),
    ),
    "awards_posted": (
        N_("{points} points for {title}"),
        N_("Your time on {day} was confirmed: {minutes}."),
    ),
    "awards_noticed": (
        N_("{points} points for {title}"),
        N_("Your time on {day} was confirmed: {minutes}. The points come on {from_day}."),
    ),
    "awards_cut_day": (
        N_("{points} points for {title}"),
        N_("Confirmed: {minutes} on {day}. The day's limit took {cut} points; the hours stay."),
    ),
    "awards_cut_month": (
        N_("{points} points for {title}"),
        N_("Confirmed: {minutes} on {day}. The month's limit took {cut} points; the hours stay."),
    ),
    "award_refused": (
        N_("An award was not approved"),
        N_("It was for {day}. Reason: {reason}"),
    ),
    "entry_approved": (
        N_("What you entered was approved"),
        N_("{points} points for volunteer {tail}, for {day}."),
    ),
    "entry_refused": (
        N_("What you entered was not approved"),
        N_("It was for volunteer {tail}, for {day}. Reason: {reason}"),
    ),
    "award_reversed": (
        N_("{points} points were taken back"),
        N_("They were for {day}. Reason: {reason}"),
    ),
    "helper_fetched": (
        N_("Fetched by family: {good}"),
        N_("{points} points at {shop}, {given_at}. Is that not right? End it under My phones."),
    ),
    "star_granted": (
        N_("You are a volunteer of {stars} stars now"),
        N_("Thank you for every hour."),
    ),
    "certificate_ready": (
        N_("Your certificate is ready"),
        N_("Its number is {serial}."),
    ),
    "objection_filed": (
        N_("Your objection was received"),
        N_("It has the number {code}. You are answered in writing by {day}."),
    ),
    "objection_upheld": (
        N_("Your objection {code} is right"),
        N_("It is being put right. Answer: {answer}"),
    ),
    "objection_rejected": (
        N_("Your objection {code} was answered"),
        N_("Nothing changes. Answer: {answer}"),
    ),
    "case_no_leading": (
        N_("You lead no activity until {last_day}"),
        N_("Case {case}. Your hours and points stay. Not right? Object, or ask your community."),
    ),
    "case_no_awards": (
        N_("You enter no awards for others until {last_day}"),
        N_("Case {case}. Your hours and points stay. Not right? Object, or ask your community."),
    ),
    "case_answered": (
        N_("A case about your record has its answer"),
        N_("{code}: {answer}"),
    ),
    "matter_answered": (
        N_("Your matter has an answer"),
        N_("Matter {code}. Please tell us whether it helped."),
    ),
    "matter_taken": (
        N_("Somebody looks after your matter"),
        N_("Matter {code}. The answer comes by {day}."),
    ),
    "matter_assigned": (
        N_("A matter is yours to look after"),
        N_("Matter {code}, due on {day}."),
    ),
    "correction_accepted": (
        N_("Your data was put right"),
        N_("Answer: {answer}"),
    ),
    "correction_refused": (
        N_("Your wish for a correction was answered"),
        N_("Nothing changes. Answer: {answer}"),
    ),
    "address_refused": (
        N_("Your e-mail address does not take our messages"),
        N_("Please check it and enter it again."),
    ),
}

# What a volunteer may choose to hear of on other ways, and the subject that stands above it there:
# it is read on locked screens and by others, so it says what the message is about and no more.
SUBJECTS = {
    "activities": N_("Aixin: about an activity of yours"),
    "points": N_("Aixin: about your hours and points"),
    "records": N_("Aixin: about your service record"),
    "matters": N_("Aixin: about a matter of yours"),
}
TOPIC_NAMES = tuple(SUBJECTS)
BEGINNINGS = (
    ("award", "points"),
    ("entry", "points"),
    ("not_counted", "points"),
    ("helper", "points"),
    ("star", "records"),
    ("objection", "points"),
    ("case", "points"),
    ("certificate", "records"),
    ("correction", "records"),
    ("matter", "matters"),
)


def topic_of(kind: str) -> str:
    """Return the topic of a kind of message; what is new belongs to activities."""
    return next((topic for start, topic in BEGINNINGS if kind.startswith(start)), "activities")
