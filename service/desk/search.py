"""One field for everything that somebody may have in the hand: a number, a key, a name of a thing.

One query; each part of it looks up by an index, or walks what is small, and shows only what the
reader may see. Nobody is found by a name.
"""

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from service import passes
from service.db import Database
from service.i18n import N_
from service.reports import HIDDEN, Scope

EACH = 6
QUERY_CHARACTERS_MAX = 120
RECEIPT_CHARACTERS = 6
RECEIPTS = range(20)  # a receipt is known by its last six digits
CASE = re.compile(r"CASE-?(\d{1,9})", re.IGNORECASE)
GROUPS = {
    "volunteer": (N_("Volunteers"), "person", "/desk/people/{code}"),
    "activity": (N_("Activities"), "calendar", "/desk/activities/{code}"),
    "shop": (N_("Shops"), "store", "/desk/reports/shop/{code}"),
    "award": (N_("Awards"), "scan", "/desk/awards/{code}"),
    "sale": (N_("Redemptions"), "store", "/desk/sales/{code}"),
    "transfer": (N_("Ledger"), "book", "/ledger/transfers/{code}"),
    "case": (N_("Cases"), "flag", "/desk/cases/{code}"),
    "objection": (N_("Objections"), "person", "/desk/objections/{code}"),
    "notice": (N_("Public notices"), "print", "/desk/notices/{code}"),
    "matter": (N_("Matters"), "flag", "/desk/matters/{code}"),
    "statement": (N_("Statements"), "book", "/desk/statements/{code}"),
    "staff": (N_("Staff"), "person", "/desk/staff/{code}"),
    "device": (N_("Tablets"), "phone", "/desk/devices/{code}"),
}
PARTS = {
    # How a number begins is found by its index, between two of them; how one ends only by looking.
    "volunteer": """SELECT v.code, v.code AS label, t.name AS extra, NULL::timestamptz AS at
FROM (SELECT * FROM (SELECT * FROM people_volunteers x WHERE x.code >= %(prefix)s
      AND x.code < %(prefix)s || chr(1114111) AND x.community_id = ANY (%(communities)s)
      ORDER BY x.code LIMIT %(each)s) begun
    UNION SELECT * FROM (SELECT * FROM people_volunteers x WHERE %(tail)s <> ''
      AND x.community_id = ANY (%(communities)s) AND x.code LIKE %(tail)s
      ORDER BY x.code LIMIT %(each)s) ended) v LEFT JOIN people_teams t ON t.id = v.team_id
ORDER BY v.code LIMIT %(each)s""",
    "activity": """SELECT a.code, a.title, a.place, a.starts_at FROM activities a
WHERE a.community_id = ANY (%(communities)s)
  AND (a.id = (SELECT c.id FROM activities_codes c WHERE c.code = lower(%(text)s))
    OR a.title ILIKE %(within)s)
ORDER BY a.business_day DESC, a.id DESC LIMIT %(each)s""",
    "shop": """SELECT s.code, s.name, s.code, NULL::timestamptz FROM shops s
WHERE s.programme_id = %(programme)s AND s.community_id = ANY (%(communities)s)
  AND (s.code = upper(%(text)s) OR s.name ILIKE %(within)s) ORDER BY s.code LIMIT %(each)s""",
    "award": """SELECT w.key, w.key, v.code, w.entered_at FROM activities_awards w
  JOIN people_holders v ON v.id = w.volunteer_id
WHERE w.key = %(text)s AND v.community_id = ANY (%(communities)s)""",
    # By its number, and by its key at each shop: asked for either at once, every sale was read.
    "sale": """SELECT r.id::text, g.name, s.name, r.occurred_at
FROM (SELECT unnest(%(receipts)s::bigint[]) AS id
    UNION SELECT k.id FROM shops x CROSS JOIN LATERAL (SELECT y.id FROM redemptions y
      WHERE y.shop_id = x.id AND y.key = %(text)s OFFSET 0) k
    WHERE x.programme_id = %(programme)s AND x.community_id = ANY (%(communities)s)) f
  CROSS JOIN LATERAL (SELECT * FROM redemptions y WHERE y.id = f.id OFFSET 0) r
  JOIN shops s ON s.id = r.shop_id JOIN shops_goods g ON g.id = r.good_id
WHERE s.community_id = ANY (%(communities)s) ORDER BY r.id DESC LIMIT %(each)s""",
    "transfer": f"""SELECT t.id::text, t.key, t.kind, t.occurred_at FROM ledger_transfers t
WHERE t.id IN (%(number)s, %(receipt)s,
    (SELECT k.id FROM ledger_transfers k WHERE k.programme_id = %(programme)s
     AND k.key = %(text)s),
    (SELECT d.transfer_id FROM redemptions_discounts d JOIN shops s ON s.id = d.shop_id
     WHERE s.programme_id = %(programme)s AND d.key = %(text)s
       AND d.shop_id IN (SELECT x.id FROM shops x WHERE x.programme_id = %(programme)s) LIMIT 1))
  AND t.programme_id = %(programme)s AND NOT {HIDDEN}""",
    "case": """SELECT c.id::text, 'CASE-' || c.number, c.title, c.opened_at FROM cases c
WHERE c.community_id = ANY (%(communities)s) AND (c.number = %(nth)s OR c.title ILIKE %(within)s)
ORDER BY c.id DESC LIMIT %(each)s""",
    "objection": """SELECT o.id::text, v.code, o.about_ref, o.filed_at FROM cases_objections o
  JOIN people_holders v ON v.id = o.volunteer_id
WHERE o.community_id = ANY (%(communities)s)
  AND (o.about_ref = %(text)s OR v.code = upper(%(text)s)) ORDER BY o.id DESC LIMIT %(each)s""",
    "notice": """SELECT n.id::text, n.name, n.code, n.published_at FROM notices n
WHERE n.community_id = ANY (%(communities)s) AND n.name IS NOT NULL
  AND (n.code = upper(%(text)s) OR n.name LIKE %(within)s OR n.number = %(nth)s)
ORDER BY n.id DESC LIMIT %(each)s""",
    "matter": """SELECT q.number, q.number, q.place, q.raised_at FROM matters q
WHERE q.number = upper(%(text)s) AND q.community_id = ANY (%(communities)s)""",
    "statement": """SELECT z.number, z.number, s.name, z.issued_at FROM settlement_statements z
  JOIN shops s ON s.id = z.shop_id
WHERE z.number = upper(%(text)s) AND z.community_id = ANY (%(communities)s)""",
    "staff": """SELECT f.code, f.title, f.code, NULL::timestamptz FROM people_staff f
WHERE (f.code = upper(%(text)s) OR f.title ILIKE %(within)s)
  AND trail_unit_of_actor('staff', f.code) = ANY (%(communities)s)
ORDER BY f.code LIMIT %(each)s""",
    "device": """SELECT d.id::text, d.name, s.name, d.last_seen_at FROM people_devices d
  LEFT JOIN shops s ON s.id = d.shop_id
WHERE d.id = %(number)s AND coalesce(d.community_id, s.community_id) = ANY (%(communities)s)""",
}
QUERY = " UNION ALL ".join(
    f"(SELECT '{name}' AS part, x.* FROM ({sql}) AS x (code, label, extra, at))"
    for name, sql in PARTS.items()
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, and the page on which it stands."""

    group: str
    label: str
    extra: str
    at: Any
    href: str


def search(
    database: Database, scope: Scope, text: str, keys: passes.Keyring | None = None
) -> list[Hit]:
    """Return what a reader may see of what fits a text, by groups: one query.

    `keys` read the tail of a receipt's address; without them a receipt is found by its number.
    """
    asked = text.strip()[:QUERY_CHARACTERS_MAX]
    if not asked or not scope.community_ids:
        return []
    rows = database.rows(QUERY, {**scope.params, **looked_for(asked, keys), "each": EACH})
    return [
        Hit(
            row["part"],
            row["label"],
            row["extra"] or "",
            row["at"],
            GROUPS[row["part"]][2].format(code=row["code"]),
        )
        for row in rows
    ]


def looked_for(asked: str, keys: passes.Keyring | None) -> dict[str, Any]:
    """Return what each part compares with: the text, the number in it, a receipt, patterns."""
    digits = asked.replace(" ", "")  # a receipt is read aloud as 000 127
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None
    nth = CASE.fullmatch(asked)
    last = asked.rstrip("/").rpartition("/")[2]
    like = escaped(asked)
    short = number is not None and len(digits) <= RECEIPT_CHARACTERS
    return {
        "text": asked,
        "number": number,
        "nth": int(nth[1]) if nth else number if short else None,
        "receipt": passes.read_receipt(keys, last) if keys else None,
        "receipts": [number + step * 10**RECEIPT_CHARACTERS for step in RECEIPTS] if short else [],
        "prefix": asked.upper(),
        "tail": f"%{like}" if number is not None else "",
        "within": f"%{like}%",
    }


def escaped(text: str) -> str:
    """Return a text in which no sign stands for others."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def grouped(hits: list[Hit]) -> list[tuple[str, str, list[Hit]]]:
    """Return title, icon and hits of each group, in the order of the groups."""
    order = list(GROUPS)
    ranked = sorted(hits, key=lambda hit: order.index(hit.group))
    return [
        (*GROUPS[name][:2], list(found)) for name, found in groupby(ranked, key=lambda h: h.group)
    ]
