"""What is done at the secretary's desk and by the clock: comparing, expiring, summing up."""

from calendar import monthrange
from collections import Counter
from datetime import date
from typing import Any

from tests.journeys.replay.actors import Who
from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.scenario import Op
from tests.journeys.replay.world import READERS, World, wait_for

RECORDERS = ("volunteer_admin", "community_secretary")


def reconcile(world: World, op: Op) -> None:
    """Hand in the counts, let the worker compare, and hold its exceptions against ours."""
    found: list[dict[str, Any]] = []
    for community, counts in by_community(world, op).items():
        who = world.actors.officer(*RECORDERS, community=community)
        body = {"day": op.moment.day.isoformat(), "community": community, **counts}
        run = world.actors.must(who, "POST", "/reconciliation/runs", body)["run"]
        found += await_run(world, who, run)
    compare(list(op["expect"]), found)


def by_community(world: World, op: Op) -> dict[str, dict[str, dict[str, int]]]:
    """Sort the counts by whose they are: an activity's is its leader's, a shop's the officer's."""
    first = world.data.community(world.scenario.cast[0])
    officers = world.data.officers("association_officer", community=first)
    traders = world.data.staff[officers[0]]["community"] if officers else first
    sorted_out: dict[str, dict[str, dict[str, int]]] = {}

    def add(community: str, kind: str, subject: str, count: int) -> None:
        counts = sorted_out.setdefault(community, {"paper_counts": {}, "stock_counts": {}})
        counts[kind][subject] = count

    for activity, count in op.get("paper_counts", {}).items():
        add(world.data.community(world.data.leader(activity)), "paper_counts", activity, count)
    for good, count in op.get("stock_counts", {}).items():
        add(traders or first, "stock_counts", good, count)
    return sorted_out or {first: {}}


def await_run(world: World, who: Who, run: int) -> list[dict[str, Any]]:
    """Wait for the worker to do a run; return its exceptions."""

    def done() -> dict[str, Any] | None:
        found = world.actors.must(who, "GET", f"/reconciliation/runs/{run}")
        return found if found["status"] == "done" else None

    exceptions: list[dict[str, Any]]
    exceptions = wait_for(f"run {run}", done, lambda: "it is queued")["exceptions"]
    return exceptions


def compare(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    """Match every expected exception with one that has all its fields, and leave none over."""
    left = list(found)
    for one in expected:
        fitting = next((row for row in left if fits(one, row)), None)
        if fitting is None:
            raise Difference("an exception", one, left)
        left.remove(fitting)
    same("further exceptions", [], left)


def fits(stated: dict[str, Any], row: dict[str, Any]) -> bool:
    """Tell whether an exception has every stated field; lists are compared without order."""
    return all(plain(row.get(field)) == plain(value) for field, value in stated.items())


def plain(value: Any) -> Any:
    """Return a list in its natural order, anything else as it is."""
    return sorted(value) if isinstance(value, list) else value


def expire(world: World, op: Op) -> None:
    """Let the clock reach the end of the lots, and wait for the worker to take them."""
    expected = dict(world.expired)
    for row in op["expect"]:
        expected[row["volunteer"]] = expected.get(row["volunteer"], 0) + row["points"]

    def found() -> dict[str, int]:
        rows = world.figures()
        rows |= {code: world.figures_of(code) for code in expected if code not in rows}
        return {code: -row["expired"] for code, row in rows.items() if row["expired"]}

    def all_of_them() -> bool | None:
        return True if sum(found().values()) >= sum(expected.values()) else None

    wait_for("expiry", all_of_them, found)
    same("points expired so far", expected, found())
    world.expired = expected


def statement(world: World, op: Op) -> None:
    """Sum the cast's balances at the end of a month."""
    year, month = map(int, op["month"].split("-"))
    last = date(year, month, monthrange(year, month)[1])
    closing = sum(row["closing"] for row in world.figures(last).values())
    same(f"closing of {op['month']}", op["expect_closing"], closing)
    told = statements_of(world, op["month"])
    same(f"closing of the statements of {op['month']}", op["expect_closing"], told["closing"])
    stated = dict(world.scenario.table("totals"))
    for name, field in STATED.items():
        same(f"{field} of the statements", stated[name], told[field])


# From opening to closing, in the scenario's words and in those of a statement.
STATED = {
    "opening": "opening",
    "earned": "earned",
    "manual": "manual",
    "manual_reversed": "reversed_awards",
    "redeemed_net": "redeemed",
    "expired": "expired",
    "closing": "closing",
}


def statements_of(world: World, month: str) -> Counter[str]:
    """Add up the statements of the cast for a month, line by line."""
    added: Counter[str] = Counter()
    for community, codes in world.communities().items():
        reader = world.actors.officer(*READERS, community=community)
        for code in codes:
            path = f"/reports/statements/volunteer/{code}?month={month}"
            said = world.actors.must(reader, "GET", path)
            added.update(said["months"][-1]["figures"])
    return added
