"""The inbox: what a volunteer is told, in the reader's language, once for every key."""

from service.inbox.actions import Message, tell
from service.inbox.addresses import every_address
from service.inbox.channels import channels
from service.inbox.deliveries import counts
from service.inbox.models import Letter
from service.inbox.posting import Post
from service.inbox.queries import unread_count
from service.inbox.sealed import key_ids, reseal

__all__ = [
    "Letter",
    "Message",
    "Post",
    "channels",
    "counts",
    "every_address",
    "key_ids",
    "reseal",
    "tell",
    "unread_count",
]
