"""What volunteers hear of awards: what came, what a cap took, what was refused or taken back."""

from datetime import datetime

from sqlmodel import Session

from service import inbox, people
from service.activities.models import Activity, Award, AwardReversal, AwardStatus
from service.programmes import RuleSet


def tell_awarded(
    session: Session,
    award: Award,
    volunteer: people.Volunteer,
    *,
    figures: RuleSet,
    now: datetime,
) -> None:
    """Tell a volunteer what was confirmed; a cut names the limit that took it."""
    said: dict[str, str | int] = {
        "points": award.points,
        "title": title_of(session, award, figures),
        "day": award.service_day.isoformat(),
        "minutes": award.minutes,
    }
    kind = "awards_posted"
    if award.cut:
        kind, said["cut"] = f"awards_cut_{award.cut_by}", award.cut
    elif award.status == AwardStatus.NOTICED:
        kind, said["from_day"] = "awards_noticed", str(award.spendable_on)
    message = inbox.Message(kind, f"award:{award.key}", said, "/home/history")
    inbox.tell(session, [award.volunteer_id], message, now=now)


def title_of(session: Session, award: Award, figures: RuleSet) -> str:
    """Name what an award is for: the activity, or the kind of service that was typed in."""
    if award.activity_id is not None:
        return session.get_one(Activity, award.activity_id).title
    rate = figures.rate(award.rule)
    return rate.name if rate else award.rule


def tell_decided(
    session: Session, award: Award, volunteer: people.Volunteer, *, now: datetime
) -> None:
    """Tell the maker what became of the entry, and the volunteer of a refusal."""
    said: dict[str, str | int] = {"day": award.service_day.isoformat(), "tail": volunteer.tail}
    said |= {"points": award.points, "reason": award.refusal or ""}
    key = f"award:{award.key}:decided"
    refused = award.status == AwardStatus.REFUSED
    if refused:
        message = inbox.Message("award_refused", key, said)
        inbox.tell(session, [award.volunteer_id], message, now=now)
    if award.maker_id is not None:
        kind = "entry_refused" if refused else "entry_approved"
        message = inbox.Message(kind, f"{key}:maker", said, "/awards/new")
        inbox.tell(session, [award.maker_id], message, now=now)


def tell_reversed(session: Session, award: Award, found: AwardReversal, *, now: datetime) -> None:
    """Tell a volunteer what was taken back, and why."""
    said: dict[str, str | int] = {"points": award.points, "day": award.service_day.isoformat()}
    said["reason"] = found.reason
    message = inbox.Message("award_reversed", f"award:{award.key}:reversed", said, "/home/history")
    inbox.tell(session, [award.volunteer_id], message, now=now)
