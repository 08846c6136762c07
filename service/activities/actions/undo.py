"""Taking a scan back at the gate: where it was made, while the memory is fresh."""

from functools import partial
from typing import Any

from service.activities.actions.gate import Answer, Gate, Sent, check_keeper, look
from service.activities.actions.merge import take_in
from service.activities.actions.queue import Sending, timed_item
from service.activities.refusals import UnknownActivity
from service.clock import business_day

MINE = """
SELECT actor FROM activities_scans
WHERE nonce = %(nonce)s AND (actor = %(actor)s AND device IS NULL OR device = %(device)s)
"""


def take_back(gate: Gate, sent: Sent) -> Answer:
    """Undo one scan of the same device; the attendance stands as if it had not been made.

    Refused, as an answer: unknown_scan, too_late, confirmed. Raises UnknownActivity, NotYours.
    """
    place = look(gate, sent.activity or "", None, gate.now)
    if not place:
        raise UnknownActivity
    mine = {"actor": gate.caller.actor, "nonce": sent.undoes, "device": sent.device}
    made = gate.database.call(MINE, mine)
    if made is None and sent.occurred_at is None:
        return unknown(gate, sent, place)
    if made is None or made["actor"] != gate.caller.actor:
        check_keeper(gate.caller, place, today=business_day(gate.now))
    item = timed_item(gate, sent, Sending())
    return gate.database.atomic(partial(take_in, gate=gate, place=place, items=[item]))[0].answer


def unknown(gate: Gate, sent: Sent, place: Any) -> Answer:
    """Answer a caller who has made no such scan; nothing is written."""
    named = {"activity": place["code"], "title": place["title"]}
    return Answer("refused", "unknown_scan", False, gate.now, sent.action, **named)
