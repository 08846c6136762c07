"""Planning: kinds of activity, and occasions with their posts and first sign-ups."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session, select

from service import outbox, people, programmes
from service.activities import rules
from service.activities.actions.signups import Seat, take_seat
from service.activities.models import Activity, Post, Template, id_of
from service.activities.refusals import UnfitRule, UnfitTime, UnknownTemplate
from service.clock import business_day

SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class PostPlan:
    """Places of one kind. Without a rule they earn by the template's."""

    name: str
    capacity: int
    rule: str | None = None


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


def add_template(session: Session, template: Template) -> Template:
    """Add a kind of activity; its code is taken once a programme."""
    session.add(template)
    session.flush()
    return template


def plan_activity(
    session: Session, plan: Plan, *, community: people.Unit, actor: str, now: datetime
) -> Activity:
    """Publish an occasion in a community that has a programme, with its posts.

    Raises UnknownTemplate, UnknownVolunteer (the leader), UnfitRule, UnfitTime, NoRuleSet.
    """
    assert community.programme_id is not None, community.code
    programme = programmes.programme_by_id(session, community.programme_id)
    day = business_day(plan.starts_at, programme.zone)
    if plan.ends_at <= plan.starts_at:
        raise UnfitTime
    figures = programmes.rule_set(session, community.programme_id, day)
    template = find_template(session, community.programme_id, plan.template)
    activity = Activity(
        code=plan.code,
        programme_id=community.programme_id,
        community_id=id_of(community),
        template_id=id_of(template),
        team_id=team_id(session, id_of(community), plan.team),
        title=plan.title,
        place=plan.place,
        business_day=day,
        leader_id=id_of(people.volunteer(session, plan.leader)),
        insurance_ref=plan.insurance_ref,
        status="published",
        onsite_secret=secrets.token_urlsafe(SECRET_BYTES),
        created_at=now,
        **asdict(rules.window(figures, plan.starts_at, plan.ends_at)),
    )
    session.add(activity)
    session.flush()
    for stated in plan.posts:
        session.add(new_post(activity, template, stated, figures))
    session.flush()
    said = {"activity": activity.code, "business_day": day.isoformat(), "actor": actor}
    outbox.publish(session, "ActivityPublished", activity.code, said, now=now)
    return activity


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
    rule = stated.rule or template.rule
    rate = figures.rate(rule)
    if rate is None:
        raise UnfitRule
    return Post(
        activity_id=id_of(activity),
        name=stated.name,
        rule=rule,
        adults_only=rules.adults_only(template.risk, rate),
        capacity=stated.capacity,
    )


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
