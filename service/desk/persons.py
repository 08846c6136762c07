"""The file of a volunteer and the office of a member of staff, as staff may read them: no names."""

from dataclasses import dataclass
from typing import Any

from service.db import Database
from service.people import UnknownStaff, UnknownVolunteer
from service.reports import Scope

LATEST = 10
VOLUNTEER = """SELECT v.id, v.code, v.programme_id, v.channel, v.age_band, v.consent_notice,
  v.created_at, u.name AS community, t.name AS team, a.id AS account_id,
  coalesce(a.posted, 0) AS balance, coalesce(a.held_out, 0) AS held, coalesce(a.debt, 0) AS debt
FROM people_volunteers v JOIN people_units u ON u.id = v.community_id
  LEFT JOIN people_teams t ON t.id = v.team_id
  LEFT JOIN LATERAL (SELECT x.* FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = v.programme_id AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a ON true
WHERE v.code = %(code)s AND v.community_id = ANY (%(communities)s)"""
AWARDS = """SELECT w.key, w.kind, w.status, w.points, w.minutes, w.service_day, w.maker, w.approver,
  w.attendance_id, w.transfer_id, a.title AS activity
FROM activities_awards w LEFT JOIN activities a ON a.id = w.activity_id
WHERE w.volunteer_id = %(id)s ORDER BY w.id DESC LIMIT %(limit)s"""
SALES = """SELECT r.id, r.status, r.qty, r.points, r.occurred_at, r.transfer_id, s.name AS shop,
  g.name AS good
FROM redemptions r JOIN shops s ON s.id = r.shop_id LEFT JOIN shops_goods g ON g.id = r.good_id
WHERE r.volunteer_id = %(id)s AND r.status <> 'refused'
ORDER BY r.business_day DESC, r.id DESC LIMIT %(limit)s"""
ABOUT = """(SELECT 'finding' AS kind, f.id, f.rule AS code, f.status, f.found_at AS at
  FROM audit_findings f WHERE f.subject = 'volunteer:' || %(code)s
    AND f.community_id = ANY (%(communities)s) ORDER BY f.id DESC LIMIT %(limit)s)
UNION ALL (SELECT 'case', c.id, 'CASE-' || c.number, c.status, c.opened_at FROM cases c
  WHERE c.volunteer_id = %(id)s ORDER BY c.id DESC LIMIT %(limit)s)
UNION ALL (SELECT 'objection', o.id, o.number::text, o.status, o.filed_at FROM cases_objections o
  WHERE o.volunteer_id = %(id)s ORDER BY o.id DESC LIMIT %(limit)s)
ORDER BY at DESC"""
CARDS = """SELECT c.number, c.status, c.issued_at, c.expires_on FROM passes_cards c
WHERE c.volunteer_id = %(id)s ORDER BY c.id DESC LIMIT %(limit)s"""
STAFF = """SELECT s.id, s.code, s.title, s.active, v.code AS volunteer
FROM people_staff s LEFT JOIN people_holders v ON v.id = s.volunteer_id
WHERE s.code = %(code)s AND trail_unit_of_actor('staff', s.code) = ANY (%(units)s)"""
ROLES = "SELECT role, scope_code FROM people_roles WHERE staff_id = %(id)s ORDER BY 1, 2"


@dataclass(frozen=True, slots=True)
class Folder:
    """What is known of a volunteer, the latest of each kind; the full lists are linked."""

    row: dict[str, Any]
    awards: list[dict[str, Any]]
    sales: list[dict[str, Any]]
    about: list[dict[str, Any]]
    cards: list[dict[str, Any]]


def folder(database: Database, scope: Scope, code: str) -> Folder:
    """Return a volunteer's file. Raises UnknownVolunteer, also for another community's."""
    row = database.call(VOLUNTEER, {**scope.params, "code": code.upper()})
    if row is None:
        raise UnknownVolunteer
    params = {**scope.params, **row, "limit": LATEST}
    parts = (database.rows(sql, params) for sql in (AWARDS, SALES, ABOUT, CARDS))
    return Folder(row, *parts)


def office(database: Database, units: list[int], code: str) -> dict[str, Any]:
    """Return a member of staff with the roles. Raises UnknownStaff, also for other places'."""
    row = database.call(STAFF, {"code": code.upper(), "units": units})
    if row is None:
        raise UnknownStaff
    return {**row, "roles": database.rows(ROLES, row)}
