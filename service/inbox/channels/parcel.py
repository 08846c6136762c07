"""What a channel gets, what it says of it, and what every channel must be."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Result(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    LATER = "later"  # the other side is away or busy: try again
    REFUSED = "refused"  # nobody is there, and nobody will be: never try this address again
    FAILED = "failed"  # this one will never be taken, the next may be


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result, and what the other side said; without addresses, for it is kept."""

    result: Result
    said: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message, ready to be sent to one address."""

    number: int  # of the delivery: the same for every attempt
    channel: str
    address: str
    locale: str
    subject: str  # says nothing about anybody: it is seen on locked screens
    body: str
    stop_url: str  # where one tap ends all further ones


class Channel(Protocol):
    """One way to reach somebody."""

    @property
    def name(self) -> str:
        """What the tables and the preferences call it."""

    @property
    def ready(self) -> bool:
        """Tell whether it is set up here; nothing is offered or sent on a way that is not."""

    def send(self, parcel: Parcel) -> Outcome:
        """Try once, waiting for seconds at most; never raises for what the other side does."""

    def close(self) -> None:
        """Let go of a connection that was kept between two parcels."""
