"""Activities as a calendar that phones and computers subscribe to (RFC 5545). Pure.

The same activities give the same bytes, so that whoever asks again hears that nothing changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

PRODUCT = "-//Aixin//Activities//ZH"
ASK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity as a calendar says it."""

    code: str
    title: str
    place: str
    content: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    said_at: datetime  # when it became what it is now
    revision: int
    status: str  # CONFIRMED | TENTATIVE | CANCELLED


def calendar(name: str, entries: Iterable[Entry], *, public_url: str, host: str) -> bytes:
    """Return a calendar with these activities, each with its zone's rules."""
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    found.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    for entry in entries:
        found.add_component(event(entry, public_url=public_url, host=host))
    found.add_missing_timezones()
    return bytes(found.to_ical())


def event(entry: Entry, *, public_url: str, host: str) -> Event:
    """Return one activity; its name stays the same for ever, its sequence counts the changes."""
    zone = ZoneInfo(entry.zone)
    found = Event()
    found.add("uid", f"{entry.code.lower()}@{host}")
    found.add("dtstamp", entry.said_at)
    found.add("last-modified", entry.said_at)
    found.add("sequence", entry.revision)
    found.add("status", entry.status)
    found.add("dtstart", entry.starts_at.astimezone(zone))
    found.add("dtend", entry.ends_at.astimezone(zone))
    found.add("summary", entry.title)
    found.add("location", entry.place)
    if entry.content:
        found.add("description", entry.content)
    found.add("url", f"{public_url}/activities/{entry.code}")
    return found
