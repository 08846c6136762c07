"""Whose draws a caller may read, and how an address names one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.people import Caller, Role, communities_under
from service.sampling.queries.draws import Drawn, draw_of
from service.sampling.refusals import UnknownDraw
from service.web import database
from service.web.access import require

CALLERS = (Role.SECRETARY, Role.RECORDER, Role.APPROVER)
READERS = (*CALLERS, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff and the communities in which the office counts."""

    who: Caller
    community_ids: Sequence[int]


def desk(*roles: str) -> Desk:
    """Return the caller's desk in one of the roles. Raises Unauthorized, Forbidden."""
    who = require(*roles)
    return Desk(who, communities_under(database(), who.scopes(*roles)))


def month_of(said: str) -> date:
    """Read a month of an address. Raises UnknownDraw for what is none."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", said):
        raise UnknownDraw
    return date.fromisoformat(f"{said}-01")


def drawn(community: str, month: str) -> Drawn:
    """Return a draw by its address, whoever asks. Raises UnknownDraw."""
    found = draw_of(database(), community=community, month=month_of(month))
    if found is None:
        raise UnknownDraw
    return found


def own_draw(at: Desk, community: str, month: str) -> Drawn:
    """Return a draw of the desk's communities. Raises UnknownDraw for another's."""
    found = drawn(community, month)
    if found.community_id not in at.community_ids:
        raise UnknownDraw
    return found
