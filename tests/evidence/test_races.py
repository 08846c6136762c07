"""Two at once, in any order, halved, killed: what a day says does not depend on it."""

import random
import threading
from datetime import date
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from service import evidence
from service.evidence.loading import Occurrences, content_of
from service.evidence.rows import Row, Words
from tests.conftest import NOON
from tests.shops.market import Market

DAY = date(2025, 10, 18)
HEAD = "occurred_at,reference,kind,item,qty,amount,points,status"
ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["good", "discount"]), st.integers(1, 3)),
    min_size=2,
    max_size=12,
)


def line(sale: tuple[int, str, int]) -> str:
    number, kind, fen = sale
    return f"2025-10-18 09:00:0{number},R{number},{kind},soap,1,0.0{fen},{fen},done"


def load(market: Market, lines: list[str], shop: str = "A") -> evidence.EvidenceFile:
    shop_id = market.one("SELECT id FROM shops WHERE code = %(shop)s", shop=shop)
    sender = evidence.Sender(shop_id, "system", NOON)
    content = "\n".join([HEAD, *lines]).encode()
    how = {"sender": sender, "name": "a.csv", "folder": market.settings.files_folder}
    found: evidence.EvidenceFile = market.run(partial(evidence.load, content=content), **how)
    return found


def digest(market: Market, shop: str) -> bytes:
    shop_id = market.one("SELECT id FROM shops WHERE code = %(shop)s", shop=shop)
    found: bytes = market.run(evidence.rows_digest, shop_id=shop_id, day=DAY)
    return found


@given(sales=ROWS, seed=st.integers(0, 2**16))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_shuffled_and_halved_a_day_says_the_same(
    market: Market, admin: Any, sales: list[tuple[int, str, int]], seed: int
) -> None:
    admin.execute("TRUNCATE evidence_files, evidence_rows")
    whole = [line(sale) for sale in sales]
    load(market, whole, "A")
    mixed = random.Random(seed).sample(whole, len(whole))
    cut = 1 + seed % (len(whole) - 1)
    load(market, mixed[:cut], "B")
    load(market, [*mixed[cut:], ",,,,,,,"], "B")  # other bytes, where both halves are equal
    assert digest(market, "A") == digest(market, "B")
    assert market.count("evidence_live_rows") == 2 * len(whole)


def test_the_same_file_from_many_at_once_is_one(market: Market) -> None:
    for attempt in range(3):
        lines = [line((number % 4, "good", 1 + attempt)) for number in range(200)]
        found: list[evidence.EvidenceFile] = []
        together(4, lambda lines=lines, found=found: found.append(load(market, lines)))
        assert len({one.id for one in found}) == 1
        assert market.count("evidence_files") == attempt + 1
        assert market.count("evidence_live_rows") == 200 * (attempt + 1)


def test_two_files_at_once_number_equal_sales_without_a_gap(market: Market) -> None:
    lines = [line((1, "good", 1))]
    todo = iter([[*lines, line((0, "good", number))] for number in range(1, 9)])
    lock = threading.Lock()

    def one() -> None:
        with lock:
            mine = next(todo)
        load(market, mine)

    together(8, one)
    sql = (
        "SELECT array_agg(occurrence ORDER BY occurrence) FROM evidence_rows WHERE reference = 'R1'"
    )
    assert market.one(sql) == list(range(1, 9))


def together(count: int, work: Any) -> None:
    gate = threading.Barrier(count)
    failures: list[BaseException] = []

    def run() -> None:
        gate.wait()
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_dies_in_the_middle_leaves_nothing_and_is_read_by_the_next(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.evidence.loading.ROWS_A_COPY", 10)
    monkeypatch.setattr("service.evidence.sources.AT_ONCE", {"text": 1, "xlsx": 1})
    lines = [line((number % 4, "good", 1)) for number in range(100)]
    shop_id = market.one("SELECT id FROM shops WHERE code = 'A'")
    folder = market.settings.files_folder
    file = load(market, lines)
    market.run(partial(wait_again, file_id=file.id or 0))
    read = {"folder": folder, "now": NOON}
    with pytest.raises(Killed):
        market.run(partial(evidence.read_next, progress=die_at(50)), **read)
    assert market.count("evidence_rows WHERE file_id <> 1") == 0
    assert market.run(evidence.read_next, **read) == 2
    assert market.count("evidence_live_rows") == 100
    assert market.run(evidence.files_on, shop_id=shop_id, day=DAY)[0].id == 2


class Killed(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


def die_at(lines: int) -> Any:
    def progress(done: int) -> None:
        if done >= lines:
            raise Killed

    return progress


def wait_again(session: Session, *, file_id: int) -> None:
    """Withdraw a file and let the same bytes wait for a worker."""
    from service.evidence import actions, queries
    from service.evidence.actions import Acceptance
    from service.evidence.columns import Plan

    actions.withdraw(session, file_id, reason="test", by="system", now=NOON)
    old = queries.file(session, file_id)
    fresh = evidence.EvidenceFile(
        shop_id=old.shop_id, sha256=old.sha256, name=old.name, kind=old.kind, size=old.size,
        mapping=old.mapping, sent_by="system", sent_at=NOON,
    )  # fmt: skip
    session.add(fresh)
    session.flush()
    acceptance = Acceptance(Plan.of(old.mapping or {}), "system", NOON)
    fresh.status, fresh.accepted_by, fresh.accepted_at = "waiting", acceptance.by, NOON


def test_occurrences_are_counted_and_what_is_known_left_out() -> None:
    row = Row(2, "2025-10-18", None, "R1", "R1", Words("good", amount=5, points=1))
    content = content_of(row)
    other = row._replace(line=9)
    known = Occurrences({}, leave_out=False)
    assert [known.of(each) for each in (row, other)] == [(1, False), (2, False)]
    counted = Occurrences({content: 1}, leave_out=False)
    assert [counted.of(each) for each in (row, other)] == [(2, True), (3, False)]
    left = Occurrences({content: 1}, leave_out=True)
    assert [left.of(each) for each in (row, other)] == [(1, True), (2, False)]
