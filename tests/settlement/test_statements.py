"""A shop's month: its figures come from the ledger, and what was signed opens the next one."""

from datetime import datetime, timedelta

import pytest

from service.settlement.actions import statements
from service.settlement.models import (
    DoesNotFollow,
    EarlierMonthOpen,
    LaterMonthSigned,
    MonthNotOver,
    NotYourTurn,
    OtherDigest,
    SignedBefore,
)
from service.settlement.rules import Step, adds_up
from tests.redemptions.test_offline import sell
from tests.settlement.conftest import DECEMBER, NOVEMBER, OVER, Month
from tests.shops.market import Market

PLEDGED = 60 * 400 + 20 * 3000 + 20 * 1500 + 5 * 1000 + 30 * 1000


def some_sales(market: Market) -> None:
    """Two soaps, a bulb that is voided, a discount."""
    market.redeem("V0001", "SOAP", "k1")
    market.redeem("V0002", "SOAP", "k2")
    a_minute_later(market)
    market.redeem("V0001", "BULB", "k3")
    a_minute_later(market)
    market.void("k3", "V0001")
    a_minute_later(market)
    market.discount("V0001", 2500, "d1")


def a_minute_later(market: Market) -> None:
    """Let the phones show their next code."""
    market.clock.set(market.clock.now() + timedelta(minutes=1))


def test_a_statement_says_what_the_shop_gave(market: Market, month: Month) -> None:
    some_sales(market)
    row = month.make()
    said = row.content
    assert said is not None
    assert (row.number, row.status, row.version) == ("A-2025-10-1", Step.PREPARED, 1)
    goods = said["goods"]
    assert (goods["count"], goods["points"], goods["value_fen"]) == (2, 40, 800)
    assert (goods["reversed"], goods["reversed_points"], goods["reversed_fen"]) == (1, 50, 1000)
    assert said["discounts"] == {"count": 1, "bills_fen": 2500, "given_fen": 200}
    assert said["pledge"] == {
        "opening": 0, "signed": PLEDGED, "ended": 0, "given": -800, "adjusted": 0, "taken": 0,
        "closing": PLEDGED - 800,
    }  # fmt: skip
    assert said["pledge"]["closing"] == market.fen("pledge:A")
    assert said["difference_fen"] == 0
    assert adds_up(said)
    assert [one["item"] for one in said["items"]] == ["Bulb", "Soap"]
    (back,) = said["reversals"]
    assert (back["item"], back["qty"], back["goods_fen"]) == ("Bulb", -1, -1000)


def test_members_are_masked(market: Market, month: Month) -> None:
    some_sales(market)
    text = str(month.make().content)
    assert "V0001" not in text
    assert "Name of" not in text
    assert "'001'" in text


def test_asking_again_makes_no_second_one(market: Market, month: Month) -> None:
    some_sales(market)
    first = month.make()
    assert month.make().id == first.id
    assert market.count("settlement_statements") == 1
    assert len(market.events("StatementIssued")) == 1


def test_a_month_that_is_not_over_has_no_statement(market: Market, month: Month) -> None:
    with pytest.raises(MonthNotOver):
        month.make(at=OVER - timedelta(hours=10))
    assert market.count("settlement_statements") == 0


def test_the_next_month_opens_with_the_signed_closing(market: Market, month: Month) -> None:
    some_sales(market)
    october = month.sign_all(month.make())
    november = month.make(NOVEMBER, DECEMBER)
    assert november.content is not None
    assert november.opening_fen == october.closing_fen
    assert november.content["goods"]["count"] == 0
    assert november.content["follows"] == {"number": october.number, "digest": october.digest}


def test_what_comes_late_is_in_the_next_statement(market: Market, month: Month) -> None:
    some_sales(market)
    late = market.clock.now() - timedelta(minutes=5)
    code = market.code("V0001", late)
    october = month.sign_all(month.make())
    market.clock.set(OVER - timedelta(hours=1))
    sell(market, "V0001", "SOAP", "late", moment=late, code=code)
    assert month.present().content == october.content
    november = month.make(NOVEMBER, DECEMBER)
    assert november.content is not None
    assert november.opening_fen == october.closing_fen
    assert november.content["goods"]["count"] == 1
    assert [day["day"] for day in november.content["days"]] == ["2025-10-18"]
    assert november.closing_fen == market.fen("pledge:A")
    assert november.content["difference_fen"] == 0


def test_a_reversal_of_an_earlier_month_counts_where_it_happens(
    market: Market, month: Month
) -> None:
    some_sales(market)
    october = month.sign_all(month.make())
    row = {"qty": 1, "reason": "twice", "shop": "A"}
    market.clock.set(OVER + timedelta(days=1))
    tokens = market_tokens(market)
    market.tokens |= tokens
    asked = market.post("/redemptions/k1/reversal", {**row}, by="U-ADM", key="r1")
    assert asked.status_code < 300, asked.text
    answered = market.post("/redemptions/k1/reversal/approval", {"shop": "A"}, by="A-OWNER")
    assert answered.status_code < 300, answered.text
    november = month.make(NOVEMBER, DECEMBER)
    assert november.content is not None
    assert month.present().content == october.content
    assert november.content["goods"]["count"] == -1
    assert november.content["goods"]["value_fen"] == -400
    assert november.closing_fen == (october.closing_fen or 0) + 400


def market_tokens(market: Market) -> dict[str, str]:
    """Sign in again: a staff session ends after twelve hours."""
    from service import people

    found = {}
    for code in ("U-ADM", "A-OWNER", "U-CH", "U-SEC"):
        staff = market.run(people.staff, code=code)
        now: datetime = market.clock.now()
        found[code] = market.run(people.open_staff_session, staff_id=staff.id, now=now)
    return found


def test_each_signature_is_another_person_s(market: Market, month: Month) -> None:
    row = month.make()
    month.sign(row, Step.CONFIRMED, "staff:A-OWNER")
    with pytest.raises(SignedBefore):
        month.sign(row, Step.REVIEWED, "staff:A-OWNER")
    month.sign(row, Step.REVIEWED, "staff:U-CH")
    with pytest.raises(SignedBefore):
        month.sign(row, Step.CLOSED, "staff:U-CH")
    assert month.sign(row, Step.CLOSED, "staff:U-SEC").status == Step.CLOSED


def test_signatures_come_in_their_order_and_once(market: Market, month: Month) -> None:
    row = month.make()
    with pytest.raises(NotYourTurn):
        month.sign(row, Step.CLOSED, "staff:U-SEC")
    month.sign(row, Step.CONFIRMED, "staff:A-OWNER")
    month.sign(row, Step.CONFIRMED, "staff:A-OWNER")
    assert market.count("settlement_statement_signatures") == 2
    assert [one["step"] for one in market.events("StatementSigned")] == ["confirmed"]


def test_a_page_that_shows_old_figures_signs_nothing(market: Market, month: Month) -> None:
    row = month.make()
    with pytest.raises(OtherDigest):
        month.sign(row, Step.CONFIRMED, "staff:A-OWNER", digest="0" * 64)
    assert month.present().status == Step.PREPARED


def test_five_working_days_of_silence_confirm(market: Market, month: Month) -> None:
    row = month.make()  # on a Saturday
    assert str(row.silent_until) == "2025-11-07"
    due = {"now": market.clock.now()}
    assert market.run(statements.confirm_silent, today=row.silent_until, **due) == 0
    later = row.silent_until + timedelta(days=1)
    assert market.run(statements.confirm_silent, today=later, **due) == 1
    assert market.run(statements.confirm_silent, today=later, **due) == 0
    (said,) = market.events("StatementSigned")
    assert (said["step"], said["by_default"]) == ("confirmed", True)
    assert month.present().status == Step.CONFIRMED


def test_a_later_month_waits_for_the_earlier_one(market: Market, month: Month) -> None:
    month.make()
    november = month.make(NOVEMBER, DECEMBER)
    month.sign(november, Step.CONFIRMED, "staff:A-OWNER")
    with pytest.raises(EarlierMonthOpen):
        month.sign(november, Step.REVIEWED, "staff:U-CH")


def test_a_renewed_month_renews_those_that_follow(market: Market, month: Month) -> None:
    some_sales(market)
    october = month.make()
    november = month.make(NOVEMBER, DECEMBER)
    market.run(statements.renew, statement_id=october.id, by="staff:U-CH", now=DECEMBER)
    month.issue()
    month.issue(NOVEMBER)
    assert (month.present().version, month.present(NOVEMBER).version) == (2, 2)
    follows = (month.present(NOVEMBER).content or {})["follows"]
    assert follows["digest"] == month.present().digest
    assert market.count("settlement_statements") == 4
    assert november.digest != month.present(NOVEMBER).digest


def test_reopened_by_two_the_old_statement_stays(market: Market, month: Month) -> None:
    some_sales(market)
    october = month.sign_all(month.make())
    again = month.reopen(october)
    assert (again.number, again.version, again.status) == ("A-2025-10-2", 2, Step.PREPARED)
    sql = "SELECT status FROM settlement_statements WHERE version = 1"
    assert market.one(sql) == "replaced"
    digest = "SELECT digest FROM settlement_statements WHERE version = 1"
    assert market.one(digest) == october.digest


def test_a_month_under_a_signed_one_is_not_reopened(market: Market, month: Month) -> None:
    october = month.sign_all(month.make())
    month.sign_all(month.make(NOVEMBER, DECEMBER))
    with pytest.raises(LaterMonthSigned):
        month.reopen(october)


def test_entries_that_were_tampered_with_are_not_signed(
    market: Market, month: Month, admin: object
) -> None:
    some_sales(market)
    month.sign_all(month.make())
    admin.execute(  # type: ignore[attr-defined]
        "UPDATE ledger_entries e SET amount = amount - 5 FROM ledger_accounts a, ledger_transfers t"
        " WHERE a.id = e.account_id AND t.id = e.transfer_id AND a.address = 'pledge:A'"
        " AND t.kind = 'pledge'"
    )
    november = month.make(NOVEMBER, DECEMBER)
    assert (november.content or {})["difference_fen"] == -5
    month.sign(november, Step.CONFIRMED, "staff:A-OWNER")
    with pytest.raises(DoesNotFollow):
        month.sign(november, Step.REVIEWED, "staff:U-CH")
