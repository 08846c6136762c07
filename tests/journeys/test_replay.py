"""Whole days, played over HTTP against a service with its real workers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.replay import main, times
from tests.journeys.replay.drift import Drift
from tests.journeys.replay.main import DIFFERENT, EQUAL, Service, numbers, play
from tests.journeys.replay.scenario import Data, Scenario
from tests.live import running

HERE = Path(__file__).parent
FUMIN = HERE.parents[1] / "deploy" / "demo" / "fumin.json"
SATURDAY = HERE / "fumin_saturday.json"
README = HERE.parents[1] / "README.md"
RIVERSIDE, RIVERSIDE_DAY = HERE / "riverside.json", HERE / "riverside_day.json"


@pytest.fixture(scope="module")
def riverside() -> Iterator[Service]:
    with running(RIVERSIDE) as site:
        yield Service(site.url, dict(site.cards))


def replay(service: Service, scenario: Scenario) -> int:
    return play(service, scenario, Data(RIVERSIDE), set())


def test_the_saturday_of_the_newspaper_comes_out_equal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([str(SATURDAY), "--data", str(FUMIN)]) == EQUAL
    out = capsys.readouterr().out
    assert re.search(r"^[1-9]\d\d+ events, all as the catalogue says$", out, re.MULTILINE)
    told = (line for line in out.splitlines() if "events, all as" not in line)
    lines = [line for line in told if line[:4].strip().isdigit()]
    said = {int(line[:4]): line for line in lines}
    skipped = {n: line.partition("SKIPPED: ")[2] for n, line in said.items() if "SKIPPED: " in line}
    assert skipped == {}
    assert sorted(said) == [step.n for step in Scenario(SATURDAY).steps]
    assert all("  ok  " in line for line in said.values())
    assert f"All {len(said)} steps play" in README.read_text("utf-8")


def test_every_step_says_something_that_is_compared() -> None:
    for step in Scenario(SATURDAY).steps:
        assert step.ops or step.outstanding is not None, step.n


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"outstanding": 501}, "outstanding: expected 501, got 500"),
        ({"balances": {"RV0002": 99}}, "balance of RV0002: expected 99, got 100"),
    ],
)
def test_the_first_difference_stops_the_replay(
    riverside: Service,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, object],
    names: str,
) -> None:
    raw = json.loads(RIVERSIDE_DAY.read_text("utf-8"))
    raw["steps"][0] |= change
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(raw))
    assert replay(riverside, Scenario(wrong)) == DIFFERENT
    said = capsys.readouterr().out
    assert f"step 1 (08:00), after it: {names}" in said
    assert "   2 " not in said


def test_another_community_with_other_rules_comes_out_equal(
    riverside: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(riverside, Scenario(RIVERSIDE_DAY)) == EQUAL, capsys.readouterr().out
    assert "skipped" not in capsys.readouterr().out.lower()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("07:05", "2025-10-18T07:05"),
        ("10:00-10:15", "2025-10-18T10:15"),
        ("22:00-01:30", "2025-10-19T01:30"),
        ("10-31 24:00", "2025-11-01T00:00"),
        ("01-02 08:00", "2026-01-02T08:00"),
        ("10-20 09:00-10-22 17:00", "2025-10-22T17:00"),
        ("2025-10-31T23:59", "2025-10-31T23:59"),
    ],
)
def test_moments_are_read_as_they_are_written(text: str, moment: str) -> None:
    found = times.read(text, Scenario(SATURDAY).date).at
    assert found.isoformat() == f"{moment}:00+08:00"


def test_midnight_belongs_to_the_day_that_it_ends() -> None:
    assert times.read("10-31 24:00", Scenario(SATURDAY).date).day.isoformat() == "2025-10-31"


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="not a time"):
        times.read("at noon", Scenario(SATURDAY).date)


def test_skipping_leaves_unknown_only_whom_it_touches() -> None:
    scenario = Scenario(SATURDAY)
    drift = Drift(scenario)
    reversal = next(step for step in scenario.steps if step.n == 50)
    drift.skip(reversal.n, reversal.ops)
    assert set(drift.volunteers) == {"FM0011"}  # found through the case and its awards
    later = next(op for op in scenario.ops() if op.get("key") == "RD-z")
    assert drift.hinders(later) == 50
    assert drift.hinders(next(op for op in scenario.ops() if op.get("key") == "RD-1")) is None


def test_any_step_of_the_scenario_can_be_skipped() -> None:
    scenario = Scenario(SATURDAY)
    drift = Drift(scenario)
    for step in scenario.steps:
        drift.skip(step.n, step.ops)  # also those that expect a list, as a reconciliation does
    assert {"reconcile", "manual_award", "redeem"} <= drift.skipped


def test_steps_are_chosen_by_numbers_and_ranges() -> None:
    assert numbers("1-3, 7") == {1, 2, 3, 7}
    assert numbers("") == set()
