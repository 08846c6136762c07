"""Jobs of settlement: days put up for signing, statements made, the points equation checked."""

from datetime import timedelta
from functools import partial

from service import settlement
from service.clock import business_day
from service.settlement import Press, Span
from workers.runtime import runtime
from workers.steps import programme_ids, repeat, tell_progress, waits_for_locks

FIRST = 1


class EquationBroken(Exception):
    """The points of some wallets do not add up: the job fails until somebody has looked."""


@waits_for_locks
def prepare_days() -> int:
    """Put up every compared day whose content is new, and hear the silence of the shops."""
    world, now = runtime(), runtime().now()
    today = business_day(now)
    done = world.database.atomic(partial(settlement.prepare, now=now))
    for silence in (settlement.confirm_silent_days, settlement.confirm_silent_statements):
        done += repeat(world, partial(silence, today=today, now=now))
    return done


@waits_for_locks
def order_statements() -> int:
    """Ask for the statements of the month that ended last; those that are there stay."""
    world, now = runtime(), runtime().now()
    month = settlement.month_before(business_day(now))
    return sum(
        world.database.atomic(
            partial(settlement.order_ended, programme_id=one, month=month, now=now)
        )
        for one in programme_ids(world)
    )


@waits_for_locks
def make_statements() -> int:
    """Issue what is queued, and make the files of what was signed since."""
    world = runtime()
    settings = world.settings
    press = Press(
        world.database, settings.files_folder, settings.public_url, world.now, tell_progress
    )
    return press.work_off()


def check_equations() -> None:
    """Check yesterday's equation of every place, and on the first the month's.

    Raises EquationBroken, which names the wallets.
    """
    world, now = runtime(), runtime().now()
    yesterday = business_day(now) - timedelta(days=1)
    spans = [Span.day(yesterday)]
    if business_day(now).day == FIRST:
        spans.append(Span.month(yesterday))
    wrong: list[str] = []
    for one in programme_ids(world):
        check = partial(settlement.check_programme, programme_id=one, spans=spans, now=now)
        wrong += world.database.atomic(check)
    if wrong:
        raise EquationBroken(", ".join(wrong[:20]))
