"""A month is locked when all is signed, and opened again by two people with a reason."""

from datetime import timedelta

import psycopg
import pytest

from service.settlement.actions import months, statements
from service.settlement.actions.months import Wish
from service.settlement.models import (
    DoesNotHold,
    MonthNotOver,
    NotAllSigned,
    NoteMissing,
    NothingToLock,
    OwnReopening,
    UnknownReopening,
)
from service.settlement.models import Month as Lock
from tests.settlement.conftest import NOVEMBER, OCTOBER, OVER, Month, place
from tests.settlement.test_days import Days
from tests.settlement.test_statements import some_sales
from tests.shops.market import Market


def lock(market: Market, month: object = OCTOBER) -> Lock:
    given = {"place": place(market), "month": month, "by": "staff:U-SEC"}
    found: Lock = market.run(months.lock_month, **given, now=market.clock.now())
    return found


def test_a_month_is_locked_with_its_statements_days_and_points(
    market: Market, month: Month
) -> None:
    at = Days(market)
    some_sales(market)
    at.compare()
    seal = at.sign_all().seal
    row = month.sign_all(month.make())
    found = lock(market)
    assert found.content["statements"] == {row.number: row.digest}
    assert found.content["days"] == {"A 2025-10-18": seal}
    assert found.content["points"]["closing"] == 620
    told = market.events("PeriodClosed")[-2]  # then the programme's books
    assert (told["month"], told["statements"], told["seal"]) == ("2025-10", 1, found.seal)
    assert lock(market).seal == found.seal
    assert market.count("settlement_months") == 1


def test_what_is_not_signed_is_named(market: Market, month: Month) -> None:
    market.clock.set(OVER)
    with pytest.raises(NothingToLock):
        lock(market)
    row = month.make()
    with pytest.raises(NotAllSigned) as refused:
        lock(market)
    assert row.number in str(refused.value)
    month.sign_all(row)
    Days(market).compare()
    with pytest.raises(NotAllSigned) as refused:
        lock(market)
    assert "A 2025-10-18" in str(refused.value)
    with pytest.raises(MonthNotOver):
        lock(market, NOVEMBER)
    assert market.count("settlement_months") == 0


def test_a_shop_without_a_statement_is_named(market: Market, month: Month) -> None:
    at = Days(market, "B")
    at.compare()
    month.sign_all(month.make())
    with pytest.raises(NotAllSigned) as refused:
        lock(market)
    assert "B 2025-10, B 2025-10-18" in str(refused.value)
    month.sign_all(month.make(shop="B"))
    with pytest.raises(NotAllSigned) as refused:
        lock(market)
    assert "B 2025-10," not in str(refused.value)


def test_points_that_do_not_add_up_lock_nothing(
    market: Market, month: Month, admin: psycopg.Connection
) -> None:
    month.sign_all(month.make())
    admin.execute("UPDATE ledger_accounts SET posted = 7 WHERE address = 'volunteer:V0002'")
    with pytest.raises(DoesNotHold) as refused:
        lock(market)
    assert "V0002" in str(refused.value)


def test_two_people_reopen_with_a_reason(market: Market, month: Month) -> None:
    old = month.sign_all(month.make())
    first = lock(market)
    now = market.clock.now()
    with pytest.raises(NoteMissing):
        market.run(months.propose, row=old, wish=Wish("staff:U-CH", " "), now=now)
    wish = market.run(months.propose, row=old, wish=Wish("staff:U-CH", "a late sale"), now=now)
    again = market.run(months.propose, row=old, wish=Wish("staff:U-CH", "a late sale"), now=now)
    assert again.id == wish.id
    with pytest.raises(OwnReopening):
        market.run(months.approve, reopening_id=wish.id, by="staff:U-CH", now=now)
    market.run(months.approve, reopening_id=wish.id, by="staff:U-SEC", now=now)
    sent_twice = market.run(months.approve, reopening_id=wish.id, by="staff:U-SEC", now=now)
    assert sent_twice.version == 2
    assert market.count("settlement_statements") == 2
    with pytest.raises(NotAllSigned):
        lock(market)
    month.sign_all(month.issue())
    second = lock(market)
    assert (second.version, second.previous) == (2, first.seal)
    assert month.present().number == "A-2025-10-2"


def test_who_declines_leaves_it_locked(market: Market, month: Month) -> None:
    old = month.sign_all(month.make())
    lock(market)
    now = market.clock.now()
    wish = market.run(months.propose, row=old, wish=Wish("staff:U-CH", "why"), now=now)
    market.run(months.decline, reopening_id=wish.id, by="staff:U-SEC", now=now)
    with pytest.raises(UnknownReopening):
        market.run(months.approve, reopening_id=wish.id, by="staff:U-SEC", now=now)
    assert month.present().digest == old.digest
    assert market.one("SELECT count(*) FROM settlement_months WHERE reopened_at IS NULL") == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement_statements SET closing_fen = 0",
        "UPDATE settlement_statements SET content = '{}'",
        "DELETE FROM settlement_statements",
        "UPDATE settlement_statement_signatures SET note = 'x'",
        "UPDATE settlement_months SET locked_by = 'x'",
        "DELETE FROM settlement_months",
    ],
)
def test_what_was_signed_is_changed_by_nobody(
    market: Market, month: Month, owner: psycopg.Connection, change: str
) -> None:
    month.sign_all(month.make())
    lock(market)
    with pytest.raises(psycopg.DatabaseError, match=r"signed|append-only"):
        owner.execute(change.encode())


def test_silence_is_over_when_somebody_spoke(market: Market, month: Month) -> None:
    row = month.sign_all(month.make())
    later = {"today": row.silent_until + timedelta(days=9), "now": market.clock.now()}
    assert market.run(statements.confirm_silent, **later) == 0
