"""The job that makes evidence packs: ordered on a page, made here, one a run."""

from service import packs
from workers.runtime import runtime
from workers.steps import tell_progress


def make_packs() -> int | None:
    """Make the oldest pack that was ordered; return how many transfers it has. Old files go."""
    world = runtime()
    given = world.settings
    press = packs.Press(
        world.database, given.database_url, given.files_folder, world.now, tell_progress
    )
    press.sweep()
    return press.work_off()
