"""Signing in with a booklet: its PIN is tried in one transaction, the session opened in another."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service import accounts, outbox, people, trail
from service.db import Database
from service.passes.actions import bind_phone
from service.passes.keys import Keyring
from service.passes.models import PinLocked
from service.passes.queries import check_pin
from service.passes.rules import read_number

# As it was typed, or in capitals: few people hold the shift key for a booklet's number.
BY_CODE = """SELECT booklet_code FROM passes_cards
WHERE booklet_code IN (%(typed)s, upper(%(typed)s)) AND status IN ('issued', 'active', 'lost')
ORDER BY booklet_code <> %(typed)s LIMIT 1"""
BY_NUMBER = "SELECT booklet_code FROM passes_cards WHERE number = %(number)s AND status = 'active'"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and the token of the session, said only here."""

    kind: str
    code: str
    roles: frozenset[tuple[str, str]]
    token: str


class NobodysBooklet(people.WrongSignIn):
    """No booklet has this number: it reads like a wrong PIN, and locks like one after the fifth."""


def sign_in_volunteer(
    database: Database, keys: Keyring, *, booklet: str, pin: str, now: datetime, shows: bool = True
) -> SignedIn:
    """Open a session by a booklet's number, or its card's, and the PIN.

    It `shows` a pass only where points are practice: real ones want a phone bound in person.

    Raises WrongSignIn for every way to be wrong, PinLocked after the fifth until tomorrow.
    """
    code = booklet_code(database, booklet)
    checked = check_pin(database, keys, booklet_code=code, pin=pin, at=now)
    if checked.status == "locked":
        raise PinLocked
    if checked.status != "ok":
        raise people.WrongSignIn if checked.left else NobodysBooklet
    return database.atomic(lambda session: open_volunteer(session, code, shows=shows, now=now))


def booklet_code(database: Database, typed: str) -> str:
    """Return the booklet that is meant by its own number or by the 8 digits on its card."""
    wanted = typed.strip()
    number = read_number(wanted)
    asked, params = (BY_NUMBER, {"number": number}) if number else (BY_CODE, {"typed": wanted})
    row = database.call(asked, params)
    return row["booklet_code"] if row else wanted


def open_volunteer(session: Session, code: str, *, shows: bool, now: datetime) -> SignedIn:
    """Open the session of a volunteer whose PIN was right."""
    volunteer = people.volunteer(session, code)
    assert volunteer.id is not None
    if shows and bind_phone(session, volunteer_id=volunteer.id, now=now).created_at == now:
        said = {"volunteer": code}
        outbox.publish(session, "PassIssued", f"volunteer:{code}", said, now=now)
    token = people.open_volunteer_session(session, volunteer_id=volunteer.id, now=now)
    own = f"volunteer:{code}"
    trail.record(session, actor=own, action="session.open", subject=own, now=now)
    return SignedIn("volunteer", code, frozenset(), token)


def signed_in(step: accounts.Step) -> SignedIn:
    """Return whom a member of staff's last step let in."""
    return SignedIn("staff", step.staff.code, step.roles, step.token)
