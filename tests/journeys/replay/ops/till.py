"""What happens at a shop's counter."""

from typing import Any

from tests.journeys.replay.actors import Who
from tests.journeys.replay.client import Answer
from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.scenario import Op
from tests.journeys.replay.world import Sale, World

QUESTIONS_MAX = 3  # a duplicate, a step-up, and no more
NOT_FOUND = 404


def redeem(world: World, op: Op) -> None:
    """Redeem a good, answering the till's questions as the clerk and the volunteer would."""
    if op.get("expect") == "replayed":
        replay(world, op)
        return
    sale = queued(world, op) if op.get("uploaded_at") else online(world, op)
    world.sales[op["key"]] = sale
    sale.answer = spoken(send(world, sale))
    answer_questions(world, sale)
    same("status", op["expect"], outcome(sale.answer))
    moved = sale.answer["points"] if sale.answer["status"] == "ok" else 0
    same("points", op.get("expect_points", moved), moved)
    if op.get("expect_flag") and op["expect_flag"] not in sale.answer["flags"]:
        raise Difference("flags", op["expect_flag"], sale.answer["flags"])


def queue_offline(world: World, op: Op) -> None:
    """Let goods go while the till is cut off; the server must know nothing of it."""
    world.set_clock(op.when("occurred_at"))
    sale = scanned(world, op)
    sale.body["occurred_at"] = op.when("occurred_at").at.isoformat()
    world.offline.sales[op["key"]] = sale
    asked = world.actors.ask(Who("till", op["shop"]), "GET", f"/redemptions/{op['key']}")
    same("what the server knows of the key", NOT_FOUND, asked.status)


def replay(world: World, op: Op) -> None:
    """Send the same act again: the first answer comes back and nothing moves."""
    if op["key"] not in world.sales:
        raise Difference("a replayed redemption", f"{op['key']} was sent before", None)
    sale = world.sales[op["key"]]
    again = spoken(send(world, sale))
    same("replayed", True, again["replayed"])
    for field in ("status", "reason", "receipt", "points", "value_fen", "qty"):
        same(f"{field} of the replay", sale.answer[field], again[field])


def queued(world: World, op: Op) -> Sale:
    """Take a sale out of the till's queue; one that was never queued is scanned at its time."""
    if op["key"] not in world.offline.sales:
        world.set_clock(op.when("occurred_at"))
        sale = scanned(world, op)
        sale.body["occurred_at"] = op.when("occurred_at").at.isoformat()
        world.offline.sales[op["key"]] = sale
    world.set_clock(op.when("uploaded_at"))
    return world.offline.sales.pop(op["key"])


def online(world: World, op: Op) -> Sale:
    """Scan and send at once; a key that was used before is sent as it was."""
    return world.sales.get(op["key"]) or scanned(world, op)


def scanned(world: World, op: Op) -> Sale:
    """Read what the volunteer shows, and write down what the till will send."""
    body: dict[str, Any] = {
        "code": world.show_to_spend(op["volunteer"], op.get("via")),
        "good": op["good"],
        "qty": op.get("qty", 1),
    }
    if op.get("proxy"):
        body["proxy"] = op["proxy"]
    if op.get("pin"):
        body["pin"] = world.actors.pin(op["volunteer"])
    return Sale(op, op["shop"], body)


def send(world: World, sale: Sale) -> Answer:
    """Send a sale as its shop's till, under its own key."""
    till = Who("till", sale.shop)
    return world.actors.ask(till, "POST", "/redemptions", sale.body, key=sale.op["key"])


def spoken(answer: Answer) -> dict[str, Any]:
    """Return what the service said; a problem is a difference here. Raises Difference."""
    if not answer.ok:
        raise Difference("the answer", "what came of it", str(answer))
    return answer.body


def answer_questions(world: World, sale: Sale) -> None:
    """Give the till what it asks for, as far as the scenario lets us."""
    for _ in range(QUESTIONS_MAX):
        if sale.answer["status"] != "needs_input":
            return
        reason = sale.answer["reason"]
        if reason == "possible_duplicate" and sale.op.get("clerk_overrode_duplicate_warning"):
            sale.body["override_duplicate"] = True
            sale.answer = spoken(send(world, sale))
        elif reason == "step_up":
            sale.answer = step_up(world, sale)
        else:
            return


def step_up(world: World, sale: Sale) -> dict[str, Any]:
    """Confirm as the volunteer: on the phone that shows the pass, or with the booklet's PIN."""
    volunteer = sale.op["volunteer"]
    if sale.answer["via"] == "pass":
        path, body = f"/redemptions/{sale.op['key']}/confirmation", {"shop": sale.shop}
        return spoken(world.actors.ask(Who("volunteer", volunteer), "POST", path, body))
    sale.body["pin"] = world.actors.pin(volunteer)
    return spoken(send(world, sale))


def outcome(answer: dict[str, Any]) -> str:
    """Say what came of an act in the scenario's word: ok, or the reason why not."""
    return "ok" if answer["status"] == "ok" else str(answer["reason"] or answer["status"])


def discount(world: World, op: Op) -> None:
    """Ask for the discount of a standing; whoever has none pays the whole bill."""
    body = {
        "code": world.actors.show(op["volunteer"], op.get("via")),
        "bill_fen": op["bill_fen"],
    }
    till = Who("till", op["shop"])
    said = spoken(world.actors.ask(till, "POST", "/discounts", body, key=op["key"]))
    same("status", op["expect"], outcome(said) if said["status"] == "refused" else said["status"])
    for field in ("pct", "discount_fen", "pay_fen"):
        same(field, op.get(f"expect_{field}", said[field]), said[field])
    world.discounts[op["key"]] = Sale(op, op["shop"], body, said)


def reverse_redemption(world: World, op: Op) -> None:
    """Undo a sale: at the till with the code shown again, or later by two people."""
    if op["of"] not in world.sales:
        raise Difference("the redemption to reverse", op["of"], None)
    sale = world.sales[op["of"]]
    said = by_two(world, op, sale) if op.get("proposed_by") else void(world, op, sale)
    same("status", op["expect"], said["status"] if said["status"] == "ok" else said["reason"])
    if said["status"] == "ok":
        same("points", op.get("expect_points", said["points"]), said["points"])


def void(world: World, op: Op, sale: Sale) -> dict[str, Any]:
    """Undo at the till."""
    body = {}
    if op.get("card_rescanned"):
        body["code"] = world.actors.show(sale.op["volunteer"], sale.op.get("via"))
    path = f"/redemptions/{op['of']}/void"
    till = world.actors.named(op.get("by", sale.shop))
    return spoken(world.actors.ask(till, "POST", path, body, key=op.get("txn", "")))


def by_two(world: World, op: Op, sale: Sale) -> dict[str, Any]:
    """Propose and approve; a refusal of either is told by its slug."""
    reason = op.get("reason", "the goods came back")
    for by, path, body in (
        (op["proposed_by"], "/reversal", {"shop": sale.shop, "reason": reason}),
        (op["approved_by"], "/reversal/approval", {"shop": sale.shop}),
    ):
        answer = world.actors.ask(
            world.actors.named(by), "POST", f"/redemptions/{op['of']}{path}", body
        )
        if not answer.ok:
            return {"status": "refused", "reason": answer.problem.replace("-", "_")}
    return answer.body
