"""What a receipt says: what happened in plain words, and the proof that the log holds it.

Its reader has nothing but the address. So no name stands on it, and booklets show their tail only;
the fields that the proof hashes are the exception, because with a letter less they prove nothing.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlmodel import Session

from service import ledger
from service.db import Database
from service.i18n import N_
from service.ledger import Receipt
from service.proof import InclusionProof
from service.reports.scope import REDEMPTION

WORDS = f"""SELECT t.id, t.kind, t.business_day, t.effective_on, t.occurred_at, t.recorded_at,
  coalesce(o.kind, t.kind) AS of_kind, o.id IS NOT NULL AS back, b.id IS NOT NULL AS reversed,
  w.key AS award, c.title AS activity, c.place, s.name AS shop, g.name AS good,
  coalesce((coalesce(o.memo, t.memo) ->> 'qty')::integer, r.qty) AS qty,
  coalesce(o.memo, t.memo) ->> 'by' AS by, l.wallets, l.address,
  l.unit, l.amount, l.tail, p.name AS programme
FROM ledger_transfers t JOIN programmes p ON p.id = t.programme_id
  CROSS JOIN LATERAL (
    SELECT count(*) AS wallets, max(a.address) AS address, max(a.unit) AS unit,
      sum(w.amount)::bigint AS amount, right(max(a.address), 3) AS tail
    FROM (SELECT account_id, amount FROM ledger_entries WHERE transfer_id = t.id
          UNION ALL SELECT account_id, amount FROM ledger_hold_legs WHERE transfer_id = t.id) w
      JOIN ledger_accounts a ON a.id = w.account_id AND a.by_lots) l
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  LEFT JOIN ledger_transfers b ON b.reverses_id = t.id
  LEFT JOIN activities_awards w ON w.transfer_id = CASE WHEN o.id IS NULL THEN t.id ELSE o.id END
  LEFT JOIN activities c ON c.id = w.activity_id
  LEFT JOIN {REDEMPTION}
  LEFT JOIN shops s ON s.id = r.shop_id LEFT JOIN shops_goods g ON g.id = r.good_id
WHERE t.id = %(transfer)s LIMIT 1"""
BOOKLETS = "SELECT code FROM people_holders WHERE code = ANY (%(codes)s)"
PIECES = (re.compile(r"[0-9A-Za-z_-]+"), re.compile(r"[0-9A-Za-z]+"))

HEADER = (
    N_("Number of the entry"), N_("Programme"), N_("Key"), N_("Fingerprint of the request"),
    N_("Kind"), N_("By"), N_("Rests on"), N_("Happened"), N_("Recorded"), N_("Business day"),
    N_("Counts from"), N_("Reverses"), N_("Settles"), N_("Ends"), N_("Remarks"),
)  # fmt: skip
LISTS = (
    (N_("Entries"), (N_("Account"), N_("Unit"), N_("Line"), N_("Change"), N_("Balance after"))),
    (N_("Points by the day they expire"), (N_("Account"), N_("Unit"), N_("Day"), N_("Change"))),
    (N_("Set aside"), (N_("Account"), N_("Unit"), N_("Change"))),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One field: what it is called, and what it says."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together: the entry's own, or one line of its lists."""

    title: str | None
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Told:
    """One receipt: its words, its proof, and since when each of them stands."""

    words: dict[str, Any]
    proof: Receipt
    keys: tuple[str, ...]

    @property
    def sealed(self) -> bool:
        """Whether the log has it under a signed head."""
        return self.proof.index is not None and self.proof.head is not None

    @property
    def text(self) -> str:
        """The proof as a file (c2sp.org/tlog-proof@v1), with the leaf as its extra."""
        assert self.proof.index is not None
        assert self.proof.head is not None
        path, note = self.proof.path, self.proof.head.note
        return InclusionProof(self.proof.index, path, note, self.proof.leaf).text


def told(database: Database, transfer_id: int) -> Told | None:
    """Return the receipt of a transfer, or None when there is no such transfer."""
    words = database.call(WORDS, {"transfer": transfer_id})
    if words is None:
        return None
    proof, keys = database.atomic(partial(proven, transfer_id=transfer_id))
    return Told(words, proof, keys)


def proven(session: Session, *, transfer_id: int) -> tuple[Receipt, tuple[str, ...]]:
    """Return a transfer's proof, and the public keys that ever signed for the log."""
    keys = tuple(key.vkey for key in ledger.log_keys(session))
    return ledger.receipt(session, transfer_id=transfer_id), keys


def for_browser(found: Told) -> dict[str, Any]:
    """Return what the page's script needs to compute everything again."""
    assert found.proof.head is not None
    return {
        "fields": found.proof.fields,
        "leaf": found.proof.leaf.hex(),
        "index": str(found.proof.index),
        "size": str(found.proof.head.size),
        "path": [b64encode(step).decode() for step in found.proof.path],
        "note": found.proof.head.note,
        "keys": list(found.keys),
        "shown": shown(found.words),
    }


def shown(words: dict[str, Any]) -> dict[str, str] | None:
    """Return the figure that the page shows, for the script to find among the hashed words."""
    if words["wallets"] != 1 or words["kind"] in {"hold", "release"}:
        return None
    return {"address": words["address"], "unit": words["unit"], "amount": str(words["amount"])}


def readable(database: Database, fields: list[str]) -> list[Section]:
    """Name the hashed fields one by one, booklets covered up to their tail."""
    covered = iter(cover(database, fields))
    sections = [Section(None, [Row(name, next(covered)) for name in HEADER])]
    for title, columns in LISTS:
        count = int(next(covered))
        lines = [[Row(name, next(covered)) for name in columns] for _ in range(count)]
        sections += [Section(title, line) for line in lines]
    return sections


def cover(database: Database, fields: list[str]) -> Iterator[str]:
    """Put dots in the place of all but the tail of every booklet's number."""
    asked = {piece for field in fields for shape in PIECES for piece in shape.findall(field)}
    found = [row["code"] for row in database.rows(BOOKLETS, {"codes": sorted(asked)})]
    booklets = re.compile("|".join(rf"\b{re.escape(code)}\b" for code in found) or r"(?!)")
    return (booklets.sub(lambda code: f"•••{code[0][-3:]}", field) for field in fields)
