"""Whose day a request means, and what its caller may see."""

from datetime import date
from functools import partial

from sqlmodel import Session

from service import people
from service.clock import business_day
from service.errors import NotFound
from service.reconciliation import queries
from service.reconciliation.facts import CommunityDay
from service.reconciliation.models import WhichCommunity
from service.reconciliation.queries import Seen
from service.web import database, now
from service.web.access import require

CLERKS = (people.Role.RECORDER, people.Role.SECRETARY, people.Role.OFFICER)
SIGNERS = (people.Role.SECRETARY,)
DESK = (people.Role.RECORDER, people.Role.SECRETARY, people.Role.APPROVER, people.Role.AUDITOR)
TRADE = (people.Role.OFFICER, people.Role.OWNER)
READERS = (*DESK, people.Role.OFFICER)
# A shop reads what is said about it; it answers by signing, or by not signing, its day.
QUEUE_READERS = (*READERS, people.Role.OWNER)


def seen_by(*roles: people.Role) -> tuple[people.Caller, Seen]:
    """Return the caller and the communities of these offices. Raises Unauthorized, Forbidden."""
    keeper = require(*roles)
    codes = keeper.scopes(*set(roles) & set(DESK))
    under = people.communities_under(database(), codes) if codes else None
    if people.Role.OFFICER not in roles:
        return keeper, Seen(frozenset(under or ()), shops_only=not codes)
    trade = keeper.scopes(*set(roles) & set(TRADE))
    return keeper, database().atomic(partial(queries.seen_of, trade=trade, under=under))


def chosen(
    session: Session, keeper: people.Caller, seen: Seen, *, day: date, code: str | None
) -> CommunityDay:
    """Return the community that is named, or the caller's own, or the only one there is.

    Raises WhichCommunity when that is none of theirs, or several.
    """
    if code is not None:
        wanted = people.unit(session, code)
    elif keeper.community_id in seen.community_ids:
        wanted = people.unit_by_id(session, keeper.community_id or 0)
    elif len(seen.community_ids) == 1:
        wanted = people.unit_by_id(session, next(iter(seen.community_ids)))
    else:
        raise WhichCommunity
    if wanted.id not in seen.community_ids or wanted.programme_id is None:
        raise WhichCommunity
    return CommunityDay(wanted.programme_id, wanted.id, day)


def today() -> date:
    """Return the business day of this request."""
    return business_day(now())


def day_of(word: str) -> date:
    """Read a day from an address. Raises NotFound."""
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise NotFound from error
