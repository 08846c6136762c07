"""The people of the demo data, one of each kind, for the buttons on the first page."""

from typing import Any

from service import scope
from service.db import Database
from service.i18n import N_
from service.people import DEMO_PASSWORD

# One of each kind that the loaded data has, whatever their codes are.
STAFF = """SELECT DISTINCT ON (r.role) r.role, s.code FROM people_roles r
JOIN people_staff s ON s.id = r.staff_id WHERE s.active ORDER BY r.role, s.id"""
VOLUNTEERS = """SELECT code, bool_or(leads) AS leads FROM (
  (SELECT v.code, true AS leads FROM activities a JOIN people_holders v ON v.id = a.leader_id
   ORDER BY a.starts_at, a.id LIMIT 1)
  UNION ALL
  (SELECT v.code, false FROM people_volunteers v WHERE v.channel = 'phone' ORDER BY v.code LIMIT 1)
) AS found GROUP BY code ORDER BY 2, 1"""

WORDS = {
    "community_secretary": ("stamp", N_("Secretary"), N_("Audits the ledger, closes the day.")),
    "volunteer_admin": ("print", N_("Recorder"), N_("Registers people, prints booklets.")),
    "grid_worker": ("place", N_("Grid worker"), N_("Solves what the office assigns.")),
    "second_approver": ("ok", N_("Second approver"), N_("Approves what another proposed.")),
    "association_officer": ("store", N_("Association's officer"), N_("Pairs the shops' tills.")),
    "shop_owner": ("store", N_("Shop owner"), N_("Goods, stock and the till of one shop.")),
    "administrator": ("store", N_("Administrator"), N_("Founds associations, names officers.")),
    "subdistrict_auditor": ("book", N_("Sub-district's auditor"), N_("Reads, writes nothing.")),
}
ORDER = tuple(WORDS)
LEADER = ("scan", N_("Activity leader"), N_("Scans people in and out, confirms their hours."))
VOLUNTEER = ("person", N_("Volunteer"), N_("Shows the pass, signs up, sees the points."))


def demo_people(database: Database) -> list[dict[str, Any]]:
    """Return icon, title, sentence and the fields of the sign-in form for each demo person.

    Whoever comes may be each of them: this is asked beyond the reach of the caller.
    """
    with scope.within(scope.EVERYTHING):
        staff = {row["role"]: row["code"] for row in database.rows(STAFF)}
        volunteers = database.rows(VOLUNTEERS)
    found = [
        entry(
            LEADER if row["leads"] else VOLUNTEER, {"booklet": row["code"], "pin": row["code"][-4:]}
        )
        for row in volunteers
    ]
    return found + [
        entry(WORDS[role], {"login": staff[role], "password": DEMO_PASSWORD})
        for role in ORDER
        if role in staff
    ]


def person(code: str, *, leads: bool) -> dict[str, Any]:
    """Make a volunteer's button; the PIN of a demo booklet is the end of its number."""
    return entry(LEADER if leads else VOLUNTEER, {"booklet": code, "pin": code[-4:]})


def entry(words: tuple[str, str, str], fields: dict[str, str]) -> dict[str, Any]:
    """Make one button."""
    icon, title, sentence = words
    return {"icon": icon, "title": title, "sentence": sentence, "fields": fields}
