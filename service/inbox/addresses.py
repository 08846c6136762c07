"""Where else a volunteer may be reached: asked for, confirmed from its own mailbox, ended."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from service import outbox, people
from service.inbox import sealed
from service.inbox.models import Address, Delivery, LinkOver, Mute, TooManyAddresses
from service.inbox.words import TOPIC_NAMES

CONSENT = "2025-10"  # the words beside the button; a new wording gets a new name
CONFIRM_WITHIN = timedelta(days=1)
ASK_AGAIN_AFTER = timedelta(minutes=10)
ASKED_A_DAY = 3


def open_address(session: Session, volunteer_id: int, channel: str) -> Address | None:
    """Return the address of a way that has not ended, confirmed or not."""
    asked = select(Address).where(
        Address.volunteer_id == volunteer_id,
        Address.channel == channel,
        col(Address.ended_at).is_(None),
    )
    return session.exec(asked).first()


def ask(
    session: Session, volunteer_id: int, channel: str, *, address: str, locale: str, now: datetime
) -> Address:
    """Take a new address down and ask it to be confirmed; the same one again changes nothing.

    Raises TooManyAddresses.
    """
    known = open_address(session, volunteer_id, channel)
    if known and same(session, known, address, now):
        return known
    check_pace(session, volunteer_id, now)
    if known:
        end(session, known, why="replaced", now=now)
        session.flush()  # its place must be free before the next one takes it
    found = Address(
        volunteer_id=volunteer_id,
        channel=channel,
        address="",  # sealed below: what is sealed belongs to its row
        locale=locale,
        consent=CONSENT,
        asked_at=now,
        expires_at=now + CONFIRM_WITHIN,
    )
    session.add(found)
    session.flush()
    sealed.write(session, found, address)
    session.add(
        Delivery(
            address_id=found.id or 0, channel=channel, status="waiting", due_at=now, asked_at=now
        )
    )
    return found


def same(session: Session, known: Address, address: str, now: datetime) -> bool:
    """Tell whether a repeated wish is met already: confirmed, or asked a moment ago."""
    lately = known.asked_at + ASK_AGAIN_AFTER > now
    return sealed.read(session, known) == address and (known.confirmed_at is not None or lately)


def check_pace(session: Session, volunteer_id: int, now: datetime) -> None:
    """Refuse the fourth new address of a day: each one writes to somebody, maybe a stranger.

    Raises TooManyAddresses.
    """
    asked = select(func.count()).where(
        Address.volunteer_id == volunteer_id, col(Address.asked_at) > now - timedelta(days=1)
    )
    if session.exec(asked).one() >= ASKED_A_DAY:
        raise TooManyAddresses


def confirm(session: Session, address_id: int, *, now: datetime) -> Address:
    """Note that whoever reads the mailbox agreed; the first time stays. Raises LinkOver."""
    found = locked(session, address_id)
    if found is None or found.ended_at or not (found.confirmed_at or found.expires_at > now):
        raise LinkOver
    if found.confirmed_at is None:
        found.confirmed_at = now
        tell(session, "ConsentGiven", found, now)
    return found


def stop(session: Session, address_id: int, *, now: datetime) -> Address | None:
    """End an address by its owner's wish, and what waits for it; twice is once."""
    found = locked(session, address_id)
    if found is not None and found.ended_at is None:
        end(session, found, why="own", now=now)
    return found


def end(session: Session, found: Address, *, why: str, now: datetime) -> None:
    """End an address: the row stays as the proof of the consent, the address goes."""
    if found.confirmed_at is not None:
        tell(session, "ConsentWithdrawn", found, now)
    found.address, found.ended_at, found.ended_why = None, now, why
    session.add(found)
    waiting = update(Delivery).where(
        col(Delivery.address_id) == found.id, col(Delivery.status) == "waiting"
    )
    session.execute(waiting.values(status="stopped", ended_at=now))


def tell(session: Session, event: str, found: Address, now: datetime) -> None:
    """Tell that a consent was given or withdrawn; to which address is nobody's business."""
    code = people.volunteer_by_id(session, found.volunteer_id).code
    said = {"volunteer": code, "purpose": found.channel}
    outbox.publish(session, event, f"volunteer:{code}", said, now=now)


def locked(session: Session, address_id: int) -> Address | None:
    """Return an address for changing; two taps at once wait for each other."""
    asked = select(Address).where(Address.id == address_id).with_for_update()
    return session.exec(asked).first()


def choose(
    session: Session, volunteer_id: int, channel: str, *, topics: Collection[str]
) -> list[str]:
    """Keep what a volunteer wants to hear of on one way, and nothing else; return it in order."""
    session.execute(
        delete(Mute).where(col(Mute.volunteer_id) == volunteer_id, col(Mute.channel) == channel)
    )
    for topic in TOPIC_NAMES:
        if topic not in topics:
            session.add(Mute(volunteer_id=volunteer_id, channel=channel, topic=topic))
    return wanted(session, volunteer_id, channel)


def wanted(session: Session, volunteer_id: int, channel: str) -> list[str]:
    """Return the topics that a volunteer hears of on one way."""
    asked = select(Mute.topic).where(Mute.volunteer_id == volunteer_id, Mute.channel == channel)
    muted = set(session.exec(asked).all())
    return [topic for topic in TOPIC_NAMES if topic not in muted]


def last_delivery(session: Session, address_id: int) -> Delivery | None:
    """Return what was sent last to an address, whatever became of it."""
    asked = select(Delivery).where(Delivery.address_id == address_id)
    return session.exec(asked.order_by(col(Delivery.id).desc()).limit(1)).first()


def every_address(session: Session, volunteer_id: int) -> list[tuple[Address, str]]:
    """Return a volunteer's addresses, opened, the oldest first; "" where it has ended."""
    asked = select(Address).where(Address.volunteer_id == volunteer_id).order_by(col(Address.id))
    return [(row, sealed.read(session, row) or "") for row in session.exec(asked)]
