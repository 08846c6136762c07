"""How often somebody may fail: counters in Redis that forget by themselves.

Only failures count, so a busy desk is never stopped. When Redis is away a limit is open, except
where points are spent: see `Limit.reached`. PINs are counted in the database.
"""

from dataclasses import dataclass

from flask import Flask, current_app, request
from redis import Redis, RedisError

from service.errors import TooMany
from service.i18n import N_
from service.web import caller


class TooManyFailures(TooMany):
    """This address was wrong too often within a minute."""

    slug, title = "too-many-failures", N_("Too many wrong tries")
    detail = N_("Please wait a minute and try again.")
    retry_after = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many failures of one address, or of one tablet, within so many seconds."""

    name: str
    most: int
    seconds: int

    def check(self, who: str = "") -> None:
        """Raise TooManyFailures when the caller has used up its tries."""
        try:
            failures = int(client().get(self.key(who)) or 0)
        except RedisError:
            return
        if failures >= self.most:
            raise TooManyFailures

    def count(self, who: str = "") -> int | None:
        """Count one failure and return how many there are; None when Redis is away."""
        try:
            pipeline = client().pipeline()
            pipeline.incr(self.key(who))
            pipeline.expire(self.key(who), self.seconds, nx=True)
            return int(pipeline.execute()[0])
        except RedisError:
            return None

    def reached(self, who: str = "") -> bool:
        """Count one failure and tell whether it was the last allowed; nobody can tell: it was.

        For what must stay closed when Redis is away.
        """
        failures = self.count(who)
        return failures is None or failures >= self.most

    def left(self, who: str = "") -> int:
        """Return in how many seconds the count begins anew."""
        try:
            return max(1, int(client().ttl(self.key(who))))
        except RedisError:
            return 60

    def key(self, who: str = "") -> str:
        """Name the counter of a tablet, or of the caller's address."""
        return f"limit:{self.name}:{who or request.remote_addr}"


def client() -> Redis:
    """Return the application's Redis."""
    found: Redis = current_app.extensions["aixin.redis"]
    return found


CODES = ("/c/", "/v/", "/r/", "/m/", "/b/", "/t/")
STRANGERS = Limit("strangers", most=30, seconds=60)


def install(app: Flask) -> None:
    """Slow down who opens one code after the other without being signed in."""
    app.before_request(slow_strangers)


def slow_strangers() -> None:
    """Count a stranger's look at a code; open when Redis is away, for looking changes nothing."""
    if not request.path.startswith(CODES) or caller().kind != "anonymous":
        return
    looks = STRANGERS.count()
    if looks is not None and looks > STRANGERS.most:
        raise TooManyFailures
