"""Hours become points: confirmations, lines of paper, awards typed in."""

from datetime import datetime, timedelta
from typing import Any

from tests.journeys.replay import times
from tests.journeys.replay.actors import Who
from tests.journeys.replay.client import Answer, Failed
from tests.journeys.replay.closing import same_hours
from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.ops.gate import expect_taken_back
from tests.journeys.replay.scenario import Op
from tests.journeys.replay.world import Award, World

FORBIDDEN = 403
SECRETARY = "community_secretary"
REFUSALS = {
    "own-award": "rejected_self",
    "own-approval": "rejected_maker",
}


def confirm(world: World, op: Op) -> None:
    """Confirm somebody's hours, alone, or as two people where a paper sheet is the proof."""
    makers = world.actors.both(op["by"])
    said = confirm_one(world, op, makers[0]) if len(makers) == 1 else from_paper(world, op, makers)
    got = "ok" if said["status"] == "ok" else said["reason"]
    same("status", op.get("expect", "ok"), got)
    if got == "ok":
        compare(op, said)
        keep(world, op, said)
        expect_taken_back(world, op)


def confirm_one(world: World, op: Op, who: Who) -> dict[str, Any]:
    """Confirm a stay that the gate saw."""
    body = {"volunteer": op["volunteer"]}
    body |= {name: op[field] for name, field in (("rule", "rule"), ("key", "txn")) if op.get(field)}
    answer = world.actors.ask(who, "POST", f"/activities/{op['activity']}/confirmations", body)
    return said_or_refused(answer)


def from_paper(world: World, op: Op, makers: list[Who]) -> dict[str, Any]:
    """Type in a line of the sheet as the first person, approve it as the second."""
    came, left = on_sheet(world, op)
    sheet = world.papers.get((op["activity"], op["volunteer"]))
    body = {
        "volunteer": op["volunteer"],
        "check_in": came.isoformat(),
        "check_out": left.isoformat(),
        "evidence": op.get("evidence") or "a photo of the signed sheet",
        "key": op["txn"],
    }
    body |= {"rule": op["rule"]} if op.get("rule") else {}
    body |= {"line": sheet["line"]} if sheet is not None and sheet.get("line") else {}
    path = f"/activities/{op['activity']}/paper-lines"
    line = world.actors.ask(makers[0], "POST", path, body)
    if not line.ok:
        return said_or_refused(line)
    approval = world.actors.ask(makers[1], "POST", f"{path}/{line.body['id']}/approval", {})
    return said_or_refused(approval)


def on_sheet(world: World, op: Op) -> tuple[datetime, datetime]:
    """Return from when to when the sheet says that somebody served."""
    plan = world.data.activities[op["activity"]]
    day = datetime.fromisoformat(plan["date"]).date()
    start, end = times.read(plan["start"], day).at, times.read(plan["end"], day).at
    sheet = world.papers.get((op["activity"], op["volunteer"]))
    came = sheet.when("at").at if sheet is not None else start
    minutes = op.get("expect_minutes")
    return came, max(came, start) + timedelta(minutes=minutes) if minutes else end


def manual_award(world: World, op: Op) -> None:
    """Type in an award as its maker; above the limit a second person approves."""
    makers = world.actors.both(op["by"])
    body = {
        "volunteer": op["volunteer"],
        "rule": op["rule"],
        "claimed_from": op.when("claimed_from").at.isoformat(),
        "claimed_to": op.when("claimed_to").at.isoformat(),
        "evidence": op["evidence"],
        "key": op["txn"],
    }
    answer = world.actors.ask(makers[0], "POST", "/awards/manual", body)
    if answer.status == FORBIDDEN and makers[0].kind == "volunteer":
        entrust(world, makers[0].code)
        answer = world.actors.ask(makers[0], "POST", "/awards/manual", body)
    if answer.ok and answer.body["status"] == "waiting" and len(makers) > 1:
        answer = world.actors.ask(makers[1], "POST", f"/awards/{op['txn']}/approval", {})
    said = said_or_refused(answer)
    got = {"posted": "ok", "refused": said.get("reason")}.get(said["status"], said["status"])
    same("status", op["expect"], got)
    if got == "ok":
        compare(op, said)
        keep(world, op, said)


def entrust(world: World, volunteer: str) -> None:
    """Let the secretary entrust a captain with awards by hand, unless that was taken away."""
    if volunteer in world.suspended:
        return
    secretary = world.actors.officer(SECRETARY, community=world.data.community(volunteer))
    world.actors.must(secretary, "PUT", f"/volunteers/{volunteer}/rights/manual_award")


def said_or_refused(answer: Answer) -> dict[str, Any]:
    """Return what was said; a refusal that has a word in scenarios becomes that word."""
    if answer.ok:
        return answer.body
    if answer.problem in REFUSALS:
        return {"status": "refused", "reason": REFUSALS[answer.problem]}
    raise Failed("the request", answer)


def compare(op: Op, said: dict[str, Any]) -> None:
    """Compare the figures of an award with what the scenario expects."""
    for field in ("minutes", "points", "cut"):
        same(field, op.get(f"expect_{field}", said[field]), said[field])
    same_hours("hours", op.get("expect_hours"), said["service_minutes"])
    if op.get("rule"):
        same("rule", op["rule"], said["rule"])
    if op.get("expect_flag") and op["expect_flag"] not in said["flags"]:
        raise Difference("flags", op["expect_flag"], said["flags"])


def keep(world: World, op: Op, said: dict[str, Any]) -> None:
    """Remember an award under the scenario's name for it."""
    if op.get("txn"):
        world.awards[op["txn"]] = Award(said["award"], op["volunteer"], said)
