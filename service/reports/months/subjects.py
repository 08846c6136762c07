"""Of whom a statement is, found only where its reader's offices count."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

from service.db import Database
from service.errors import NotFound
from service.i18n import N_
from service.people import communities_under
from service.reports.scope import Scope

PAGE = 50
DESK = "/desk/reports"


class NoSuchSubject(NotFound):
    """Nothing has this number, or it is another community's."""

    slug, title = "unknown-report", N_("There is no such volunteer, team, activity or shop here")


class Kind(StrEnum):
    """Of what a statement can be."""

    VOLUNTEER = "volunteer"
    TEAM = "team"
    ACTIVITY = "activity"
    SHOP = "shop"
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"


KINDS = {
    Kind.VOLUNTEER: N_("Volunteer"),
    Kind.TEAM: N_("Team"),
    Kind.ACTIVITY: N_("Activity"),
    Kind.SHOP: N_("Shop"),
    Kind.COMMUNITY: N_("Community"),
    Kind.SUBDISTRICT: N_("Sub-district"),
}
FROM = {
    Kind.VOLUNTEER: "people_volunteers x JOIN people_units u ON u.id = x.community_id",
    Kind.TEAM: "people_teams x JOIN people_units u ON u.id = x.community_id",
    Kind.ACTIVITY: "activities x JOIN people_units u ON u.id = x.community_id",
    Kind.SHOP: "shops x JOIN people_units u ON u.id = x.community_id",
    Kind.COMMUNITY: "people_units x JOIN people_units u ON u.id = x.id",
}
NAMES = {
    Kind.VOLUNTEER: "''",
    Kind.TEAM: "x.name",
    Kind.ACTIVITY: "x.title",
    Kind.SHOP: "x.name",
    Kind.COMMUNITY: "x.name",
}
FOUND = """SELECT x.id, x.code, {name} AS name, u.name AS place, u.code AS community,
  u.programme_id, u.id AS community_id FROM {table}
WHERE u.id = ANY (%(communities)s) AND (%(community)s = '' OR u.code = %(community)s) """
ONE = FOUND + "AND x.code = ANY (%(codes)s) ORDER BY x.code, x.id LIMIT 1"
MANY = (
    FOUND
    + """AND (x.code, x.id) > (%(after)s, %(id)s) AND (%(search)s = ''
  OR x.code ILIKE '%%' || %(search)s || '%%' OR {name} ILIKE '%%' || %(search)s || '%%')
ORDER BY x.code, x.id LIMIT %(limit)s"""
)
DISTRICT = """SELECT x.id, x.code, x.name,
  (SELECT min(c.programme_id) FROM people_units c WHERE c.id = ANY (%(communities)s))
    AS programme_id
FROM people_units x WHERE x.kind = 'subdistrict' AND x.code = %(code)s"""
ABOVE = """SELECT DISTINCT x.id, x.code, x.name FROM people_units u
  JOIN people_units x ON x.id = u.parent_id AND x.kind = 'subdistrict'
WHERE u.id = ANY (%(communities)s) ORDER BY x.code"""


@dataclass(frozen=True, slots=True)
class Subject:
    """Of whom a statement is. `ids` are its own rows: of a sub-district, its communities'."""

    kind: Kind
    code: str
    name: str
    place: str  # the community's name, or the sub-district's own
    community: str  # its code; empty for a sub-district
    ids: tuple[int, ...]
    programme_id: int

    def address(self, tail: str = "", **query: Any) -> str:
        """Return where the statement stands, or a page below it."""
        if self.kind == Kind.TEAM:  # two communities may both have a team T03
            query = {"community": self.community, **query}
        return address(self.kind, self.code, tail, **query)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which subjects are listed: of a kind, of one community or all, after one of them."""

    kind: Kind
    community: str = ""
    search: str = ""
    after: str = ""


def address(kind: str, code: str, tail: str = "", **query: Any) -> str:
    """Return the address of a statement at the desk."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{DESK}/{kind}/{quote(code, safe='')}{tail}{'?' if asked else ''}{asked}"


def find(
    database: Database, scope: Scope, kind: Kind, code: str, *, community: str = ""
) -> Subject:
    """Return the subject of a kind with a code. Raises NoSuchSubject."""
    if kind == Kind.SUBDISTRICT:
        return district(database, scope, code)
    sql = ONE.format(name=NAMES[kind], table=FROM[kind])
    asked = {"codes": sorted({code, code.upper()}), "community": community}
    row = database.call(sql, {**scope.params, **asked})
    if row is None:
        raise NoSuchSubject
    return of_row(kind, row)


def of_row(kind: Kind, row: dict[str, Any]) -> Subject:
    """Return the subject of one row of a look-up."""
    return Subject(
        kind=kind,
        code=row["code"],
        name=row["name"],
        place=row["place"],
        community=row["community"],
        ids=(row["id"],),
        programme_id=row["programme_id"] or 0,
    )


def district(database: Database, scope: Scope, code: str) -> Subject:
    """Return a sub-district, for who reads every community of it. Raises NoSuchSubject."""
    under = communities_under(database, [code])
    row = database.call(DISTRICT, {"code": code, "communities": under})
    if row is None or not under or not set(under) <= set(scope.community_ids):
        raise NoSuchSubject
    return Subject(
        kind=Kind.SUBDISTRICT,
        code=row["code"],
        name=row["name"],
        place=row["name"],
        community="",
        ids=tuple(sorted(under)),
        programme_id=row["programme_id"] or 0,
    )


def districts(database: Database, scope: Scope) -> list[dict[str, Any]]:
    """Return the sub-districts of which a reader reads every community."""
    return [
        row
        for row in database.rows(ABOVE, scope.params)
        if set(communities_under(database, [row["code"]])) <= set(scope.community_ids)
    ]


def listed(database: Database, scope: Scope, asked: Listing) -> tuple[list[Subject], str]:
    """Return one page of subjects by their codes, and after what the next one begins."""
    code, _, last = asked.after.rpartition(" ")
    sql = MANY.format(name=NAMES[asked.kind], table=FROM[asked.kind])
    params = {**scope.params, "community": asked.community, "search": asked.search}
    params |= {"after": code, "id": int(last) if last.isdecimal() else 0, "limit": PAGE + 1}
    rows = database.rows(sql, params)
    more = f"{rows[PAGE - 1]['code']} {rows[PAGE - 1]['id']}" if len(rows) > PAGE else ""
    return [of_row(asked.kind, row) for row in rows[:PAGE]], more
