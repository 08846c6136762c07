"""Telling volunteers something, and noting that it was read."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, select

from service.inbox.models import Letter, UnknownMessage
from service.inbox.words import WORDS, topic_of

# In one step of the database: its reader may live where whoever acts reads nothing.
TELL = text(
    "SELECT inbox_tell(:volunteers, :key, :kind, CAST(:params AS jsonb), :link, :topic, :now)"
)
HOLE = re.compile(r"\{(\w+)\}")


class UnknownKind(ValueError):
    """A kind without words, or words without their values: a mistake of the caller's code."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told: moments and days as ISO text, shown in the reader's language.

    `key` says what it is about, so that a job that runs again tells nobody twice.
    """

    kind: str
    key: str
    params: dict[str, str | int] = field(default_factory=dict)
    link: str | None = None


def tell(session: Session, volunteer_ids: Sequence[int], message: Message, *, now: datetime) -> int:
    """Put a message into the inboxes of volunteers; return how many had not heard it yet."""
    words = WORDS.get(message.kind)
    if words is None or set(HOLE.findall("".join(words))) - message.params.keys():
        raise UnknownKind(message.kind)
    if not volunteer_ids:
        return 0
    told = {
        "volunteers": list(volunteer_ids),
        "key": message.key,
        "kind": message.kind,
        "params": json.dumps(message.params),
        "link": message.link,
        "topic": topic_of(message.kind),
        "now": now,
    }
    new: int = session.execute(TELL, told).scalar_one()
    return new


def mark_read(session: Session, *, volunteer_id: int, letter_id: int, now: datetime) -> Letter:
    """Note that the volunteer opened one of the own messages; the first time stays.

    Raises UnknownMessage.
    """
    asked = select(Letter).where(Letter.id == letter_id, Letter.volunteer_id == volunteer_id)
    found = session.exec(asked).first()
    if found is None:
        raise UnknownMessage
    found.read_at = found.read_at or now
    session.add(found)
    return found
