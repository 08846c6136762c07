"""What random histories of the ledger are made of: places, moves, reasons, and odds."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from service.ledger import HOT_END, WALLET, Place, Unit
from tests.ledger.model import Spot

PTS, CNY = Unit.PTS, Unit.CNY

FIRST: dict[Spot, Place] = {
    (1, "issued", PTS): HOT_END,
    (1, "expired", PTS): HOT_END,
    (1, "redeemed", PTS): HOT_END,
    (1, "volunteer:A", PTS): WALLET,
    (1, "volunteer:B", PTS): WALLET,
    (1, "volunteer:C", PTS): Place(by_lots=True, floor=-20),
    (1, "pot", PTS): Place(floor=-50),
    (1, "shop", PTS): Place(),
    (1, "shop", CNY): Place(),
    (1, "fund", CNY): HOT_END,
    (2, "issued", PTS): HOT_END,
    (2, "volunteer:A", PTS): WALLET,
}
LATER: dict[Spot, Place] = {
    (1, "volunteer:D", PTS): Place(by_lots=True),
    (1, "cash", CNY): Place(floor=0),
    (1, "sink", PTS): HOT_END,
    (2, "pot", PTS): Place(floor=0),
}
EVERY = {**FIRST, **LATER}
NOBODY: Spot = (1, "nobody", PTS)
OURS = [spot for spot in EVERY if spot[0] == 1 and spot[2] is PTS]
WALLETS = [spot for spot in OURS if EVERY[spot].by_lots]
AROUND = [date(2025, 10, 31), date(2025, 11, 30), date(2026, 1, 31), date(2027, 10, 31)]
TICKS = [
    timedelta(seconds=-1), timedelta(seconds=1), timedelta(hours=1), timedelta(days=1),
    timedelta(days=9), timedelta(days=40),
]  # fmt: skip
PARTS = [None, None, "all", "half", "one", "more", "wrong", "else"]
SPANS = [timedelta(seconds=n) for n in (-1, 0, 1, 3600, 300_000)]

picks = st.sampled_from(range(10_000))  # evenly; integers() would mostly draw the smallest
amounts = st.sampled_from([*range(1, 16), *range(1, 16), 40, 0, -5, None, None, None])


@dataclass(frozen=True)
class Move:
    """What a history wants to move: all that is there where `amount` is None, and `more`."""

    giver: Spot
    takers: list[Spot]
    amount: int | None
    more: int
    backwards: bool


moves = st.builds(
    Move,
    giver=st.sampled_from([*WALLETS, *WALLETS, *OURS]),
    takers=st.lists(
        st.sampled_from([*OURS * 6, *EVERY, NOBODY]), min_size=1, max_size=3, unique=True
    ),
    amount=amounts,
    more=st.sampled_from([0, 0, 0, 1]),
    backwards=st.booleans(),
)


@dataclass(frozen=True)
class Wish:
    """The parts of a reason that are drawn; days are counted from the day of the clock."""

    programme_id: int
    business_day: int
    lot_expires_on: date | None
    effective_on: int | None
    memo: dict[str, Any]


wishes = st.builds(
    Wish,
    programme_id=st.sampled_from([*[1] * 9, 2]),
    business_day=st.sampled_from([0, 0, 0, -1, -20, -70, 3]),
    lot_expires_on=st.sampled_from([*AROUND, *AROUND, *AROUND, None]),
    effective_on=st.sampled_from([*[None] * 8, 0, -20, -70, 40]),
    memo=st.sampled_from([{}, {}, {"note": "积分 \\ \t\n", "n": [1, None]}]),
)
