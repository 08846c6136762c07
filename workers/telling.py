"""Calls the live pages: says in Redis which topics the relayed events touch.

Redis forgets it at once and nobody remembers ids: a call that is lost or comes twice does no harm,
because a page that hears it only asks again for what it shows.
"""

import json
from collections.abc import Sequence
from contextlib import suppress

from redis import Redis, RedisError

from service.live import CHANNEL, topics_of
from service.outbox import Event


def call_pages(redis: Redis, events: Sequence[Event]) -> None:
    """Call whoever listens to what these events touch; pages ask by themselves without Redis."""
    topics = {
        topic for event in events for topic in topics_of(event.type, event.subject, event.payload)
    }
    if topics:
        with suppress(RedisError):
            redis.publish(CHANNEL, json.dumps(sorted(topics)))
