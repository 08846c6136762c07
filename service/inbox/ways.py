"""What a volunteer sees of the ways on which messages come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.inbox import addresses, sealed
from service.inbox.channels import Channel
from service.inbox.models import ChannelMissing


@dataclass(frozen=True, slots=True)
class Way:
    """One way: whether it is open here, and how far the volunteer has come with it."""

    channel: str
    ready: bool
    status: str = "none"  # none, asked, late, confirmed
    address: str | None = None  # masked: others look at this screen too
    expires_at: datetime | None = None
    confirmed_at: datetime | None = None
    topics: tuple[str, ...] = ()
    last_status: str | None = None
    last_at: datetime | None = None


def ways(
    session: Session, *, volunteer_id: int, channels: Mapping[str, Channel], now: datetime
) -> list[Way]:
    """Return every way, the ones that are not open here too."""
    return [one_way(session, volunteer_id, channel, now) for channel in channels.values()]


def one_way(session: Session, volunteer_id: int, channel: Channel, now: datetime) -> Way:
    """Read one way."""
    found = addresses.open_address(session, volunteer_id, channel.name)
    address = sealed.read(session, found) if found else None
    if found is None or address is None:
        return Way(channel.name, channel.ready)
    asked = "asked" if found.expires_at > now else "late"
    last = addresses.last_delivery(session, found.id or 0)
    return Way(
        channel=channel.name,
        ready=channel.ready,
        status="confirmed" if found.confirmed_at else asked,
        address=masked(address),
        expires_at=found.expires_at,
        confirmed_at=found.confirmed_at,
        topics=tuple(addresses.wanted(session, volunteer_id, channel.name)),
        last_status=last.status if last else None,
        last_at=(last.ended_at or last.asked_at) if last else None,
    )


def masked(address: str) -> str:
    """Show enough of an address for its owner to know it: m…@mail.example."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}"


def open_way(channels: Mapping[str, Channel], name: str) -> Channel:
    """Return a way that is open here. Raises ChannelMissing."""
    found = channels.get(name)
    if found is None or not found.ready:
        raise ChannelMissing
    return found
