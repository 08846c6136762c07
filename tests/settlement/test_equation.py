"""The points equation: every wallet, community and programme, over a day and over a month."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from service import people, settlement
from service.settlement import Span, equation
from service.settlement.equation import Place
from tests.reconciliation.conftest import TAMPERINGS
from tests.shops.market import DAY, Market, settle

MONTH = Span.month(DAY)


def placed(market: Market, code: str = "MK") -> Place:
    unit = market.run(people.unit, code=code)
    return Place(market.programme_id, unit.id)


def total(market: Market, span: Span, code: str = "MK") -> equation.Sum:
    found: equation.Sum = market.run(equation.total, place=placed(market, code), span=span)
    return found


def move(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.clock.set(market.clock.now() + timedelta(days=1))
    market.redeem("V0001", "SOAP", "k2")


def test_a_day_and_a_month_add_up(market: Market) -> None:
    move(market)
    day, next_day = total(market, Span.day(DAY)), total(market, Span.day(DAY + timedelta(days=1)))
    assert (day.figures["earned"], day.figures["redeemed"], day.figures["closing"]) == (
        660,
        -20,
        640,
    )
    assert (next_day.figures["opening"], next_day.figures["closing"]) == (640, 620)
    month = total(market, MONTH)
    assert (month.figures["opening"], month.figures["redeemed"]) == (0, -40)
    assert month.figures["closing"] == 620
    assert (month.volunteers, month.wrong, month.holds) == (4, 0, True)


def test_communities_add_up_to_the_programme(market: Market) -> None:
    elsewhere = market.run(people.unit, code="ELSE")
    market.run(lambda session: newcomer(session, market, elsewhere))
    move(market)
    here, there = total(market, MONTH), total(market, MONTH, "ELSE")
    whole = market.run(equation.total, place=Place(market.programme_id), span=MONTH)
    for name in equation.FIGURES:
        assert here.figures[name] + there.figures[name] == whole.figures[name], name
    assert (here.volunteers, there.volunteers, whole.volunteers) == (4, 1, 5)


def newcomer(session: Any, market: Market, place: people.Unit) -> None:
    from tests.shops import market as names

    names.LIFETIME["V0009"], names.POINTS["V0009"] = 0, 30
    try:
        settle(session, market, "V0009", place)
    finally:
        del names.LIFETIME["V0009"], names.POINTS["V0009"]


def test_wallets_come_page_by_page(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equation, "PAGE", 2)
    place = placed(market)
    first = market.run(equation.page, place=place, span=MONTH)
    rest = market.run(equation.page, place=place, span=MONTH, after=first[1]["code"])
    assert [row["code"] for row in first] == ["V0001", "V0002", "V0003"]
    assert [row["code"] for row in rest] == ["V0003", "V0004"]


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_wallet_that_was_tampered_with_is_named(
    market: Market, admin: psycopg.Connection, tampering: str
) -> None:
    admin.execute(tampering.encode())
    found = total(market, MONTH)
    assert (found.wrong, found.faults, found.holds) == (1, ["V0002"], False)


def test_the_night_keeps_what_it_found_and_looks_again(
    market: Market, admin: psycopg.Connection
) -> None:
    now, spans = market.clock.now(), [Span.day(DAY), MONTH]
    given: dict[str, Any] = {"programme_id": market.programme_id, "spans": spans, "now": now}
    assert market.run(settlement.check_programme, **given) == []
    assert market.count("settlement_equations") == 6  # two communities and the whole, day and month
    admin.execute("UPDATE ledger_accounts SET posted = 1 WHERE address = 'volunteer:V0002'")
    assert market.run(settlement.check_programme, **given) == []  # it held today
    given["now"] = now + timedelta(days=1)
    assert market.run(settlement.check_programme, **given) == ["V0002"]
    assert market.run(settlement.check_programme, **given) == ["V0002"]  # and until it holds
    assert market.count("settlement_equations") == 6
    kept = market.run(equation.checked, place=placed(market), span=Span.day(DAY))
    assert (kept.wrong, kept.faults, kept.figures["closing"]) == (1, ["V0002"], 601)


def test_february_ends_where_it_ends() -> None:
    assert Span.month(date(2028, 2, 10)).last == date(2028, 2, 29)
    assert Span.month(date(2025, 12, 31)).first == date(2025, 12, 1)


def test_the_page_of_many_wallets_shows_the_log_s_sums_and_the_night_s_word(
    market: Market, monkeypatch: pytest.MonkeyPatch, admin: psycopg.Connection
) -> None:
    monkeypatch.setattr(equation, "LIVE_MAX", 3)
    move(market)
    place, days = placed(market), (Span.day(DAY), Span.day(DAY + timedelta(days=1)), MONTH)
    market.run(equation.check, place=place, span=days[0], now=market.clock.now())
    for span in days:
        shown: equation.Sum = market.run(equation.shown, place=place, span=span)
        assert shown == market.run(equation.total, place=place, span=span)
    admin.execute(TAMPERINGS["balance"].encode())
    assert market.run(equation.shown, place=place, span=MONTH).holds
    market.run(equation.check, place=place, span=days[0], now=market.clock.now())
    assert market.run(equation.shown, place=place, span=MONTH).faults == ["V0002"]
