"""A run reads what belongs to its own batches, however much there is and whatever is known of it.

A night writes thousands of lines before anything counts them, so the planner guesses. An index of
all that is open or confirmed looks cheap to it, and reads what every other shop has.
"""

import re
from typing import Any

import psycopg
import pytest

from service.batches import actions
from service.batches.actions import OUTCOME, PASSES, Running
from tests.batches.conftest import DAY, Ground, Row, timedelta

MANY = 20_000
USED = re.compile(r"(?:pk|ix|uq)_reconciliation_(?:matches|exceptions|pool)\w*")
BY_NUMBER = {
    "pk_reconciliation_exceptions",
    "pk_reconciliation_matches",
    "ix_reconciliation_exceptions_batch_id",
    "ix_reconciliation_pool_batch_id",
}
ASKED = {PASSES["PINNED"]: "PINNED", PASSES["EARLIER"]: "EARLIER", OUTCOME["TOTALS"]: "TOTALS"}
ASKED |= {OUTCOME[name]: name for name in ("GONE_WITH_YUAN", "GONE", "RELEASE_1", "RELEASE_4")}
# What other shops have, written while nothing counts it.
OTHERS = (
    """INSERT INTO reconciliation_matches (batch_id, pass, status, theirs_id, diff_fen)
SELECT 1000000 + n %% 700, 1, 'confirmed', 9000000 + n, 0 FROM generate_series(1, %(many)s) n""",
    """INSERT INTO reconciliation_exceptions (programme_id, community_id, day, kind, subject,
  reference, detail, status, opened_at, aged_from)
SELECT 1, 1, %(day)s, 'OURS_ONLY', 'A', 'other ' || n, '{}', 'open', now(), %(day)s
FROM generate_series(1, %(many)s / 4) n""",
)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the planner means to do with a run's statements, when it comes to them."""
    found: dict[str, str] = {}
    really = Running.do

    def do(self: Running, *each: str) -> Any:
        for statement in each:
            if statement in ASKED:
                plan = self.session.execute(
                    actions.parsed(f"EXPLAIN {statement}"), self.params
                ).scalars()
                found[ASKED[statement]] = "\n".join(plan)
        return really(self, *each)

    monkeypatch.setattr(Running, "do", do)
    return found


def test_a_run_looks_up_by_the_numbers_of_its_batches(
    ground: Ground, admin: psycopg.Connection, plans: dict[str, str]
) -> None:
    for statement in OTHERS:
        admin.execute(statement.encode(), {"many": MANY, "day": DAY - timedelta(days=1)})
    ground.sale("K-1")
    ground.sale("K-2")
    ground.file([Row("K-1")])
    ground.run()
    ground.file([Row("K-2")])
    ground.run()  # again: what the run before left gives way
    assert set(plans) == set(ASKED.values())
    used = {name: set(USED.findall(plan)) for name, plan in plans.items()}
    assert {name for name, indexes in used.items() if not indexes} == set()
    assert {name: indexes for name, indexes in used.items() if not indexes <= BY_NUMBER} == {}


def test_a_run_says_itself_that_it_reads_by_key(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is lent for a transaction says nothing of how plans are made."""
    said: set[tuple[str, ...]] = set()
    really = Running.do

    def do(self: Running, *each: str) -> Any:
        if any("ANALYZE run_lines" in statement for statement in each):
            asked = "SELECT current_setting('enable_seqscan'), current_setting('jit')"
            said.add(tuple(self.session.execute(actions.parsed(asked)).one()))
        return really(self, *each)

    monkeypatch.setattr(Running, "do", do)
    ground.file([Row("K-1")])
    ground.run()
    assert said == {("off", "off")}
