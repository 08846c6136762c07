"""Agreeing to the risks of a post afterwards: after a walk-in, or when its words changed."""

from datetime import datetime

from sqlmodel import Session, col, select

from service import people, trail
from service.activities.eligibility import agreement
from service.activities.models import Activity, Post, Signup
from service.activities.refusals import NotSignedUp

STANDING = ("confirmed", "waiting", "came")


def agree(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    agreed: str | None,
    actor: str,
    now: datetime,
) -> None:
    """Note that somebody agrees to the risks of the own post, as they stand there now.

    Another one may state it who read them out; the trail keeps who did. Agreeing twice changes
    nothing. Raises NotSignedUp, RiskNotAgreed.
    """
    asked = select(Signup, Post).join(Post, col(Post.id) == Signup.post_id)
    mine = asked.where(Signup.activity_id == activity.id, Signup.volunteer_id == volunteer.id)
    found = session.exec(
        mine.where(col(Signup.status).in_(STANDING)).with_for_update(of=Signup)
    ).first()
    if found is None:
        raise NotSignedUp
    signup, post = found
    digest = agreement(post.risk_text, agreed)
    if digest is None or digest == signup.agreed_sha256:
        return
    signup.agreed_sha256, signup.agreed_at = digest, now
    session.add(signup)
    trail.record(
        session,
        actor=actor,
        action="risks_agreed",
        subject=f"signup:{activity.code}:{volunteer.code}",
        detail={"post": post.name, "words": digest.hex()},
        now=now,
    )
