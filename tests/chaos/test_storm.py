"""A storm: every part dies, servers are away, and nobody who uses the service is told two things.

Longer, with other seeds: AIXIN_CHAOS_SECONDS=600, or `python -m tests.chaos --seconds 600`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from service import reconciliation
from service.db import Database
from tests.chaos import laws
from tests.chaos.place import Place, furnished
from tests.chaos.senders import Told
from tests.chaos.storm import FAULTS, storm
from tests.live import run

SEED = 20_251_018
SECONDS = float(os.environ.get("AIXIN_CHAOS_SECONDS", "12"))
AGAIN = 40


@dataclass(frozen=True)
class After:
    """A place after its storm, and what everybody was told."""

    place: Place
    told: Told


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Iterator[After]:
    with furnished(tmp_path_factory.mktemp("town")) as place:
        told = storm(place, SEED, SECONDS)
        laws.settle(place)
        yield After(place, told)


def test_every_fault_struck_while_everybody_worked(after: After) -> None:
    struck = [line for line in after.place.said if " -- " in line]
    assert len(struck) >= len(FAULTS)
    assert sum(after.told.tries.values()) > 20
    captured = [key for key, one in after.told.sales.items() if one["state"] == "captured"]
    assert min(len(captured), len(after.told.scans)) >= 20
    assert all((after.told.voids, after.told.discounts, after.told.awards, after.told.choices))


def test_what_people_were_told_is_what_the_books_say(after: After) -> None:
    assert laws.faults(after.place, after.told) == []


def test_nobody_was_told_of_a_fault_of_ours(after: After) -> None:
    """A till sets aside what it is told is one; what it may send again it keeps."""
    assert not [why for why in after.told.tries if why.startswith("500")], after.place.crashes()


def test_an_outsider_verifies_the_whole_ledger(after: After) -> None:
    run(after.place.site, "ledger", "verify")  # raises with its findings
    database = Database(after.place.site.settings.database_url)
    wrong = database.atomic(reconciliation.wrong_accounts)
    database.close()
    assert wrong == []


def test_every_line_of_yesterday_is_in_one_place_and_a_run_more_changes_nothing(
    after: After,
) -> None:
    assert laws.unsettled_days(after.place) == []
    with after.place.connect() as admin:
        assert laws.count(admin, "reconciliation_batches WHERE status = 'prepared'") > 0
        assert laws.count(admin, "evidence_files WHERE status = 'loaded'") > 0


def test_everything_sent_once_more_changes_nothing(after: After) -> None:
    with after.place.connect() as admin:
        before = laws.count(admin, "ledger_transfers"), laws.count(admin, "outbox_events")
        for key, (sender, body) in list(after.told.bodies.items())[:AGAIN]:
            again = sender.send("/redemptions", body, key=key)
            sender.close()
            assert again["replayed"], key
            assert again["receipt"] == after.told.sales[key]["receipt"]
        assert (
            laws.count(admin, "ledger_transfers"),
            laws.count(admin, "outbox_events"),
        ) == before
