"""HTTP of the gate: scans, queues, audiences, the code of the place."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from service import passes
from service.activities.actions.gate import DIGITS, Answer, Sent, scan
from service.activities.actions.merge import Done, scan_batch
from service.activities.actions.queue import Sending
from service.activities.actions.undo import take_back
from service.activities.routes.keepers import gate, kept, keys, run
from service.activities.routes.words import of_item, of_scan
from service.activities.schemas import (
    AudienceSentSchema,
    BatchSchema,
    BatchSentSchema,
    OnsiteCodeSchema,
    ScanSchema,
    ScanSentSchema,
    UndoSentSchema,
)
from service.i18n import N_
from service.web import caller, now
from service.web.api import ApiBlueprint

api = ApiBlueprint("gate", __name__, url_prefix="/api/v1", description="Check-in and check-out")


def answered(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON says it: masked, with the words for the screen."""
    own = caller().volunteer_id is not None and answer.volunteer == caller().code
    body: dict[str, Any] = {name: getattr(answer, name) for name in PLAIN}
    body["activity"] = {"code": answer.activity, "title": answer.title} if answer.activity else None
    body["volunteer"] = {"tail": answer.volunteer[-3:]} if answer.volunteer else None
    body["text"] = of_scan(answer, own=own)
    return body


PLAIN = ("status", "reason", "already", "at", "action", "replayed", "walk_in", "post", "assurance")


@api.post("/scans")
@api.arguments(ScanSentSchema)
@api.response(200, ScanSchema)
def post_scan(sent: dict[str, Any]) -> ResponseReturnValue:
    """Check in or out: oneself by the code of the place, or another one by a pass or booklet."""
    read = read_as_sent(sent)
    if read.occurred_at is None:
        return answered(scan(gate(), read))
    if own_code(read.code):
        raise ValidationError({"occurred_at": [N_("One's own scan counts when it arrives.")]})
    return answered(scan_batch(gate(), [read]).done[0].answer)


def read_as_sent(sent: Mapping[str, Any], **more: Any) -> Sent:
    """Make a reading of what a request says."""
    given = {name: value for name, value in sent.items() if name != "device_seq"}
    return Sent(seq=sent["device_seq"], **given | more)


def own_code(code: str) -> bool:
    """Tell whether a code is the place's and not a person's."""
    found = keys().read(code)
    return (found is not None and found.kind in {"onsite", "activity"}) or DIGITS.fullmatch(
        code
    ) is not None


@api.post("/scans/batches")
@api.arguments(BatchSentSchema)
@api.response(200, BatchSchema)
def post_batch(sent: dict[str, Any]) -> ResponseReturnValue:
    """Take a gate's queue after a cut: nothing is dropped, the same again is all duplicates."""
    return take_batch(sent)


def take_batch(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Take one queue as BatchSentSchema read it; a gate's file comes here too."""
    queue = [
        read_as_sent(one, activity=sent["activity"], device=one["device"] or sent["device"])
        for one in sent["scans"]
    ]
    sending = Sending(sent["sent_at"], sent["sent_uptime_ms"], sent["sent_boot"])
    done = scan_batch(gate(), queue, sending)
    counts = {"accepted": done.accepted, "duplicates": done.duplicates}
    return {
        **counts,
        "problems": [told(one) for one in done.problems],
        "answers": [told(one) for one in done.done],
    }


def told(one: Done) -> dict[str, Any]:
    """Return what became of an item as JSON says it."""
    said = one.answer
    return {
        "nonce": one.sent.nonce,
        "status": said.status,
        "reason": said.reason,
        "already": said.already,
        "replayed": said.replayed,
        "kind": one.kind,
        "text": of_item(said, one.kind),
    }


@api.post("/scans/undo")
@api.arguments(UndoSentSchema)
@api.response(200, ScanSchema)
def post_undo(sent: dict[str, Any]) -> ResponseReturnValue:
    """Take back a scan of the same device, within the minutes that the rules give."""
    return answered(take_back(gate(), read_as_sent(sent, code="", action="undo")))


@api.post("/activities/<code>/audience")
@api.arguments(AudienceSentSchema)
@api.response(200, ScanSchema)
def post_audience(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Note somebody who listens: 0 hours, 0 points, no service."""
    nonce = sent["nonce"] or uuid4().hex
    return answered(scan(gate(), Sent(sent["code"], "audience", nonce, activity=code)))


@api.get("/activities/<code>/onsite-code")
@api.response(200, OnsiteCodeSchema)
def get_onsite_code(code: str) -> ResponseReturnValue:
    """Give the leader's screen the code and the digits of this moment."""
    found = run(kept, code=code)
    shown = passes.onsite_code(keys(), found.onsite_secret, found.code, at=now())
    return {**asdict(shown), "svg": passes.data_uri(shown.url), "server_time": now()}
