"""Moving a matter along the arrows of `rules.WAYS`, each step once."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.matters.actions.raising import put_due
from service.matters.actions.steps import Said, lock, taken_before, tell_raiser, tell_team, write
from service.matters.models import Matter
from service.matters.queries.lists import lead_of
from service.matters.refusals import NotYourMatter, TeamWithoutLeader, WordsMissing, WrongTurn
from service.matters.rules import WAYS, Arrow, State, leads, may


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who is to solve a matter: a grid worker, or a team."""

    staff_id: int | None = None
    team_id: int | None = None


NOBODY = Assignee()


def assign(session: Session, matter: Matter, to: Assignee, said: Said, *, now: datetime) -> Matter:
    """Give a matter to a grid worker or a team; to the one who has it already changes nothing.

    Raises NotYourMatter, WrongTurn, TeamWithoutLeader, KeyReused.
    """
    lock(session, matter)
    arrow = Arrow.REASSIGN if matter.state == State.ASSIGNED else Arrow.ASSIGN
    if may(arrow, said.parts) and to == held_by(matter):
        return matter
    if to.team_id and lead_of(session, to.team_id) is None:
        raise TeamWithoutLeader
    if not allowed_again(session, matter, arrow, said):
        hand(matter, State.ASSIGNED, to)
        write(session, matter, arrow, said, now=now)
        tell_team(session, matter, now=now)
        if arrow == Arrow.ASSIGN:
            tell_raiser(session, matter, "matter_taken", now=now)
    return matter


def take(session: Session, matter: Matter, arrow: Arrow, said: Said, *, now: datetime) -> Matter:
    """Take any other step of a member of staff, the assignee or whoever raised it.

    Raises NotYourMatter, WrongTurn, WordsMissing, KeyReused.
    """
    assert arrow not in (Arrow.ASSIGN, Arrow.REASSIGN, Arrow.RATE, Arrow.SETTLE), arrow
    lock(session, matter)
    if not allowed_again(session, matter, arrow, said):
        move(session, matter, arrow, said, now=now)
    return matter


def allowed_again(session: Session, matter: Matter, arrow: Arrow, said: Said) -> bool:
    """Tell whether this step was taken before. Raises what speaks against taking it now."""
    if not may(arrow, said.parts):
        raise NotYourMatter
    if taken_before(session, matter, arrow, said):
        return True
    if not leads(arrow, State(matter.state)):
        raise WrongTurn
    if not WAYS[arrow].wordless and not said.words:
        raise WordsMissing
    return False


def move(session: Session, matter: Matter, arrow: Arrow, said: Said, *, now: datetime) -> None:
    """Take a step that may be taken: the state, who has it, the answer, the day it is due."""
    was = held_by(matter)
    target = WAYS[arrow].target
    if target is not None:
        hand(matter, target, NOBODY if target == State.FOUND else was)
    if arrow == Arrow.ANSWER:
        matter.answer, matter.answered_at = said.words, now
        matter.rating = matter.rating_text = matter.rated_at = None
        tell_raiser(session, matter, "matter_answered", now=now)
    if arrow == Arrow.REOPEN:
        put_due(session, matter, now=now)
    write(session, matter, arrow, said, now=now, staff_id=was.staff_id, team_id=was.team_id)
    if arrow == Arrow.SEND_BACK:
        tell_team(session, matter, now=now)


def held_by(matter: Matter) -> Assignee:
    """Return who has a matter to solve, or solved it."""
    return Assignee(matter.staff_id, matter.team_id)


def hand(matter: Matter, state: State, to: Assignee) -> None:
    """Put a matter into a state and into somebody's hands."""
    matter.state, matter.staff_id, matter.team_id = state, to.staff_id, to.team_id
