"""The members of staff and their offices, as an administrator keeps them.

An administrator reaches the units in and under the own scope: who works there, and the offices
that count there. Offices of associations and shops are given on their own pages.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from service import trail
from service.errors import Forbidden
from service.people.actions import close_sessions, dismiss, employ, grant, set_password
from service.people.models import (
    LastAdministrator,
    OwnOffice,
    Role,
    RoleRow,
    Staff,
    StaffExists,
    StoppedStaff,
    Unit,
    UnitKind,
    UnknownStaff,
    UnknownUnit,
    WrongPlace,
)
from service.people.queries import codes_above, find_staff, unit
from service.people.rules import Caller
from service.people.tokens import first_password

# Which office counts in a place of which kind; one of a shop or an association is given elsewhere.
ABOVE = frozenset({UnitKind.DISTRICT, UnitKind.SUBDISTRICT})
PLACES: dict[str, frozenset[UnitKind]] = {
    Role.SECRETARY: frozenset({UnitKind.COMMUNITY}),
    Role.RECORDER: frozenset({UnitKind.COMMUNITY}),
    Role.APPROVER: frozenset({UnitKind.COMMUNITY}),
    Role.GRID: frozenset({UnitKind.COMMUNITY}),
    Role.AUDITOR: ABOVE,
    Role.ADMINISTRATOR: ABOVE,
}
PAGE = 50


@dataclass(frozen=True, slots=True)
class Keeper:
    """The administrator who acts, the units within reach by code, and the moment."""

    who: Caller
    units: dict[str, Unit]
    now: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """An office and the place in which it shall count."""

    role: Role
    scope: str


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the list: who, and which of the offices are within the reader's reach."""

    staff: Staff
    place: str
    offices: tuple[RoleRow, ...]
    elsewhere: int  # offices that are given on other pages or by others
    own: bool


def reach(session: Session, scopes: Collection[str]) -> dict[str, Unit]:
    """Return the units in and under some scopes, by code."""
    every = session.exec(select(Unit).order_by(Unit.code)).all()
    return {one.code: one for one in every if set(codes_above(session, one.id or 0)) & set(scopes)}


def members(session: Session, keeper: Keeper, *, after: str = "") -> list[Member]:
    """Return a page of those who work or hold an office within reach, and one more if there is."""
    ids = [one.id for one in keeper.units.values()]
    holding = select(RoleRow.staff_id).where(col(RoleRow.scope_code).in_(keeper.units))
    asked = select(Staff).where(
        or_(col(Staff.community_id).in_(ids), col(Staff.id).in_(holding)), Staff.code > after
    )
    found = session.exec(asked.order_by(Staff.code).limit(PAGE + 1)).all()
    held = offices_of(session, [one.id or 0 for one in found])
    return [line(keeper, one, held.get(one.id or 0, [])) for one in found]


def offices_of(session: Session, staff_ids: Collection[int]) -> dict[int, list[RoleRow]]:
    """Return the offices of some members of staff, by member."""
    asked = select(RoleRow).where(col(RoleRow.staff_id).in_(staff_ids))
    found: dict[int, list[RoleRow]] = {}
    for row in session.exec(asked.order_by(RoleRow.role, RoleRow.scope_code)):
        found.setdefault(row.staff_id, []).append(row)
    return found


def line(keeper: Keeper, one: Staff, held: list[RoleRow]) -> Member:
    """Write a member of staff down as this reader may see it."""
    mine = tuple(row for row in held if given_here(keeper, row))
    places = {unit.id: unit.name for unit in keeper.units.values()}
    own = keeper.who.kind == "staff" and keeper.who.id == one.id
    return Member(one, places.get(one.community_id, ""), mine, len(held) - len(mine), own)


def given_here(keeper: Keeper, row: RoleRow) -> bool:
    """Tell whether an office is one that this administrator gives and takes."""
    return row.scope_code in keeper.units and row.role in PLACES


def take_on(
    session: Session, keeper: Keeper, *, login: str, title: str, post: Post
) -> tuple[Staff, str | None]:
    """Employ somebody with a first office; return the first password, which is said only here.

    The same again changes nothing and says no password. Raises StaffExists, and what `give` does.
    """
    place = place_of(keeper, post)
    known = find_staff(session, login)
    if known is not None:
        if known.title != title or not holds(session, known, post):
            raise StaffExists(field="login")
        return known, None
    home = place.id if place.kind == UnitKind.COMMUNITY else None
    row = employ(session, code=login, title=title, community_id=home)
    note(session, keeper, "staff.employ", row, title=title)
    give(session, keeper, row, post)
    return row, renew_password(session, keeper, row)


def holds(session: Session, one: Staff, post: Post) -> bool:
    """Tell whether somebody has this office there."""
    return session.get(RoleRow, (one.id, post.role, post.scope)) is not None


def give(session: Session, keeper: Keeper, one: Staff, post: Post) -> None:
    """Give an office; who has it has it.

    Raises OwnOffice, WrongPlace, UnknownUnit, StoppedStaff.
    """
    place_of(keeper, post)
    not_oneself(keeper, one)
    if not one.active:
        raise StoppedStaff
    if holds(session, one, post):
        return
    assert one.id is not None
    by, at = keeper.who.actor, keeper.now
    grant(session, staff_id=one.id, role=post.role, scope_code=post.scope, given=(by, at))
    note(session, keeper, "office.give", one, role=post.role, scope=post.scope)


def take(session: Session, keeper: Keeper, one: Staff, post: Post) -> None:
    """Take an office away; it ends with the next request. Raises OwnOffice, LastAdministrator."""
    place_of(keeper, post)
    not_oneself(keeper, one)
    if not holds(session, one, post):
        return
    assert one.id is not None
    if post.role == Role.ADMINISTRATOR:
        keep_one(session, one, [post.scope])
    dismiss(session, staff_id=one.id, role=post.role, scope_code=post.scope)
    note(session, keeper, "office.take", one, role=post.role, scope=post.scope)


def stop(session: Session, keeper: Keeper, one: Staff) -> None:
    """End somebody's work: no sign-in, and every session is over. Twice is once."""
    not_oneself(keeper, one)
    all_within(session, keeper, one)
    if not one.active:
        return
    assert one.id is not None
    held = offices_of(session, [one.id]).get(one.id, [])
    keep_one(session, one, [row.scope_code for row in held if row.role == Role.ADMINISTRATOR])
    one.active = False
    ended = close_sessions(session, staff_id=one.id, now=keeper.now)
    note(session, keeper, "staff.stop", one, sessions=ended)


def resume(session: Session, keeper: Keeper, one: Staff) -> None:
    """Let somebody who was stopped work again, with the offices that are left. Twice is once."""
    not_oneself(keeper, one)
    all_within(session, keeper, one)
    if not one.active:
        one.active = True
        note(session, keeper, "staff.resume", one)


def renew_password(session: Session, keeper: Keeper, one: Staff) -> str:
    """Give somebody a new first password, said only here; every session of theirs ends."""
    not_oneself(keeper, one)
    all_within(session, keeper, one)
    if not one.active:
        raise StoppedStaff
    drawn = first_password()
    session.flush()
    set_password(session, code=one.code, password=drawn, now=keeper.now, first=True)
    note(session, keeper, "staff.password", one)
    return drawn


def member(session: Session, keeper: Keeper, code: str) -> Staff:
    """Return a member of staff within reach. Raises UnknownStaff, also for everybody else's."""
    one = find_staff(session, code)
    if one is None or one.id is None:
        raise UnknownStaff
    held = offices_of(session, [one.id]).get(one.id, [])
    homes = {unit.id for unit in keeper.units.values()}
    if one.community_id not in homes and not any(row.scope_code in keeper.units for row in held):
        raise UnknownStaff
    return one


def place_of(keeper: Keeper, post: Post) -> Unit:
    """Return the place of an office. Raises UnknownUnit beyond reach, WrongPlace."""
    place = keeper.units.get(post.scope)
    if place is None:
        raise UnknownUnit(field="scope")
    if place.kind not in PLACES.get(post.role, frozenset()):
        raise WrongPlace(field="scope")
    return place


def not_oneself(keeper: Keeper, one: Staff) -> None:
    """Refuse what somebody would do about himself. Raises OwnOffice."""
    if keeper.who.kind != "staff" or keeper.who.id == one.id:
        raise OwnOffice


def all_within(session: Session, keeper: Keeper, one: Staff) -> None:
    """Refuse to touch who also works beyond reach, as a superior does. Raises Forbidden.

    Offices of associations and shops are nobody's higher office.
    """
    assert one.id is not None
    held = offices_of(session, [one.id]).get(one.id, [])
    beyond = {row.scope_code for row in held if row.role in PLACES} - set(keeper.units)
    homes = {None, *(unit.id for unit in keeper.units.values())}
    if beyond or one.community_id not in homes:
        raise Forbidden


def keep_one(session: Session, leaving: Staff, scopes: Iterable[str]) -> None:
    """See that another administrator stays for each scope. Raises LastAdministrator.

    Two who remove each other at once wait here for each other, and the second one is refused.
    """
    for scope in sorted(scopes):
        asked = (
            select(RoleRow.staff_id)
            .join(Staff, col(Staff.id) == RoleRow.staff_id)
            .where(RoleRow.role == Role.ADMINISTRATOR, col(Staff.active))
            .where(col(RoleRow.scope_code).in_(codes_above(session, unit(session, scope).id or 0)))
            .order_by(col(RoleRow.staff_id))
            .with_for_update()
        )
        if set(session.exec(asked).all()) <= {leaving.id}:
            raise LastAdministrator


def note(session: Session, keeper: Keeper, action: str, one: Staff, /, **detail: Any) -> None:
    """Leave a trace of who did what to whom."""
    by, about = keeper.who.actor, f"staff:{one.code}"
    trail.record(session, actor=by, action=action, subject=about, detail=detail, now=keeper.now)
