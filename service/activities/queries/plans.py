"""Reads for planning: a page of plans by state, kinds, series, teams, and who took which step."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, and_, col, or_, select

from service import people, trail
from service.activities.models import Activity, Partner, Partnership, Series, Template
from service.activities.queries.lists import Card, fill
from service.people import Unit

PAGE = 30


@dataclass(frozen=True, slots=True)
class Behind:
    """Where a page begins: behind this activity."""

    day: date
    id: int


def plan_page(
    session: Session,
    *,
    community_ids: Collection[int],
    states: Collection[str],
    series_id: int | None = None,
    behind: Behind | None = None,
) -> list[Card]:
    """Return a page of activities, drafts too, the latest first; one more than a page holds."""
    asked = (
        select(Activity, Template, Unit.code)
        .join(Template, col(Template.id) == Activity.template_id)
        .join(Unit, col(Unit.id) == Activity.community_id)
        .where(col(Activity.community_id).in_(community_ids), col(Activity.status).in_(states))
        .order_by(col(Activity.business_day).desc(), col(Activity.id).desc())
        .limit(PAGE + 1)
    )
    if series_id is not None:
        asked = asked.where(Activity.series_id == series_id)
    if behind is not None:
        asked = asked.where(
            or_(
                col(Activity.business_day) < behind.day,
                and_(Activity.business_day == behind.day, col(Activity.id) < behind.id),
            )
        )
    return fill(session, list(session.exec(asked).all()), None)


def kinds(
    session: Session, programme_ids: Collection[int], *, after: str = "", limit: int = PAGE + 1
) -> list[Template]:
    """Return kinds of activity by their codes, behind a code."""
    asked = (
        select(Template)
        .where(col(Template.programme_id).in_(programme_ids), col(Template.code) > after)
        .order_by(col(Template.code))
        .limit(limit)
    )
    return list(session.exec(asked).all())


def partner_page(
    session: Session, community_ids: Collection[int], *, after: str = ""
) -> list[Partner]:
    """Return a page of partners by name, behind a name; one more than a page holds."""
    asked = (
        select(Partner)
        .where(col(Partner.community_id).in_(community_ids), col(Partner.name) > after)
        .order_by(col(Partner.name), col(Partner.id))
        .limit(PAGE + 1)
    )
    return list(session.exec(asked).all())


def partners_in(session: Session, activity_id: int | None) -> list[Partner]:
    """Return the partners that take part in an activity, by name."""
    asked = (
        select(Partner)
        .join(Partnership, col(Partnership.partner_id) == Partner.id)
        .where(Partnership.activity_id == activity_id)
        .order_by(col(Partner.name))
    )
    return list(session.exec(asked).all())


def series_page(
    session: Session, community_ids: Collection[int], *, before: int | None = None
) -> list[Series]:
    """Return a page of series, the newest first; one more than a page holds."""
    asked = select(Series).where(col(Series.community_id).in_(community_ids))
    if before is not None:
        asked = asked.where(col(Series.id) < before)
    return list(session.exec(asked.order_by(col(Series.id).desc()).limit(PAGE + 1)).all())


def teams(session: Session, community_id: int | None) -> list[people.Team]:
    """Return a community's teams by code."""
    asked = select(people.Team).where(people.Team.community_id == community_id)
    return list(session.exec(asked.order_by(people.Team.code)).all())


def story(session: Session, found: Activity) -> list[Any]:
    """Return what was done to an activity, oldest first."""
    return list(trail.about(session, f"activity:{found.code}"))
