"""What shops gave in a month: goods for points and discounts, by shop and by good."""

from collections.abc import Sequence
from typing import Any

from service.i18n import N_
from service.reports.months import pictures
from service.reports.months.sheet import Ask, Head, Part, Row, line
from service.reports.months.subjects import Kind
from service.settlement import paper

SHOPS = ("sales", "points", "goods_fen", "bills", "discount_fen")
SHOPS_HEAD = (
    (N_("Number"), paper.TEXT),
    (N_("Shop"), paper.TEXT),
    (N_("Sales"), paper.COUNT),
    (N_("Points"), paper.COUNT),
    (N_("Goods, yuan"), paper.YUAN),
    (N_("Discounts"), paper.COUNT),
    (N_("Off, yuan"), paper.YUAN),
)
GOODS = ("sales", "pieces", "points", "goods_fen")
GOODS_HEAD = (
    (N_("Number"), paper.TEXT),
    (N_("Good"), paper.TEXT),
    (N_("Sales"), paper.COUNT),
    (N_("Pieces"), paper.COUNT),
    (N_("Points"), paper.COUNT),
    (N_("Goods, yuan"), paper.YUAN),
)
BILLS_HEAD = (
    (N_("Discounts"), paper.COUNT),
    (N_("Bills, yuan"), paper.YUAN),
    (N_("Off, yuan"), paper.YUAN),
)


def shops(ask: Ask, found: list[dict[str, Any]]) -> Part | None:
    """Return goods and discounts by shop."""
    if not found:
        return None
    sold = [row for row in found if row["points"]]
    given = [row for row in found if row["discount_fen"]]
    charts = [pictures.taken(sold, ask.say)] if sold else []
    charts += [pictures.off(given, ask.say)] if given else []
    return Part(
        name="shops",
        title=ask.say(N_("Goods and discounts by shop")),
        head=headed(ask, SHOPS_HEAD),
        rows=[*(shop_row(ask, row) for row in found), summed(ask, found, SHOPS)],
        charts=tuple(charts),
        total=True,
    )


def shop_row(ask: Ask, row: dict[str, Any]) -> Row:
    """Return one shop: its statement, its sales, its discounts are opened."""
    own = ask.places.other(Kind.SHOP, row["code"], ask.month)
    sales = ask.places.figure(ask.month, "sales", row["code"]) if row["sales"] else ""
    bills = ask.places.figure(ask.month, "bills", row["code"]) if row["bills"] else ""
    return [
        *line([row["code"], row["name"]], own),
        *line([row[name] for name in SHOPS[:3]], sales),
        *line([row[name] for name in SHOPS[3:]], bills),
    ]


def goods(ask: Ask, found: list[dict[str, Any]]) -> Part | None:
    """Return what a shop gave, by good."""
    if not found:
        return None
    rows = [
        line([row["code"], row["name"], *(row[name] for name in GOODS)],
             ask.places.figure(ask.month, "sales", row["code"]))
        for row in found
    ]  # fmt: skip
    return Part(
        name="goods",
        title=ask.say(N_("Goods given")),
        head=headed(ask, GOODS_HEAD),
        rows=[*rows, summed(ask, found, GOODS)],
        charts=(pictures.taken(found, ask.say),),
        total=True,
    )


def bills(ask: Ask, found: dict[str, Any] | None) -> Part | None:
    """Return what a shop gave off bills."""
    if not found or not found["bills"]:
        return None
    row = line([found[name] for name in ("bills", "bill_fen", "discount_fen")],
               ask.places.figure(ask.month, "bills"))  # fmt: skip
    return Part("bills", ask.say(N_("Discounts given")), headed(ask, BILLS_HEAD), [row])


def headed(ask: Ask, head: Head) -> Head:
    """Say the columns in the reader's language."""
    return tuple((ask.say(word), kind) for word, kind in head)


def summed(ask: Ask, found: Sequence[dict[str, Any]], names: Sequence[str]) -> Row:
    """Return the row that adds the others up."""
    return line([ask.say(N_("Total")), "", *(sum(row[name] for row in found) for name in names)])
