"""Jobs of the audit: the days with news, and the looks that somebody asked for."""

import time

from service import audit
from workers.runtime import runtime
from workers.steps import programme_ids, tell_progress, waits_for_locks

# After so long a job ends between two pieces: the look goes on in the next one, and what was asked
# for meanwhile has its turn first.
SITTING_S = 300


def audit_news() -> int:
    """Let the audit look at the days to which something came; return how many."""
    world = runtime()
    return sum(
        len(audit.look_at_news(world.database, programme_id, now=world.now()))
        for programme_id in programme_ids(world)
    )


@waits_for_locks
def audit_asked() -> dict[str, int] | None:
    """Do the looks that were asked for; return what each rule found, None if none waits."""
    world = runtime()
    auditor = audit.Auditor(world.database, world.now, tell_progress)
    began, total = time.monotonic(), auditor.work_off()
    while total is not None and time.monotonic() - began < SITTING_S:
        if (counts := auditor.work_off()) is None:
            break
        total.update(counts)
    return total
