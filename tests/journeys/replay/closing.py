"""The closing figures: every row of every table that the scenario ends with."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.journeys.replay.actors import Who
from tests.journeys.replay.difference import Difference, same
from tests.journeys.replay.drift import MOVING, Drift
from tests.journeys.replay.world import READERS, World, wait_for

UNDONE = {"voided", "reversed"}
POINTS = ("opening", "earned", "manual", "reversed_awards", "redeemed", "expired", "closing",
          "lifetime", "tier")  # fmt: skip
STATED = {
    "redemptions": ("goods", "count"),
    "points": ("goods", "points"),
    "value_fen": ("goods", "value_fen"),
    "reversed": ("goods", "reversed"),
    "discounts": ("discounts", "count"),
    "discount_fen": ("discounts", "given_fen"),
}
SIGNERS = ("community_secretary",)
SHOP_FIGURES = ("redemptions", "points", "value_fen", "reversed", "discounts", "discount_fen")
# Which skipped words of the vocabulary leave a total unknown.
AWARDING = {"confirm", "manual_award", "approve_reversal"}
SELLING = {"redeem", "reverse_redemption"}
NEEDS = {
    "opening": set[str](),
    "earned": {"confirm"},
    "manual": {"manual_award"},
    "manual_reversed": {"approve_reversal"},
    "redeemed_net": SELLING,
    "expired": {"expire"},
    "closing": MOVING,
    "goods_value_fen": SELLING,
    "pledge_remaining_fen": SELLING,
    "discount_fen": {"discount"},
    "service_records": AWARDING,
    "service_hours": AWARDING,
}
LEDGER_NEEDS = {"EXPIRED": {"expire"}, "ISSUED": AWARDING, "PRIOR_REDEEMED": set[str]()}


def check(world: World, drift: Drift, say: Callable[[str], None]) -> None:
    """Compare every closing table; what cannot be compared is said. Raises Difference."""
    for name, table in TABLES.items():
        skipped = compared = 0
        for row in table(world, drift):
            skipped += row is not None
            compared += row is None
            if row is not None:
                say(f"  {name}: {row}")
        say(f"  {name}: {compared} equal" + (f", {skipped} skipped" if skipped else ""))


def final(world: World, drift: Drift) -> Iterator[str | None]:
    """Compare each volunteer's row; yields None for an equal one, else why it was skipped."""
    rows, today = world.figures(), world.figures(world.scenario.date)
    for stated in world.scenario.table("final"):
        code = stated["code"]
        if code in drift.volunteers:
            yield f"skipped {code}: step {drift.volunteers[code]} was skipped"
            continue
        found = rows[code]
        for field in POINTS:
            if field in stated:
                same(f"final {code} {field}", stated[field], found[field])
        same_hours(f"final {code} hours", stated.get("hours"), found["minutes"])
        minutes = today[code]["minutes_period"]
        same_hours(f"final {code} hours_today", stated.get("hours_today"), minutes)
        yield None


def totals(world: World, drift: Drift) -> Iterator[str | None]:
    """Compare the sums, and the ledger's accounts across from the cast's wallets."""
    stated = dict(world.scenario.table("totals"))
    if not stated:
        return
    found, books = summed(world), stated.pop("ledger", {})
    for name, expected in stated.items():
        unknown = name not in NEEDS or NEEDS[name] & drift.skipped
        if unknown:
            yield f"skipped {name}: {because(unknown)}"
        elif name == "service_hours":
            same_hours(f"totals {name}", expected, found[name])
            yield None
        else:
            same(f"totals {name}", expected, found[name])
            yield None
    yield from accounts(books, found["ledger"], drift)
    balanced(world)
    yield None


def accounts(stated: dict[str, int], found: dict[str, int], drift: Drift) -> Iterator[str | None]:
    """Compare the accounts across from the cast's wallets."""
    for name, expected in stated.items():
        if unknown := LEDGER_NEEDS.get(name, SELLING) & drift.skipped:
            yield f"skipped ledger {name}: {because(unknown)}"
        else:
            same(f"totals ledger {name}", expected, found.get(name, 0))
            yield None


def because(unknown: bool | set[str]) -> str:
    """Say why a total is not compared."""
    words = sorted(unknown) if isinstance(unknown, set) else []
    return f"{', '.join(words)} was skipped" if words else "not a total that we know"


def summed(world: World) -> dict[str, Any]:
    """Return the service's totals in the scenario's words."""
    parts = world.totals()
    whole = {name: sum(part[name] for part in parts) for name in parts[0] if name != "ledger"}
    books: Counter[str] = Counter()
    for part in parts:
        books.update(part["ledger"])
    across = sum(books.values()) + whole["closing"]
    same("closing balances and the accounts across from them", 0, across)
    return whole | {
        "manual_reversed": whole["reversed_awards"],
        "redeemed_net": whole["redeemed"],
        "pledge_remaining_fen": parts[0]["pledge_remaining_fen"],
        "service_hours": whole["service_minutes"],
        "ledger": spoken(books, spent_to_nothing(world)),
    }


def spoken(books: Counter[str], gone: int) -> dict[str, int]:
    """Name the ledger's accounts as scenarios do."""
    named = {"ISSUED": books["issued"] - gone, "PRIOR_REDEEMED": books["prior-redeemed"] + gone}
    named["EXPIRED"] = books["expired"]
    for address, balance in books.items():
        family, _, shop = address.partition(":")
        if family == "redeemed":
            named[f"SHOP:{shop}"] = balance
    return named


def spent_to_nothing(world: World) -> int:
    """Sum what was earned and spent before the books by those who began with an empty wallet.

    No entry of their wallets tells it, so the accounts across from wallets do not show it.
    """
    awarded = ("earned", "manual", "reversed_awards")
    return sum(
        row["lifetime"] - sum(row[name] for name in awarded)
        for row in world.figures().values()
        if row["opening"] == 0
    )


def balanced(world: World) -> None:
    """Hold that the whole ledger sums to zero in every unit."""
    reader = world.actors.officer(*READERS, community=next(iter(world.communities())))
    sums = world.actors.must(reader, "GET", "/ledger/trial-balance")["sums"]
    same("the trial balance", dict.fromkeys(sums, 0), sums)


def awards(world: World, drift: Drift) -> Iterator[str | None]:
    """Compare what each award gave with what was stated."""
    for stated in world.scenario.table("awards"):
        name = stated["txn"]
        if name in drift.keys:
            yield f"skipped {name}: its step was skipped"
            continue
        if name not in world.awards:
            raise Difference(f"award {name}", "that it was made", None)
        award = world.awards[name]
        same(f"award {name} volunteer", stated["vol"], award.volunteer)
        for field in ("minutes", "points", "cut", "rule"):
            found = award.answer[field]
            same(f"award {name} {field}", stated.get(field, found), found)
        same_hours(f"award {name} hours", stated.get("hours"), award.answer["service_minutes"])
        yield None


def redemptions(world: World, drift: Drift) -> Iterator[str | None]:
    """Ask for every redemption by its key and compare it."""
    for key, stated in dict(world.scenario.table("redemptions")).items():
        if key in drift.keys:
            yield f"skipped {key}: a step about it was skipped"
            continue
        found = world.actors.must(Who("till", stated["shop"]), "GET", f"/redemptions/{key}")
        for field in ("good", "qty", "points", "value_fen"):
            same(f"redemption {key} {field}", stated.get(field, found[field]), found[field])
        same(f"redemption {key} tail", stated["vol"][-3:], found["tail"])
        undone = found["state"] in UNDONE
        same(f"redemption {key} reversed", stated.get("reversed", False), undone)
        yield None


def discounts(world: World, drift: Drift) -> Iterator[str | None]:
    """Compare every discount that was given, and that no other was."""
    stated_keys = {row["txn"] for row in world.scenario.table("discounts")}
    given = {key for key, sale in world.discounts.items() if sale.answer["status"] == "ok"}
    same("discounts given", sorted(stated_keys - drift.keys), sorted(given))
    for stated in world.scenario.table("discounts"):
        if stated["txn"] in drift.keys:
            yield f"skipped {stated['txn']}: its step was skipped"
            continue
        sale = world.discounts[stated["txn"]]
        same(f"discount {stated['txn']} shop", stated["shop"], sale.shop)
        same(f"discount {stated['txn']} volunteer", stated["vol"], sale.op["volunteer"])
        for field in ("bill_fen", "pct", "discount_fen", "pay_fen"):
            same(f"discount {stated['txn']} {field}", stated[field], sale.answer[field])
        yield None


def statements(world: World, drift: Drift) -> Iterator[str | None]:
    """Compare what every shop gave over the whole period, and its statement of the month."""
    yield from reported(world, drift)
    for month in sorted({op["month"] for op in world.scenario.ops() if op.name == "statement"}):
        yield from issued(world, drift, month)


def issued(world: World, drift: Drift, month: str) -> Iterator[str | None]:
    """Have a month's statements made, and compare each with what the scenario states."""
    secretary = world.actors.officer(*SIGNERS, community=next(iter(world.communities())))
    where = f"/settlement/statements?month={month}"
    world.actors.must(secretary, "POST", "/settlement/statements", {"month": month})

    def made() -> dict[str, str] | None:
        rows = world.actors.must(secretary, "GET", where)["items"]
        done = all(row["status"] != "queued" for row in rows)
        return {row["shop"]: row["number"] for row in rows} if done else None

    numbers = wait_for(f"statements of {month}", made, dict)
    for shop, figures in dict(world.scenario.table("merchant_statement")).items():
        if shop in drift.shops:
            yield f"skipped the statement of {shop}: a step about it was skipped"
            continue
        path = f"/settlement/statements/{numbers[shop]}"
        said = world.actors.must(secretary, "GET", path)["content"]
        for field, (block, name) in STATED.items():
            if field in figures:
                same(f"{numbers[shop]} {field}", figures[field], said[block][name])
        same(f"{numbers[shop]} against the ledger", 0, said["difference_fen"])
        yield None


def reported(world: World, drift: Drift) -> Iterator[str | None]:
    """Compare what every shop gave over the whole period."""
    stated = dict(world.scenario.table("merchant_statement"))
    if not stated:
        return
    reader = world.actors.officer(*READERS, community=next(iter(world.communities())))
    page = world.actors.must(reader, "GET", f"/reports/shops?{world.period()}")
    rows = {row["code"]: row for row in page["items"]}
    for shop, figures in stated.items():
        if shop in drift.shops:
            yield f"skipped {shop}: a step about it was skipped"
            continue
        for field in SHOP_FIGURES:
            if field in figures:
                same(f"statement {shop} {field}", figures[field], rows[shop][field])
        yield None


def same_hours(what: str, expected: float | None, minutes: int) -> None:
    """Go on only when the minutes are the stated hours, to the minute."""
    if expected is not None and abs(expected * 60 - minutes) >= 1:
        raise Difference(what, expected, round(minutes / 60, 2))


TABLES: dict[str, Callable[[World, Drift], Iterator[str | None]]] = {
    "final": final,
    "totals": totals,
    "awards": awards,
    "redemptions": redemptions,
    "discounts": discounts,
    "merchant_statement": statements,
}
