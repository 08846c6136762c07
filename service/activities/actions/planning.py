"""Planning: kinds of activity, and occasions with their posts and first sign-ups."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from service import outbox, people, programmes
from service.activities import rules
from service.activities.actions.rights import check_named
from service.activities.actions.signups import Seat, take_seat
from service.activities.models import Activity, Partner, Partnership, Post, Template, id_of
from service.activities.refusals import (
    SamePostTwice,
    TeamlessPost,
    UnfitMoments,
    UnfitRule,
    UninsuredPost,
    UnknownPartner,
    UnknownTemplate,
)
from service.clock import business_day

SECRET_BYTES = 20
LENGTH_MAX = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PostPlan:
    """Places of one kind. Without a rule they earn by the template's."""

    name: str
    capacity: int
    rule: str | None = None
    min_age: int = 0
    needs_qualification: bool = False
    needs_insurance: bool = False
    risk_text: str | None = None  # what the volunteer agrees to at sign-up
    team_only: bool = False
    per_team_max: int | None = None
    id: int | None = None  # of the post that this one replaces, when a plan is amended


@dataclass(frozen=True, slots=True)
class Plan:
    """What is stated of an occasion; codes name the template, the team and the leader."""

    code: str
    template: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    leader: str
    posts: Sequence[PostPlan]
    team: str | None = None
    insurance_ref: str | None = None
    content: str = ""  # what is done; without one the template's
    partners: Sequence[int] = ()
    draft: bool = False  # not to be seen yet


def add_template(session: Session, template: Template) -> Template:
    """Add a kind of activity; its code is taken once a programme."""
    session.add(template)
    session.flush()
    return template


def plan_activity(
    session: Session,
    plan: Plan,
    *,
    community: people.Unit,
    actor: str,
    now: datetime,
    slot: tuple[int, date] | None = None,
) -> Activity:
    """Publish an occasion in a community that has a programme, with its posts; or draft it.

    `slot` is the series that it belongs to, and the date of the series that it fills.
    Raises UnknownTemplate, UnknownVolunteer (the leader), UnfitRule, UnfitMoments, NoRuleSet,
    SamePostTwice, UninsuredPost, UnknownPartner, LeaderSuspended.
    """
    assert community.programme_id is not None, community.code
    template = find_template(session, community.programme_id, plan.template)
    day, figures, moments = fit(session, community.programme_id, plan)
    series_id, series_day = slot or (None, None)
    leader_id = id_of(people.volunteer(session, plan.leader))
    if slot is None:  # a series goes on whoever leads it: its day is the others' too
        check_named(session, leader_id, on=day)
    activity = Activity(
        code=plan.code,
        programme_id=community.programme_id,
        community_id=id_of(community),
        template_id=id_of(template),
        team_id=team_id(session, id_of(community), plan.team),
        title=plan.title,
        place=plan.place,
        business_day=day,
        leader_id=leader_id,
        insurance_ref=plan.insurance_ref,
        content=plan.content or template.content,
        status="draft",
        onsite_secret=secrets.token_urlsafe(SECRET_BYTES),
        created_at=now,
        series_id=series_id,
        series_day=series_day,
        **asdict(moments),
    )
    session.add(activity)
    session.flush()
    add_posts(session, activity, template, plan=plan, figures=figures)
    name_partners(session, activity, plan.partners)
    if not plan.draft:
        announce(session, activity, actor=actor, now=now)
    return activity


def announce(session: Session, activity: Activity, *, actor: str, now: datetime) -> None:
    """Let everybody see a plan, and tell of it."""
    activity.status, activity.published_at = "published", now
    session.add(activity)
    session.flush()
    said = {
        "activity": activity.code,
        "business_day": activity.business_day.isoformat(),
        "actor": actor,
    }
    outbox.publish(session, "ActivityPublished", activity.code, said, now=now)


def fit(
    session: Session, programme_id: int, plan: Plan
) -> tuple[date, programmes.RuleSet, rules.Window]:
    """Return a plan's day, the rules of that day and the moments they give.

    Raises UnfitMoments, NoRuleSet.
    """
    if not timedelta() < plan.ends_at - plan.starts_at <= LENGTH_MAX:
        raise UnfitMoments
    programme = programmes.programme_by_id(session, programme_id)
    day = business_day(plan.starts_at, programme.zone)
    figures = programmes.rule_set(session, programme_id, day)
    return day, figures, rules.window(figures, plan.starts_at, plan.ends_at)


def add_posts(
    session: Session,
    activity: Activity,
    template: Template,
    *,
    plan: Plan,
    figures: programmes.RuleSet,
) -> None:
    """Give a new plan its posts. Raises UnfitRule, and what `check_posts` raises."""
    check_posts(plan)
    session.add_all([new_post(activity, template, stated, figures) for stated in plan.posts])
    session.flush()


def check_posts(plan: Plan) -> None:
    """Hold the posts of a plan against it. Raises SamePostTwice, UninsuredPost, TeamlessPost."""
    if len({stated.name for stated in plan.posts}) < len(plan.posts):
        raise SamePostTwice
    if not plan.insurance_ref and any(stated.needs_insurance for stated in plan.posts):
        raise UninsuredPost
    if not plan.team and any(stated.team_only for stated in plan.posts):
        raise TeamlessPost


def name_partners(session: Session, activity: Activity, wanted: Sequence[int]) -> None:
    """Say which organisations of the community take part. Raises UnknownPartner."""
    asked = select(Partner.id).where(
        col(Partner.id).in_(wanted), Partner.community_id == activity.community_id
    )
    if len(session.exec(asked).all()) < len(set(wanted)):
        raise UnknownPartner
    named = select(Partnership).where(Partnership.activity_id == activity.id)
    known = {row.partner_id: row for row in session.exec(named)}
    for partner_id in known.keys() - set(wanted):
        session.delete(known[partner_id])
    for partner_id in set(wanted) - known.keys():
        session.add(Partnership(activity_id=id_of(activity), partner_id=partner_id))
    session.flush()


def team_id(session: Session, community_id: int, code: str | None) -> int | None:
    """Return the id of the community's team with this code; None when none is stated."""
    team = people.team(session, community_id=community_id, code=code) if code else None
    return team.id if team else None


def find_template(session: Session, programme_id: int, code: str) -> Template:
    """Return a programme's kind of activity. Raises UnknownTemplate."""
    found = session.exec(
        select(Template).where(Template.programme_id == programme_id, Template.code == code)
    ).first()
    if found is None:
        raise UnknownTemplate
    return found


def new_post(
    activity: Activity, template: Template, stated: PostPlan, figures: programmes.RuleSet
) -> Post:
    """Make a post; danger and night are for adults only. Raises UnfitRule."""
    return Post(activity_id=id_of(activity), **conditions(template, stated, figures))


def conditions(template: Template, stated: PostPlan, figures: programmes.RuleSet) -> dict[str, Any]:
    """Return what a post says of itself. Raises UnfitRule."""
    rule = stated.rule or template.rule
    rate = figures.rate(rule)
    if rate is None:
        raise UnfitRule
    said = {name: value for name, value in asdict(stated).items() if name != "id"}
    return said | {"rule": rule, "adults_only": rules.adults_only(template.risk, rate)}


def seat_first(
    session: Session,
    activity: Activity,
    *,
    volunteers: Sequence[str],
    assisted: Collection[str] = (),
    now: datetime,
) -> list[Seat]:
    """Sign people up in this order, places first and then the queue, as the plan states it."""
    post_id = session.exec(select(Post.id).where(Post.activity_id == activity.id)).first()
    assert post_id is not None, activity.code
    seats = []
    for code in volunteers:
        helped = code in assisted
        actor = "system" if helped else f"volunteer:{code}"
        ids = (id_of(activity), post_id, id_of(people.volunteer(session, code)))
        seats.append(take_seat(session, ids, assisted=helped, actor=actor, now=now))
    return seats
