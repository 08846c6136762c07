"""The interface against its own description: what is generated from it is never a fault of ours.

Schemathesis reads the OpenAPI document, invents requests that it allows, and follows what it infers
from it: ids that one answer gives go into the next request. The examples are the same every time.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from tests.attack.world import World

CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]
CALLERS = ("U-ADM", "U-SEC", "U-CH", "FM0001", "till:S01", "")
# The clock of practice is everybody's; a session that is ended is of no more use here.
LEFT_OUT = {"/api/v1/clock", "/api/v1/sessions/current"}
BOUNDED = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "phases": (Phase.generate,),
    "suppress_health_check": list(HealthCheck),
}
FITTING = 2
WALKS, STEPS = 10, 8


@pytest.fixture(scope="module")
def described(world: World) -> Iterator[Any]:
    """The description as the application gives it, asked over WSGI."""
    asked = world.app.config.get("PROPAGATE_EXCEPTIONS")
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    found = schemathesis.openapi.from_wsgi("/api/openapi.json", world.app)
    yield found.exclude(path=sorted(LEFT_OUT))
    world.app.config["PROPAGATE_EXCEPTIONS"] = asked


def headers(world: World, who: str) -> dict[str, str]:
    return world.headers(who, **{"Idempotency-Key": "schemathesis"})


def test_everything_described_is_asked_by_somebody_and_answers_as_it_says(
    world: World, described: Any
) -> None:
    faults: dict[str, str] = {}
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 200
    for number, operation in enumerate(operations):
        who = "U-SEC" if operation.method == "get" else CALLERS[number % 5]
        if fault := wrong_answer(world, operation, who):
            faults[f"{operation.label} as {who}"] = fault
    assert not faults, "\n".join(f"{name}: {said}" for name, said in sorted(faults.items()))


def wrong_answer(world: World, operation: Any, who: str) -> str:
    """Ask in ways that the description allows; say what was wrong with an answer."""

    @settings(max_examples=FITTING, **BOUNDED)
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answer = case.call(headers=headers(world, who))
        case.validate_response(answer, checks=CHECKS)

    try:
        ask()
    except FailureGroup as group:
        return "; ".join(str(one)[:300] for one in group.exceptions)
    return ""


@pytest.mark.parametrize("who", CALLERS)
def test_walks_from_one_answer_to_the_next_find_no_fault(
    world: World, described: Any, who: str
) -> None:
    class Walk(described.as_state_machine()):  # type: ignore[misc]
        """One caller's way through the interface."""

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers(world, who)}

        def validate_response(self, response: Any, case: Any, **given: Any) -> None:
            case.validate_response(response, checks=CHECKS)

    bounded = settings(max_examples=WALKS, stateful_step_count=STEPS, **BOUNDED)
    run_state_machine_as_test(Walk, settings=bounded)
