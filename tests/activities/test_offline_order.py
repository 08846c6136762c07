"""Any order and any repetition of the same queues give the same attendance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.activities.actions.gate import Sent
from tests.activities.queues import (
    GATES,
    PROBLEMS,
    read,
    tabled,
    undo,
    upload,
)
from tests.activities.town import Town


@dataclass(frozen=True)
class Happened:
    """Something that a gate without network noted."""

    who: str  # at the gate
    whom: str
    activity: str
    action: str
    minute: int  # after eight
    undone_after: int | None = None  # minutes

    @property
    def clock(self) -> str:
        return clock_of(self.minute)


def clock_of(minute: int) -> str:
    return f"{8 + minute // 60:02}:{minute % 60:02}"


SEEN = st.builds(
    Happened,
    who=st.sampled_from(GATES),
    whom=st.sampled_from(["V0001", "V0002", "V0005", "V0008"]),  # the last two walk in at A1
    activity=st.sampled_from(["A1", "A2"]),
    action=st.sampled_from(["in", "in", "out", "audience"]),
    minute=st.integers(-40, 175),
    undone_after=st.one_of(st.none(), st.none(), st.integers(0, 20)),
)


@pytest.fixture
def fresh(town: Town, admin: psycopg.Connection) -> Callable[[], None]:
    """Forget all scans, so that one town serves many orders."""

    def forget() -> None:
        for name in ("problems", "undos", "attendances", "scans"):
            admin.execute(f"ALTER TABLE activities_{name} DISABLE TRIGGER USER")
            admin.execute(f"DELETE FROM activities_{name}")
            admin.execute(f"ALTER TABLE activities_{name} ENABLE TRIGGER USER")
        admin.execute("DELETE FROM activities_signups WHERE walk_in")
        admin.execute("UPDATE activities_signups SET status = 'confirmed' WHERE status = 'came'")
        admin.execute(
            "UPDATE activities_posts p SET taken = (SELECT count(*) FROM activities_signups s"
            " WHERE s.post_id = p.id AND s.status = 'confirmed')"
        )

    return forget


def items_of(town: Town, happened: Sequence[Happened], *, named: bool) -> list[tuple[str, Sent]]:
    """Make the queue's items, each with who uploads it; an undo is an item of its own."""
    items = []
    for one in happened:
        more = {"device": f"device of {one.who}"} if named else {}
        sent = read(town, one.whom, one.clock, one.action, activity=one.activity, **more)
        items.append((one.who, sent))
        if one.undone_after is not None:
            items.append((one.who, undo(sent, clock_of(one.minute + one.undone_after), **more)))
    return items


def send_in(town: Town, items: Sequence[tuple[str, Sent]], *, size: int) -> None:
    """Upload items in this order, neighbours of one gate and activity in one batch."""
    batch: list[Sent] = []
    last: tuple[str, Any] | None = None
    for who, sent in items:
        key = (who, sent.activity)
        if batch and (key != last or len(batch) == size):
            upload(town, *batch, who=str(last and last[0]))
            batch = []
        batch.append(sent)
        last = key
    if batch:
        upload(town, *batch, who=str(last and last[0]))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize("named", [False, True], ids=["by hand", "by device"])
def test_any_order_and_any_repetition_give_the_same_table(
    town: Town, fresh: Any, data: st.DataObject, *, named: bool
) -> None:
    """Two gates, two activities, walk-ins, overlaps, double scans, undos: one attendance table.

    What a device names as its own may be brought again by anybody, as a file for one.
    """
    items = items_of(town, data.draw(st.lists(SEEN, min_size=1, max_size=9)), named=named)
    again = data.draw(st.lists(st.sampled_from(items), max_size=4))
    if named:
        again = [(data.draw(st.sampled_from(GATES)), sent) for _, sent in again]
    shuffled = data.draw(st.permutations([*items, *again]))
    size = data.draw(st.integers(1, 5))
    fresh()
    send_in(town, items, size=200)
    first = (
        tabled(town, named),
        [row["kind"] for row in town.database.rows(PROBLEMS) if row["nonce"]],
    )
    fresh()
    send_in(town, shuffled, size=size)
    kinds = [row["kind"] for row in town.database.rows(PROBLEMS) if row["nonce"]]
    assert tabled(town, named) == first[0]
    assert [one for one in kinds if one != "no_place"] == [
        one for one in first[1] if one != "no_place"
    ]
    assert town.count("activities_scans") == sum(one.action != "undo" for _, one in items)
    free = town.database.rows("SELECT taken, capacity FROM activities_posts")
    assert all(0 <= row["taken"] <= row["capacity"] for row in free)
