"""Reading shops' large files: accepted on a page, read here, a line's number told on the way."""

from functools import partial

from service import evidence
from workers.runtime import runtime
from workers.steps import tell_progress, waits_for_locks


@waits_for_locks
def read_shop_files() -> int:
    """Read every file that waits, one a transaction; return how many there were."""
    world = runtime()
    folder, now = world.settings.files_folder, world.now()
    work = partial(evidence.read_next, folder=folder, now=now, progress=tell_progress)
    done = 0
    while world.database.atomic(work):
        done += 1
    return done
