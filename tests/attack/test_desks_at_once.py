"""What a desk does, eight times at the same moment, over HTTP."""

from typing import Any

import pytest

from tests.attack.world import World, at_once

TIMES = 8


@pytest.mark.parametrize("path", ["attendance", "award", "card"])
def test_what_a_desk_does_eight_times_at_once_happens_once(world: World, path: str) -> None:
    given = ACTS[path]
    before = world.database.call(given["count"])
    client = [world.client() for _ in range(TIMES)]
    answers = at_once(
        TIMES,
        lambda n: client[n].open(
            given["path"], method="POST", json=given["body"], headers=world.headers(given["by"])
        ),
    )
    assert {one.status_code for one in answers} <= {200, 201, 409}, answers[0].text
    after = world.database.call(given["count"])
    assert before is not None
    assert after is not None
    assert after["n"] - before["n"] == given["more"]


ACTS: dict[str, dict[str, Any]] = {
    # FM0002 came and went; the leader confirmed already: again is a replay.
    "attendance": {
        "path": "/api/v1/activities/A1/confirmations",
        "body": {"volunteer": "FM0002"},
        "by": "FM0012",
        "count": "SELECT count(*) AS n FROM ledger_transfers",
        "more": 0,
    },
    # M-2 lies above the limit and waits for the second approver.
    "award": {
        "path": "/api/v1/awards/M-2/approval",
        "body": {"accept": True, "reason": "seen"},
        "by": "U-SUP",
        "count": "SELECT count(*) AS n FROM ledger_transfers",
        "more": 1,
    },
    "card": {
        "path": "/api/v1/volunteers/FM0002/cards",
        "body": {},
        "by": "U-ADM",
        "count": "SELECT count(*) AS n FROM passes_cards"
        " WHERE booklet_code = 'FM0002' AND status = 'active'",
        "more": 0,
    },
}
