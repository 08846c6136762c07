"""Plays the steps in their order and compares what each of them states."""

import re
from collections.abc import Callable, Collection
from typing import Any

from tests.journeys.replay import closing
from tests.journeys.replay.client import Failed
from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.drift import Drift
from tests.journeys.replay.ops.table import HANDLERS, why_not
from tests.journeys.replay.scenario import Step
from tests.journeys.replay.world import World

API = "/api/v1"
CLOCK = "PUT /clock"


class Stopped(Exception):
    """The first thing that was not as written, and where."""


class Player:
    """One run through a scenario."""

    def __init__(
        self, world: World, unwanted: Collection[int], say: Callable[[str], None] = print
    ) -> None:
        self.world = world
        self.unwanted = unwanted
        self.say = say
        self.drift = Drift(world.scenario)
        self.played = 0
        self.skipped: list[int] = []
        self.offered: frozenset[str] = frozenset()

    def play(self) -> None:
        """Play everything and compare the closing tables. Raises Stopped."""
        self.offered = offered(self.world.client.send("GET", "/api/openapi.json").body)
        if CLOCK not in self.offered:
            raise Stopped(f"the start: the service has no {CLOCK}, so its day cannot be played")
        for step in self.world.scenario.steps:
            if reason := self.reason_to_skip(step):
                self.skip(step, reason)
            else:
                self.play_step(step)
        try:
            closing.check(self.world, self.drift, self.say)
        except (Difference, Failed, KeyError) as error:
            raise Stopped(f"closing: {told(error)}") from error

    def reason_to_skip(self, step: Step) -> str | None:
        """Return why a step is not played, or None."""
        if step.n in self.unwanted:
            return "not wanted"
        for op in step.ops:
            if reason := why_not(op, self.offered):
                return reason
            if (before := self.drift.hinders(op)) is not None:
                return f"{op.name} depends on step {before}, which was skipped"
        return None

    def skip(self, step: Step, reason: str) -> None:
        """Pass a step by, never silently."""
        self.say(f"{step.n:>4}  {step.time:<13} SKIPPED: {reason}")
        self.skipped.append(step.n)
        self.drift.skip(step.n, step.ops)

    def play_step(self, step: Step) -> None:
        """Play a step's ops and compare what must be true after it."""
        for number, op in enumerate(step.ops, 1):
            try:
                self.world.set_clock(op.moment)
                HANDLERS[op.name].play(self.world, op)
            except (Difference, Failed, KeyError) as error:
                about = op.get("volunteer") or op.get("of") or op.get("activity") or ""
                where = f"step {step.n} ({step.time}), op {number} {op.name} {about}".rstrip()
                raise Stopped(f"{where}: {told(error)}") from error
        try:
            notes = self.compare(step)
        except (Difference, Failed, KeyError) as error:
            raise Stopped(f"step {step.n} ({step.time}), after it: {told(error)}") from error
        self.played += 1
        self.say(f"{step.n:>4}  {step.time:<13} ok  {len(step.ops)} ops{notes}")

    def compare(self, step: Step) -> str:
        """Compare money, balances and their sum; return what the line shall say of it."""
        self.world.set_clock(step.moment)
        self.compare_money(step)
        rows = self.world.figures()
        unknown = [code for code in step.balances if code in self.drift.volunteers]
        for code, expected in step.balances.items():
            if code not in unknown:
                found = rows[code] if code in rows else self.world.figures_of(code)
                same(f"balance of {code}", expected, found["closing"])
        notes = f", {len(step.balances) - len(unknown)} balances" if step.balances else ""
        notes += "".join(f", balance of {code} SKIPPED" for code in unknown)
        if step.outstanding is None:
            return notes
        if self.drift.volunteers:
            return notes + ", outstanding SKIPPED"
        total = sum(row["closing"] for row in rows.values())
        same("outstanding", step.outstanding, total)
        return f"{notes}, outstanding {total}"

    def compare_money(self, step: Step) -> None:
        """Compare the money of a step with what its discounts said."""
        keys = [op["key"] for op in step.ops if op.name == "discount"]
        for key in keys:
            said: dict[str, Any] = self.world.discounts[key].answer
            for field, expected in step.money.items():
                same(f"money {field}", expected, said.get(field))


def told(error: Exception) -> str:
    """Write an error as a sentence; a missing field names itself."""
    return f"the answer has no {error}" if isinstance(error, KeyError) else str(error)


def offered(document: dict[str, Any]) -> frozenset[str]:
    """Name the endpoints of an OpenAPI document as `POST /reconciliation/runs`."""
    return frozenset(
        f"{method.upper()} {re.sub(r'^' + API, '', path)}"
        for path, methods in document.get("paths", {}).items()
        for method in methods
    )
