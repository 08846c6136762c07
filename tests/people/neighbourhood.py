"""A small neighbourhood for tests: two communities under one sub-district, a recorder in each."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session

from service import people, programmes
from service.db import Database

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
FIGURES = {
    "time": {"step_minutes": 30, "min_minutes": 30},
    "rates_points_per_hour": [{"code": "R-GEN", "name": "general", "rate": 10}],
    "caps": {"points_per_day": 80, "points_per_month": 500},
    "goods_points_per_yuan": 5,
}
PASSWORD = "correct horse battery"
HASH = people.hash_password(PASSWORD)


@dataclass(frozen=True)
class Neighbourhood:
    """Ids of what was built."""

    programme_id: int
    east_id: int
    west_id: int


def build(session: Session) -> Neighbourhood:
    """Build units QT > EA, WE; recorders R-EA, R-WE, auditor AUD; volunteers EA0001, WE0001 …"""
    programme = programmes.open_programme(session, code="QT", name="Quiet Town")
    programmes.adopt(
        session,
        programme_id=programme.id,
        code="QT-1",
        figures=FIGURES,
        effective_from=date(2025, 1, 1),
    )
    kinds = people.UnitKind
    town = people.found_unit(
        session,
        kind=kinds.SUBDISTRICT,
        code="QT",
        name="Quiet Town",
        programme_id=programme.id,
    )
    east, west = (
        people.found_unit(
            session,
            kind=kinds.COMMUNITY,
            code=code,
            name=name,
            parent_id=town.id,
            programme_id=programme.id,
        )
        for code, name in (("EA", "East"), ("WE", "West"))
    )
    employ(session, "R-EA", people.Role.RECORDER, "EA", east.id)
    employ(session, "R-WE", people.Role.RECORDER, "WE", west.id)
    employ(session, "AUD", people.Role.AUDITOR, "QT", None)
    for unit in (east, west):
        for number in range(1, 4):
            newcomer = people.Newcomer(
                code=f"{unit.code}{number:04d}",
                age_band="40-49",
                channel="phone",
                name=f"Name {unit.code} {number}",
            )
            people.register(session, newcomer, community=unit, now=LONG_AGO)
    return Neighbourhood(programme.id, east.id, west.id)


def employ(
    session: Session, code: str, role: people.Role, scope: str, community_id: int | None
) -> None:
    """Employ somebody with one office and the password of the tests."""
    row = people.employ(
        session, code=code, title=code, community_id=community_id, password_hash=HASH
    )
    people.grant(session, staff_id=row.id, role=role, scope_code=scope)


def staff_token(database: Database, code: str, *, now: datetime) -> str:
    """Sign a member of staff in without the price of a password."""
    return database.atomic(
        lambda session: people.open_staff_session(
            session, staff_id=people.staff(session, code).id, now=now
        )
    )


def volunteer_token(database: Database, code: str, *, now: datetime) -> str:
    """Sign a volunteer in without a PIN."""
    return database.atomic(
        lambda session: people.open_volunteer_session(
            session, volunteer_id=people.volunteer(session, code).id, now=now
        )
    )


def bearer(token: str) -> dict[str, str]:
    """Return the header that sends a token."""
    return {"Authorization": f"Bearer {token}"}
