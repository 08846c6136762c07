"""What can no longer be compared after something was skipped."""

from collections.abc import Iterable

from tests.journeys.replay.scenario import Op, Scenario

# Ops that change balances or lifetimes, and ops whose outcome depends on them.
MOVING = {
    "confirm", "manual_award", "redeem", "reverse_redemption", "approve_reversal", "expire",
}  # fmt: skip
UNMOVED = ("insufficient", "daily_limit", "blocked_negative", "out_of_stock", "replayed",
           "not_eligible", "rejected_self")  # fmt: skip
DEPENDENT = {"redeem", "reverse_redemption", "discount", "expire"}


class Drift:
    """Remembers what was skipped, and whom and what that leaves unknown."""

    def __init__(self, scenario: Scenario) -> None:
        self.names = dict(named(scenario.ops()))
        self.cases = {
            op["case"]: list(op["txns"]) for op in scenario.ops() if op.name == "propose_reversal"
        }
        self.volunteers: dict[str, int] = {}  # booklet → the skipped step that it depends on
        self.skipped: set[str] = set()  # words of the vocabulary
        self.shops: set[str] = set()
        self.keys: set[str] = set()  # names of the skipped acts themselves

    def skip(self, n: int, ops: Iterable[Op]) -> None:
        """Note that these ops of step `n` were not played."""
        for op in ops:
            if op.get("expect") in UNMOVED:
                continue
            self.skipped.add(op.name)
            self.keys |= {op[field] for field in ("key", "txn", "of") if op.get(field)}
            self.shops |= self.shops_of(op)
            if op.name in MOVING:
                self.volunteers |= dict.fromkeys(self.touched(op), n)

    def hinders(self, op: Op) -> int | None:
        """Return the skipped step without which an op cannot come out as written."""
        if op.name == "statement":
            return next(iter(self.volunteers.values()), None)
        if op.name not in DEPENDENT:
            return None
        return next((self.volunteers[c] for c in self.touched(op) if c in self.volunteers), None)

    def touched(self, op: Op) -> list[str]:
        """Name the volunteers whose points an op is about."""
        if op.name == "expire":
            return [row["volunteer"] for row in op["expect"]]
        names = [op["of"]] if op.get("of") else op.get("txns") or self.cases.get(op.get("case"), [])
        found = [op["volunteer"]] if op.get("volunteer") else []
        return found + [self.names[name]["volunteer"] for name in names if name in self.names]

    def shops_of(self, op: Op) -> set[str]:
        """Name the shops whose statement an op is about."""
        original = self.names.get(op.get("of", ""))
        return {each["shop"] for each in (op, original) if each is not None and each.get("shop")}


def named(ops: Iterable[Op]) -> Iterable[tuple[str, Op]]:
    """Give every act that has a name with it; of a name that is used again, the first counts."""
    seen: set[str] = set()
    for op in ops:
        name = op.get("txn") or op.get("key")
        if name and name not in seen and op.get("volunteer"):
            seen.add(name)
            yield name, op
