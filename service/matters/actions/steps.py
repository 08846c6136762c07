"""Writing a step: the row, its pictures, its event and its messages, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from service import files, inbox, outbox, people
from service.errors import KeyReused
from service.matters.models import Matter, Photo, Step
from service.matters.queries.lists import lead_of
from service.matters.rules import Arrow, Part
from service.outbox import EventType

EVENTS = {
    Arrow.RAISE: EventType.MATTER_RAISED,
    Arrow.ASSIGN: EventType.MATTER_ASSIGNED,
    Arrow.REASSIGN: EventType.MATTER_ASSIGNED,
    Arrow.RETURN: EventType.MATTER_RETURNED,
    Arrow.SEND_BACK: EventType.MATTER_RETURNED,
    Arrow.SOLVE: EventType.MATTER_SOLVED,
    Arrow.ANSWER: EventType.MATTER_ANSWERED,
    Arrow.RATE: EventType.MATTER_RATED,
    Arrow.REOPEN: EventType.MATTER_REOPENED,
}


@dataclass(frozen=True, slots=True)
class Said:
    """Who takes a step, as what, in which words, with which pictures; the key tells it twice."""

    by: str
    parts: frozenset[Part]
    key: str
    words: str = ""
    photos: Sequence[files.File] = ()


def id_of(matter: Matter) -> int:
    """Return the number of a matter that was stored."""
    assert matter.id is not None, matter
    return matter.id


def lock(session: Session, matter: Matter) -> None:
    """Hold a matter until the end of the transaction, and see it as it is now."""
    asked = select(Matter).where(Matter.id == matter.id).with_for_update()
    session.exec(asked.execution_options(populate_existing=True)).one()


def taken_before(session: Session, matter: Matter, arrow: Arrow, said: Said) -> Step | None:
    """Return the step that came with this key. Raises KeyReused when it was another one."""
    asked = select(Step).where(Step.matter_id == matter.id, Step.key == said.key)
    found = session.exec(asked).one_or_none()
    if found and (found.arrow, found.by, found.words) != (arrow, said.by, said.words):
        raise KeyReused
    return found


def write(
    session: Session, matter: Matter, arrow: Arrow, said: Said, *, now: datetime, **more: Any
) -> Step:
    """Add a step that leaves the matter where it stands now, and tell of it.

    `staff_id` and `team_id` say whose work it was about, if that is nobody's any more.
    """
    whose = {"staff_id": matter.staff_id, "team_id": matter.team_id}
    step = Step(
        matter_id=id_of(matter),
        arrow=arrow,
        state=matter.state,
        at=now,
        by=said.by,
        words=said.words,
        key=said.key,
        **whose | more,
    )
    session.add(step)
    session.flush()
    for file in {one.id: one for one in said.photos}.values():
        session.add(Photo(step_id=step.id or 0, file_id=file.id or 0))
    publish(session, matter, step, now=now)
    return step


def publish(session: Session, matter: Matter, step: Step, *, now: datetime) -> None:
    """Tell that a step was taken: what and where, never in whose words."""
    event = EVENTS.get(Arrow(step.arrow))
    if event is None:
        return
    team = session.get(people.Team, step.team_id) if step.team_id else None
    said = {
        "matter": matter.number,
        "community": people.unit_by_id(session, matter.community_id).code,
        "kind": matter.kind,
        "category": matter.category,
        "state": matter.state,
        "team": team.code if team else None,
    }
    more = {"rating": step.rating} if step.rating else {}
    outbox.publish(session, event, matter.number, said | more, now=now)


def tell_raiser(session: Session, matter: Matter, kind: str, *, now: datetime) -> None:
    """Tell the volunteer who raised a matter that somebody has it, or that it has an answer."""
    if matter.raised_volunteer_id is not None:
        tell(session, matter, kind, to=matter.raised_volunteer_id, now=now)


def tell_team(session: Session, matter: Matter, *, now: datetime) -> None:
    """Tell the leader of the team that a matter is theirs to look after."""
    found = lead_of(session, matter.team_id) if matter.team_id else None
    if found is not None:
        tell(session, matter, "matter_assigned", to=found.volunteer_id, now=now)


def tell(session: Session, matter: Matter, kind: str, *, to: int, now: datetime) -> None:
    """Put a message about a matter into a volunteer's inbox, once for this moment."""
    message = inbox.Message(
        kind=kind,
        key=f"{kind}:{matter.number}:{now.isoformat()}",
        params={"code": matter.number, "day": matter.due_on.isoformat()},
        link=f"/me/matters/{matter.number}",
    )
    inbox.tell(session, [to], message, now=now)
