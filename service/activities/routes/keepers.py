"""Who may do what at an activity: its leader, the community's recorder and secretary, oneself."""

from functools import partial
from typing import Any

from sqlmodel import Session

from service import activities, passes, people
from service.activities.actions.gate import KEEPERS, Gate
from service.activities.actions.rights import check_leading, suspended_until
from service.activities.refusals import NotYours, SuspendedFromLeading, UnknownActivity
from service.clock import business_day
from service.errors import Unauthorized
from service.web import caller, database, now, settings

READERS = (*KEEPERS, "second_approver", "subdistrict_auditor")


def keys() -> passes.Keyring:
    """Return the keys of this application's codes."""
    return passes.keyring(settings().secret_keys, settings().public_url)


def gate() -> Gate:
    """Return the gate that this request stands at. Raises Unauthorized."""
    return Gate(database(), keys(), signed_in(), now())


def signed_in() -> people.Caller:
    """Return the caller. Raises Unauthorized for somebody unknown."""
    found = caller()
    if found.kind == "anonymous":
        raise Unauthorized
    return found


def kept(session: Session, code: str, *, readers: bool = False) -> activities.Activity:
    """Return an activity that the caller leads or keeps.

    Staff of another community hear that there is no such activity, and who is suspended from
    leading until when. Raises NotYours, UnknownActivity, SuspendedFromLeading.
    """
    found = activities.activity(session, code)
    who = signed_in()
    leads = who.volunteer_id is not None and who.volunteer_id == found.leader_id
    if leads and not suspended_until(session, who.volunteer_id, on=business_day(now())):
        return found
    community = people.unit_by_id(session, found.community_id).code
    chain = people.scope_chain(database(), community)
    if people.authorised(who, READERS if readers else KEEPERS, chain):
        return found
    if leads:
        check_leading(session, who.volunteer_id, now=now())
    raise UnknownActivity if who.kind == "staff" and hidden(who, chain) else NotYours


def hidden(who: people.Caller, chain: tuple[str, ...]) -> bool:
    """Tell whether a member of staff has no office at all in these units."""
    return not any(scope in chain for _, scope in who.roles)


def keeps(session: Session, found: activities.Activity) -> bool:
    """Tell whether the caller leads or keeps an activity."""
    try:
        return caller().kind != "anonymous" and kept(session, found.code) is not None
    except (NotYours, UnknownActivity, SuspendedFromLeading):
        return False


def visible() -> list[int] | None:
    """Return the communities whose activities the caller sees; None for all: posters are public."""
    who = caller()
    if who.kind == "staff":
        return people.communities_under(database(), {scope for _, scope in who.roles})
    return None if who.community_id is None else [who.community_id]


def run(work: Any, **given: Any) -> Any:
    """Run one work in one transaction."""
    return database().atomic(partial(work, **given))
