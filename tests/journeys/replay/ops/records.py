"""Hours that leave the house, and stars that come of them."""

from typing import Any

from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.scenario import Op
from tests.journeys.replay.world import World, wait_for

KEEPERS = ("volunteer_admin", "community_secretary")
REFUSALS = {"notice-runs": "rejected_notice", "own-star": "rejected_self"}
NOT_FOUND = 404
TENTHS = 10


def export_service_records(world: World, op: Op) -> None:
    """Export the records of every community of the cast, and hold the sums against ours."""
    found = [
        world.actors.must(
            world.actors.officer(*KEEPERS, community=community),
            "POST",
            f"/service-records/exports?upto={op['upto']}",
        )
        for community in world.communities()
    ]
    same("rows", op["expect_rows"], sum(len(one["items"]) for one in found))
    same("rows counted", op["expect_rows"], sum(one["count"] for one in found))
    same("hours", tenths(op["expect_hours"]), sum(tenths(one["hours"]) for one in found))


def tenths(hours: float) -> int:
    """Return hours in tenths, in which half hours are whole."""
    return round(hours * TENTHS)


def grant_star(world: World, op: Op) -> None:
    """Grant a star that the worker has proposed."""
    who = world.actors.named(op["by"])
    path = f"/volunteers/{op['volunteer']}/stars/{op['star']}"

    def granted() -> Any:
        answer = world.actors.ask(who, "PUT", path)
        return None if answer.status == NOT_FOUND else answer

    answer = wait_for("a proposed star", granted, lambda: f"{path} is not there")
    got = "ok" if answer.ok else REFUSALS.get(answer.problem, answer.problem)
    same("status", op["expect"], got)
    if answer.ok and answer.body["status"] != "granted":
        raise Difference("the star", "granted", answer.body["status"])
