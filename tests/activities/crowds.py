"""Many volunteers at once, and what the books must say after them."""

from typing import Any

import pytest
from sqlmodel import Session, select

from service import activities, people
from service.activities.queries.lists import card
from tests.activities.town import BORN, Town


def settle(town: Town, count: int, **about: Any) -> list[str]:
    """Let people move in; return their numbers."""
    codes = [f"R{number:04}" for number in range(count)]

    def work(session: Session) -> None:
        home = people.unit(session, "FM")
        for code in codes:
            newcomer = people.Newcomer(code=code, age_band="30-39", channel="phone", name="x")
            row = people.register(session, newcomer, community=home, now=BORN)
            for name, value in about.items():
                setattr(row, name, value)

    town.database.atomic(work)
    return codes


def team(town: Town, code: str) -> int:
    """Found a team of the community; return its number."""

    def work(session: Session) -> int | None:
        home = people.unit(session, "FM")
        return people.found_team(session, community_id=home.id or 0, code=code, name=code).id

    found = town.database.atomic(work)
    assert found is not None
    return int(found)


def join_team(town: Town, codes: list[str], team_id: int) -> None:
    """Let people be members of a team."""
    town.database.rows(
        "UPDATE people_volunteers SET team_id = %(team)s WHERE code = ANY(%(codes)s) RETURNING id",
        {"team": team_id, "codes": codes},
    )


def amend_post(town: Town, activity: str, **columns: Any) -> None:
    """Ask something more of an activity's posts."""
    for name, value in columns.items():
        town.database.rows(
            f"UPDATE activities_posts p SET {name} = %(value)s FROM activities a"
            " WHERE a.id = p.activity_id AND a.code = %(code)s RETURNING p.id",
            {"value": value, "code": activity},
        )


def lines(town: Town, activity: str) -> list[dict[str, Any]]:
    """Return an activity's sign-ups by their turn."""
    return town.database.rows(
        "SELECT v.code, s.status, s.turn, s.priority, s.signed_by_kind AS kind, s.promoted_at,"
        " s.agreed_at, s.agreed_sha256, v.team_id, p.name AS post FROM activities_signups s"
        " JOIN activities a ON a.id = s.activity_id JOIN activities_posts p ON p.id = s.post_id"
        " JOIN people_volunteers v ON v.id = s.volunteer_id"
        " WHERE a.code = %(code)s ORDER BY s.turn",
        {"code": activity},
    )


def statuses(town: Town, activity: str = "A1") -> dict[str, str]:
    """Return who stands where, by turn."""
    return {row["code"]: row["status"] for row in lines(town, activity)}


def taken(town: Town, activity: str = "A1") -> int:
    """Return the places that an activity's posts count as taken."""
    return int(
        town.one(
            "SELECT sum(taken) FROM activities_posts p JOIN activities a ON a.id = p.activity_id"
            " WHERE a.code = %(a)s",
            a=activity,
        )
    )


def assert_exact(town: Town, activity: str) -> None:
    """Places and sign-ups agree, nothing is left free while somebody waits, each event once."""
    rows = lines(town, activity)
    held = [row for row in rows if row["status"] in {"confirmed", "came", "no_show"}]
    capacity = town.one(
        "SELECT sum(capacity) FROM activities_posts p JOIN activities a ON a.id = p.activity_id"
        " WHERE a.code = %(a)s",
        a=activity,
    )
    assert taken(town, activity) == len(held) <= capacity
    if any(row["status"] == "waiting" for row in rows):
        assert len(held) == capacity
    assert len({row["code"] for row in rows}) == len(rows)


def place_in_line(town: Town, who: str, activity: str) -> int | None:
    """Return the number that the activity's page shows to somebody."""

    def work(session: Session) -> int | None:
        found = activities.activity(session, activity)
        return card(session, found, people.volunteer(session, who).id).place

    return town.database.atomic(work)


def post_of(session: Session, found: activities.Activity) -> activities.Post:
    """Return an activity's first post, as its planner would change it."""
    asked = select(activities.Post).where(activities.Post.activity_id == found.id)
    return session.exec(asked.with_for_update(key_share=True)).first() or pytest.fail("no post")
