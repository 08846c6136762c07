"""What a process of background work needs, made on first use.

RQ forks for every job. A connection made before the fork would be shared by two processes, so
nothing here may be asked for while the parent is starting.
"""

import ctypes
import logging
import os
import signal
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from redis import Redis, RedisError

from service.clock import Clock
from service.config import Settings
from service.db import Database

AWAY_S = 1.0
PR_SET_PDEATHSIG = 1
log = logging.getLogger("aixin.runtime")
POOL_MAX = 2  # a job is one thread; the second connection is for a read beside a transaction


@dataclass(frozen=True, slots=True)
class Runtime:
    """One process's access to the world."""

    settings: Settings
    database: Database
    redis: Redis
    clock: Clock

    @classmethod
    def of(cls, settings: Settings) -> "Runtime":
        """Open the connections that the settings name."""
        return cls(
            settings=settings,
            database=Database(settings.database_url, pool_max=POOL_MAX, sealer=settings.sealer),
            redis=Redis.from_url(settings.redis_url),
            clock=Clock(settings.clock_file),
        )

    def now(self) -> datetime:
        """Return the present moment; on a simulated day, the simulated one."""
        return self.clock.now()


def die_with_parent() -> None:
    """Let the kernel end this process when its parent dies, even by `kill -9`.

    An orphan would keep a port or run for ever, and an orphaned job would race with its successor.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def settings() -> Settings:
    """Read the environment of this process."""
    return Settings.from_env(os.environ)


@cache
def runtime() -> Runtime:
    """Build the runtime from the environment, once per process."""
    return Runtime.of(settings())


def await_redis(redis: Redis) -> Redis:
    """Return Redis once it answers.

    Who starts while it is away would end at once; its supervisor starts it again a few times and
    then gives the whole service up, though shops can go on without Redis.
    """
    while not answers(redis):
        time.sleep(AWAY_S)
    return redis


def answers(redis: Redis) -> bool:
    """Tell whether Redis answers; one that still reads its file does not."""
    try:
        return bool(redis.ping())
    except RedisError as error:
        log.warning("waiting for Redis: %s", str(error).partition("\n")[0])
        return False
