"""Jobs of the audit: the days with news, and the looks that somebody asked for."""

from service import audit
from workers.runtime import runtime
from workers.steps import programme_ids, tell_progress, waits_for_locks


def audit_news() -> int:
    """Let the audit look at the days to which something came; return how many."""
    world = runtime()
    return sum(
        len(audit.look_at_news(world.database, programme_id, now=world.now()))
        for programme_id in programme_ids(world)
    )


@waits_for_locks
def audit_asked() -> dict[str, int] | None:
    """Do the oldest look that was asked for; return what each rule found, None if none waits."""
    world = runtime()
    return audit.Auditor(world.database, world.now, tell_progress).work_off()
