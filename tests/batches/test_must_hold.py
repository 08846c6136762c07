"""What must hold whatever the lines are: Hypothesis makes days, the database runs them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.batches.conftest import DAY, Ground, Row

QUICK = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
KEYS = st.sampled_from([f"3f0c-{number:06}" for number in range(12)])
CLOCKS = st.builds(
    "{:02}:{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)
)
GOODS = st.sampled_from(["SOAP", "OIL", "HAT"])
PRICES = {"SOAP": 400, "OIL": 3000, "HAT": 1500}


@dataclass(frozen=True)
class Sold:
    key: str
    good: str
    when: str
    undone: bool


SALES = st.lists(
    st.builds(Sold, KEYS, GOODS, CLOCKS, st.booleans()), unique_by=lambda sold: sold.key, max_size=8
)
ROWS = st.lists(
    st.builds(
        Row,
        reference=st.one_of(st.none(), KEYS, st.sampled_from(["T-1", "T-2"])),
        fen=st.sampled_from([400, 401, 3000, 1500, 777]),
        when=st.one_of(st.none(), CLOCKS),
        item=st.one_of(st.none(), GOODS),
        status=st.sampled_from(["done", "done", "done", "reversed"]),
        kind=st.sampled_from(["good", "good", "discount"]),
    ),
    max_size=10,
)


def numbered(rows: Sequence[Row]) -> list[Row]:
    """Count the rows of the same content, as evidence does."""
    seen: dict[Row, int] = {}
    for row in rows:
        seen[row] = seen.get(row, 0) + 1
    counted: dict[Row, int] = {}
    found = []
    for row in rows:
        counted[row] = counted.get(row, 0) + 1
        found.append(replace(row, occurrence=counted[row]))
    return found


FILLED = (
    "redemptions redemptions_discounts evidence_files evidence_rows reconciliation_batch_runs"
    " reconciliation_matches reconciliation_pool reconciliation_exceptions reconciliation_batches"
)


def clear(ground: Ground) -> None:
    for table in FILLED.split():
        ground.admin.execute(f"DELETE FROM {table}".encode())


def write(ground: Ground, sales: Sequence[Sold], *files: Sequence[Row]) -> None:
    clear(ground)
    for number, sold in enumerate(sorted(sales, key=lambda one: one.key), 1):
        undone: dict[str, Any] = {"status": "voided", "undo_transfer_id": 5, "undone_at": "now"}
        more = undone if sold.undone else {}
        ground.sale(sold.key, PRICES[sold.good], sold.when, good=sold.good, id=number, **more)
    for rows in files:
        ground.file(rows, span=(DAY, DAY))


def result(ground: Ground) -> tuple[str, str, list[tuple[str, str]]]:
    ground.run()
    ground.hold()
    row = ground.batch() if ground.market.one("SELECT count(*) FROM reconciliation_batches") else {}
    return row.get("inputs", ""), row.get("digest", ""), ground.found()


@QUICK
@given(sales=SALES, rows=ROWS, data=st.data())
def test_order_and_files_do_not_matter(
    ground: Ground, sales: list[Sold], rows: list[Row], data: st.DataObject
) -> None:
    lines = numbered(rows)
    write(ground, sales, lines)
    once = result(ground)
    shuffled = data.draw(st.permutations(lines))
    write(ground, sales, shuffled)
    assert result(ground) == once
    cut = data.draw(st.integers(0, len(lines)))
    write(ground, sales, lines[:cut], lines[cut:])
    assert result(ground) == once


@QUICK
@given(sales=SALES, rows=ROWS)
def test_running_again_changes_nothing(ground: Ground, sales: list[Sold], rows: list[Row]) -> None:
    write(ground, sales, numbered(rows))
    first = result(ground)
    for batch in ground.database.rows("SELECT id FROM reconciliation_batches"):
        assert ground.run(ids=[batch["id"]]).new == ()
    assert result(ground) == first


@QUICK
@given(sales=SALES, first=ROWS, second=ROWS)
def test_a_second_file_leaves_what_both_files_at_once_would_leave(
    ground: Ground, sales: list[Sold], first: list[Row], second: list[Row]
) -> None:
    both = numbered([*first, *second])
    write(ground, sales, both[: len(first)], both[len(first) :])
    at_once = result(ground)
    write(ground, sales, both[: len(first)])
    result(ground)
    ground.file(both[len(first) :], span=(DAY, DAY))
    assert result(ground) == at_once
