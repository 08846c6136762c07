"""What happens at an activity: sign-ups, scans, sheets of paper, phones without network."""

from typing import Any

from tests.journeys.replay.actors import Who
from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.scenario import Op
from tests.journeys.replay.world import QueuedScan, World, wait_for

OFFLINE = "offline_phone_of_"
REJECTED = "rejected_"
SEATED = {"confirmed", "came"}


def cancel_signup(world: World, op: Op) -> None:
    """Give a place back, as the volunteer."""
    path = f"/activities/{op['activity']}/signups/{op['volunteer']}"
    answer = world.actors.ask(Who("volunteer", op["volunteer"]), "DELETE", path)
    got = answer.body["status"] if answer.ok else answer.problem.replace("-", "_")
    same("status", op.get("expect", "ok"), got)


def expect_promoted(world: World, op: Op) -> None:
    """Find the one who waited among those with a place, once."""
    found = [row["signup"] for row in rows(world, op["activity"], op["volunteer"])]
    if len(found) != 1 or found[0] not in SEATED:
        raise Difference(f"sign-ups of {op['volunteer']}", ["confirmed"], found)


def check_in(world: World, op: Op) -> None:
    """Come: by one's own scan, scanned by the leader, or into a phone without network."""
    via = str(op.get("via") or default_way(world, op))
    if via.startswith(OFFLINE):
        queue(world, op, via.removeprefix(OFFLINE), "in")
        same("status", op["expect"], "queued")
        return
    same_outcome(op, outcome(scan(world, op, via, "in")))


def check_out(world: World, op: Op) -> None:
    """Leave, or have a forgotten check-out filled in by the leader."""
    if op.get("entered_by"):
        fill_in(world, op)
        return
    held = world.offline.holds(op["activity"], op["volunteer"])
    via = str(op.get("via") or (f"{OFFLINE}{held.phone}" if held else default_way(world, op)))
    if via.startswith(OFFLINE):
        queue(world, op, via.removeprefix(OFFLINE), "out")
        return
    same_outcome(op, outcome(scan(world, op, via, "out")))


def default_way(world: World, op: Op) -> str:
    """Return how a volunteer scans where the scenario does not say."""
    return "phone" if world.data.phone(op["volunteer"]) else "booklet"


def scan(world: World, op: Op, via: str, action: str) -> dict[str, Any]:
    """Scan now: with a phone the code of the place, else the leader scans the card."""
    activity, leader = op["activity"], world.actors.leader(op["activity"])
    body = {"activity": activity, "action": action, "nonce": world.nonce(op)}
    if via == "booklet":
        body["code"] = world.actors.card(op["volunteer"])
        return world.actors.must(leader, "POST", "/scans", body)
    shown = world.actors.must(leader, "GET", f"/activities/{activity}/onsite-code")
    body["code"] = shown["url"]
    return world.actors.must(Who("volunteer", op["volunteer"]), "POST", "/scans", body)


def outcome(answer: dict[str, Any]) -> str:
    """Say what came of a scan in the scenario's word."""
    if answer["status"] == "ok":
        return "duplicate_ignored" if answer["already"] else "ok"
    return f"{REJECTED}{answer['reason']}"


def same_outcome(op: Op, got: str) -> None:
    """Compare what came of a scan; a refusal may be written with or without `rejected_`."""
    if op["expect"] != got.removeprefix(REJECTED):
        same("status", op["expect"], got)


def fill_in(world: World, op: Op) -> None:
    """Let somebody complete a forgotten check-out; it stays marked."""
    path = f"/activities/{op['activity']}/attendances/{op['volunteer']}/check-out"
    who = world.actors.named(op["entered_by"])
    answer = world.actors.must(who, "POST", path, {"at": op.when("at").at.isoformat()})
    got = "ok" if answer["status"] == "ok" else f"{REJECTED}{answer['reason']}"
    same_outcome(op, got)
    if op.get("amended"):
        marks = [row["amended"] for row in rows(world, op["activity"], op["volunteer"])]
        same("the mark of the filled-in check-out", [True], marks)


def queue(world: World, op: Op, phone: str, action: str) -> None:
    """Keep a scan in a phone; a pass shows what it showed at that moment."""
    shown = world.actors.show(op["volunteer"], None)
    body = {
        "code": shown,
        "action": action,
        "nonce": world.nonce(op),
        "occurred_at": op.moment.at.isoformat(),
    }
    world.offline.scans.append(QueuedScan(phone, op["activity"], op["volunteer"], body))


def upload_batch(world: World, op: Op) -> None:
    """Send what the phones hold; with nothing new, the last batch once more."""
    offline = world.offline
    if offline.scans:
        offline.sent, offline.scans = offline.scans, []
    same("events in the phones", op.get("events", len(offline.sent)), len(offline.sent))
    said = [send(world, phone, activity) for phone, activity in queues(offline.sent)]
    problems = [problem for part in said for problem in part["problems"]]
    for field in ("accepted", "duplicates"):
        got = sum(part[field] for part in said)
        if got != op.get(f"expect_{field}", got):
            raise Difference(field, op[f"expect_{field}"], f"{got}, problems: {problems}")


def queues(scans: list[QueuedScan]) -> list[tuple[str, str]]:
    """Name the queues that scans belong to, a phone and an activity each."""
    return list(dict.fromkeys((scan.phone, scan.activity) for scan in scans))


def send(world: World, phone: str, activity: str) -> dict[str, Any]:
    """Upload one queue as the one whose phone it is."""
    scans = [
        scan.body | {"device_seq": number}
        for number, scan in enumerate(world.offline.sent, 1)
        if (scan.phone, scan.activity) == (phone, activity)
    ]
    body = {"activity": activity, "scans": scans}
    return world.actors.must(Who("volunteer", phone), "POST", "/scans/batches", body)


def paper_sign(world: World, op: Op) -> None:
    """Sign on paper; the system knows nothing of it."""
    world.papers[op["activity"], op["volunteer"]] = op
    stays = [row["attendance"] for row in rows(world, op["activity"], op["volunteer"])]
    if any(stays):
        raise Difference(f"attendance of {op['volunteer']}", "nothing in the system", stays)


def audience(world: World, op: Op) -> None:
    """Listen only: on the list, with no hours and no points."""
    activity, volunteer = op["activity"], op["volunteer"]
    body = {"code": world.actors.show(volunteer, op.get("via")), "nonce": world.nonce(op)}
    leader = world.actors.leader(activity)
    said = world.actors.must(leader, "POST", f"/activities/{activity}/audience", body)
    same("status", op["expect"], outcome(said))
    found = [(row["attendance"], row["award"]) for row in rows(world, activity, volunteer)]
    same(f"attendance and award of {volunteer}", [("audience", None)], found)


def expect_no_show(world: World, op: Op) -> None:
    """Wait until the worker has marked who did not come."""
    activity, volunteer = op["activity"], op["volunteer"]

    def marked() -> bool | None:
        return True if standing(world, activity, volunteer) == "no_show" else None

    def shown() -> str:
        return f"sign-up is {standing(world, activity, volunteer)}"

    wait_for(f"no-show of {volunteer}", marked, shown)
    if "count" in op:
        same(f"no-shows of {volunteer}", op["count"], no_shows(world, volunteer))
    if op.get("provisional"):
        world.absent.add((activity, volunteer))


def expect_taken_back(world: World, op: Op) -> None:
    """Hold that whom a sheet of paper shows to have been there is no no-show any more."""
    activity, volunteer = op["activity"], op["volunteer"]
    if (activity, volunteer) in world.absent:
        same(f"sign-up of {volunteer}", "came", standing(world, activity, volunteer))
        world.absent.remove((activity, volunteer))


def no_shows(world: World, volunteer: str) -> int:
    """Count the activities at which a volunteer had a place and did not come."""
    planned = [
        code
        for code, row in world.data.activities.items()
        if volunteer in [*row.get("signups", ()), *row.get("waitlist", ())]
    ]
    return sum(standing(world, code, volunteer) == "no_show" for code in planned)


def standing(world: World, activity: str, volunteer: str) -> str | None:
    """Return where somebody's sign-up stands."""
    found = rows(world, activity, volunteer)
    return found[0]["signup"] if found else None


def rows(world: World, activity: str, volunteer: str) -> list[dict[str, Any]]:
    """Return somebody's lines of an activity's roster, as its leader reads it."""
    leader = world.actors.leader(activity)
    items = world.actors.must(leader, "GET", f"/activities/{activity}/roster")["items"]
    return [row for row in items if row["volunteer"] == volunteer]
