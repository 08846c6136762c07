"""Confirming hours: the leader for others, the recorder for the leader, nobody for himself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from service import people, programmes
from service.activities import rules
from service.activities.actions.attendance import stay
from service.activities.actions.posting import Grant, find_award, lock_wallets, post_awards
from service.activities.models import Activity, Attendance, Award, AwardStatus, Post, Signup, id_of
from service.errors import KeyReused


@dataclass(frozen=True, slots=True)
class Order:
    """What a confirming person asks: whose stay, by which rule, under which key."""

    rule: str | None = None  # None: the post's own if the person meets it, else the general one
    key: str | None = None  # None: made of the activity and the volunteer
    flags: tuple[str, ...] = ()
    maker: str | None = None  # who typed in a paper line; the one who confirms is the approver


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer: `ok` with the award, or `refused` with one of the closed reasons."""

    status: str
    reason: str | None = None
    award: Award | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of a confirmation: whose stay, and how."""

    volunteer: people.Volunteer
    order: Order


def confirm(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    order: Order,
    by: people.Caller,
    now: datetime,
) -> Outcome:
    """Confirm one stay and award its points, once: asking again answers with the first award.

    Reasons: rejected_self, needs_recorder (the leader's own row), not_in, not_out, not_service,
    rule_not_allowed, requirement_missing, under_age (a post for adults), taken_back.
    """
    return confirm_all(session, activity, [Asked(volunteer, order)], by=by, now=now)[0]


def confirm_all(
    session: Session,
    activity: Activity,
    asked: Sequence[Asked],
    *,
    by: people.Caller,
    now: datetime,
) -> list[Outcome]:
    """Confirm a whole list like `confirm`, all points in one posting; answers in the same order.

    Who cannot be confirmed is told so and does not stop the others. Rows are locked by volunteer,
    so that two lists of the same people do not wait for each other in a circle.
    """
    lines = sorted(asked, key=lambda one: id_of(one.volunteer))
    found = {id_of(one.volunteer): judge(session, activity, one, by=by, now=now) for one in lines}
    ready = [one for one in found.values() if isinstance(one, Ready)]
    lock_wallets(session, [one.grant.volunteer for one in ready])
    post_awards(session, [one.grant for one in ready], actor=by.actor, now=now)
    for one in ready:
        one.row.status = "confirmed"
        session.add(one.row)
    if ready:
        close_when_all_is_confirmed(session, activity, now=now)
    return [outcome_of(found[id_of(one.volunteer)]) for one in asked]


@dataclass(frozen=True, slots=True)
class Ready:
    """A stay that nothing stands against, with what it earns before caps."""

    grant: Grant
    row: Attendance


def outcome_of(found: Outcome | Ready) -> Outcome:
    """Return the answer to one line."""
    return Outcome("ok", None, found.grant.award) if isinstance(found, Ready) else found


def judge(
    session: Session, activity: Activity, asked: Asked, *, by: people.Caller, now: datetime
) -> Outcome | Ready:
    """Say why a stay cannot be confirmed, which award it has already, or what it earns."""
    volunteer, order = asked.volunteer, asked.order
    if by.volunteer_id == volunteer.id:
        return Outcome("refused", "rejected_self")
    row = stay(session, activity_id=activity.id, volunteer_id=volunteer.id, lock=True)
    if row is None:
        return Outcome("refused", "not_in")
    if reason := unready(row, activity, volunteer, by):
        return Outcome("refused", reason)
    if known := award_of(session, row):
        return again(known)
    figures = programmes.rule_set(session, activity.programme_id, activity.business_day)
    rule = choose_rule(session, activity, volunteer, order=order, row=row, figures=figures)
    if rule in RULE_REASONS:
        return Outcome("refused", rule)
    award = new_award(activity, volunteer, order=order, by=by, now=now)
    if find_award(session, award.key):
        raise KeyReused
    award.rule = rule
    return Ready(Grant(award, fill_award(award, row, activity, figures), figures, volunteer), row)


def again(known: Award) -> Outcome:
    """Answer with the first award; one that was taken back is not given a second time."""
    if known.status == AwardStatus.REVERSED:
        return Outcome("refused", "taken_back", known)
    return Outcome("ok", None, known, replayed=True)


RULE_REASONS = {"rule_not_allowed", "requirement_missing", "under_age"}


def unready(
    row: Attendance, activity: Activity, volunteer: people.Volunteer, by: people.Caller
) -> str | None:
    """Return why a row cannot be confirmed by this caller now, or None."""
    if row.kind != "service":
        return "not_service"
    if row.out_at is None:
        return "not_out"
    if volunteer.id == activity.leader_id and by.kind != "staff":
        return "needs_recorder"
    return None


def award_of(session: Session, row: Attendance) -> Award | None:
    """Return the award of a stay, if it was confirmed before."""
    return session.exec(select(Award).where(Award.attendance_id == row.id)).first()


def new_award(
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    order: Order,
    by: people.Caller,
    now: datetime,
) -> Award:
    """Make the row of an award from attendance; its figures follow."""
    return Award(
        key=order.key or f"AW-{activity.code}-{volunteer.code}",
        programme_id=activity.programme_id,
        kind="attendance",
        volunteer_id=id_of(volunteer),
        activity_id=activity.id,
        rule="",
        present_minutes=0,
        minutes=0,
        points=0,
        service_day=activity.business_day,
        service_month=rules.month_of(activity.business_day),
        maker=order.maker or by.actor,
        approver=by.actor if order.maker else None,
        status=AwardStatus.POSTED,
        flags=list(order.flags),
        entered_at=now,
    )


def fill_award(
    award: Award, row: Attendance, activity: Activity, figures: programmes.RuleSet
) -> rules.Earned:
    """Put the minutes of a stay into its award; return what they earn before any cap."""
    assert row.out_at is not None
    present = rules.present_minutes(row.in_at, row.out_at, activity.starts_at, activity.ends_at)
    earned = rules.earn(figures, award.rule, present)
    award.attendance_id = row.id
    award.present_minutes, award.minutes = earned.present, earned.minutes
    award.flags = sorted({*award.flags, *row_flags(row)})
    return earned


def row_flags(row: Attendance) -> set[str]:
    """Name what a reader of the award should know of its attendance."""
    typed = {"typed"} if "C4" in {row.in_way, row.out_way} else set()
    return typed | ({"amended"} if row.amended else set())


def choose_rule(
    session: Session,
    activity: Activity,
    volunteer: people.Volunteer,
    *,
    order: Order,
    row: Attendance,
    figures: programmes.RuleSet,
) -> str:
    """Return the code of the rule to use, or the reason why there is none for this person.

    A post for adults gives the young nothing, by whatever way they came into it.
    """
    serving, own = serving_of(activity, volunteer), own_post(session, activity, row)
    if own.adults_only and not volunteer.adult:
        return "under_age"
    if order.rule is None:
        return rules.default_rule(figures, own.rule, serving)
    posts = session.exec(select(Post.rule).where(Post.activity_id == activity.id)).all()
    rate = figures.rate(order.rule)
    if rate is None or not rules.allowed(figures, order.rule, posts):
        return "rule_not_allowed"
    return "requirement_missing" if rules.missing(rate, serving) else order.rule


def serving_of(activity: Activity, volunteer: people.Volunteer) -> rules.Serving:
    """Gather what a rate may ask about."""
    return rules.Serving(
        age=people.age_floor(volunteer.age_band),
        qualified=volunteer.qualification_verified,
        insured=bool(activity.insurance_ref),
    )


def own_post(session: Session, activity: Activity, row: Attendance) -> Post:
    """Return the post that somebody signed up for; the leader's is the first one."""
    mine = select(Post).join(Signup, col(Signup.post_id) == Post.id)
    found = session.exec(
        mine.where(Signup.activity_id == row.activity_id, Signup.volunteer_id == row.volunteer_id)
    ).first()
    first = select(Post).where(Post.activity_id == activity.id).order_by(col(Post.id))
    return found or session.exec(first.limit(1)).one()


def close_when_all_is_confirmed(session: Session, activity: Activity, *, now: datetime) -> None:
    """Move an activity that is over to `confirmed` once no stay is left to confirm."""
    unfinished = select(Attendance.id).where(
        Attendance.activity_id == activity.id,
        col(Attendance.status).in_(["in", "out", "undecided"]),
    )
    if now >= activity.ends_at and session.exec(unfinished.limit(1)).first() is None:
        activity.status = "confirmed"
        session.add(activity)
