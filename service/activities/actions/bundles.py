"""Taking several awards back at once: proposed together, decided together or not at all."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from service import people
from service.activities.actions.awards import Decision
from service.activities.actions.posting import lock_wallets
from service.activities.actions.reversals import decide_reversal, propose_reversal
from service.activities.models import Award, AwardReversal, id_of
from service.activities.refusals import UnknownAward
from service.people import Volunteer


def awards_by_key(
    session: Session, keys: Collection[str], community_ids: Collection[int]
) -> list[Award]:
    """Return the awards of some communities by their keys, the oldest first.

    Raises UnknownAward where one of them is not there.
    """
    asked = (
        select(Award)
        .join(Volunteer, col(Volunteer.id) == Award.volunteer_id)
        .where(col(Award.key).in_(keys), col(Volunteer.community_id).in_(community_ids))
    )
    found = list(session.exec(asked.order_by(col(Award.id))).all())
    if len(found) != len(set(keys)):
        raise UnknownAward
    return found


def propose_together(
    session: Session,
    awards: Sequence[Award],
    *,
    bundle: str,
    reason: str,
    by: people.Caller,
    now: datetime,
) -> None:
    """Propose to take these awards back under one name.

    Raises NotReversible, ProposedBefore, OtherCommunity, ReasonMissing.
    """
    for award in sorted(awards, key=id_of):
        propose_reversal(session, id_of(award), reason=reason, by=by, now=now, bundle=bundle)


def decide_together(
    session: Session,
    awards: Sequence[Award],
    *,
    bundle: str,
    decision: Decision,
    by: people.Caller,
    now: datetime,
) -> list[AwardReversal]:
    """Take all awards of a bundle back as the second person, or refuse to.

    Every wallet is locked before the first award moves, so that two bundles wait for each other
    and never in a ring. Raises what `decide_reversal` raises, and then nothing has moved.
    """
    found = sorted(awards, key=id_of)
    if decision.accept:
        lock_wallets(session, [people.volunteer_by_id(session, one.volunteer_id) for one in found])
    return [
        decide_reversal(session, id_of(one), decision=decision, by=by, now=now, bundle=bundle)
        for one in found
    ]
