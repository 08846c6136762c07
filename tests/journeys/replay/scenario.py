"""A scenario and its data set, read from their files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.journeys.replay import times
from tests.journeys.replay.times import Moment

# Which field of an op says when it happens, by preference; else the step's time counts.
CLOCKS = ("at", "uploaded_at", "entered_at", "occurred_at")


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of a step."""

    fields: Mapping[str, Any]
    moment: Moment  # where the clock stands for it
    day: date  # what HH:MM in its fields belongs to

    @property
    def name(self) -> str:
        """The word of the vocabulary."""
        return str(self.fields["op"])

    def __getitem__(self, field: str) -> Any:
        return self.fields[field]

    def __contains__(self, field: str) -> bool:
        return field in self.fields

    def get(self, field: str, default: Any = None) -> Any:
        """Return a field that may be missing."""
        return self.fields.get(field, default)

    def when(self, field: str) -> Moment:
        """Return the moment that a field states, or the op's own."""
        return times.read(self[field], self.day) if self.get(field) else self.moment


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its ops, and what must be true after them."""

    n: int
    time: str
    moment: Moment
    ops: tuple[Op, ...]
    balances: Mapping[str, int]
    outstanding: int | None
    money: Mapping[str, int]
    action: str


class Scenario:
    """A day that can be played."""

    def __init__(self, file: Path) -> None:
        self.raw: dict[str, Any] = json.loads(file.read_text("utf-8"))
        self.date = date.fromisoformat(self.raw["date"])
        self.steps = [read_step(step, self.date) for step in self.raw["steps"]]

    @cached_property
    def cast(self) -> tuple[str, ...]:
        """The booklets whose balances are summed."""
        return tuple(self.raw["cast"])

    @property
    def last_day(self) -> date:
        """The last day on which something happens."""
        return max([self.date, *(step.moment.at.date() for step in self.steps)])

    def ops(self) -> list[Op]:
        """Return the ops of all steps in their order."""
        return [op for step in self.steps for op in step.ops]

    def table(self, name: str) -> Any:
        """Return a closing table, empty where the scenario has none."""
        return self.raw.get(name) or {}


def read_step(stated: Mapping[str, Any], day: date) -> Step:
    """Read one step of the day."""
    moment = times.read(stated["time"], day)
    return Step(
        n=stated["n"],
        time=stated["time"],
        moment=moment,
        ops=tuple(read_op(op, moment) for op in stated.get("ops", ())),
        balances=stated.get("balances") or {},
        outstanding=stated.get("outstanding"),
        money=stated.get("money") or {},
        action=stated.get("action", ""),
    )


def read_op(stated: Mapping[str, Any], step: Moment) -> Op:
    """Read one op and find where the clock stands for it."""
    for field in CLOCKS:
        if stated.get(field):
            return Op(stated, times.read(stated[field], step.day), step.day)
    return Op(stated, step, step.day)


class Data:
    """The data set: who is who and what is whose, by the ids that scenarios use."""

    def __init__(self, file: Path) -> None:
        raw: dict[str, Any] = json.loads(file.read_text("utf-8"))
        self.staff = {row["id"]: row for row in raw["staff"]}
        self.volunteers = {row["code"]: row for row in raw["volunteers"]}
        self.shops = {row["id"]: row for row in raw["shops"]}
        self.goods = {good["id"]: good for row in raw["shops"] for good in row["goods"]}
        self.activities = {row["id"]: row for row in raw["activities"]}
        self.teams = {row["id"]: row for row in raw["teams"]}

    def community(self, volunteer: str) -> str:
        """Return the community that a volunteer belongs to."""
        return str(self.volunteers[volunteer]["community"])

    def phone(self, volunteer: str) -> bool:
        """Tell whether somebody identifies by phone, or by the booklet alone."""
        return bool(self.volunteers[volunteer]["channel"] == "phone")

    def leader(self, activity: str) -> str:
        """Return the leader of an activity."""
        return str(self.activities[activity]["leader"])

    def officers(self, *roles: str, community: str | None = None) -> list[str]:
        """Return the staff in any of these roles, the community's own before everybody's."""
        fitting = [
            row
            for role in roles
            for row in self.staff.values()
            if row["role"] == role and row.get("community") in {community, None}
        ]
        return [row["id"] for row in sorted(fitting, key=lambda row: row.get("community") is None)]
