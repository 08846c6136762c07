"""The inbox: what a volunteer is told, in the reader's language, once for every key."""

from service.inbox.actions import Message, tell
from service.inbox.models import Letter
from service.inbox.queries import unread_count

__all__ = ["Letter", "Message", "tell", "unread_count"]
