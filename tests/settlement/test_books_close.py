"""A month that every community has locked is closed in the books, too, and stays closed there."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import psycopg
import pytest

from service import ledger, people, shops
from service.ledger import Kind, Leg, PeriodState, Unit
from service.settlement.actions import months, statements
from service.settlement.models import Month as Lock
from tests.redemptions.test_offline import sell
from tests.settlement.conftest import DECEMBER, NOVEMBER, OCTOBER, OVER, Month
from tests.settlement.test_statements import a_minute_later, some_sales
from tests.shops.market import BORN, DAY, Market

END = date(2025, 10, 31)


def lock(market: Market, community: str = "MK", month: date = OCTOBER) -> Lock:
    place, now = market.run(people.unit, code=community), market.clock.now()
    given = {"place": place, "month": month, "by": "staff:U-SEC", "now": now}
    found: Lock = market.run(months.lock_month, **given)
    return found


def closed(market: Market) -> date | None:
    found: date | None = market.run(ledger.closed_through, programme_id=market.programme_id)
    return found


def elsewhere(market: Market) -> None:
    """Open a shop in the programme's other community."""

    def work(session: Any) -> None:
        place = people.unit(session, "ELSE")
        asso = shops.association_of(session, shops.shop(session, "A"))
        new = shops.Admission(
            code="C", name="Association·Shop C", kind="grocer", community_id=place.id or 0,
            terms=shops.Terms(8, 2000), goods=(), pledge_fen=0,
        )  # fmt: skip
        shops.admit(session, new, association=asso, actor="system", business_day=DAY, now=BORN)

    market.run(work)


def test_the_lock_of_the_only_community_closes_the_books(market: Market, month: Month) -> None:
    some_sales(market)
    month.sign_all(month.make())
    assert closed(market) is None
    lock(market)
    assert closed(market) == END
    (period,) = market.run(ledger.periods, programme_id=market.programme_id)
    assert (period.state, period.closed_by) == (PeriodState.CLOSING, "staff:U-SEC")
    (told,) = [one for one in market.events("PeriodClosed") if "programme" in one]
    assert told == {"programme": "MK", "month": "2025-10", "community": "MK"}
    lock(market)
    assert len([one for one in market.events("PeriodClosed") if "programme" in one]) == 1


def test_the_books_wait_for_the_last_community(market: Market, month: Month) -> None:
    elsewhere(market)
    month.sign_all(month.make())
    lock(market)
    assert closed(market) is None
    month.sign_all(month.make(shop="C"))
    lock(market, "ELSE")
    assert closed(market) == END


def test_a_later_month_waits_for_the_one_before(market: Market, month: Month) -> None:
    elsewhere(market)
    for shop in ("A", "C"):
        month.sign_all(month.make(shop=shop))
    lock(market)
    for shop in ("A", "C"):
        month.sign_all(month.make(NOVEMBER, DECEMBER, shop))
    for community in ("MK", "ELSE"):
        lock(market, community, NOVEMBER)
    assert closed(market) is None
    lock(market, "ELSE")
    assert closed(market) == date(2025, 11, 30)
    rows = market.run(ledger.periods, programme_id=market.programme_id)
    assert [row.month for row in rows] == [NOVEMBER, OCTOBER]


def test_two_communities_that_lock_last_at_once_close_the_books_once(
    market: Market, month: Month
) -> None:
    elsewhere(market)
    for shop in ("A", "C"):
        month.sign_all(month.make(shop=shop))
    gate = Barrier(2)

    def one(community: str) -> None:
        gate.wait()
        lock(market, community)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, ("MK", "ELSE")))
    assert closed(market) == END
    assert market.count("ledger_periods") == 1


def test_a_late_sale_is_booked_in_the_open_month_and_keeps_its_day(
    market: Market, month: Month
) -> None:
    some_sales(market)
    late = market.clock.now()
    a_minute_later(market)
    code = market.code("V0001", late)
    october = month.sign_all(month.make())
    lock(market)
    market.clock.set(OVER.replace(day=1, hour=0))
    sell(market, "V0001", "SOAP", "late", moment=late, code=code)
    booked = market.database.rows(
        "SELECT business_day, effective_on FROM ledger_transfers ORDER BY id DESC LIMIT 1"
    )
    assert booked == [{"business_day": DAY, "effective_on": NOVEMBER}]
    november = month.make(NOVEMBER, DECEMBER)
    assert (november.content or {})["goods"]["count"] == 1
    assert november.opening_fen == october.closing_fen


def test_nothing_is_written_into_the_closed_month(market: Market, month: Month) -> None:
    month.sign_all(month.make())
    lock(market)
    reason = ledger.Reason(
        programme_id=market.programme_id, key="back", actor="system", source="test:1",
        occurred_at=OVER, business_day=DAY, effective_on=DAY,
    )  # fmt: skip
    legs = (Leg("fund", Unit.CNY, -5), Leg("pledge:A", Unit.CNY, 5))
    with pytest.raises(ledger.PeriodClosed):
        market.run(ledger.post, reason=reason, kind=Kind.ADJUST, legs=legs, now=OVER)


def seal(market: Market) -> None:
    """Do what the sealer does every minute."""
    given = {"signers": market.settings.signers, "origin": market.settings.origin}
    given |= {"now": market.clock.now()}
    while market.run(ledger.seal, **given):
        pass
    for period in market.run(ledger.closing_periods):
        of = {"programme_id": period.programme_id, "month": period.month}
        market.run(ledger.seal_period, **of, **given)


def test_reopened_by_two_the_books_stay_sealed_and_prove(market: Market, month: Month) -> None:
    some_sales(market)
    late = market.clock.now()
    a_minute_later(market)
    code = market.code("V0002", late)
    month.sign_all(month.make())
    lock(market)
    seal(market)
    sell(market, "V0002", "SOAP", "late", moment=late, code=code)
    again = month.reopen(month.present())
    assert (again.content or {})["goods"]["count"] == 3
    month.sign_all(again)
    assert lock(market).version == 2
    (period,) = market.run(ledger.periods, programme_id=market.programme_id)
    assert (period.state, closed(market)) == (PeriodState.SEALED, END)
    seal(market)
    market.run(ledger.ask_verification, asked_by="staff:U-SEC", now=market.clock.now())
    found = ledger.verify_database(market.database, now=market.clock.now)
    assert found is not None
    assert (found.faults, found.findings) == (0, [])


def test_a_secretary_who_sees_one_community_closes_nothing_early(
    market: Market, month: Month, admin: psycopg.Connection
) -> None:
    elsewhere(market)
    month.sign_all(month.make())
    month.make(shop="C")
    home = market.run(people.unit, code="MK").id
    with admin.transaction(force_rollback=True):
        admin.execute("SELECT set_config('aixin.communities', %s, true)", [f"{{{home}}}"])
        admin.execute("SET LOCAL ROLE aixin_app")
        seen = admin.execute("SELECT DISTINCT community_id FROM settlement_statements").fetchall()
        assert seen == [(home,)]
        due = admin.execute("SELECT settlement_locked_months(%s)", [market.programme_id])
        assert due.fetchall() == []


def test_statements_of_a_replaced_version_hold_nobody_up(market: Market, month: Month) -> None:
    row = month.make()
    market.run(statements.renew, statement_id=row.id, by="staff:U-CH", now=market.clock.now())
    month.sign_all(month.issue())
    lock(market)
    assert closed(market) == END
