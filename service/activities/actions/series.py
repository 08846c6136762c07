"""Activities that come again every week: their dates are planned some weeks ahead, each once."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, func, select

from service import people, programmes, trail
from service.activities.actions.lifecycle import Mover, call_off
from service.activities.actions.planning import (
    Plan,
    PostPlan,
    find_template,
    plan_activity,
    team_id,
)
from service.activities.actions.rights import check_named
from service.activities.models import Activity, Series, Template, id_of
from service.activities.refusals import CodeTaken, UnfitDays, UnknownSeries
from service.activities.weekdays import dates, moments
from service.clock import business_day
from service.programmes import NoRuleSet

AHEAD = timedelta(weeks=4)
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
CODE_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Weekly:
    """On which weekdays, at what hours of the wall clock, and from when until when."""

    weekdays: Sequence[int]  # 1 is Monday
    starts: time
    ends: time  # not after the start: on the next day
    from_day: date
    until_day: date | None = None
    skip_holidays: bool = False


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """What is stated of a series: the plan of each of its activities, and the weekly rhythm."""

    template: str
    title: str
    place: str
    leader: str
    posts: Sequence[PostPlan]
    weekly: Weekly
    team: str | None = None
    insurance_ref: str | None = None
    content: str = ""
    partners: Sequence[int] = field(default_factory=tuple)
    code: str | None = None  # without one a new one is made


def new_code(prefix: str = "") -> str:
    """Return a code that nobody has: it stands in addresses and codes of activities."""
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))


def plan_series(
    session: Session, plan: SeriesPlan, *, community: people.Unit, actor: str, now: datetime
) -> Series:
    """Begin a series and plan its first weeks; one that has begun under its code is returned.

    Raises UnfitDays, CodeTaken, and what planning raises.
    """
    assert community.programme_id is not None, community.code
    if plan.code and (known := known_series(session, plan.code)):
        if known.community_id != community.id:
            raise CodeTaken
        return known
    weekly, leader_id = plan.weekly, id_of(people.volunteer(session, plan.leader))
    check_named(session, leader_id, on=max(weekly.from_day, business_day(now)))
    if not weekly.weekdays or (weekly.until_day and weekly.until_day < weekly.from_day):
        raise UnfitDays
    series = Series(
        code=plan.code or new_code("S"),
        programme_id=community.programme_id,
        community_id=id_of(community),
        template_id=id_of(find_template(session, community.programme_id, plan.template)),
        team_id=team_id(session, id_of(community), plan.team),
        leader_id=leader_id,
        title=plan.title,
        place=plan.place,
        content=plan.content,
        insurance_ref=plan.insurance_ref,
        posts=[asdict(post) for post in plan.posts],
        partners=sorted(plan.partners),
        created_by=actor,
        created_at=now,
        **asdict(weekly) | {"weekdays": sorted(set(weekly.weekdays))},
    )
    session.add(series)
    session.flush()
    record(session, series, "series_begun", actor=actor, now=now)
    make_occurrences(session, series, actor=actor, now=now)
    return series


def make_occurrences(
    session: Session, series: Series, *, actor: str, now: datetime
) -> list[Activity]:
    """Plan the dates of the coming weeks that are not planned yet; each date once, for ever.

    A date that was called off or moved stays taken. Where no rules are in force yet, the dates
    wait for the next time. Raises what planning raises.
    """
    found = lock(session, series)
    if found.ended_at is not None:
        return []
    programme = programmes.programme_by_id(session, found.programme_id)
    today = business_day(now, programme.zone)
    last = min(filter(None, (found.until_day, today + AHEAD)))
    taken = set(
        session.exec(select(col(Activity.series_day)).where(Activity.series_id == found.id))
    )
    left_out = holidays(session) if found.skip_holidays else set()
    community = people.unit_by_id(session, found.community_id)
    made: list[Activity] = []
    for day in dates(found.weekdays, max(found.from_day, today), last):
        plan = occurrence(session, found, day, zone=programme.zone)
        if day in taken or day in left_out or plan.starts_at <= now:
            continue
        slot = (id_of(found), day)
        try:
            made.append(
                plan_activity(session, plan, community=community, actor=actor, now=now, slot=slot)
            )
        except NoRuleSet:
            break
    found.made_until = last
    session.add(found)
    return made


def holidays(session: Session) -> set[date]:
    """Return the days off that the loaded arrangements name."""
    return {day for day, works in programmes.working_days(session).named.items() if not works}


def occurrence(session: Session, series: Series, day: date, *, zone: str) -> Plan:
    """Return the plan of one date of a series."""
    starts_at, ends_at = moments(day, series.starts, series.ends, zone)
    team = session.get(people.Team, series.team_id) if series.team_id else None
    return Plan(
        code=f"{series.code}-{day:%y%m%d}",
        template=session.get_one(Template, series.template_id).code,
        title=series.title,
        place=series.place,
        starts_at=starts_at,
        ends_at=ends_at,
        leader=people.volunteer_by_id(session, series.leader_id).code,
        posts=[PostPlan(**post) for post in series.posts],
        team=team.code if team else None,
        insurance_ref=series.insurance_ref,
        content=series.content,
        partners=series.partners,
    )


def end_series(
    session: Session, series: Series, *, by: Mover, now: datetime, reason: str | None = None
) -> int:
    """Plan no more dates; with a reason, call off those ahead too. Return how many were.

    What was planned otherwise stays, and ending twice changes nothing more.
    """
    found = lock(session, series)
    if found.ended_at is None:
        found.ended_at, found.ended_by = now, by.actor
        session.add(found)
        record(session, found, "series_ended", actor=by.actor, now=now)
    if reason is None:
        return 0
    ahead = select(Activity).where(
        Activity.series_id == found.id,
        col(Activity.status).in_(["draft", "published"]),
        col(Activity.opens_at) > now,
    )
    rows = session.exec(ahead.order_by(col(Activity.id))).all()
    for one in rows:
        call_off(session, one, reason=reason, by=by, now=now)
    return len(rows)


def record(session: Session, series: Series, action: str, *, actor: str, now: datetime) -> None:
    """Write into the trail what was done to a series."""
    trail.record(session, actor=actor, action=action, subject=f"series:{series.code}", now=now)


def lock(session: Session, series: Series) -> Series:
    """Read a series as it is now and keep it for this transaction."""
    asked = select(Series).where(Series.id == id_of(series))
    locked = asked.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(locked).one()


def find_series(session: Session, code: str) -> Series:
    """Return a series by its code. Raises UnknownSeries."""
    found = known_series(session, code)
    if found is None:
        raise UnknownSeries
    return found


def known_series(session: Session, code: str) -> Series | None:
    """Return a series by its code, or None."""
    return session.exec(select(Series).where(Series.code == code)).first()


def count_dates(session: Session, series: Series) -> int:
    """Return how many dates of a series are planned, those called off too."""
    asked = select(func.count()).where(Activity.series_id == series.id)
    return session.exec(asked).one()


def running_series(session: Session) -> list[int]:
    """Return the series whose dates are still to be planned."""
    asked = select(Series).where(col(Series.ended_at).is_(None)).order_by(col(Series.id))
    return [id_of(one) for one in session.exec(asked)]


def continue_series(session: Session, series_id: int, *, now: datetime) -> int:
    """Plan the coming weeks of one series, as the clock does; return how many dates were new."""
    series = session.get_one(Series, series_id)
    return len(make_occurrences(session, series, actor="system", now=now))
