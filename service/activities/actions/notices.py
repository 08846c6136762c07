"""Awards whose notice days are over: their points come into the wallets, once."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from service import people, programmes
from service.activities import rules
from service.activities.actions.posting import Grant, lock_wallets, move, tell_award
from service.activities.models import Award, AwardStatus
from service.clock import business_day

AT_ONCE = 100
SYSTEM = "system"


def post_noticed(session: Session, *, programme_id: int, now: datetime) -> int:
    """Post up to a hundred awards of a programme whose day has come; return how many.

    What another worker is posting is left to it; a key moves points once in any case.
    """
    programme = programmes.programme_by_id(session, programme_id)
    due = due_awards(session, programme_id, business_day(now, programme.zone))
    grants = [grant_of(session, award) for award in due]
    lock_wallets(session, [grant.volunteer for grant in grants])
    for kind in ("attendance", "manual"):
        same = [grant for grant in grants if grant.award.kind == kind]
        move(session, same, actor=SYSTEM, now=now)
    for grant in grants:
        grant.award.status = AwardStatus.POSTED
        session.add(grant.award)
        tell_award(session, grant, now=now)
    return len(grants)


def grant_of(session: Session, award: Award) -> Grant:
    """Return an award with what its caps left when it was confirmed."""
    figures = programmes.rule_set(session, award.programme_id, award.service_day)
    earned = rules.Earned(
        award.present_minutes, award.minutes, award.points, award.cut, award.cut_by
    )
    return Grant(award, earned, figures, people.volunteer_by_id(session, award.volunteer_id))


def due_awards(session: Session, programme_id: int, today: date) -> list[Award]:
    """Return and lock the awards whose points may come by now, the oldest first."""
    asked = (
        select(Award)
        .where(Award.programme_id == programme_id, Award.status == AwardStatus.NOTICED)
        .where(col(Award.spendable_on) <= today)
        .order_by(col(Award.spendable_on), col(Award.id))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(asked).all())
