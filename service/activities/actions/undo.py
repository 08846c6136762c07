"""Taking a scan back at the gate: by the one who made it, while the memory is fresh."""

from functools import partial
from typing import Any

from service.activities.actions.gate import Answer, Gate, Sent, look
from service.activities.actions.merge import take_in
from service.activities.actions.queue import Sending, timed_item
from service.activities.refusals import UnknownActivity

MINE = "SELECT id FROM activities_scans WHERE actor = %(actor)s AND nonce = %(nonce)s"


def take_back(gate: Gate, sent: Sent) -> Answer:
    """Undo one scan of the caller's own; the attendance stands as if it had not been made.

    Refused, as an answer: unknown_scan, too_late, confirmed. Raises UnknownActivity.
    """
    place = look(gate, sent.activity or "", None, gate.now)
    if not place:
        raise UnknownActivity
    mine = {"actor": gate.caller.actor, "nonce": sent.undoes}
    if gate.database.call(MINE, mine) is None and sent.occurred_at is None:
        return unknown(gate, sent, place)
    item = timed_item(gate, sent, Sending())
    return gate.database.atomic(partial(take_in, gate=gate, place=place, items=[item]))[0].answer


def unknown(gate: Gate, sent: Sent, place: Any) -> Answer:
    """Answer a caller who has made no such scan; nothing is written."""
    named = {"activity": place["code"], "title": place["title"]}
    return Answer("refused", "unknown_scan", False, gate.now, sent.action, **named)
