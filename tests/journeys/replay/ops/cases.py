"""What may be wrong: findings, the case of them, what two people take back, objections."""

from datetime import timedelta
from typing import Any

from tests.journeys.replay.actors import Who
from tests.journeys.replay.client import Answer, Failed
from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.ops.awards import SECRETARY
from tests.journeys.replay.scenario import Op
from tests.journeys.replay.world import World, wait_for

REFUSALS = {
    "rejected-maker": "rejected_maker",
    "rejected-proposer": "rejected_proposer",
    "rejected-beneficiary": "rejected_beneficiary",
}
# How long a right is taken away where a scenario does not say it.
SUSPENDED_DAYS = 90


def audit(world: World, op: Op) -> None:
    """Have a day looked at, compare what is found about somebody, and open a case of it."""
    who, day = world.actors.named(op["by"]), op.day.isoformat()
    community = world.data.community(op["volunteer"])
    asked = {"since": day, "until": day, "community": community}
    run = world.actors.must(who, "POST", "/audit/runs", asked)["id"]
    await_look(world, who, run)
    found = findings_about(world, who, op["volunteer"])
    flags = {flag for row in found for flag in flags_of(row)}
    missing = sorted(set(op["expect_flags"]) - flags)
    same("flags that nobody found", [], missing)
    given = {
        "key": f"replay-{op['expect_case']}",
        "title": f"findings about {op['volunteer']}",
        "community": community,
        "volunteer": op["volunteer"],
        "findings": [row["id"] for row in found],
    }
    case = world.actors.must(who, "POST", "/cases", given)
    same("case", op["expect_case"], case["case"])
    world.cases[op["expect_case"]] = case["id"]


def await_look(world: World, who: Who, run: int) -> None:
    """Wait for the worker to end a look."""

    def ended() -> bool | None:
        rows = world.actors.must(who, "GET", "/audit/runs")["items"]
        return True if any(row["id"] == run and row["ended_at"] for row in rows) else None

    wait_for(f"look {run}", ended, lambda: "it is queued")


def findings_about(world: World, who: Who, volunteer: str) -> list[dict[str, Any]]:
    """Return the open findings about somebody, of all pages."""
    found: list[dict[str, Any]] = []
    path = "/audit/findings?status=open"
    page = world.actors.must(who, "GET", path)
    while True:
        found += [row for row in page["items"] if row["subject"] == f"volunteer:{volunteer}"]
        if not page["next"]:
            return found
        page = world.actors.must(who, "GET", f"{path}&before={page['next']}")


def flags_of(row: dict[str, Any]) -> list[str]:
    """Return a finding in a scenario's words: its rule, with or without what it conflicts with."""
    keys = [*row["evidence"].get("discounts", ()), *row["evidence"].get("redemptions", ())]
    return [row["rule"], *(f"{row['rule']}:{key}" for key in keys)]


def propose_reversal(world: World, op: Op) -> None:
    """Propose to take awards back together; without a case for it, one is opened by hand."""
    who, keys = world.actors.named(op["by"]), [world.awards[name].key for name in op["txns"]]
    if op["case"] not in world.cases:
        opened = {"key": f"replay-{op['case']}", "title": op["case"], "awards": keys}
        world.cases[op["case"]] = world.actors.must(who, "POST", "/cases", opened)["id"]
    said = {"key": f"replay-{op['case']}", "reason": op.get("reason") or f"case {op['case']}"}
    path = f"/cases/{world.cases[op['case']]}/proposals"
    answer = world.actors.ask(who, "POST", path, {**said, "awards": keys})
    same("status", op["expect"], "ok" if answer.ok else refused(answer))


def approve_reversal(world: World, op: Op) -> None:
    """Decide about everything that a case proposes as one person, who may be refused."""
    who, case = world.actors.named(op["by"]), world.cases[op["case"]]
    answer = world.actors.ask(who, "POST", f"/cases/{case}/proposals/1/decision", {})
    same("status", op["expect"], "ok" if answer.ok else refused(answer))
    if answer.ok:
        (said,) = answer.body["proposals"]
        same("decision", "approved", said["status"])
        same("points", op.get("expect_points", said["points"]), said["points"])


def suspend_right(world: World, op: Op) -> None:
    """Take a right away for a while, on account of the last case."""
    who, until = world.actors.named(op["by"]), op.moment.day + timedelta(days=SUSPENDED_DAYS)
    said = {"volunteer": op["user"], "right": op["right"], "until": until.isoformat()}
    said |= {"until": op["until"]} if op.get("until") else {}
    path = f"/cases/{list(world.cases.values())[-1]}/suspensions"
    answer = world.actors.ask(who, "POST", path, said)
    same("status", op["expect"], "ok" if answer.ok else answer.problem)
    same("whether the right is held", False, answer.body["held"])
    world.suspended.add(op["user"])


def objection(world: World, op: Op) -> None:
    """Object as the volunteer, be answered by the secretary, and see whether anything moved."""
    volunteer, award = op["volunteer"], world.awards[op["about"]]
    before = world.figures_of(volunteer)
    given = {
        "key": f"replay-{op['about']}",
        "kind": "award",
        "ref": award.key,
        "text": op.get("text") or f"{op['about']} is not right",
    }
    filed = world.actors.must(Who("volunteer", volunteer), "POST", "/me/objections", given)
    secretary = world.actors.officer(SECRETARY, community=world.data.community(volunteer))
    said = {"upheld": op["expect"] != "rejected_no_change", "words": "looked into"}
    path = f"/objections/{filed['id']}/answer"
    done = world.actors.must(secretary, "POST", path, said)
    told = {"rejected": "rejected_no_change", "upheld": f"case {done['case']}"}
    got = told.get(done["status"], done["status"])
    if said["upheld"] and done["case"] is None:
        raise Difference("an objection that is right", "its case", done)
    if not said["upheld"]:
        same("status", op["expect"], got)
        same("figures after the objection", before, world.figures_of(volunteer))
    mine = world.actors.must(Who("volunteer", volunteer), "GET", f"/me/objections/{filed['id']}")
    same("the answer that the volunteer reads", said["words"], mine["answer"])


def refused(answer: Answer) -> str:
    """Return a refusal in the scenario's word; another failure is none. Raises Failed."""
    if answer.problem not in REFUSALS:
        raise Failed("the request", answer)
    return REFUSALS[answer.problem]
