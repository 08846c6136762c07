"""Reads of people. What a request costs before its own work is one statement: `resolve_token`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from service.db import Database
from service.people.identities import called, name_in
from service.people.models import (
    Device,
    Identity,
    Profile,
    Role,
    RoleRow,
    Staff,
    Team,
    Unit,
    UnknownDevice,
    UnknownStaff,
    UnknownUnit,
    UnknownVolunteer,
    Volunteer,
)
from service.people.rules import SHUT_OUT, TOKEN_AGE, TOKEN_GRACE, TOKEN_OVERLAP, Caller
from service.people.tokens import DEVICE_PREFIX, TOKEN_CHARACTERS_MAX, successor, token_hash

PAGE_MAX = 100
PERSON = """WITH found AS (
  SELECT CASE WHEN s.staff_id IS NULL THEN 'volunteer' ELSE 'staff' END AS kind,
         coalesce(s.staff_id, s.volunteer_id) AS id, coalesce(t.code, v.code) AS code,
         coalesce(t.community_id, v.community_id) AS community_id,
         coalesce(t.volunteer_id, v.id) AS volunteer_id,
         ARRAY(SELECT role || ' ' || scope_code FROM people_roles r
               WHERE r.staff_id = s.staff_id) AS roles,
         s.factor IS NOT NULL AS strong,
         coalesce(s.last_seen_at, s.created_at) < %(now)s - interval '10 minutes' AS unseen
  FROM people_sessions s LEFT JOIN people_staff t ON t.id = s.staff_id
    LEFT JOIN people_holders v ON v.id = s.volunteer_id
  WHERE s.token_hash = %(hash)s AND s.revoked_at IS NULL AND s.expires_at > %(now)s
    AND (t.active OR v.id IS NOT NULL))
SELECT f.*, people_reach(f.roles, f.volunteer_id) AS reach,
  u.code AS community, coalesce(u.programme_id, (
    SELECT min(programme_id) FROM people_units
    WHERE code = ANY (SELECT split_part(role, ' ', 2) FROM unnest(f.roles) AS role))
  ) AS programme_id
FROM found f LEFT JOIN people_units u ON u.id = f.community_id"""
DEVICE = """SELECT 'device' AS kind, d.id, d.name AS code, d.community_id, d.shop_id, d.profile,
  u.code AS community, u.programme_id, d.shifts, d.revoked_at IS NOT NULL AS shut_out,
  CASE WHEN d.clerk_until > %(now)s THEN d.clerk END AS clerk,
  CASE WHEN d.blocked_until > %(now)s THEN d.blocked_until END AS blocked_until,
  d.token_made_at <= %(due)s OR d.token_hash <> %(hash)s AS renew,
  coalesce(d.last_seen_at < %(now)s - interval '1 hour', true) AS unseen,
  d.token_hash = %(hash)s AND coalesce(d.old_token_until > %(grace)s, false) AS arrived,
  ARRAY(SELECT c.id FROM people_units c WHERE c.kind = 'community' AND CASE d.profile
    WHEN 'till' THEN c.programme_id = (SELECT s.programme_id FROM shops s WHERE s.id = d.shop_id)
    ELSE c.id = d.community_id END ORDER BY c.id)::text AS reach
FROM people_devices d LEFT JOIN people_units u ON u.id = d.community_id
WHERE """
USE = "UPDATE people_sessions SET last_seen_at = %(now)s WHERE token_hash = %(hash)s RETURNING 1"
BY_TOKEN = DEVICE + "d.token_hash = %(hash)s"
BY_OLD_TOKEN = DEVICE + "d.old_token_hash = %(hash)s AND d.old_token_until > %(now)s"
SEE = "UPDATE people_devices SET last_seen_at = %(now)s WHERE id = %(id)s RETURNING id"
ARRIVE = """UPDATE people_devices SET old_token_until = least(old_token_until, %(grace)s)
WHERE id = %(id)s AND token_hash = %(hash)s RETURNING id"""
RENEW = """UPDATE people_devices SET old_token_hash = token_hash, old_token_until = %(until)s,
  token_hash = %(next)s, token_made_at = %(now)s
WHERE id = %(id)s AND token_hash = %(hash)s AND revoked_at IS NULL RETURNING id"""
RENEWED = "SELECT id FROM people_devices WHERE id = %(id)s AND token_hash = %(next)s"
CHAIN = """WITH RECURSIVE up AS (
  SELECT code, parent_id FROM people_units WHERE code = %(code)s
  UNION ALL SELECT u.code, u.parent_id FROM people_units u JOIN up ON u.id = up.parent_id)
SELECT code FROM up"""
# By a key that somebody showed or a row told: the wall stands before lists, not before these.
HOLDER = "SELECT * FROM people_holders WHERE "
UNDER = """WITH RECURSIVE down AS (
  SELECT id, kind FROM people_units WHERE code = ANY (%(codes)s)
  UNION SELECT u.id, u.kind FROM people_units u JOIN down ON u.parent_id = down.id)
SELECT id FROM down WHERE kind = 'community'"""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the volunteers' list."""

    volunteer: Volunteer
    name: str
    team: str | None
    community: str


def resolve_token(database: Database, token: str, *, now: datetime) -> Caller | None:
    """Return whose token this is, in one statement; None when it is nobody's or over.

    A tablet is marked as seen once an hour, a session every ten minutes, by a statement more.
    A tablet that was shut out is told.
    """
    if not token or len(token) > TOKEN_CHARACTERS_MAX:
        return None
    if token.startswith(DEVICE_PREFIX):
        return resolve_device(database, token_hash(token), now=now)
    asked = {"hash": token_hash(token), "now": now}
    row = database.call(PERSON, asked)
    if row is None:
        return None
    if row.pop("unseen"):
        database.call(USE, asked)
    return caller_of(row)


def resolve_device(database: Database, hashed: bytes, *, now: datetime) -> Caller | None:
    """Return whose tablet this is. Only a token that is nobody's is looked for among the old."""
    known = {"hash": hashed, "now": now, "due": now - TOKEN_AGE, "grace": now + TOKEN_GRACE}
    row = database.call(BY_TOKEN, known) or database.call(BY_OLD_TOKEN, known)
    if row is None:
        return None
    unseen, arrived = row.pop("unseen"), row.pop("arrived")
    if row["shut_out"]:
        return SHUT_OUT
    if unseen:
        database.call(SEE, {"id": row["id"], "now": now})
    if arrived:
        database.call(ARRIVE, {**known, "id": row["id"]})
    return caller_of(row)


def renew_token(
    database: Database, *, token: str, device_id: int, secret: str, now: datetime
) -> str | None:
    """Return the token that a tablet shall use from now on. The old one works on for two days."""
    following = successor(token, secret)
    asked = {"hash": token_hash(token), "next": token_hash(following), "id": device_id, "now": now}
    renewed = database.call(RENEW, {**asked, "until": now + TOKEN_OVERLAP})
    return following if renewed or database.call(RENEWED, asked) else None


def caller_of(row: dict[str, Any]) -> Caller:
    """Make a caller of what the database knows about a token."""
    roles = frozenset(tuple(role.split(" ", 1)) for role in row.pop("roles", ()))
    return Caller(roles=roles, **{**row, "community": row["community"] or ""})


def scope_chain(database: Database, code: str) -> tuple[str, ...]:
    """Return a scope's own code and its parents'; what is no unit (a shop) stands alone."""
    return tuple(row["code"] for row in database.rows(CHAIN, {"code": code})) or (code,)


def communities_under(database: Database, codes: Collection[str]) -> list[int]:
    """Return the communities in or under the named units."""
    return [row["id"] for row in database.rows(UNDER, {"codes": list(codes)})]


def unit(session: Session, code: str) -> Unit:
    """Return a unit by its code. Raises UnknownUnit."""
    found = session.exec(select(Unit).where(Unit.code == code)).one_or_none()
    if found is None:
        raise UnknownUnit
    return found


def community_of(session: Session, scope: str) -> int | None:
    """Return the community that a scope's code names; None for a sub-district or a shop."""
    asked = select(Unit.id).where(Unit.code == scope, Unit.kind == "community")
    return session.exec(asked).one_or_none()


def codes_above(session: Session, unit_id: int) -> tuple[str, ...]:
    """Return the code of a unit and those of its parents: where an office counts for it."""
    found = unit_by_id(session, unit_id)
    above = codes_above(session, found.parent_id) if found.parent_id is not None else ()
    return (found.code, *above)


def unit_by_id(session: Session, unit_id: int) -> Unit:
    """Return a unit that a row refers to."""
    return session.get_one(Unit, unit_id)


def communities(session: Session, programme_id: int) -> list[Unit]:
    """Return a programme's communities in the order of their codes."""
    asked = select(Unit).where(Unit.programme_id == programme_id, Unit.kind == "community")
    return list(session.exec(asked.order_by(Unit.code)).all())


def team(session: Session, *, community_id: int, code: str) -> Team | None:
    """Return a community's team by its code, or None."""
    asked = select(Team).where(Team.community_id == community_id, Team.code == code)
    return session.exec(asked).one_or_none()


def volunteer(session: Session, code: str) -> Volunteer:
    """Return a volunteer by the booklet's number. Raises UnknownVolunteer."""
    found = find_volunteer(session, code)
    if found is None:
        raise UnknownVolunteer
    return found


def find_volunteer(session: Session, code: str) -> Volunteer | None:
    """Return a volunteer by the booklet's number, or None."""
    held = select(Volunteer).from_statement(text(HOLDER + "code = :code"))
    return session.execute(held, {"code": code}).scalars().one_or_none()


def volunteer_by_id(session: Session, volunteer_id: int) -> Volunteer:
    """Return a volunteer that a row refers to."""
    held = select(Volunteer).from_statement(text(HOLDER + "id = :id"))
    found: Volunteer = session.execute(held, {"id": volunteer_id}).scalars().one()
    return found


def list_volunteers(
    session: Session,
    *,
    community_ids: Collection[int],
    after: str = "",
    search: str = "",
    whom: str = "",
    limit: int = 50,
) -> list[Listed]:
    """Return one page of the volunteers of some communities, by booklet number after `after`.

    `search` is a part of the number, `whom` a whole name, phone or ID number. Who is a minor comes
    without a name: that is shown to whoever says why.
    """
    asked = (
        select(Volunteer, Identity, Team.name, Unit.name)
        .join(Unit, col(Unit.id) == Volunteer.community_id)
        .outerjoin(Identity, col(Identity.volunteer_id) == Volunteer.id)
        .outerjoin(Team, col(Team.id) == Volunteer.team_id)
        .where(col(Volunteer.community_id).in_(community_ids), Volunteer.code > after)
        .order_by(Volunteer.code)
        .limit(min(limit, PAGE_MAX))
    )
    if search:
        asked = asked.where(col(Volunteer.code).icontains(search, autoescape=True))
    if whom:
        asked = asked.where(called(session, whom))
    return [
        Listed(row, name_in(session, known if row.adult else None), team, place)
        for row, known, team, place in session.exec(asked)
    ]


def staff(session: Session, code: str) -> Staff:
    """Return a member of staff by the sign-in name. Raises UnknownStaff."""
    found = find_staff(session, code)
    if found is None:
        raise UnknownStaff
    return found


def find_staff(session: Session, code: str) -> Staff | None:
    """Return a member of staff by the sign-in name, or None."""
    return session.exec(select(Staff).where(Staff.code == code)).one_or_none()


def roles_of(session: Session, staff_id: int) -> frozenset[tuple[str, str]]:
    """Return the offices of a member of staff with their scopes."""
    rows = session.exec(select(RoleRow).where(RoleRow.staff_id == staff_id)).all()
    return frozenset((row.role, row.scope_code) for row in rows)


def holders(session: Session, role: Role, scopes: Collection[str]) -> list[tuple[str, Staff]]:
    """Return who holds an office in some scopes: the scope and the member of staff."""
    asked = (
        select(RoleRow.scope_code, Staff)
        .join(Staff, col(Staff.id) == RoleRow.staff_id)
        .where(RoleRow.role == role, col(RoleRow.scope_code).in_(scopes))
    )
    return list(session.exec(asked.order_by(RoleRow.scope_code, Staff.code)).all())


def device(session: Session, device_id: int) -> Device:
    """Return a paired tablet, revoked ones too. Raises UnknownDevice."""
    found = session.get(Device, device_id)
    if found is None:
        raise UnknownDevice
    return found


def devices_of_shop(session: Session, shop_id: int) -> list[Device]:
    """Return a shop's tablets that still work, oldest pairing first."""
    asked = select(Device).where(Device.shop_id == shop_id, col(Device.revoked_at).is_(None))
    return list(session.exec(asked.order_by(col(Device.id))).all())


def gates_of(
    session: Session, community_ids: Collection[int], *, after: int = 0, limit: int = 50
) -> list[Device]:
    """Return a page of the gate tablets of communities that still work, oldest pairing first."""
    asked = select(Device).where(
        col(Device.community_id).in_(community_ids),
        Device.profile == Profile.GATE,
        col(Device.revoked_at).is_(None),
        col(Device.id) > after,
    )
    return list(session.exec(asked.order_by(col(Device.id)).limit(limit)).all())


def wards(session: Session, guardian_id: int) -> list[Volunteer]:
    """Return the minors whose guardian a volunteer is, by booklet number."""
    asked = select(Volunteer).where(Volunteer.guardian_id == guardian_id).order_by(Volunteer.code)
    return [one for one in session.exec(asked) if not one.adult]
