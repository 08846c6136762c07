"""What is told to everybody: the public notice, read as anybody reads it."""

import re
from typing import Any

from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.scenario import Op
from tests.journeys.replay.world import World

SECRETARY = ("community_secretary",)
NUMBER = re.compile(r"(?P<place>.+)志愿积分公示〔(?P<year>\d{4})〕(?P<number>\d+)号")


def publish_notice(world: World, op: Op) -> None:
    """Publish the notice of the scenario's day under its number, and read it without signing in."""
    community = next(iter(world.communities()))
    secretary = world.actors.officer(*SECRETARY, community=community)
    stated = NUMBER.fullmatch(op["no"])
    if stated is None:
        raise Difference("the number of a notice", "…志愿积分公示〔year〕n号", op["no"])
    before = {"year": int(stated["year"]), "last": int(stated["number"]) - 1}
    world.actors.must(secretary, "PUT", "/notices/numbering", before)
    day = world.scenario.date.isoformat()
    body = {"since": day, "until": day, "starts_on": op["start"], "key": f"PN-{op['start']}"}
    draft = world.actors.must(secretary, "POST", "/notices", body)
    path = f"/notices/{draft['id']}/publication"
    row = world.actors.must(secretary, "POST", path, {})
    again = world.actors.must(secretary, "POST", path, {})
    same("the notice sent twice", row, again)
    same("its number", op["no"], row["name"])
    same("its last day", op["end"], row["ends_on"])
    compare(op, world.client.must("GET", f"/notices/{row['code']}", None))


def compare(op: Op, said: dict[str, Any]) -> None:
    """Hold what anybody reads against what is stated."""
    content = said["content"]
    same("individual rows", op["expect_individual_rows"], len(said["rows"]))
    same("people", op["expect_people"], content["total"]["people"])
    same("points", op["expect_points"], content["total"]["points"])
    parts = [content[name]["points"] for name in ("named", "rest")]
    same("points of rows and rest", op["expect_points"], sum(parts))
    rows = sum(row["points"] for row in said["rows"])
    same("points of the rows", content["named"]["points"], rows)
