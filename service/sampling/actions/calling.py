"""Calling those who were drawn: who may, what was said, and what comes of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from service import people, trail
from service.activities import Activity, Award
from service.clock import business_day
from service.errors import KeyReused
from service.people import Caller
from service.sampling import rules
from service.sampling.actions.findings import report
from service.sampling.models import Answer, Call, Draw, Result, Try
from service.sampling.refusals import CallSettled, OwnHand, TriedToday, UnknownCall, WordsMissing


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one try, under the key of whoever noted it."""

    key: str
    answer: Answer
    said: str = ""


def answer_call(
    session: Session,
    call_id: int,
    *,
    told: Told,
    by: Caller,
    within: Collection[int],
    now: datetime,
) -> Call:
    """Note a try: reached and confirmed, reached and it differs, or nobody answered.

    The same key again is a replay. What differs becomes a finding of the audit; after so many days
    in vain the call ends as not reached. Raises UnknownCall for one outside the communities
    `within`, OwnHand, CallSettled, TriedToday, WordsMissing, KeyReused.
    """
    call = locked(session, call_id, within)
    if known := try_of(session, call, told.key):
        if (known.answer, known.said, known.by) != (told.answer, told.said, by.actor):
            raise KeyReused
        return call
    award = session.get_one(Award, call.award_id)
    refuse_own(session, award, by)
    if call.result is not None:
        raise CallSettled
    if told.answer == Answer.DIFFERS and not told.said:
        raise WordsMissing
    result = outcome(session, call, told, now)
    write(session, call, told, by=by, now=now)
    if result is not None:
        call.result, call.settled_at = result, now
    if result == Result.DIFFERS:
        call.finding_id = report(session, call, award, said=told.said, now=now)
    session.add(call)
    return call


def locked(session: Session, call_id: int, within: Collection[int]) -> Call:
    """Return a call with its row locked. Raises UnknownCall."""
    query = select(Call).where(col(Call.id) == call_id, col(Call.community_id).in_(within))
    found = session.exec(query.with_for_update()).first()
    if found is None:
        raise UnknownCall
    return found


def try_of(session: Session, call: Call, key: str) -> Try | None:
    """Return the try that was noted under a key before, if there was one."""
    return session.exec(select(Try).where(Try.call_id == call.id, Try.key == key)).first()


def refuse_own(session: Session, award: Award, by: Caller) -> None:
    """Refuse who made, approved, led or did what is checked. Raises OwnHand."""
    if rules.own(names_of(session, by), hands_in(session, award)):
        raise OwnHand


def names_of(session: Session, by: Caller) -> list[str]:
    """Return every name under which a member of staff stands in the books."""
    if by.volunteer_id is None:
        return [by.actor]
    return [by.actor, f"volunteer:{people.volunteer_by_id(session, by.volunteer_id).code}"]


def hands_in(session: Session, award: Award) -> list[str | None]:
    """Return who served, who confirmed, who approved and who led."""
    activity = session.get_one(Activity, award.activity_id)
    persons = [award.volunteer_id, activity.leader_id]
    codes = (people.volunteer_by_id(session, one).code for one in persons)
    return [award.maker, award.approver, *(f"volunteer:{code}" for code in codes)]


def outcome(session: Session, call: Call, told: Told, now: datetime) -> Result | None:
    """Count a day in vain and return the result that a try brings about, if it does.

    Raises TriedToday for a second vain try of a day.
    """
    if told.answer != Answer.NO_ANSWER:
        return Result(told.answer)
    today = select(Try.id).where(Try.call_id == call.id, Try.day == business_day(now))
    if session.exec(today.limit(1)).first() is not None:
        raise TriedToday
    call.missed += 1
    over = call.missed >= session.get_one(Draw, call.draw_id).tries
    return Result.NOT_REACHED if over else None


def write(session: Session, call: Call, told: Told, *, by: Caller, now: datetime) -> None:
    """Keep a try, and leave a mark of it in the trail."""
    noted = Try(
        call_id=call.id or 0,
        key=told.key,
        answer=told.answer,
        said=told.said,
        by=by.actor,
        at=now,
        day=business_day(now),
    )
    session.add(noted)
    trail.record(
        session,
        actor=by.actor,
        action="sampling.answer",
        subject=f"call:{call.id}",
        detail={"answer": told.answer, "said": told.said, "missed": call.missed},
        now=now,
    )


def look_up(
    session: Session,
    call_id: int,
    *,
    by: Caller,
    why: people.Reason,
    within: Collection[int],
    now: datetime,
) -> people.Contact:
    """Return whom to call, for as long as there is something to ask; the look is written down.

    The draw is the reason, but for somebody under 18: there `why` must say it.
    Raises UnknownCall, CallSettled, OwnHand, ReasonMissing.
    """
    call = locked(session, call_id, within)
    refuse_own(session, session.get_one(Award, call.award_id), by)
    if call.result is not None:
        raise CallSettled
    person = people.volunteer_by_id(session, call.volunteer_id)
    trail.record(
        session,
        actor=by.actor,
        action="identity.look",
        subject=f"volunteer:{person.code}",
        detail=({"reason": "call"} if person.adult else people.in_words(why)) | {"call": call.id},
        now=now,
    )
    return people.contact_of(session, call.volunteer_id)
