"""Who "staff:U-ADM" is, in words that a reader knows. Names of volunteers are not among them."""

from collections.abc import Callable, Iterable

from service.db import Database
from service.i18n import N_

STAFF = "SELECT code, title FROM people_staff WHERE code = ANY (%(codes)s)"
DEVICES = """SELECT d.id::text AS code, coalesce(s.name, d.name) AS title
FROM people_devices d LEFT JOIN shops s ON s.id = d.shop_id WHERE d.id::text = ANY (%(codes)s)"""
KINDS = {"staff": STAFF, "device": DEVICES}
VOLUNTEER = N_("Volunteer {tail}")
SYSTEM = N_("the system")


def titles(database: Database, actors: Iterable[str]) -> dict[str, str]:
    """Return the titles of the staff and the names of the tablets among some actors."""
    wanted: dict[str, list[str]] = {}
    for actor in actors:
        kind, _, code = (actor or "").partition(":")
        wanted.setdefault(kind, []).append(code)
    return {
        f"{kind}:{row['code']}": row["title"]
        for kind, query in KINDS.items()
        if wanted.get(kind)
        for row in database.rows(query, {"codes": wanted[kind]})
    }


def namer(
    database: Database, actors: Iterable[str], gettext: Callable[[str], str]
) -> Callable[[str], str]:
    """Return a function that says an actor in the reader's language."""
    known = titles(database, actors)

    def say(actor: str) -> str:
        kind, _, code = (actor or "").partition(":")
        if kind == "volunteer":
            return gettext(VOLUNTEER).format(tail=code[-3:])
        return known.get(actor) or (gettext(SYSTEM) if kind == "system" else code)

    return say
