"""One worker process: `python -m workers.main [prompt default slow]`.

Queues are worked in the order in which they are named, so nothing prompt waits behind the night.
"""

import logging
import os
import sys
from collections.abc import Sequence

from redis import Redis
from rq.logutils import setup_loghandlers
from sqlalchemy.orm import configure_mappers

from service import redaction
from workers import jobs  # before the fork, or every job would import it again
from workers.remembering import Rememberer
from workers.runtime import await_redis, die_with_parent, settings

# How often a worker looks for jobs whose worker died. RQ's own ten minutes are long for a till.
MAINTENANCE_S = 60


def main(queues: Sequence[str]) -> None:
    """Work until SIGTERM or SIGINT; the job in hand is finished first."""
    redaction.install()
    setup_loghandlers(logging.WARNING)
    configure_mappers()  # also before the fork: it is half of a small job's work
    os.register_at_fork(after_in_child=die_with_parent)
    worker = Rememberer(
        list(queues) or list(jobs.QUEUES),
        connection=await_redis(Redis.from_url(settings().redis_url)),
        serializer="json",
        maintenance_interval=MAINTENANCE_S,
    )
    worker.work(with_scheduler=True, logging_level="WARNING")


if __name__ == "__main__":
    main(sys.argv[1:])
