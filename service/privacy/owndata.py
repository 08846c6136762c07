"""Everything that is kept about one volunteer, for that volunteer: the law's copy.

Each part is one statement of its own; names of others, and of staff, are in none of them: who
looked is told by office.
"""

from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from service import inbox, people
from service.db import Database
from service.privacy import actions
from service.privacy.queries import corrections_of

ROWS_MAX = 20_000
PERSON = """SELECT v.code, v.community_id, u.name AS community, coalesce(t.name, '') AS team,
  v.age_band, v.channel, coalesce(v.qualification, '') AS qualification, v.qualification_verified,
  v.guardian_consent, coalesce(right(g.code, 3), '') AS guardian, v.created_at AS registered_at,
  v.withdrawn_at, v.opening_lifetime AS points_before, v.opening_minutes AS minutes_before
FROM people_volunteers v JOIN people_units u ON u.id = v.community_id
  LEFT JOIN people_teams t ON t.id = v.team_id
  LEFT JOIN people_volunteers g ON g.id = v.guardian_id
WHERE v.id = %(id)s"""
PARTS = {
    "phones": """SELECT created_at AS bound_at, revoked_at AS ended_at
FROM passes_bindings WHERE volunteer_id = %(id)s ORDER BY id""",
    "sessions": """SELECT created_at, expires_at, revoked_at AS ended_at
FROM people_sessions WHERE volunteer_id = %(id)s ORDER BY created_at""",
    "booklets": """SELECT booklet_code AS code, number, status, issued_at, expires_on
FROM passes_cards WHERE volunteer_id = %(id)s ORDER BY id""",
    "consents": """SELECT purpose, given, version, way, at
FROM consents WHERE volunteer_id = %(id)s ORDER BY id""",
    "signups": """SELECT a.code AS activity, a.title, p.name AS post, s.status, s.signed_at
FROM activities_signups s JOIN activities a ON a.id = s.activity_id
  JOIN activities_posts p ON p.id = s.post_id
WHERE s.volunteer_id = %(id)s ORDER BY s.id""",
    "attendances": """SELECT a.code AS activity, a.title, n.kind, n.status, n.in_at, n.out_at,
  n.in_way, n.out_way, n.amended
FROM activities_attendances n JOIN activities a ON a.id = n.activity_id
WHERE n.volunteer_id = %(id)s ORDER BY n.id""",
    "awards": """SELECT w.key AS award, a.code AS activity, coalesce(a.title, '') AS title, w.kind,
  w.status, w.service_day AS day, w.minutes, w.points, w.cut
FROM activities_awards w LEFT JOIN activities a ON a.id = w.activity_id
WHERE w.volunteer_id = %(id)s ORDER BY w.id""",
    "lots": """SELECT l.expires_on, l.amount AS points
FROM people_volunteers v
  CROSS JOIN LATERAL (SELECT x.* FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = v.programme_id AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a
  JOIN ledger_lots l ON l.account_id = a.id AND l.amount > 0
WHERE v.id = %(id)s ORDER BY l.expires_on""",
    "redemptions": """SELECT r.business_day AS day, s.name AS shop, coalesce(g.name, '') AS good,
  r.qty, r.points, r.status, r.occurred_at
FROM redemptions r JOIN shops s ON s.id = r.shop_id LEFT JOIN shops_goods g ON g.id = r.good_id
WHERE r.volunteer_id = %(id)s ORDER BY r.business_day, r.id""",
    "discounts": """SELECT d.business_day AS day, s.name AS shop, d.bill_fen, d.discount_fen
FROM redemptions_discounts d JOIN shops s ON s.id = d.shop_id
WHERE d.volunteer_id = %(id)s ORDER BY d.id""",
    "certificates": """SELECT serial, upto, minutes, issued_at, revoked_at
FROM certificates WHERE volunteer_id = %(id)s ORDER BY id""",
    "stars": """SELECT level, status, minutes, proposed_at AS at
FROM records_stars WHERE volunteer_id = %(id)s ORDER BY id""",
    "honours": """SELECT k.name AS kind, h.day, h.reason, h.withdrawn_at
FROM records_honours h JOIN records_honour_kinds k ON k.id = h.kind_id
WHERE h.volunteer_id = %(id)s ORDER BY h.id""",
    "trainings": """SELECT title, day, minutes, withdrawn_at
FROM records_trainings WHERE volunteer_id = %(id)s ORDER BY id""",
    "notices": """SELECT n.code AS notice, r.tail, r.minutes, r.points, n.published_at AS at
FROM notices_rows r JOIN notices n ON n.id = r.notice_id
WHERE r.volunteer_id = %(id)s ORDER BY n.id""",
    "messages": """SELECT kind, at, read_at
FROM inbox_messages WHERE volunteer_id = %(id)s ORDER BY id""",
    # Staff alone, and by office: a volunteer is told that the recorder looked, not who that is.
    "looks": """SELECT r.at, r.action, coalesce((SELECT min(o.role) FROM people_staff s
    JOIN people_roles o ON o.staff_id = s.id WHERE s.code = substr(r.actor, 7)), '') AS office
FROM trail_records r WHERE r.actor LIKE 'staff:%%' AND r.id IN (
  SELECT id FROM trail_records WHERE subject = 'volunteer:' || %(code)s
    AND (action LIKE 'identity.%%' OR action LIKE 'see%%')
  UNION SELECT id FROM trail_records WHERE action = 'identity.look' AND subject = 'volunteers'
    AND unit_id = %(community)s AND detail @> jsonb_build_object('booklets', ARRAY[%(code)s::text]))
ORDER BY r.id""",
}
LIMIT = f" LIMIT {ROWS_MAX}"


def gather(database: Database, volunteer_id: int, *, now: datetime) -> dict[str, Any]:
    """Return everything, in the shape of `OwnDataSchema`; each part the oldest first."""
    person = database.call(PERSON, {"id": volunteer_id})
    assert person is not None
    place = person.pop("community_id")
    params = {"id": volunteer_id, "code": person["code"], "community": place}
    parts = {name: database.rows(sql + LIMIT, params) for name, sql in PARTS.items()}
    asked = database.atomic(partial(requests, volunteer_id=volunteer_id))
    return {"made_at": now, "format": "aixin/own-data/1", "volunteer": person, **parts, **asked}


def requests(session: Session, *, volunteer_id: int) -> dict[str, Any]:
    """Read what is sealed: who somebody is, how reached, what was asked to be corrected."""
    contact = people.contact_of(session, volunteer_id)
    return {
        "identity": {"name": contact.name, "phone": contact.phone, "id_no": contact.id_no},
        "addresses": [
            {
                "channel": row.channel,
                "address": address,
                "asked_at": row.asked_at,
                "confirmed_at": row.confirmed_at,
                "ended_at": row.ended_at,
            }
            for row, address in inbox.every_address(session, volunteer_id)
        ],
        "corrections": [
            {
                "field": row.field,
                "wanted": actions.read(session, row),
                "asked_at": row.asked_at,
                "accepted": row.accepted,
                "answer": row.answer or "",
                "answered_at": row.answered_at,
            }
            for row in reversed(corrections_of(session, volunteer_id))
        ],
    }
