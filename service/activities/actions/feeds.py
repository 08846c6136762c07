"""The link to a volunteer's own calendar: nobody guesses it, and another one ends it."""

import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, select

from service.activities.models import Feed
from service.activities.refusals import UnknownLink

PURPOSE = b"aixin/calendar/1"
SERIAL_BYTES = 10
TAG_BYTES = 15


def token_of(secret_key: str, serial: str) -> str:
    """Return what stands in the link: the serial, and a signature that no table holds."""
    key = hmac.new(secret_key.encode(), PURPOSE, sha256).digest()
    tag = hmac.new(key, serial.encode(), sha256).digest()[:TAG_BYTES]
    return f"{serial}.{b32encode(tag).decode().lower()}"


def feed_of(session: Session, volunteer_id: int) -> Feed | None:
    """Return a volunteer's calendar if it has a link."""
    found = session.get(Feed, volunteer_id)
    return found if found is not None and found.serial is not None else None


def renew_feed(session: Session, volunteer_id: int, *, now: datetime) -> Feed:
    """Give a volunteer's calendar a new link; the old one ends."""
    serial = b32encode(secrets.token_bytes(SERIAL_BYTES)).decode().lower()
    return session.merge(Feed(volunteer_id=volunteer_id, serial=serial, changed_at=now))


def end_feed(session: Session, volunteer_id: int, *, now: datetime) -> None:
    """Take the link of a volunteer's calendar back."""
    if feed_of(session, volunteer_id) is not None:
        session.merge(Feed(volunteer_id=volunteer_id, serial=None, changed_at=now))


def whose_feed(session: Session, token: str, *, secret_key: str) -> int:
    """Return whose calendar a link shows. Raises UnknownLink."""
    serial = token.partition(".")[0]
    genuine = hmac.compare_digest(token.encode(), token_of(secret_key, serial).encode())
    found = session.exec(select(Feed).where(Feed.serial == serial)).first() if genuine else None
    if found is None:
        raise UnknownLink
    return found.volunteer_id
