"""Queues of phones without network, as a test reads codes into them and uploads them."""

from itertools import count
from typing import Any

from service.activities.actions.gate import Sent
from service.activities.actions.merge import Batch, scan_batch
from service.activities.actions.queue import Sending
from tests.activities.town import Town, at

NONCES = count()
GATES = ["U-ADM", "U-SEC"]
TABLE = """SELECT v.code, a.code AS activity, t.kind, t.status, t.in_at, t.out_at, t.in_way,
  t.out_way, t.in_actor, t.out_actor, t.assurance, t.offline, s.status AS signup
FROM activities_attendances t JOIN people_volunteers v ON v.id = t.volunteer_id
  JOIN activities a ON a.id = t.activity_id
  LEFT JOIN activities_signups s ON s.activity_id = a.id AND s.volunteer_id = v.id
ORDER BY 1, 2"""
PROBLEMS = """SELECT p.kind, s.nonce, s.actor, v.code, p.detail->>'action' AS action
FROM activities_problems p LEFT JOIN activities_scans s ON s.id = p.scan_id
  LEFT JOIN people_volunteers v ON v.id = p.volunteer_id
WHERE p.resolved_at IS NULL AND p.kind <> 'gap' ORDER BY 1, 2, 3, 4"""


def read(town: Town, whom: str, clock: str, action: str = "in", **more: Any) -> Sent:
    """One item of a queue: a pass as it was shown at that moment."""
    moment = at(clock)
    stated = {"code": town.pass_of(whom, moment), "nonce": f"q{next(NONCES)}", "activity": "A1"}
    return Sent(action=action, occurred_at=moment, **stated | more)


def undo(of: Sent, clock: str, **more: Any) -> Sent:
    """Take an item back."""
    stated = {"nonce": f"u{next(NONCES)}", "activity": of.activity, "undoes": of.nonce}
    return Sent(code="", action="undo", occurred_at=at(clock), **stated | more)


def upload(town: Town, *queue: Sent, who: str = "V0010", sending: Sending | None = None) -> Batch:
    town.clock.set(at("11:00"))
    return scan_batch(town.gate(who), queue, sending)


def table(town: Town) -> list[dict[str, Any]]:
    return town.database.rows(TABLE)


def tabled(town: Town, named: bool) -> list[dict[str, Any]]:
    """The table; without who brought what, if that may be anybody."""
    return [
        {name: said for name, said in row.items() if not (named and name.endswith("_actor"))}
        for row in table(town)
    ]


def problems(town: Town) -> list[tuple[str, Any]]:
    return [(row["kind"], row["code"]) for row in town.database.rows(PROBLEMS)]
