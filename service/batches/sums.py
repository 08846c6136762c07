"""Sums that a run suggested: several lines of ours that together make one of the shop's."""

from contextlib import suppress
from datetime import datetime

from sqlmodel import Session, col, select

from service import reconciliation
from service.batches.models import Match, UnknownSum
from service.reconciliation import AnswerWaits, Difference, Reply, Resolution, Standing


def confirm_sum(
    session: Session, batch_id: int, theirs_id: int, *, note: str, by: str, now: datetime
) -> int:
    """Answer every open exception of a suggested sum, for its lines are one; return how many.

    No yuan move: the sum is exact. What was answered before stays as it was answered, so the same
    again changes nothing; a large amount waits for its second person. Raises UnknownSum.
    """
    parts = {(match.ours_kind, match.ours_id) for match in suggested(session, batch_id, theirs_id)}
    if not parts:
        raise UnknownSum
    asked = select(Difference).where(
        Difference.batch_id == batch_id, col(Difference.status) != Standing.RESOLVED
    )
    said, done = Reply(Resolution.FALSE_ALARM, note), 0
    for row in session.exec(asked.order_by(col(Difference.id))).all():
        if row.theirs_id == theirs_id or (row.ours_kind, row.ours_id) in parts:
            with suppress(AnswerWaits):
                reconciliation.reply(session, row.id or 0, said, by=by, now=now)
                done += 1
    return done


def suggested(session: Session, batch_id: int, theirs_id: int) -> list[Match]:
    """Return the pairs of one of theirs with each of ours that it may be the sum of."""
    asked = select(Match).where(
        Match.batch_id == batch_id, Match.theirs_id == theirs_id, Match.status == "suggested"
    )
    return list(session.exec(asked.order_by(col(Match.id))).all())
