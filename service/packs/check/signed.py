"""What was signed and published: closed days, notices, the shops' chain, by their digests."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from service.packs.check.parts import Place, lines
from service.settlement import Verdict, digest, verify

CLOSES, NOTICES = "reconciliation/closes.jsonl", "notices/notices.jsonl"
CHAIN = "settlement/chain.jsonl"


def records(place: Place, name: str) -> Iterator[dict[str, Any]]:
    """Read a file of JSON records, one a line."""
    for line in lines(place, name):
        yield json.loads(line)


def close_faults(place: Place) -> Iterator[str]:
    """Name closed days whose seal is not over what was signed, or does not follow on the last."""
    before = None
    for one in records(place, CLOSES):
        said = json.dumps(one["said"], sort_keys=True, ensure_ascii=False)
        if sha256(said.encode()).hexdigest() != one["seal"]:
            yield f"day {one['day']}: what was signed is not what its seal says"
        if before is not None and one["said"]["previous"] != before:
            yield f"day {one['day']}: does not stand on the seal of the day before"
        before = one["seal"]


def notice_faults(place: Place) -> Iterator[str]:
    """Name notices whose content is not what their digest says."""
    for one in records(place, NOTICES):
        if digest(one["content"]) != one["digest"]:
            yield f"notice {one['code']}: its content is not what its digest says"


def chain(place: Place) -> Verdict:
    """Check the shops' days, statements and months."""
    return verify(records(place, CHAIN))
