"""Who plans where: a keeper in the own communities, a leader at the own activities."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from service import people
from service.activities.actions.gate import KEEPERS
from service.activities.actions.lifecycle import LEADER, RECORDER, SECRETARY, Mover
from service.activities.actions.rights import check_leading, suspended_until
from service.activities.actions.series import find_series
from service.activities.models import Activity, Series
from service.activities.queries.lists import find_activity
from service.activities.refusals import NotYours, UnknownActivity, UnknownSeries
from service.activities.routes.keepers import READERS, hidden, signed_in
from service.clock import business_day
from service.people import Unit
from service.web import database, now
from service.web.access import require

PARTS = {"volunteer_admin": RECORDER, "community_secretary": SECRETARY}


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what the caller is to it."""

    activity: Activity
    mover: Mover

    @property
    def keeps(self) -> bool:
        """Whether the caller keeps the community's plans."""
        return bool(self.mover.parts - {LEADER})


def planned(session: Session, code: str, *, reading: bool = False) -> Planned:
    """Return a plan that the caller leads or keeps; a draft is for keepers alone.

    Raises UnknownActivity, NotYours, SuspendedFromLeading.
    """
    found = find_activity(session, code)
    if found is None:
        raise UnknownActivity
    who, chain = signed_in(), chain_of(session, found.community_id)
    mine = Planned(found, mover(session, found.leader_id, chain))
    if mine.keeps or (reading and people.authorised(who, READERS, chain)):
        return mine
    if found.status == "draft" or (who.kind == "staff" and hidden(who, chain)):
        raise UnknownActivity
    if not mine.mover.parts:
        if who.volunteer_id is not None and who.volunteer_id == found.leader_id:
            check_leading(session, who.volunteer_id, now=now())
        raise NotYours
    return mine


def mover(session: Session, leader_id: int | None, chain: tuple[str, ...]) -> Mover:
    """Return the caller as somebody who moves activities of a community, a leader while one may."""
    who = signed_in()
    parts = {part for role, part in PARTS.items() if people.authorised(who, [role], chain)}
    leads = who.volunteer_id is not None and who.volunteer_id == leader_id
    if leads and not suspended_until(session, leader_id, on=business_day(now())):
        parts.add(LEADER)
    return Mover(who.actor, frozenset(parts), who.volunteer_id)


def chain_of(session: Session, community_id: int) -> tuple[str, ...]:
    """Return the codes of a community and of what lies above it."""
    return people.scope_chain(database(), people.unit_by_id(session, community_id).code)


def kept_series(session: Session, code: str, *, reading: bool = False) -> tuple[Series, Mover]:
    """Return a series of the caller's communities. Raises UnknownSeries."""
    found = find_series(session, code)
    chain = chain_of(session, found.community_id)
    by = mover(session, None, chain)
    if not by.parts and not (reading and people.authorised(signed_in(), READERS, chain)):
        raise UnknownSeries
    return found, by


def homes(session: Session, *roles: str) -> list[Unit]:
    """Return the communities in which the caller has one of the roles and points count."""
    who = require(*(roles or KEEPERS))
    ids = people.communities_under(database(), who.scopes(*(roles or KEEPERS)))
    asked = select(Unit).where(col(Unit.id).in_(ids), col(Unit.programme_id).is_not(None))
    return list(session.exec(asked.order_by(Unit.code)).all())


def home(session: Session, code: str) -> Unit:
    """Return one of the communities whose plans the caller keeps. Raises Forbidden."""
    require(*KEEPERS, scope=code)
    return people.unit(session, code)
