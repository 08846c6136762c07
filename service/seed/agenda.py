"""Kinds of activity and planned activities of a data set, with who signed up and who waits."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from service import activities
from service.clock import SHANGHAI
from service.seed.reading import Data
from service.seed.town import ACTOR, Loader, Town

BEFORE_THE_FIRST = timedelta(minutes=30)


def plan_activities(session: Session, town: Town, data: Data, loader: Loader) -> None:
    """Add the kinds, publish the activities, seat who signed up in the order of the file."""
    names = {}
    for row in data["activity_templates"]:
        names[row["id"]] = row["name"]
        activities.add_template(session, template(town, row))
    for row in data["activities"]:
        community = town.units[row["community"] or town.homes[row["leader"]]]
        planned = activities.plan_activity(
            session,
            plan(row, names[row["template"]]),
            community=community,
            actor=ACTOR,
            now=loader.now,
        )
        activities.seat_first(
            session,
            planned,
            volunteers=row["signups"] + row["waitlist"],
            assisted=row["assisted_signups"],
            now=loader.now,
        )


def first_morning(data: Data) -> datetime | None:
    """Return a moment half an hour before the first activity; None where nothing is planned."""
    starts = [moments(row)[0] for row in data["activities"]]
    return min(starts) - BEFORE_THE_FIRST if starts else None


def template(town: Town, row: Data) -> activities.Template:
    """Say about a kind of activity what the file says."""
    return activities.Template(
        programme_id=town.programme_id,
        code=row["id"],
        name=row["name"],
        rule=row["rule"],
        category=row["category"],
        risk=row["risk"],
        kind=row["kind"],
        counters=row["counters"],
    )


def plan(row: Data, kind: str) -> activities.Plan:
    """Say about an activity what the file says; without posts all places are of its kind."""
    starts_at, ends_at = moments(row)
    posts = [
        activities.PostPlan(post["name"], post["capacity"], post["rule"]) for post in row["posts"]
    ]
    return activities.Plan(
        code=row["id"],
        template=row["template"],
        title=row["title"],
        place=row["place"],
        starts_at=starts_at,
        ends_at=ends_at,
        leader=row["leader"],
        posts=posts or [activities.PostPlan(kind, row["capacity"])],
        team=row["team"],
        insurance_ref=row["insurance_ref"],
    )


def moments(row: Data) -> tuple[datetime, datetime]:
    """Return start and end; an end that is not after the start lies on the next day."""
    zone = ZoneInfo(SHANGHAI)
    starts_at = datetime.combine(row["date"], row["start"], zone)
    ends_at = datetime.combine(row["date"], row["end"], zone)
    return starts_at, ends_at if ends_at > starts_at else ends_at + timedelta(days=1)
