"""Tickets: leave to listen to some topics for a quarter of an hour, signed, kept nowhere.

The view that shows a part decides who may see it, and hands out the ticket with the part. The
process that holds the streams needs no database, no cookie and no knowledge of offices.
"""

from collections.abc import Sequence

from itsdangerous import BadData, URLSafeTimedSerializer

SALT = "aixin live"
TICKET_SECONDS = 900
TICKET_CHARACTERS_MAX = 2000


class BadTicket(ValueError):
    """The ticket is over, was never ours, or was changed."""


def write_ticket(secret: str, topics: Sequence[str]) -> str:
    """Sign the leave to listen to these topics; good for `TICKET_SECONDS` of the real clock."""
    return URLSafeTimedSerializer(secret, SALT).dumps(sorted(set(topics)))


def read_ticket(secret: str | Sequence[str], ticket: str) -> frozenset[str]:
    """Return the topics that a ticket opens, by any of several secrets. Raises BadTicket."""
    known = [secret] if isinstance(secret, str) else list(secret)
    if len(ticket) > TICKET_CHARACTERS_MAX:
        raise BadTicket
    try:
        topics = URLSafeTimedSerializer(known[::-1], SALT).loads(ticket, max_age=TICKET_SECONDS)
    except BadData as error:
        raise BadTicket from error
    return frozenset(str(topic) for topic in topics)
