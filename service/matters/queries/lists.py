"""Reads of single matters and of pages of them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, or_, select, tuple_

from service import activities, files, people
from service.matters.models import Lead, Matter, Photo, Step
from service.matters.refusals import UnknownAssignee, UnknownMatter
from service.matters.rules import Kind, State

PAGE = 30
NUMBER = re.compile(r"[!-~]{1,40}-[0-9]{6}-[0-9]{3,9}")
TOKEN = re.compile(r"[a-z2-7]{26}")
PRESENT = ("in", "out", "undecided", "confirmed")
VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose matters a reader may list: all of some communities, or what one grid worker has."""

    community_ids: tuple[int, ...] = ()
    staff_id: int | None = None

    def where(self) -> Any:
        """Return the condition that holds for the reader's matters."""
        within = col(Matter.community_id).in_(self.community_ids)
        return within if self.staff_id is None else or_(within, Matter.staff_id == self.staff_id)


@dataclass(frozen=True, slots=True)
class Listed:
    """A matter with the name of who has it: a team's, or a grid worker's sign-in name."""

    matter: Matter
    team: str | None
    staff: str | None
    community: str

    @property
    def cursor(self) -> str:
        """Where the next page of what is open begins."""
        return f"{self.matter.due_on}.{self.matter.id}"


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a matter's story."""

    step: Step
    team: str | None
    staff: str | None
    photos: tuple[files.File, ...]


def find(session: Session, number: str) -> Matter:
    """Return a matter by its number. Raises UnknownMatter."""
    known = NUMBER.fullmatch(number.upper()) is not None
    asked = select(Matter).where(Matter.number == number.upper())
    found = session.exec(asked).one_or_none() if known else None
    if found is None:
        raise UnknownMatter
    return found


def find_by_token(session: Session, token: str) -> Matter:
    """Return the matter of a resident's link. Raises UnknownMatter."""
    known = TOKEN.fullmatch(token) is not None
    asked = select(Matter).where(Matter.token == token)
    found = session.exec(asked).one_or_none() if known else None
    if found is None:
        raise UnknownMatter
    return found


def listed() -> Any:
    """Return the select of matters with who has them."""
    return (
        select(Matter, people.Team.name, people.Staff.code, people.Unit.code)
        .join(people.Unit, col(people.Unit.id) == Matter.community_id)
        .outerjoin(people.Team, col(people.Team.id) == Matter.team_id)
        .outerjoin(people.Staff, col(people.Staff.id) == Matter.staff_id)
    )


def waiting(
    session: Session, seen: Seen, *, state: State | None = None, after: str = "", limit: int = PAGE
) -> list[Listed]:
    """Return one page of what has no answer yet, the soonest due first."""
    asked = listed().where(seen.where(), Matter.state != State.ANSWERED)
    if state is not None:
        asked = asked.where(Matter.state == state)
    if place := read_cursor(after):
        asked = asked.where(tuple_(col(Matter.due_on), col(Matter.id)) > tuple_(*place))
    rows = session.exec(asked.order_by(Matter.due_on, Matter.id).limit(limit)).all()
    return [Listed(*row) for row in rows]


def answered(session: Session, seen: Seen, *, before: int | None = None) -> list[Listed]:
    """Return one page of what has an answer, the newest matter first."""
    return newest(session, seen.where() & (col(Matter.state) == State.ANSWERED), before)


def read_number(word: str) -> int | None:
    """Read the number before which a page begins; None for what is none."""
    return int(word[:18]) if word.isdecimal() else None


def read_cursor(word: str) -> tuple[date, int] | None:
    """Read where a page begins; None for the first page, and for what is no place."""
    day, _, number = word.partition(".")
    try:
        at = read_number(number)
        return None if at is None else (date.fromisoformat(day), at)
    except ValueError:
        return None


def calls(session: Session, community_ids: Collection[int]) -> list[Listed]:
    """Return the calls for help that nobody has solved yet, the oldest first."""
    asked = listed().where(
        col(Matter.community_id).in_(community_ids),
        Matter.kind == Kind.HELP,
        col(Matter.state).in_([State.FOUND, State.ASSIGNED]),
    )
    return [Listed(*row) for row in session.exec(asked.order_by(Matter.id).limit(PAGE)).all()]


def of_visit(session: Session, activity_id: int, *, before: int | None = None) -> list[Listed]:
    """Return one page of what was raised on a visit, newest first."""
    return newest(session, Matter.activity_id == activity_id, before)


def raised_by(session: Session, volunteer_id: int, *, before: int | None = None) -> list[Listed]:
    """Return one page of what a volunteer raised, newest first."""
    return newest(session, Matter.raised_volunteer_id == volunteer_id, before)


def newest(session: Session, which: Any, before: int | None) -> list[Listed]:
    """Return one page of some matters, newest first."""
    asked = listed().where(which)
    if before is not None:
        asked = asked.where(col(Matter.id) < before)
    rows = session.exec(asked.order_by(col(Matter.id).desc()).limit(PAGE)).all()
    return [Listed(*row) for row in rows]


def count_of_visit(session: Session, activity_id: int) -> int:
    """Return how many matters were raised on a visit."""
    asked = select(func.count()).select_from(Matter).where(Matter.activity_id == activity_id)
    return session.exec(asked).one()


def led_by(session: Session, volunteer_id: int, *, after: str = "") -> list[Listed]:
    """Return one page of what a volunteer's team has to solve, the soonest due first."""
    asked = (
        listed()
        .join(Lead, col(Lead.team_id) == Matter.team_id)
        .where(Lead.volunteer_id == volunteer_id, col(Lead.ended_at).is_(None))
        .where(Matter.state == State.ASSIGNED)
    )
    if place := read_cursor(after):
        asked = asked.where(tuple_(col(Matter.due_on), col(Matter.id)) > tuple_(*place))
    rows = session.exec(asked.order_by(Matter.due_on, Matter.id).limit(PAGE)).all()
    return [Listed(*row) for row in rows]


def with_assignee(session: Session, matter: Matter) -> Listed:
    """Return a matter with the name of who has it."""
    return Listed(*session.exec(listed().where(Matter.id == matter.id)).one())


def story(session: Session, matter: Matter) -> list[Told]:
    """Return every step of a matter in its order, with its pictures."""
    asked = (
        select(Step, people.Team.name, people.Staff.code)
        .outerjoin(people.Team, col(people.Team.id) == Step.team_id)
        .outerjoin(people.Staff, col(people.Staff.id) == Step.staff_id)
        .where(Step.matter_id == matter.id)
        .order_by(col(Step.id))
    )
    rows = session.exec(asked).all()
    shown = photos(session, [step.id or 0 for step, _, _ in rows])
    return [Told(step, team, code, shown.get(step.id or 0, ())) for step, team, code in rows]


def photos(session: Session, step_ids: Collection[int]) -> dict[int, tuple[files.File, ...]]:
    """Return the pictures of some steps."""
    rows = session.exec(
        select(Photo).where(col(Photo.step_id).in_(step_ids)).order_by(col(Photo.file_id))
    ).all()
    kept = files.find_all(session, {row.file_id for row in rows})
    shown: dict[int, tuple[files.File, ...]] = {}
    for row in rows:
        shown[row.step_id] = (*shown.get(row.step_id, ()), kept[row.file_id])
    return shown


def shows(session: Session, matter: Matter, file: files.File) -> bool:
    """Tell whether a picture belongs to a matter."""
    asked = (
        select(Photo.file_id)
        .join(Step, col(Step.id) == Photo.step_id)
        .where(Step.matter_id == matter.id, Photo.file_id == file.id)
    )
    return session.exec(asked.limit(1)).first() is not None


def is_visit(session: Session, activity: activities.Activity) -> bool:
    """Tell whether an activity is a visit that takes place."""
    template = session.get_one(activities.Template, activity.template_id)
    return template.kind == VISIT and activity.status not in ("draft", "cancelled")


def takes_part(session: Session, activity: activities.Activity, volunteer_id: int) -> bool:
    """Tell whether a volunteer leads a visit or was checked in there."""
    if not is_visit(session, activity):
        return False
    stay = select(activities.Attendance.id).where(
        activities.Attendance.activity_id == activity.id,
        activities.Attendance.volunteer_id == volunteer_id,
        col(activities.Attendance.status).in_(PRESENT),
    )
    return volunteer_id == activity.leader_id or session.exec(stay).first() is not None


def call_since(session: Session, *, volunteer_id: int, since: datetime) -> Matter | None:
    """Return a volunteer's call for help of the last minutes that has no answer yet."""
    asked = select(Matter).where(
        Matter.raised_volunteer_id == volunteer_id,
        Matter.kind == Kind.HELP,
        Matter.state != State.ANSWERED,
        col(Matter.raised_at) > since,
    )
    return session.exec(asked.order_by(col(Matter.id).desc()).limit(1)).first()


def last_place(session: Session, volunteer_id: int) -> str | None:
    """Return the place of a volunteer's last call for help."""
    asked = select(Matter.place).where(
        Matter.raised_volunteer_id == volunteer_id, Matter.kind == Kind.HELP
    )
    return session.exec(asked.order_by(col(Matter.id).desc()).limit(1)).first()


def lead_of(session: Session, team_id: int, *, lock: bool = False) -> Lead | None:
    """Return who solves for a team now, or None."""
    asked = select(Lead).where(Lead.team_id == team_id, col(Lead.ended_at).is_(None))
    return session.exec(asked.with_for_update() if lock else asked).one_or_none()


def teams(session: Session, community_id: int) -> list[tuple[people.Team, people.Volunteer | None]]:
    """Return a community's teams with their leaders, in the order of their codes."""
    asked = (
        select(people.Team, people.Volunteer)
        .outerjoin(Lead, (col(Lead.team_id) == people.Team.id) & col(Lead.ended_at).is_(None))
        .outerjoin(people.Volunteer, col(people.Volunteer.id) == Lead.volunteer_id)
        .where(people.Team.community_id == community_id)
    )
    return [(team, lead) for team, lead in session.exec(asked.order_by(people.Team.code)).all()]


def grid_workers(session: Session, community: people.Unit) -> list[people.Staff]:
    """Return the grid workers of a community, by their sign-in names."""
    asked = (
        select(people.Staff)
        .join(people.RoleRow, col(people.RoleRow.staff_id) == people.Staff.id)
        .where(people.RoleRow.role == people.Role.GRID, people.RoleRow.scope_code == community.code)
        .where(col(people.Staff.active))
    )
    return list(session.exec(asked.order_by(people.Staff.code)).all())


def grid_worker(session: Session, community: people.Unit, code: str) -> int:
    """Return a grid worker of a community by the sign-in name. Raises UnknownAssignee."""
    found = next((one.id for one in grid_workers(session, community) if one.code == code), None)
    if found is None:
        raise UnknownAssignee
    return found


def own_team(session: Session, community: people.Unit, code: str) -> people.Team:
    """Return a community's team by its code. Raises UnknownAssignee."""
    found = people.team(session, community_id=community.id or 0, code=code)
    if found is None:
        raise UnknownAssignee
    return found
