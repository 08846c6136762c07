"""A suggested sum and the person who says that it is one."""

from functools import partial

from service.batches import confirm_sum
from service.board import batches
from service.board.reach import CLERKS, reach_of
from service.i18n import N_
from service.web import database, now
from service.web.access import require
from service.web.locale import gettext

NOTE = N_("Several entries of ours are this one of the shop's.")


def answer_sum(number: int, theirs: int) -> int:
    """Answer the exceptions of a sum as one of their clerks; return how many were still open.

    Raises UnknownBatch, UnknownSum.
    """
    reader = require(*CLERKS)
    batches.batch(database(), reach_of(database(), reader, CLERKS), number)
    work = partial(
        confirm_sum,
        batch_id=number,
        theirs_id=theirs,
        note=gettext(NOTE),
        by=reader.actor,
        now=now(),
    )
    return database().atomic(work)
