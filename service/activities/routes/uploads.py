"""The file of a gate that never saw the network again: its queues, taken as if it had sent them."""

from dataclasses import dataclass
from typing import Any

import orjson
from marshmallow import ValidationError

from service.activities.refusals import UnreadableQueue
from service.activities.routes.scans import take_batch
from service.activities.schemas import BatchSentSchema
from service.activities.schemas.shapes import BATCH_MAX

FORMAT = "aixin-gate-queue/1"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file: figures over all its queues, and what took no effect."""

    accepted: int
    duplicates: int
    unreadable: int  # lines that are no readings; they stay in the file
    problems: list[dict[str, Any]]


def upload(content: bytes) -> Uploaded:
    """Take every queue of a file; the same file again is all duplicates.

    Raises UnreadableQueue before anything is taken, and what a batch raises.
    """
    sent = cut(queues(content))
    batches = [found for one in sent if (found := readable(one))["scans"]]
    done = [take_batch(batch) for batch in batches]
    return Uploaded(
        sum(one["accepted"] for one in done),
        sum(one["duplicates"] for one in done),
        sum(len(one["scans"]) for one in sent) - sum(len(one["scans"]) for one in batches),
        [problem for one in done for problem in one["problems"]],
    )


def queues(content: bytes) -> list[dict[str, Any]]:
    """Return the queues of a file. Raises UnreadableQueue for what no gate wrote."""
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableQueue from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise UnreadableQueue
    shared = {key: said[key] for key in ("sent_at", "sent_uptime_ms", "sent_boot") if key in said}
    found = said.get("queues")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UnreadableQueue
    return [shared | one for one in found]


def cut(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut long queues into batches that are taken."""
    batches = []
    for one in found:
        scans = one.get("scans")
        if not isinstance(scans, list):
            raise UnreadableQueue
        batches += [
            one | {"scans": scans[first : first + BATCH_MAX]}
            for first in range(0, len(scans), BATCH_MAX)
        ]
    return batches


def readable(batch: dict[str, Any]) -> dict[str, Any]:
    """Read one batch as the API does; a line that cannot be read stops no other."""
    try:
        found: dict[str, Any] = BatchSentSchema().load(batch)
    except ValidationError as error:
        wrong = error.messages_dict.get("scans")
        if not isinstance(wrong, dict) or set(error.messages_dict) != {"scans"}:
            raise UnreadableQueue from error
        lines = [one for at, one in enumerate(batch["scans"]) if at not in wrong]
        return readable(batch | {"scans": lines}) if lines else {"scans": []}
    return found
