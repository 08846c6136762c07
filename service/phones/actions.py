"""Claims, and the phones that they bind. Each runs in the caller's transaction."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from service import outbox, passes, people, programmes, trail
from service.clock import business_day
from service.passes import Helper, Keyring
from service.people import Volunteer
from service.phones import rules
from service.phones.models import BindingOver, Claim, DayRefused, HelperExists, UnknownPhone
from service.phones.queries import full, helper_of, living, phones_of, sessions_over


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be bound, under the key of the form: a relative's phone has a last day."""

    key: str
    actor: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What stands on the other screen."""

    url: str
    digits: str
    expires_at: datetime
    until: date | None


@dataclass(frozen=True, slots=True)
class Asking:
    """What the phone says; `nonce` is its page's, under which it may ask again."""

    tail: str
    digits: str
    nonce: str
    replaces: str = ""  # the session that this phone had before, if it had one


@dataclass(frozen=True, slots=True)
class Bound:
    """A phone that was just bound; its token is said only to it."""

    token: str
    helps: bool
    until: date | None


def lock(session: Session, volunteer_id: int) -> Volunteer:
    """Let one after the other change a volunteer's phones."""
    asked = select(Volunteer).where(Volunteer.id == volunteer_id)
    return session.exec(asked.with_for_update(key_share=True)).one()


def claim(session: Session, keys: Keyring, owner: Volunteer, *, wish: Wish, now: datetime) -> Offer:
    """Allow one phone to be bound, for five minutes; the same form again hears the same.

    Raises PhonesFull, HelperExists, DayRefused.
    """
    assert owner.id is not None
    lock(session, owner.id)
    asked = select(Claim).where(Claim.volunteer_id == owner.id, Claim.key == wish.key)
    found = session.exec(asked).one_or_none()
    if found is None:
        check_wish(session, owner, wish, now=now)
        found = make(session, keys, owner.id, wish=wish, now=now)
        act = "helper.claim" if wish.until else "phone.claim"
        note(session, owner, act, actor=wish.actor, until=wish.until, now=now)
    tail = rules.tail_of(keys.bind, found.salt)
    digits = rules.digits_of(keys.bind, found.salt)
    return Offer(f"{keys.public_url}/b/{tail}", digits, found.expires_at, found.valid_until)


def check_wish(session: Session, owner: Volunteer, wish: Wish, *, now: datetime) -> None:
    """Say beforehand what would be refused when the phone asks."""
    assert owner.id is not None
    there = phones_of(session, owner.id, now=now)
    if wish.until is None:
        if there.full:
            raise full(there.own)
        return
    if there.helper is not None:
        raise HelperExists
    today = business_day(now)
    latest = programmes.rule_set(session, owner.programme_id, today).helper.latest(today)
    if not today <= wish.until <= latest:
        raise DayRefused(latest=latest)


def make(session: Session, keys: Keyring, volunteer_id: int, *, wish: Wish, now: datetime) -> Claim:
    """Write a claim down; the person's open ones end, for one screen shows one code."""
    session.execute(
        delete(Claim).where(
            col(Claim.volunteer_id) == volunteer_id,
            col(Claim.used_at).is_(None) | (col(Claim.expires_at) <= now),
        )
    )
    salt = rules.new_salt()
    row = Claim(
        digest=rules.digest_of(rules.tail_of(keys.bind, salt)),
        salt=salt,
        volunteer_id=volunteer_id,
        key=wish.key,
        valid_until=wish.until,
        made_by=wish.actor,
        made_at=now,
        expires_at=now + rules.CLAIM_LIFE,
    )
    session.add(row)
    return row


def bind(session: Session, keys: Keyring, asking: Asking, *, now: datetime) -> Bound | None:
    """Bind the phone that read a code and whose holder typed the digits beside it.

    Wrong digits are counted and answered with None: raising would undo the count. The same page
    that asks again within the minutes hears the same. Raises BindingOver, PhonesFull, HelperExists.
    """
    digest = rules.digest_of(asking.tail)
    known = session.get(Claim, digest)
    if known is None:
        raise BindingOver
    owner = lock(session, known.volunteer_id)  # before the claim, as who makes one does
    row = session.get(Claim, digest, with_for_update=True, populate_existing=True)
    if row is None or now >= row.expires_at:
        raise BindingOver
    right = hmac.compare_digest(
        rules.digits_of(keys.bind, row.salt).encode(), asking.digits.encode()
    )
    again = row.used_by == rules.nonce_hash(asking.nonce)
    token = rules.token_of(keys.bind, row.salt, asking.nonce)
    bound = Bound(token, row.valid_until is not None, row.valid_until)
    if right and again:
        return bound
    if not rules.is_open(row.expires_at, row.used_at, row.tries, now):
        raise BindingOver
    if not right:
        row.tries += 1
        return None
    row.used_at, row.used_by = now, rules.nonce_hash(asking.nonce)
    if row.valid_until is not None:
        bind_helper(session, owner, row, token=token, now=now)
    else:
        people.close_session(session, token=asking.replaces, now=now)
        session.flush()  # this phone's old place is free before it is looked for
        bind_own(session, owner, row, token=token, now=now)
    return bound


def bind_own(session: Session, owner: Volunteer, row: Claim, *, token: str, now: datetime) -> None:
    """Give a phone its place, its pass and its session. Raises PhonesFull."""
    assert owner.id is not None
    rows = [one for one in living(session, owner.id) if one.place]
    for over in sessions_over(session, rows, now=now):
        next(one for one in rows if one.id == over).revoked_at = now
    session.flush()
    rows = [one for one in rows if one.revoked_at is None]
    taken = {one.place for one in rows}
    place = next((place for place in rules.PLACES if place not in taken), None)
    if place is None:
        raise full(rows)
    people.open_volunteer_session(session, volunteer_id=owner.id, now=now, token=token)
    bound = passes.new_binding(owner.id, now=now)
    bound.place, bound.session_hash, bound.last_seen_at = place, people.token_hash(token), now
    session.add(bound)
    subject, said = f"volunteer:{owner.code}", {"volunteer": owner.code}
    outbox.publish(session, "PassIssued", subject, said, now=now)
    note(session, owner, "phone.bind", actor=row.made_by, until=None, now=now)


def bind_helper(
    session: Session, owner: Volunteer, row: Claim, *, token: str, now: datetime
) -> None:
    """Give a relative's phone its pass. Raises HelperExists."""
    assert owner.id is not None
    assert row.valid_until is not None
    if helper_of(session, owner.id, day=business_day(now)) is not None:
        raise HelperExists
    over = select(Helper).where(Helper.volunteer_id == owner.id, col(Helper.revoked_at).is_(None))
    for one in session.exec(over):
        one.revoked_at = now
    session.flush()
    until = row.valid_until
    session.add(
        passes.new_helper(owner.id, token=token, valid_until=until, allowed_by=row.made_by, now=now)
    )
    note(session, owner, "helper.bind", actor=row.made_by, until=until, now=now)


def unbind(session: Session, owner: Volunteer, *, phone_id: int, actor: str, now: datetime) -> None:
    """End a phone's pass and session at once; doing it twice is no fault. Raises UnknownPhone."""
    assert owner.id is not None
    lock(session, owner.id)
    bound = session.get(passes.Binding, phone_id, populate_existing=True)
    if bound is None or bound.volunteer_id != owner.id:
        raise UnknownPhone
    if bound.revoked_at is not None:
        return
    bound.revoked_at = now
    session.flush()
    if bound.place:
        people.end_sessions(session, owner.id, only=bound.session_hash, now=now)
    else:  # what the booklet and its PIN opened: every session that is no bound phone's
        kept = [one.session_hash for one in living(session, owner.id) if one.session_hash]
        people.end_sessions(session, owner.id, but=kept, now=now)
    subject, said = f"volunteer:{owner.code}", {"volunteer": owner.code}
    outbox.publish(session, "PassLost", subject, said, now=now)
    note(session, owner, "phone.unbind", actor=actor, until=None, now=now)


def end_helper(
    session: Session, owner: Volunteer, *, helper_id: int, actor: str, now: datetime
) -> None:
    """End a relative's pass at once; doing it twice is no fault. Raises UnknownPhone."""
    found = session.get(Helper, helper_id, with_for_update=True)
    if found is None or found.volunteer_id != owner.id:
        raise UnknownPhone
    if found.revoked_at is None:
        found.revoked_at = now
        note(session, owner, "helper.end", actor=actor, until=None, now=now)


def note(
    session: Session, owner: Volunteer, act: str, *, actor: str, until: date | None, now: datetime
) -> None:
    """Write down who did what with whose phone."""
    detail = {"until": until.isoformat()} if until else {}
    subject = f"volunteer:{owner.code}"
    trail.record(session, actor=actor, action=act, subject=subject, detail=detail, now=now)
