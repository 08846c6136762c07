"""Issuing cards and binding phones. Each runs in the caller's transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from service import people
from service.clock import business_day
from service.passes import rules
from service.passes.keys import Keyring
from service.passes.models import Binding, Card, CardStatus, Helper
from service.passes.queries import living_card
from service.passes.rules import (
    HELPER_PID,
    PID_CHARACTERS,
    new_cid,
    new_number,
    new_pin,
    random_characters,
)
from service.people import Volunteer

CARD_YEARS = 3


@dataclass(frozen=True, slots=True)
class Booklet:
    """Whose card is to be printed; without a volunteer it is a blank for a newcomer."""

    code: str
    community_id: int
    volunteer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """What is told once, for the printer: the database cannot say it again."""

    booklet: str
    url: str
    number: str
    pin: str


def draw_card(
    keys: Keyring, booklet: Booklet, *, now: datetime, pin: str | None = None
) -> tuple[Card, Printed]:
    """Make a card with a new random id, number and PIN; it is not stored yet."""
    cid, number, secret = new_cid(), new_number(), pin or new_pin()
    card = Card(
        booklet_code=booklet.code,
        community_id=booklet.community_id,
        volunteer_id=booklet.volunteer_id,
        cid_hmac=keys.card_hmac(cid),
        cid_tail=cid[-3:],
        cid_digest=rules.cid_digest(cid),
        number=number,
        pin_hash=keys.pin_hash(booklet.code, secret),
        status=CardStatus.ISSUED if booklet.volunteer_id is None else CardStatus.ACTIVE,
        issued_at=now,
        expires_on=last_day(business_day(now)),
    )
    return card, Printed(booklet.code, f"{keys.public_url}/c/{cid}", number, secret)


def last_day(issued_on: date) -> date:
    """Return the last day on which a card works: three years, at most."""
    try:
        return issued_on.replace(year=issued_on.year + CARD_YEARS)
    except ValueError:  # issued on 29 February
        return issued_on.replace(year=issued_on.year + CARD_YEARS, day=28)


def reissue_card(
    session: Session, keys: Keyring, *, volunteer: Volunteer, now: datetime
) -> Printed:
    """Print a booklet's card anew; the old one is dead at once, the account stays."""
    assert volunteer.id is not None
    # Who waits for the old card would not see the new one: all wait for the booklet's owner.
    own = select(Volunteer.id).where(Volunteer.id == volunteer.id)
    session.exec(own.with_for_update(key_share=True)).one()
    for old in session.exec(
        select(Card)
        .where(Card.booklet_code == volunteer.code, col(Card.status).in_(REPLACED_BY_A_NEW_ONE))
        .with_for_update()
    ):
        old.status, old.blocked_at = CardStatus.REISSUED, old.blocked_at or now
    session.flush()
    booklet = Booklet(volunteer.code, volunteer.community_id, volunteer.id)
    card, printed = draw_card(keys, booklet, now=now)
    session.add(card)
    return printed


REPLACED_BY_A_NEW_ONE = (CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST)


def report_lost(session: Session, *, booklet_code: str, now: datetime) -> Card:
    """Block a booklet's card at once; a new one is printed by `reissue_card`.

    What was read before this moment, by a gate without a network, still counts.
    """
    card = living_card(session, booklet_code)
    card.status, card.blocked_at = CardStatus.LOST, card.blocked_at or now
    return card


def bind_phone(session: Session, *, volunteer_id: int, now: datetime) -> Binding:
    """Give a volunteer who has booklet and PIN a pass, or return the one of before."""
    asked = select(Binding).where(
        Binding.volunteer_id == volunteer_id,
        Binding.place == 0,
        col(Binding.revoked_at).is_(None),
    )
    found = session.exec(asked).one_or_none()
    if found is None:
        found = new_binding(volunteer_id, now=now)
        session.add(found)
        session.flush()
    return found


def new_binding(volunteer_id: int, *, now: datetime) -> Binding:
    """Make a binding with a random public id; it is not stored yet."""
    pid = random_characters(PID_CHARACTERS)
    return Binding(pid=pid, volunteer_id=volunteer_id, created_at=now)


def new_helper(
    volunteer_id: int, *, token: str, valid_until: date, allowed_by: str, now: datetime
) -> Helper:
    """Make the pass of a relative's phone with a random public id; it is not stored yet."""
    return Helper(
        pid=HELPER_PID + random_characters(PID_CHARACTERS),
        volunteer_id=volunteer_id,
        token_hash=people.token_hash(token),
        valid_until=valid_until,
        allowed_by=allowed_by,
        created_at=now,
    )


def unbind_phone(session: Session, *, volunteer_id: int, now: datetime) -> None:
    """End all of a volunteer's passes at once; their screenshots open nothing.

    Phones that were bound in person are signed out as well.
    """
    for bound in session.exec(
        select(Binding).where(
            Binding.volunteer_id == volunteer_id, col(Binding.revoked_at).is_(None)
        )
    ):
        bound.revoked_at = now
        if bound.session_hash is not None:
            people.end_sessions(session, volunteer_id, only=bound.session_hash, now=now)
