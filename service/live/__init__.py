"""Live pages: who may listen to what, and which events a listener hears of.

A stream says only that something has changed. The page then asks for its part again, so that what
is seen is decided in one place, and a lost or doubled call does no harm.
"""

from service.live.tickets import TICKET_SECONDS, BadTicket, read_ticket, write_ticket
from service.live.topics import BOARD, CHANNEL, activity_topic, shop_topic, topics_of

__all__ = [
    "BOARD",
    "CHANNEL",
    "TICKET_SECONDS",
    "BadTicket",
    "activity_topic",
    "read_ticket",
    "shop_topic",
    "topics_of",
    "write_ticket",
]
