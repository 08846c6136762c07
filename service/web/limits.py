"""How often somebody may fail: counters in Redis that forget by themselves.

Only failures count, so a busy desk is never stopped. When Redis is away a limit is open; what
must hold in any case (a booklet's PIN) is counted in the database.
"""

from dataclasses import dataclass

from flask import current_app, request
from redis import Redis, RedisError

from service.errors import TooMany
from service.i18n import N_


class TooManyFailures(TooMany):
    """This address was wrong too often within a minute."""

    slug, title = "too-many-failures", N_("Too many wrong tries")
    detail = N_("Please wait a minute and try again.")
    retry_after = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many failures of one address within so many seconds."""

    name: str
    most: int
    seconds: int

    def check(self) -> None:
        """Raise TooManyFailures when the caller's address has used up its tries."""
        try:
            failures = int(client().get(self.key()) or 0)
        except RedisError:
            return
        if failures >= self.most:
            raise TooManyFailures

    def count(self) -> None:
        """Count one failure; the first one starts the time."""
        try:
            pipeline = client().pipeline()
            pipeline.incr(self.key())
            pipeline.expire(self.key(), self.seconds, nx=True)
            pipeline.execute()
        except RedisError:
            return

    def key(self) -> str:
        """Name the counter of the caller's address."""
        return f"limit:{self.name}:{request.remote_addr}"


def client() -> Redis:
    """Return the application's Redis."""
    found: Redis = current_app.extensions["aixin.redis"]
    return found
