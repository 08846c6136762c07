"""Amending a plan: what may still change, who must hear of it, and posts that people hold."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel import Session, col, select

from service import inbox, outbox, people, programmes
from service.activities.actions.lifecycle import Mover, lock, record
from service.activities.actions.planning import (
    Plan,
    PostPlan,
    check_posts,
    conditions,
    find_template,
    fit,
    name_partners,
    new_post,
    team_id,
)
from service.activities.actions.rights import check_named
from service.activities.actions.signups import promote_waiting
from service.activities.eligibility import risk_digest
from service.activities.models import Activity, Partnership, Post, Signup, Template, id_of
from service.activities.refusals import PlanFixed, PostInUse, TooSoon

CHANGEABLE = {"draft", "published", "open"}
TOLD = ("confirmed", "waiting")
SEEN = ("title", "place", "starts_at", "ends_at")  # what calendars and volunteers go by
FIXED_WHEN_OPEN = ("template", "leader", "starts_at", "ends_at", "team")


def stated_plan(session: Session, activity: Activity) -> Plan:
    """Return the plan of an activity as it could have been stated."""
    posts = session.exec(
        select(Post).where(Post.activity_id == activity.id).order_by(col(Post.id))
    ).all()
    partners = session.exec(
        select(Partnership.partner_id).where(Partnership.activity_id == activity.id)
    ).all()
    team = session.get(people.Team, activity.team_id) if activity.team_id else None
    return Plan(
        code=activity.code,
        template=session.get_one(Template, activity.template_id).code,
        title=activity.title,
        place=activity.place,
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        leader=people.volunteer_by_id(session, activity.leader_id).code,
        posts=[stated_post(post) for post in posts],
        team=team.code if team else None,
        insurance_ref=activity.insurance_ref,
        content=activity.content,
        partners=sorted(partners),
        draft=activity.status == "draft",
    )


def stated_post(post: Post) -> PostPlan:
    """Return a post as a plan states it."""
    return PostPlan(**{name: getattr(post, name) for name in PostPlan.__slots__})


def copied(plan: Plan, *, code: str, starts_at: datetime, ends_at: datetime) -> Plan:
    """Return the same plan as a draft for another time; its posts are new ones."""
    posts = [replace(post, id=None) for post in plan.posts]
    return replace(plan, code=code, starts_at=starts_at, ends_at=ends_at, posts=posts, draft=True)


def amend_plan(
    session: Session, activity: Activity, plan: Plan, *, by: Mover, now: datetime
) -> Activity:
    """Change a plan that has not gone too far, and tell those who go by its time and place.

    Raises PlanFixed, PostInUse, and what planning raises.
    """
    found = lock(session, activity)
    before = stated_plan(session, found)
    if replace(plan, code=before.code, draft=before.draft) == before:
        return found  # sent twice, or nothing was changed
    fits(found, before, plan, now=now)
    template = find_template(session, found.programme_id, plan.template)
    found.business_day, figures, moments = fit(session, found.programme_id, plan)
    for name, value in asdict(moments).items():
        setattr(found, name, value)
    for name in ("title", "place", "insurance_ref", "content"):
        setattr(found, name, getattr(plan, name))
    found.template_id = id_of(template)
    found.team_id = team_id(session, found.community_id, plan.team)
    found.leader_id = id_of(people.volunteer(session, plan.leader))
    if (plan.leader, plan.starts_at) != (before.leader, before.starts_at):
        check_named(session, found.leader_id, on=found.business_day)
    amend_posts(session, found, template, plan=plan, figures=figures, now=now)
    tell_of_risks(session, found, before, now=now)
    name_partners(session, found, plan.partners)
    changed = [name for name in Plan.__slots__ if getattr(before, name) != getattr(plan, name)]
    session.add(found)
    record(session, found, "activity_amended", {"fields": changed}, by=by, now=now)
    tell_of_changes(session, found, before, by=by, now=now)
    return found


def fits(found: Activity, before: Plan, plan: Plan, *, now: datetime) -> None:
    """Refuse what the state of an activity no longer allows. Raises PlanFixed, TooSoon."""
    if found.status not in CHANGEABLE:
        raise PlanFixed
    if found.status == "open" and any(
        getattr(before, name) != getattr(plan, name) for name in FIXED_WHEN_OPEN
    ):
        raise PlanFixed
    if found.status == "published":
        if before.template != plan.template:
            raise PlanFixed
        if before.starts_at != plan.starts_at and plan.starts_at <= now:
            raise TooSoon


def amend_posts(
    session: Session,
    found: Activity,
    template: Template,
    *,
    plan: Plan,
    figures: programmes.RuleSet,
    now: datetime,
) -> None:
    """Change, add and take away posts; new places go to whoever waits, in order.

    Raises PostInUse, SamePostTwice, UninsuredPost, UnfitRule.
    """
    check_posts(plan)
    locked = select(Post).where(Post.activity_id == found.id).order_by(col(Post.id))
    rows = session.exec(
        locked.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).all()
    kept = pairs(rows, plan.posts)
    for row in rows:
        if row.id not in kept:
            drop(session, row)
    make_way(session, rows, kept)
    for row in rows:
        if stated := kept.get(id_of(row)):
            if stated.capacity < row.taken:
                raise PostInUse
            for name, value in conditions(template, stated, figures).items():
                setattr(row, name, value)
            session.flush()
            promote_waiting(session, found, post_id=id_of(row), now=now)
            session.refresh(row)
    matched = list(kept.values())
    added = [stated for stated in plan.posts if stated not in matched]
    session.add_all([new_post(found, template, stated, figures) for stated in added])
    session.flush()


def make_way(session: Session, rows: Sequence[Post], kept: Mapping[int, PostPlan]) -> None:
    """Take the old names away first: two posts may exchange theirs."""
    for row in rows:
        if id_of(row) in kept and kept[id_of(row)].name != row.name:
            row.name = f"#{row.id}"
    session.flush()


def pairs(rows: Sequence[Post], stated: Sequence[PostPlan]) -> dict[int, PostPlan]:
    """Return which stated post stands for which row: by its number, else by its name."""
    by_id = {post.id: post for post in stated if post.id is not None}
    by_name = {post.name: post for post in stated if post.id is None}
    found = {id_of(row): by_id.get(id_of(row)) or by_name.get(row.name) for row in rows}
    return {row_id: post for row_id, post in found.items() if post is not None}


def drop(session: Session, row: Post) -> None:
    """Take a post away that nobody ever signed up for. Raises PostInUse."""
    asked = select(Signup.id).where(Signup.post_id == row.id)
    if session.exec(asked.limit(1)).first() is not None:
        raise PostInUse
    session.delete(row)


def moments_of(found: Activity) -> dict[str, str | int]:
    """Return what a message says of where and when."""
    return {
        "title": found.title,
        "place": found.place,
        "starts_at": found.starts_at.isoformat(),
    }


def tell_of_changes(
    session: Session, found: Activity, before: Plan, *, by: Mover, now: datetime
) -> None:
    """Tell calendars of every change that people saw, and volunteers of a new time or place."""
    changed = [name for name in SEEN if getattr(before, name) != getattr(found, name)]
    if found.status == "draft" or not changed:
        return
    found.revision, found.changed_at = found.revision + 1, now
    session.add(found)
    session.flush()
    said = {
        "activity": found.code,
        "business_day": found.business_day.isoformat(),
        "changed": changed,
        "actor": by.actor,
    }
    outbox.publish(session, "ActivityChanged", found.code, said, now=now)
    if changed != ["title"]:
        tell_moved(session, found, by=by, now=now)


def tell_of_risks(session: Session, found: Activity, before: Plan, *, now: datetime) -> None:
    """Ask whoever holds a post whose risks have new words to agree to them, once a wording."""
    known = {post.id: post.risk_text for post in before.posts}
    rows = session.exec(select(Post).where(Post.activity_id == found.id)).all()
    for post in rows:
        if post.risk_text and post.risk_text != known.get(post.id, post.risk_text):
            key = f"risk_changed:{found.code}:{post.id}:{risk_digest(post.risk_text)[:16]}"
            said = moments_of(found)
            message = inbox.Message("risk_changed", key, said, f"/activities/{found.code}")
            inbox.tell(session, holders(session, post), message, now=now)


def holders(session: Session, post: Post) -> list[int]:
    """Return who has a place or a turn at a post."""
    asked = select(Signup.volunteer_id).where(
        Signup.post_id == post.id, col(Signup.status).in_(TOLD)
    )
    return sorted(session.exec(asked))


def tell_moved(session: Session, found: Activity, *, by: Mover, now: datetime) -> int:
    """Tell everybody with a place or a turn, and the leader, where and when it is now."""
    asked = select(Signup.volunteer_id).where(
        Signup.activity_id == found.id, col(Signup.status).in_(TOLD)
    )
    others = {*session.exec(asked), found.leader_id} - {by.volunteer_id}
    message = inbox.Message(
        "activity_moved",
        f"activity_moved:{found.code}:{found.revision}",
        moments_of(found),
        f"/activities/{found.code}",
    )
    return inbox.tell(session, sorted(one for one in others if one), message, now=now)
