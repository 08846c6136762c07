"""What is owed to a shop beyond its pledge is in the books; two people pay, two take it back."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Barrier

import psycopg
import pytest
from sqlmodel import Session

from service import ledger
from service.errors import KeyReused
from service.ledger import Kind, Leg, Unit
from service.settlement import Press, Statement, canonical, verify
from service.settlement.actions import dues, months, payments, statements
from service.settlement.actions.payments import Slip
from service.settlement.export import lines
from service.settlement.models import NoteMissing
from service.settlement.payment_models import (
    MoreThanOwed,
    NotClosedYet,
    OwnPayment,
    PaidAhead,
    Payment,
    PaymentsStand,
    PaymentWaits,
    UnknownPayment,
)
from service.settlement.press import file_of
from service.settlement.rules import adds_up
from tests.settlement.conftest import DECEMBER, NOVEMBER, OVER, Month
from tests.shops.market import DAY, Market

OFFICER, SECRETARY, APPROVER = "staff:U-CH", "staff:U-SEC", "staff:U-SUP"
TODAY = date(2025, 11, 1)
OVER_FEN = 3000
PLEDGED = 60 * 400 + 20 * 3000 + 20 * 1500 + 5 * 1000 + 30 * 1000


def give(market: Market, fen: int, key: str, day: date = DAY) -> None:
    """Let the shop give goods of this value beyond everything."""
    reason = ledger.Reason(
        programme_id=market.programme_id, key=key, actor="system", source="test:1",
        occurred_at=market.clock.now(), business_day=day,
    )  # fmt: skip
    legs = (Leg("pledge:A", Unit.CNY, -fen), Leg("given-goods:A", Unit.CNY, fen))
    market.run(ledger.post, reason=reason, kind=Kind.ADJUST, legs=legs, now=market.clock.now())


@dataclass
class Desk:
    """The people who pay."""

    market: Market
    month: Month
    row: Statement

    def enter(self, fen: int, key: str = "k1", by: str = OFFICER, on: date = TODAY) -> Payment:
        slip, now = Slip(key, fen, on, f"slip {key}"), self.market.clock.now()

        def work(session: Session) -> Payment:
            row = session.get_one(Statement, self.row.id)
            return payments.enter(session, row, slip, by=by, now=now)

        found: Payment = self.market.run(work)
        return found

    def decide(self, act: Callable[..., None], payment: Payment, by: str, **more: str) -> Payment:
        def work(session: Session) -> Payment:
            row = session.get_one(Statement, self.row.id)
            mine = session.get_one(Payment, payment.id)
            act(session, row, mine, by=by, now=self.market.clock.now(), **more)
            return mine

        found: Payment = self.market.run(work)
        return found

    def pay(self, fen: int, key: str = "k1") -> Payment:
        return self.decide(payments.confirm, self.enter(fen, key), SECRETARY)

    def due(self) -> tuple[int, int]:
        """What was paid under the statement, and what is left."""
        found = self.market.run(lambda s: dues.due(s, s.get(Statement, self.row.id)))
        return (found.paid_fen, found.left_fen)

    @property
    def owed(self) -> int:
        return -self.market.fen("payable:A")


@pytest.fixture
def desk(market: Market, month: Month) -> Desk:
    """October of shop A is closed; it gave 30 yuan beyond its pledge."""
    give(market, PLEDGED + OVER_FEN, "beyond")
    return Desk(market, month, month.sign_all(month.make()))


def test_within_the_pledge_nothing_is_owed(market: Market, month: Month) -> None:
    row = month.sign_all(month.make())
    assert (row.content or {})["dues"]["balance"] == 0
    assert market.fen("payable:A") == 0
    with pytest.raises(MoreThanOwed):
        Desk(market, month, row).enter(1)


def test_closing_a_statement_puts_what_is_owed_into_the_books(desk: Desk) -> None:
    content = desk.row.content or {}
    assert content["pledge"]["closing"] == -OVER_FEN
    assert content["dues"] == {
        "opening": 0, "payable": OVER_FEN, "paid": 0, "balance": OVER_FEN, "owed_before": 0,
        "owed": 0,
    }  # fmt: skip
    assert (desk.owed, desk.market.fen("pledge:A")) == (OVER_FEN, 0)
    assert desk.due() == (0, OVER_FEN)
    assert adds_up(content)


def test_two_people_pay(desk: Desk) -> None:
    entered = desk.enter(2000)
    assert (entered.status, desk.due()) == ("waiting", (0, OVER_FEN))
    with pytest.raises(OwnPayment):
        desk.decide(payments.confirm, entered, OFFICER)
    paid = desk.decide(payments.confirm, entered, SECRETARY)
    assert (paid.status, paid.entered_by, paid.decided_by) == ("posted", OFFICER, SECRETARY)
    assert (desk.owed, desk.market.fen("fund:ASSO"), desk.due()) == (1000, -2000, (2000, 1000))
    told = desk.market.database.rows(
        "SELECT action FROM trail_records WHERE action LIKE 'payment.%' ORDER BY id"
    )
    assert [row["action"] for row in told] == ["payment.entered", "payment.posted"]
    desk.market.check_books()


def test_sent_twice_it_is_paid_once(desk: Desk) -> None:
    first = desk.enter(2000)
    assert desk.enter(2000).id == first.id
    with pytest.raises(KeyReused):
        desk.enter(2500)
    for _ in range(2):
        desk.decide(payments.confirm, first, SECRETARY)
    assert desk.owed == 1000
    assert desk.enter(2000).id == first.id
    assert desk.market.count("settlement_payments") == 1


def test_eight_who_confirm_at_once_pay_once(desk: Desk) -> None:
    entered, gate = desk.enter(2000), Barrier(8)

    def confirm(_: int) -> None:
        gate.wait()
        desk.decide(payments.confirm, entered, SECRETARY)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(confirm, range(8)))
    assert desk.owed == 1000


def test_nobody_is_paid_more_than_is_owed(desk: Desk) -> None:
    with pytest.raises(MoreThanOwed) as refused:
        desk.enter(OVER_FEN + 1)
    assert "30.00" in str(refused.value)
    desk.pay(OVER_FEN)
    with pytest.raises(MoreThanOwed):
        desk.enter(1, "k2")
    assert desk.due() == (OVER_FEN, 0)


def test_what_cannot_be_entered(desk: Desk) -> None:
    with pytest.raises(PaidAhead):
        desk.enter(1, on=TODAY + timedelta(days=1))
    desk.enter(1000)
    with pytest.raises(PaymentWaits):
        desk.enter(1000, "k2")
    november = desk.month.make(NOVEMBER, DECEMBER)
    with pytest.raises(NotClosedYet):
        Desk(desk.market, desk.month, november).enter(1, "k3")


def test_declined_it_posts_nothing(desk: Desk) -> None:
    entered = desk.enter(1000)
    with pytest.raises(OwnPayment):
        desk.decide(payments.decline, entered, OFFICER)
    desk.decide(payments.decline, entered, APPROVER)
    with pytest.raises(UnknownPayment):
        desk.decide(payments.confirm, entered, SECRETARY)
    assert (desk.owed, desk.due()) == (OVER_FEN, (0, OVER_FEN))


def test_two_people_take_a_payment_back(desk: Desk) -> None:
    paid = desk.pay(2000)
    with pytest.raises(NoteMissing):
        desk.decide(payments.ask_back, paid, OFFICER, why=" ")
    desk.decide(payments.ask_back, paid, OFFICER, why="another shop's slip")
    assert desk.owed == 1000
    with pytest.raises(OwnPayment):
        desk.decide(payments.take_back, paid, OFFICER)
    for _ in range(2):
        back = desk.decide(payments.take_back, paid, SECRETARY)
    assert (back.status, desk.owed, desk.market.fen("fund:ASSO")) == ("taken_back", OVER_FEN, 0)
    assert desk.due() == (0, OVER_FEN)
    desk.pay(500, "k2")
    assert desk.due() == (500, 2500)


def test_the_second_person_may_let_it_stand(desk: Desk) -> None:
    paid = desk.pay(2000)
    desk.decide(payments.ask_back, paid, OFFICER, why="twice")
    assert desk.decide(payments.let_stand, paid, SECRETARY).status == "posted"
    assert desk.due() == (2000, 1000)


def test_the_next_statement_opens_with_what_was_left_and_says_what_was_paid(desk: Desk) -> None:
    desk.pay(2000)
    november = desk.month.make(NOVEMBER, DECEMBER)
    content = november.content or {}
    assert content["dues"] == {
        "opening": OVER_FEN, "payable": OVER_FEN, "paid": 2000, "balance": 1000,
        "owed_before": 0, "owed": 1000,
    }  # fmt: skip
    assert content["pledge"]["opening"] == -OVER_FEN
    assert (content["pledge"]["taken"], content["pledge"]["closing"]) == (OVER_FEN, 0)
    assert [one["what"] for one in content["payments"]] == ["taken", "paid"]
    assert (content["difference_fen"], adds_up(content)) == (0, True)
    desk.month.sign_all(november)
    assert desk.owed == 1000
    desk.row = november
    assert desk.due() == (0, 1000)


def test_a_month_that_was_made_before_is_not_owed_twice(market: Market, month: Month) -> None:
    give(market, PLEDGED + OVER_FEN, "beyond")
    october = month.make()
    market.clock.set(DECEMBER)
    give(market, 500, "more", date(2025, 11, 10))
    november = month.make(NOVEMBER, DECEMBER)
    assert (november.content or {})["dues"]["balance"] == OVER_FEN + 500
    month.sign_all(october)
    assert market.fen("payable:A") == -OVER_FEN
    month.sign_all(november)
    assert market.fen("payable:A") == -OVER_FEN - 500


def test_reopened_it_is_owed_anew(desk: Desk) -> None:
    again = desk.month.reopen(desk.row)
    assert desk.owed == 0
    assert (again.content or {})["dues"]["balance"] == OVER_FEN
    desk.month.sign_all(again)
    assert desk.owed == OVER_FEN


def test_a_statement_under_which_somebody_was_paid_is_not_reopened(desk: Desk) -> None:
    paid = desk.pay(2000)
    with pytest.raises(PaymentsStand):
        desk.month.reopen(desk.row)
    desk.decide(payments.ask_back, paid, OFFICER, why="to be made anew")
    desk.decide(payments.take_back, paid, SECRETARY)
    now = desk.market.clock.now()
    wish = desk.market.one("SELECT id FROM settlement_reopenings")
    desk.market.run(months.approve, reopening_id=wish, by=SECRETARY, now=now)
    assert desk.month.present().version == 2


def test_the_files_show_what_was_paid(desk: Desk, press: Press) -> None:
    press.work_off()
    before = desk.month.present()
    paid = desk.pay(2000)
    assert press.work_off() == 1
    after = desk.month.present()
    assert after.digest == before.digest
    content = file_of(after, "csv", folder=press.folder).read_text("utf-8-sig")
    assert "2025-11-01,20.00,slip k1,U-CH,U-SEC,已入账" in content
    assert "本单未付,10.00" in content
    desk.decide(payments.ask_back, paid, OFFICER, why="twice")
    desk.decide(payments.take_back, paid, SECRETARY)
    assert press.work_off() == 1
    text = file_of(desk.month.present(), "csv", folder=press.folder).read_text("utf-8-sig")
    assert "已冲回" in text
    assert "本单未付,30.00" in text
    for kind in ("pdf", "xlsx"):
        assert file_of(desk.month.present(), kind, folder=press.folder).stat().st_size > 1000


def test_the_next_statement_s_files_list_what_was_owed_and_paid(desk: Desk, press: Press) -> None:
    desk.pay(2000)
    desk.month.make(NOVEMBER, DECEMBER)
    while press.work_off():
        pass
    row = desk.month.present(NOVEMBER)
    text = file_of(row, "csv", folder=press.folder).read_text("utf-8-sig")
    assert "其中期初应付,30.00" in text
    assert "已付,20.00" in text
    assert "转入应付,30.00" in text
    assert "2025-11-01,付款,,20.00,slip k1," in text


def test_a_stranger_finds_a_statement_that_opens_with_another_due(desk: Desk) -> None:
    desk.pay(2000)
    desk.month.sign_all(desk.month.make(NOVEMBER, DECEMBER))
    records = [json.loads(line) for line in desk.market.run(lambda s: list(lines(s)))]
    assert verify(records).faults == []
    for one in records:
        if one["kind"] == "statement" and one["month"].startswith("2025-11"):
            one["content"]["dues"] |= {"owed_before": 500, "owed": 1500}
    assert any("2025-11" in fault for fault in verify(records).faults)
    assert canonical({}) == b"{}"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement_payments SET fen = 1",
        "UPDATE settlement_payments SET reference = 'x'",
        "UPDATE settlement_payments SET decided_by = 'staff:X'",
        "DELETE FROM settlement_payments",
    ],
)
def test_what_was_paid_is_changed_by_nobody(
    desk: Desk, owner: psycopg.Connection, change: str
) -> None:
    desk.pay(2000)
    with pytest.raises(psycopg.DatabaseError, match=r"signed|append-only"):
        owner.execute(change.encode())


def test_renewing_owes_nothing(market: Market, month: Month) -> None:
    give(market, PLEDGED + OVER_FEN, "beyond")
    row = month.make()
    market.run(statements.renew, statement_id=row.id, by=OFFICER, now=OVER)
    month.issue()
    assert market.fen("payable:A") == 0
