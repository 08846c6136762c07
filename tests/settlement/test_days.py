"""A shop's day: four steps, each another person's; a chain; closed is closed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest

from service import settlement, shops
from service.settlement.actions import days
from service.settlement.actions.days import Act
from service.settlement.models import (
    EarlierDayOpen,
    NoteMissing,
    NotYourTurn,
    OtherDigest,
    ShopDay,
    SignedBefore,
    StillWaiting,
)
from service.settlement.rules import Step
from tests.shops.market import DAY, Market

NEXT_DAY = DAY + timedelta(days=1)
STEPS = (
    (Step.CONFIRMED, "staff:A-OWNER"),
    (Step.REVIEWED, "staff:U-CH"),
    (Step.CLOSED, "staff:U-SEC"),
)


class Days:
    """A shop's days: compared by hand, prepared, signed."""

    def __init__(self, market: Market, shop: str = "A") -> None:
        self.market = market
        self.shop = market.run(shops.shop, code=shop)

    def compare(self, day: date = DAY, **more: Any) -> int:
        """Write what a run leaves: a batch that is prepared."""
        self.market.one(
            "INSERT INTO reconciliation_batches (programme_id, community_id, shop_id, day, status,"
            " nth, rules, inputs, digest, high_water, frozen_at, checked_at) VALUES (%(p)s, %(c)s,"
            " %(s)s, %(d)s, 'prepared', 1, 'v1', 'i', %(h)s, '1', now(), now())"
            " ON CONFLICT (shop_id, day) DO UPDATE SET digest = excluded.digest, nth = 2"
            " RETURNING id",
            p=self.market.programme_id, c=self.shop.community_id, s=self.shop.id, d=day,
            h=more.get("digest", "one"),
        )  # fmt: skip
        return self.prepare()

    def prepare(self) -> int:
        return int(self.market.run(settlement.prepare, now=self.market.clock.now()))

    def find(self, day: date = DAY) -> ShopDay:
        found: ShopDay = self.market.run(lambda session: session.get(ShopDay, (self.shop.id, day)))
        return found

    def sign(self, step: Step, by: str, day: date = DAY, **more: Any) -> ShopDay:
        now = self.market.clock.now()
        found: ShopDay = self.market.run(
            days.sign, shop_id=self.shop.id, day=day, act=Act(step, by, **more), now=now
        )
        return found

    def sign_all(self, day: date = DAY) -> ShopDay:
        for step, by in STEPS:
            self.sign(step, by, day)
        return self.find(day)

    def differ(self, status: str = "open") -> int:
        """Open an exception of the shop's day."""
        return int(self.market.one(
            "INSERT INTO reconciliation_exceptions (programme_id, community_id, day, kind, subject,"
            " reference, detail, status, opened_at, shop_id) VALUES (%(p)s, %(c)s, %(d)s,"
            " 'OURS_ONLY', 'A', 'k1', '{}', %(t)s, now(), %(s)s) RETURNING id",
            p=self.market.programme_id, c=self.shop.community_id, d=DAY, t=status, s=self.shop.id,
        ))  # fmt: skip

    def chain(self) -> list[dict[str, Any]]:
        sql = "SELECT * FROM settlement_signatures ORDER BY shop_id, seq"
        return list(self.market.database.rows(sql))


@pytest.fixture
def at(market: Market) -> Days:
    return Days(market)


def test_a_day_is_closed_by_four_steps(market: Market, at: Days) -> None:
    assert at.compare() == 1
    assert at.find().step == Step.PREPARED
    row = at.sign_all()
    assert (row.step, len(row.seal or "")) == (Step.CLOSED, 64)
    assert market.one("SELECT status FROM reconciliation_batches") == "closed"
    assert [one["step"] for one in at.chain()] == ["prepared", "confirmed", "reviewed", "closed"]
    (told,) = market.events("PeriodClosed")
    assert told == {"shop": "A", "day": str(DAY), "digest": row.digest, "seal": row.seal}


def test_prepared_again_with_nothing_new_it_is_the_same(at: Days) -> None:
    at.compare()
    assert at.prepare() == 0
    assert len(at.chain()) == 1


def test_new_figures_void_the_signatures_under_the_old(at: Days) -> None:
    at.compare()
    at.sign(Step.CONFIRMED, "staff:A-OWNER")
    assert at.compare(digest="two") == 1
    row = at.find()
    assert (row.step, row.version) == (Step.PREPARED, 2)
    with pytest.raises(NotYourTurn):
        at.sign(Step.REVIEWED, "staff:U-CH")
    assert at.sign_all().step == Step.CLOSED


def test_an_answer_puts_the_day_up_anew(market: Market, at: Days) -> None:
    number = at.differ()
    at.compare()
    at.sign(Step.CONFIRMED, "staff:A-OWNER")
    with pytest.raises(StillWaiting):
        at.sign(Step.REVIEWED, "staff:U-CH")
    market.one(
        "UPDATE reconciliation_exceptions SET status = 'resolved', resolution = 'false_alarm',"
        " resolved_by = 'staff:U-ADM', resolved_at = now() WHERE id = %(n)s RETURNING 1",
        n=number,
    )
    assert at.prepare() == 1
    assert (at.find().version, at.find().waiting) == (2, 0)
    assert at.sign_all().step == Step.CLOSED


def test_signatures_are_of_different_people_in_their_order(at: Days) -> None:
    at.compare()
    with pytest.raises(NotYourTurn):
        at.sign(Step.REVIEWED, "staff:U-CH")
    at.sign(Step.CONFIRMED, "staff:U-CH")  # who keeps a shop and leads the association
    with pytest.raises(SignedBefore):
        at.sign(Step.REVIEWED, "staff:U-CH")
    at.sign(Step.REVIEWED, "staff:B-OWNER")
    with pytest.raises(SignedBefore):
        at.sign(Step.CLOSED, "staff:B-OWNER")
    assert len(at.chain()) == 3


def test_a_signature_sent_twice_counts_once(at: Days) -> None:
    at.compare()
    first = at.sign(Step.CONFIRMED, "staff:A-OWNER")
    again = at.sign(Step.CONFIRMED, "staff:A-OWNER")
    assert first.digest == again.digest
    assert len(at.chain()) == 2


def test_other_figures_than_the_page_showed_are_not_signed(at: Days) -> None:
    at.compare()
    with pytest.raises(OtherDigest):
        at.sign(Step.CONFIRMED, "staff:A-OWNER", digest="f" * 64)
    assert len(at.chain()) == 1


def test_the_word_at_the_till_confirms_unless_the_day_has_changed(market: Market, at: Days) -> None:
    market.redeem("V0001", "SOAP", "k1")
    seen = {"redemptions": 1, "points": 20, "discounts": 0, "discount_fen": 0}
    said = market.post("/till/day", {"day": str(DAY), "seen": seen}, by="A", key="w1")
    assert said.status_code < 300, said.text
    at.compare()
    assert at.find().step == Step.CONFIRMED
    assert [(one["step"], one["note"]) for one in at.chain()] == [
        ("prepared", ""), ("confirmed", "till"),
    ]  # fmt: skip
    market.redeem("V0002", "SOAP", "k2")
    at.compare(digest="two")
    assert at.find().step == Step.PREPARED


def test_five_working_days_of_silence_confirm_and_say_so(market: Market, at: Days) -> None:
    at.compare()
    until = at.find().silent_until
    assert str(until) == "2025-10-24"  # from Saturday: Monday to Friday
    due = {"now": market.clock.now()}
    assert market.run(settlement.confirm_silent_days, today=until, **due) == 0
    later = until + timedelta(days=1)
    assert market.run(settlement.confirm_silent_days, today=later, **due) == 1
    assert market.run(settlement.confirm_silent_days, today=later, **due) == 0
    last = at.chain()[-1]
    assert (last["step"], last["by_default"], last["signed_by"]) == ("confirmed", True, "system")


def test_who_disagrees_says_why_and_silence_counts_anew(at: Days) -> None:
    at.compare()
    with pytest.raises(NoteMissing):
        at.sign(Step.DISPUTED, "staff:A-OWNER")
    at.sign(Step.DISPUTED, "staff:A-OWNER", note="one soap more")
    assert at.find().step == Step.DISPUTED
    at.sign(Step.CONFIRMED, "staff:A-OWNER")
    assert at.find().step == Step.CONFIRMED


def test_days_are_closed_in_their_order(at: Days) -> None:
    at.compare()
    at.compare(NEXT_DAY)
    at.sign(Step.CONFIRMED, "staff:A-OWNER", NEXT_DAY)
    at.sign(Step.REVIEWED, "staff:U-CH", NEXT_DAY)
    with pytest.raises(EarlierDayOpen):
        at.sign(Step.CLOSED, "staff:U-SEC", NEXT_DAY)
    first = at.sign_all()
    second = at.sign_all(NEXT_DAY)
    assert at.chain()[-1]["closed_before"] == first.seal
    assert second.seal != first.seal


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement_signatures SET note = 'x'",
        "DELETE FROM settlement_signatures",
        "UPDATE settlement_days SET waiting = 7",
        "UPDATE reconciliation_batches SET totals = '{}'",
        "DELETE FROM reconciliation_batches",
        "INSERT INTO reconciliation_matches (batch_id, pass, status, ours_kind, ours_id, diff_fen)"
        " SELECT id, 0, 'confirmed', 'good', 1, 0 FROM reconciliation_batches",
        "DELETE FROM reconciliation_matches",
        "UPDATE reconciliation_matches SET diff_fen = 1",
    ],
)
def test_a_closed_day_is_changed_by_nobody(
    market: Market, at: Days, owner: psycopg.Connection, change: str
) -> None:
    at.compare()
    market.one(
        "INSERT INTO reconciliation_matches (batch_id, pass, status, ours_kind, ours_id, diff_fen)"
        " SELECT id, 1, 'confirmed', 'good', 9, 0 FROM reconciliation_batches RETURNING 1"
    )
    at.prepare()
    at.sign_all()
    with pytest.raises(psycopg.DatabaseError, match=r"signed|append-only"):
        owner.execute(change.encode())


def test_signing_and_preparing_at_once_leave_one_chain(market: Market, at: Days) -> None:
    for turn in range(5):
        day = DAY + timedelta(days=turn)
        at.compare(day)
        race(
            lambda day=day: at.sign(Step.CONFIRMED, "staff:A-OWNER", day),
            lambda day=day: at.sign(Step.CONFIRMED, "staff:A-OWNER", day),
            at.prepare,
        )
    chain = at.chain()
    assert [one["seq"] for one in chain] == list(range(1, 11))
    hashes = ["", *(one["hash"] for one in chain)]
    assert [one["previous"] for one in chain] == hashes[:-1]


def race(*works: Callable[[], object]) -> None:
    start = Barrier(len(works))

    def go(work: Callable[[], object]) -> object:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(go, work) for work in works]:
            done.result()
