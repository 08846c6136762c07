"""A market for goods and books, a town for activities; and a worker's hands for both."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.town import NOW, Town, settle
from tests.reconciliation.exceptions import Exceptions
from tests.shops.market import Market, build
from workers.consumers import consume

DAY = date(2025, 10, 18)
# Each leaves the wallet of V0002 with entries, a balance and lots that do not say the same.
TAMPERINGS = {
    "balance": "UPDATE ledger_accounts SET posted = posted + 10 WHERE address = 'volunteer:V0002'",
    "entry": "UPDATE ledger_entries SET amount = amount + 10 FROM ledger_accounts a"
    " WHERE a.id = account_id AND a.address = 'volunteer:V0002'",
    "lot": "UPDATE ledger_lots SET amount = amount + 10 FROM ledger_accounts a"
    " WHERE a.id = account_id AND a.address = 'volunteer:V0002'",
    "deleted": "DELETE FROM ledger_entries USING ledger_accounts a"
    " WHERE a.id = account_id AND a.address = 'volunteer:V0002'",
}


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.fixture
def exceptions(market: Market) -> Exceptions:
    """Exceptions of the market's shops, and the queue's JSON."""
    return Exceptions(market)


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    """A1 8:00–10:00, led by V0010, with V0001 V0002 V0003 signed up; U-SEC and U-ADM of FM."""
    found = Town(database, settings, clock)
    clock.set(NOW)
    database.atomic(partial(settle, town=found))
    found.plan("A1", "08:00", "10:00", signups=("V0001", "V0002", "V0003"))
    return found


@pytest.fixture
def work(database: Database, clock: Clock) -> Callable[[], int]:
    """Deliver every event that was written so far, as the relay and a worker would."""

    def deliver(at: datetime | None = None) -> int:
        ids = [row["id"] for row in database.rows("SELECT id FROM outbox_events ORDER BY id")]
        return consume(database, ids, now=at or clock.now())

    return deliver


class Desk:
    """The reconciliation's JSON as one person uses it."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        path = f"/api/v1/reconciliation/{path}"
        answer = self.client.post(path, json=body, headers=self.headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(f"/api/v1/reconciliation/{path}", headers=self.headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def run(self, **counts: Any) -> int:
        said = self.post("runs", {"day": str(DAY), **counts}, status=202)
        assert said["status"] == "queued"
        return int(said["run"])

    def found(self, run: int) -> list[tuple[str, str]]:
        """Kinds and states of what a run found."""
        said = self.get(f"runs/{run}")
        assert said["status"] == "done"
        return [(one["kind"], one["status"]) for one in said["exceptions"]]
