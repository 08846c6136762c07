"""Whose shops a reader's board is about."""

from collections.abc import Collection
from dataclasses import dataclass

from service.db import Database
from service.people import Caller, Role, communities_under

DESK = (Role.SECRETARY, Role.RECORDER, Role.APPROVER, Role.AUDITOR)
TRADE = (Role.OFFICER, Role.OWNER)
READERS = (*TRADE, *DESK)
CLERKS = (Role.RECORDER, Role.SECRETARY, Role.OFFICER)  # who answers exceptions
MEMBERS = """SELECT s.id, s.code, s.programme_id, a.name AS association
FROM shops s JOIN shops_associations a ON a.id = s.association_id
  JOIN people_units u ON u.id = s.community_id
WHERE s.admitted_at IS NOT NULL AND (s.community_id = ANY (%(communities)s)
  OR a.code = ANY (%(codes)s) OR u.code = ANY (%(codes)s) OR s.code = ANY (%(codes)s))
ORDER BY s.code"""
PLACES = (
    "SELECT name, programme_id FROM people_units WHERE id = ANY (%(communities)s) ORDER BY code"
)


@dataclass(frozen=True, slots=True)
class Reach:
    """The shops that one reader's offices reach, and the communities whose desk is theirs."""

    shop_ids: tuple[int, ...]
    codes: tuple[str, ...]
    communities: tuple[int, ...]
    names: tuple[str, ...]  # of these communities, else of the associations
    programme_id: int | None  # of the first of them: whose rules say what is late

    @property
    def params(self) -> dict[str, object]:
        """Return the parameters that every query of this package filters by."""
        return {
            "shops": list(self.shop_ids),
            "codes": list(self.codes),
            "communities": list(self.communities),
        }


def reach_of(database: Database, reader: Caller, roles: Collection[Role] = READERS) -> Reach:
    """Return what a reader's offices reach, those of these roles: nothing without one."""
    desk = reader.scopes(*(role for role in DESK if role in roles))
    communities = communities_under(database, desk) if desk else []
    codes = list(reader.scopes(*(role for role in TRADE if role in roles)))
    params = {"communities": communities, "codes": codes}
    rows = database.rows(MEMBERS, params)
    places = database.rows(PLACES, params) if communities else []
    names = [row["name"] for row in places] or [row["association"] for row in rows]
    return Reach(
        tuple(row["id"] for row in rows),
        tuple(row["code"] for row in rows),
        tuple(communities),
        tuple(dict.fromkeys(names)),
        next((row["programme_id"] for row in (*places, *rows)), None),
    )
