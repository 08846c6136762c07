"""Kinds of activity: what a plan begins with."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from service import programmes, trail
from service.activities.actions.planning import PostPlan, add_template
from service.activities.models import Template
from service.activities.refusals import KindExists, SamePostTwice, UnfitRule
from service.clock import business_day


@dataclass(frozen=True, slots=True)
class Kind:
    """What is stated of a kind of activity."""

    code: str
    name: str
    rule: str
    category: str
    risk: str  # low | danger
    kind: str = "service"  # service | visit | training | event
    content: str = ""
    counters: Sequence[str] = ()
    duration_minutes: int | None = None
    active: bool = True
    posts: Sequence[PostPlan] = ()


def save_kind(
    session: Session, said: Kind, *, programme_id: int, actor: str, now: datetime, new: bool
) -> Template:
    """Add a kind of activity to a programme, or change one; activities planned before stay.

    Raises KindExists, UnknownTemplate, UnfitRule, SamePostTwice.
    """
    programme = programmes.programme_by_id(session, programme_id)
    figures = programmes.rule_set(session, programme_id, business_day(now, programme.zone))
    used = {said.rule, *(post.rule for post in said.posts if post.rule)}
    if any(figures.rate(rule) is None for rule in used):
        raise UnfitRule
    if len({post.name for post in said.posts}) < len(said.posts):
        raise SamePostTwice
    row = known_kind(session, programme_id, said.code)
    if new and row is not None:
        raise KindExists
    if row is None:
        row = Template(programme_id=programme_id, **kept(said))
    for name, value in kept(said).items():
        setattr(row, name, value)
    add_template(session, row)
    trail.record(
        session,
        actor=actor,
        action="kind_saved",
        subject=f"kind:{said.code}",
        detail=kept(said),
        now=now,
    )
    return row


def known_kind(session: Session, programme_id: int, code: str) -> Template | None:
    """Return a programme's kind of activity, or None."""
    asked = select(Template).where(Template.programme_id == programme_id, Template.code == code)
    return session.exec(asked).first()


def kept(said: Kind) -> dict[str, Any]:
    """Return what a row keeps of a statement."""
    values = {name: getattr(said, name) for name in Kind.__slots__ if name != "posts"}
    posts = [{**asdict(post), "id": None} for post in said.posts]
    return values | {"counters": list(said.counters), "default_posts": posts}
