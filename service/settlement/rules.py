"""What a statement adds up to, who signs in which order, and when silence speaks. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

SYSTEM = "system"
SILENT_WORKING_DAYS = 5
FORMAT = 2  # 1 knew no payments


class Step(StrEnum):
    """What was done to a batch or a statement, in the order in which it is done."""

    PREPARED = "prepared"  # by the worker
    DISPUTED = "disputed"  # the shop says that it is otherwise
    CONFIRMED = "confirmed"  # by the shop, or by its silence
    REVIEWED = "reviewed"  # by the association
    CLOSED = "closed"  # by the community's secretary


# Which steps may follow on which; a new preparation may follow on any but the last.
FOLLOWS = {
    Step.DISPUTED: {Step.PREPARED, Step.DISPUTED},
    Step.CONFIRMED: {Step.PREPARED, Step.DISPUTED},
    Step.REVIEWED: {Step.CONFIRMED},
    Step.CLOSED: {Step.REVIEWED},
}


class Family(StrEnum):
    """The accounts of a shop that a statement reads."""

    PLEDGE = "pledge"
    GOODS = "given-goods"
    DISCOUNT = "given-discount"
    REDEEMED = "redeemed"
    SUSPENSE = "suspense"
    ROUNDING = "rounding"
    PAYABLE = "payable"


@dataclass(frozen=True, slots=True)
class Move:
    """One transfer as a shop's statement tells it: what it moved on each of the shop's accounts."""

    transfer: int
    kind: str  # of what was done first; one that takes it back has `of`
    day: date
    at: str  # to the minute, in Shanghai
    pledge_fen: int
    goods_fen: int
    discount_fen: int
    points: int
    other_fen: int  # suspense and rounding
    payable_fen: int = 0  # below zero: owed to the shop; above: paid
    of: int | None = None  # the transfer that it takes back
    of_day: date | None = None
    receipt: str = ""
    item: str = ""
    qty: int = 0
    tail: str = ""
    bill_fen: int = 0
    pct: int = 0
    note: str = ""

    @property
    def what(self) -> str:
        """Return the line's class: goods, back, discount, pledge, taken, paid or adjusted."""
        if self.payable_fen:
            return "taken" if self.pledge_fen else "paid"
        if self.kind == "redeem":
            return "back" if self.of is not None else "goods"
        return self.kind if self.kind in {"pledge", "discount"} else "adjusted"

    @property
    def sign(self) -> int:
        """Return 1 for what was given and -1 for what was taken back."""
        return -1 if self.of is not None else 1

    @property
    def line(self) -> list[Any]:
        """Return the line of the appendix; DETAIL names its fields."""
        back = self.sign
        return [
            self.day.isoformat(), self.at, self.receipt, self.what, self.item, back * self.qty,
            self.points, self.goods_fen, self.bill_fen, self.pct, self.discount_fen,
            self.pledge_fen, self.other_fen, self.tail, self.of_day and self.of_day.isoformat(),
            self.note, self.transfer, self.payable_fen,
        ]  # fmt: skip


DETAIL = (
    "day", "at", "receipt", "what", "item", "qty", "points", "goods_fen", "bill_fen", "pct",
    "discount_fen", "pledge_fen", "other_fen", "tail", "of_day", "note", "transfer", "payable_fen",
)  # fmt: skip


def month_before(month: date) -> date:
    """Return the first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def number(shop: str, month: date, version: int) -> str:
    """Return a statement's number: S01-2025-10-1."""
    return f"{shop}-{month:%Y-%m}-{version}"


def figures(opening_fen: int, moves: Sequence[Move], *, owed_fen: int = 0) -> dict[str, Any]:
    """Add a month's moves up to what its statement says; all of it comes from the ledger.

    It opens with a pledge of so much, and with so much owed to the shop.
    """
    closing = opening_fen + sum(move.pledge_fen for move in moves)
    return {
        "pledge": pledge(opening_fen, moves, closing),
        "goods": goods(moves),
        "items": items(moves),
        "discounts": discounts(moves),
        "reversals": [row(move) for move in moves if move.what == "back"],
        "adjustments": [row(move) for move in moves if move.what == "adjusted"],
        "payments": [row(move) for move in moves if move.what in {"taken", "paid"}],
        "dues": dues(opening_fen, closing, owed_fen, moves),
        "days": days(moves),
        "detail": [move.line for move in moves],
    }


def pledge(opening_fen: int, moves: Sequence[Move], closing: int) -> dict[str, int]:
    """Return the pledge's own equation: its parts, each with its sign, come to its closing."""
    lines = [move.pledge_fen for move in moves if move.kind == "pledge"]
    given = sum(move.pledge_fen for move in moves if move.what in {"goods", "back"})
    rest = sum(move.pledge_fen for move in moves if move.what in {"discount", "adjusted"})
    return {
        "opening": opening_fen,
        "signed": sum(fen for fen in lines if fen > 0),
        "ended": sum(fen for fen in lines if fen < 0),
        "given": given,
        "adjusted": rest,
        "taken": sum(move.pledge_fen for move in moves if move.what == "taken"),
        "closing": closing,
    }


def goods(moves: Iterable[Move]) -> dict[str, int]:
    """Count what was given for points; what came back is taken off and counted apart."""
    listed = [move for move in moves if move.what in {"goods", "back"}]
    back = [move for move in listed if move.what == "back"]
    return {
        "count": sum(move.sign for move in listed),
        "pieces": sum(move.sign * move.qty for move in listed),
        "points": sum(move.points for move in listed),
        "value_fen": sum(move.goods_fen for move in listed),
        "reversed": len(back),
        "reversed_points": -sum(move.points for move in back),
        "reversed_fen": -sum(move.goods_fen for move in back),
    }


def items(moves: Iterable[Move]) -> list[dict[str, Any]]:
    """Add up the goods by their names."""
    found: dict[str, list[Move]] = {}
    for move in moves:
        if move.what in {"goods", "back"}:
            found.setdefault(move.item, []).append(move)
    return [{"item": item, **goods(found[item])} for item in sorted(found)]


def discounts(moves: Iterable[Move]) -> dict[str, int]:
    """Count the discounts, the bills they were on, and what was given off."""
    listed = [move for move in moves if move.what == "discount"]
    return {
        "count": sum(move.sign for move in listed),
        "bills_fen": sum(move.sign * move.bill_fen for move in listed),
        "given_fen": sum(move.discount_fen for move in listed),
    }


def dues(opening: int, closing: int, owed: int, moves: Iterable[Move]) -> dict[str, int]:
    """Say what the association owes: what was given beyond the pledge, less what was paid.

    It is owed from the moment at which it was given; when a statement is closed, the books take it
    over from the pledge. A pledge that the shop makes later covers what nobody took over.
    """
    listed = list(moves)
    paid = sum(move.payable_fen for move in listed if move.what == "paid")
    after = owed - sum(move.payable_fen for move in listed)
    balance = after + max(0, -closing)
    return {
        "opening": owed + max(0, -opening),
        "payable": balance + paid,
        "paid": paid,
        "balance": balance,
        "owed_before": owed,
        "owed": after,
    }


def days(moves: Iterable[Move]) -> list[dict[str, Any]]:
    """Add up each day on which anything moved."""
    found: dict[date, list[Move]] = {}
    for move in moves:
        found.setdefault(move.day, []).append(move)
    return [
        {
            "day": day.isoformat(),
            **goods(found[day]),
            "discounts": discounts(found[day])["count"],
            "discount_fen": discounts(found[day])["given_fen"],
            "pledge_fen": sum(move.pledge_fen for move in found[day]),
        }
        for day in sorted(found)
    ]


def row(move: Move) -> dict[str, Any]:
    """Return a line of the appendix by the names of its fields."""
    return dict(zip(DETAIL, move.line, strict=True))


def adds_up(said: dict[str, Any]) -> bool:
    """Tell whether a statement's own figures come to its closing, and its days to its totals."""
    book = said["pledge"]
    parts = ("opening", "signed", "ended", "given", "adjusted", "taken")
    lines = [named(line) for line in said["detail"]]
    return bool(
        sum(book.get(part, 0) for part in parts) == book["closing"]
        and dues_add_up(said, sum(line["payable_fen"] for line in lines))
        and -book["given"] == said["goods"]["value_fen"]
        and book["opening"] + sum(line["pledge_fen"] for line in lines) == book["closing"]
        and said["goods"]["points"] == sum(line["points"] for line in lines)
        and sum(day["value_fen"] for day in said["days"]) == said["goods"]["value_fen"]
        and sum(day["discount_fen"] for day in said["days"]) == said["discounts"]["given_fen"]
    )


def dues_add_up(said: dict[str, Any], moved: int) -> bool:
    """Tell whether what is due follows from what was due, what came to it and what was paid."""
    book, due = said["pledge"], said["dues"]
    return bool(
        due["payable"] - due["paid"] == due["balance"]
        and due["balance"] == due.get("owed", 0) + max(0, -book["closing"])
        and due.get("owed", 0) == due.get("owed_before", 0) - moved
    )


def named(line: Sequence[Any]) -> dict[str, Any]:
    """Return a line of the appendix by its fields; of the first format it said nothing of dues."""
    return {"payable_fen": 0, **dict(zip(DETAIL, line, strict=False))}


def another(by: str, before: Collection[str]) -> bool:
    """Tell whether somebody is none of those who acted before; the machine is nobody."""
    return by == SYSTEM or by not in before


def may_follow(step: Step, last: str) -> bool:
    """Tell whether a signature is due after another."""
    return last in FOLLOWS.get(step, ())


def signed_before(step: Step, by: str, signed: Iterable[tuple[str, str, str]], note: str) -> bool:
    """Tell whether this very signature stands there, by (step, actor, note); a no by its words."""
    said = [(one, who) if one != Step.DISPUTED else (one, who, why) for one, who, why in signed]
    return ((step, by) if step != Step.DISPUTED else (step, by, note)) in said
