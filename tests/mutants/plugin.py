"""For pytest (`-p tests.mutants.plugin`): run the tests against migrations with one mutant in them.

`AIXIN_MUTANT` names the mutant (empty: none), `AIXIN_MUTANT_RESULT` a file for what happened.
"""

import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service.migrations import run
from tests.mutants.catalogue import MUTANTS, SQL, Mutant

# Quick and telling ones first, so that most mutants die early; what is not named comes in between.
ORDER = ("test_guards", "test_actions", "test_credits", "test_append_only", "test_refusals")
LAST = ("test_tampering", "test_machine", "test_races", "test_interruptions")
BEYOND = ("test_journals",)  # other people's tools: they read only what the export says
NOT_INSTALLED = 7

NONE = Mutant("none")
MUTANT = next((one for one in MUTANTS if one.name == os.environ["AIXIN_MUTANT"]), NONE)


class Result:
    """How far the tests came, and the first that failed."""

    def __init__(self) -> None:
        self.passed = 0
        self.killer: dict[str, str] | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed += report.when == "call" and report.passed
        if report.failed and self.killer is None:
            self.killer = {"test": report.nodeid, "when": report.when, "why": reason(report)}

    def pytest_sessionfinish(self) -> None:
        told = {"passed": self.passed, "killer": self.killer}
        Path(os.environ["AIXIN_MUTANT_RESULT"]).write_text(json.dumps(told), "utf-8")


def reason(report: pytest.TestReport) -> str:
    """Return the first line of what the test said."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash else report.longrepr)
    return " ".join(text.split())[:160]


def run_mutated(op: Any, revision_file: str) -> None:
    """Execute a revision's SQL with the mutant in it; a mutant that is no SQL ends the run."""
    name = Path(revision_file).stem
    text = MUTANT.applied(name, (SQL / f"{name}.sql").read_text("utf-8"))
    try:
        op.get_bind().connection.driver_connection.execute(text)
    except psycopg.Error as error:
        pytest.exit(f"{MUTANT.name} cannot be installed: {error}", NOT_INSTALLED)


def rank(item: pytest.Item) -> int:
    """Return how early a test is tried against this mutant."""
    if any(word in item.nodeid for word in MUTANT.first):
        return 0
    name = item.path.stem
    if name in ORDER:
        return 1 + ORDER.index(name)
    return 20 + LAST.index(name) if name in LAST else 10


def pytest_configure(config: pytest.Config) -> None:
    MUTANT.check()
    run.run_sql = run_mutated
    config.pluginmanager.register(Result())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = sorted((item for item in items if item.path.stem not in BEYOND), key=rank)
