"""The resident's part: rating the answer, changing one's mind, and having it opened again."""

from datetime import datetime

from sqlmodel import Session, col, select

from service.matters.actions.moving import Assignee, allowed_again, hand, move
from service.matters.actions.steps import Said, lock, write
from service.matters.models import Matter, Step
from service.matters.refusals import NotAnswered, RatingOver
from service.matters.rules import RATING_CHANGES, RATING_WORST, Arrow, Part, State

RESIDENT = "resident"


def rate(
    session: Session, matter: Matter, *, rating: int, words: str, key: str, now: datetime
) -> Matter:
    """Rate the answer; the lowest rating opens the matter again, taking it back settles it.

    The same rating again changes nothing. Raises NotAnswered, RatingOver, KeyReused.
    """
    lock(session, matter)
    said = Said(RESIDENT, frozenset({Part.RESIDENT}), key, words)
    if allowed_again(session, matter, Arrow.RATE, said) or same(matter, rating, words):
        return matter
    refuse_untimely(matter, now=now)
    before = matter.rating
    matter.rating, matter.rating_text = rating, words
    matter.rated_at = matter.rated_at or now
    write(session, matter, Arrow.RATE, said, now=now, rating=rating, **whose(session, matter))
    after = Said(RESIDENT, said.parts, f"{key}:after", words)
    if rating == RATING_WORST and matter.state == State.ANSWERED:
        move(session, matter, Arrow.REOPEN, after, now=now)
    elif before == RATING_WORST and untouched(session, matter):
        settle(session, matter, after, now=now)
    return matter


def same(matter: Matter, rating: int, words: str) -> bool:
    """Tell whether the rating says what it said before."""
    return (matter.rating, matter.rating_text) == (rating, words)


def refuse_untimely(matter: Matter, *, now: datetime) -> None:
    """Refuse what comes before the answer, or after the days for second thoughts."""
    if matter.answered_at is None or (matter.rating is None and matter.state != State.ANSWERED):
        raise NotAnswered
    if matter.rated_at is not None and now > matter.rated_at + RATING_CHANGES:
        raise RatingOver


def untouched(session: Session, matter: Matter) -> bool:
    """Tell whether nobody moved a matter since the resident had it opened again."""
    last = last_move(session, matter)
    return matter.state == State.FOUND and (last.arrow, last.by) == (Arrow.REOPEN, RESIDENT)


def settle(session: Session, matter: Matter, said: Said, *, now: datetime) -> None:
    """Let the answer stand again, with who had solved it."""
    was = last_move(session, matter)
    hand(matter, State.ANSWERED, Assignee(was.staff_id, was.team_id))
    write(session, matter, Arrow.SETTLE, said, now=now)


def whose(session: Session, matter: Matter) -> dict[str, int | None]:
    """Return whose work is rated: who has it, or had it before it was opened again."""
    if matter.state != State.FOUND:
        return {}
    was = last_move(session, matter)
    return {"staff_id": was.staff_id, "team_id": was.team_id}


def last_move(session: Session, matter: Matter) -> Step:
    """Return the last step that moved a matter."""
    asked = select(Step).where(
        Step.matter_id == matter.id, col(Step.arrow).not_in([Arrow.NOTE, Arrow.RATE])
    )
    return session.exec(asked.order_by(col(Step.id).desc()).limit(1)).one()
