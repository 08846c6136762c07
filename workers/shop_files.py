"""Reading shops' large files: accepted on a page, read here, a line's number told on the way."""

from functools import partial

from rq import get_current_job

from service import evidence
from workers.runtime import runtime


def read_shop_files() -> int:
    """Read every file that waits, one a transaction; return how many there were."""
    world = runtime()
    folder, now = world.settings.files_folder, world.now()
    work = partial(evidence.read_next, folder=folder, now=now, progress=tell_lines)
    done = 0
    while world.database.atomic(work):
        done += 1
    return done


def tell_lines(lines: int) -> None:
    """Note in the job itself how many lines of a file are written."""
    job = get_current_job()
    if job is not None:
        job.meta.update(lines=lines)
        job.save_meta()  # type: ignore[no-untyped-call]
