"""Closing a day: figures that hold, answers that are given, signatures that stay."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from service import people
from service.db import Database
from service.reconciliation.books import wrong_accounts
from tests.reconciliation.conftest import DAY, TAMPERINGS, Desk
from tests.redemptions.test_offline import sell
from tests.shops.market import Market

Work = Callable[[], int]


@pytest.fixture
def desk(market: Market) -> Desk:
    return Desk(market.client, market.tokens["U-SEC"])


def tomorrow_desk(market: Market) -> Desk:
    """Sign in again: a staff session ends after twelve hours."""
    staff = market.run(people.staff, code="U-SEC")
    token = market.run(people.open_staff_session, staff_id=staff.id, now=market.clock.now())
    return Desk(market.client, token)


def reconciled(desk: Desk, work: Work, **counts: dict[str, int]) -> None:
    desk.run(**counts)
    work()


def test_a_day_closes_with_its_equation(market: Market, desk: Desk, work: Work) -> None:
    market.redeem("V0001", "OIL", "k1", pin="4711", code=market.cards["V0001"].url)
    market.redeem("V0001", "SOAP", "k2")
    market.void("k2", "V0001")
    reconciled(desk, work)
    before = desk.get(f"days/{DAY}")
    assert (before["status"], before["balanced"]) == ("reconciled", True)
    said = desk.post(f"days/{DAY}/close", {})
    assert said["status"] == "closed"
    assert said["equation"] == before["equation"]
    equation = said["equation"]
    assert (equation["earned"], equation["redeemed"], equation["closing"]) == (660, -150, 510)
    assert equation["opening"] == 0
    assert said["closed_by"] == "staff:U-SEC"
    assert len(said["seal"]) == 64
    assert market.events("PeriodClosed")[0]["seal"] == said["seal"]


def test_closing_twice_returns_what_was_signed(market: Market, desk: Desk, work: Work) -> None:
    reconciled(desk, work)
    first = desk.post(f"days/{DAY}/close", {})
    assert desk.post(f"days/{DAY}/close", {"note": "again"}) == first
    assert len(market.events("PeriodClosed")) == 1


def test_a_day_that_nobody_compared_is_not_closed(desk: Desk) -> None:
    said = desk.post(f"days/{DAY}/close", {}, status=409)
    assert said["type"] == "/problems/not-reconciled"


def test_a_day_that_has_not_begun_is_not_closed(desk: Desk) -> None:
    desk.post("days/2025-10-19/close", {}, status=422)
    desk.post("days/tomorrow/close", {}, status=404)


def test_open_exceptions_hold_the_day_until_they_are_carried(
    market: Market, desk: Desk, work: Work
) -> None:
    reconciled(desk, work, stock_counts={"A/SOAP": 58})
    said = desk.post(f"days/{DAY}/close", {}, status=409)
    assert said["type"] == "/problems/exceptions-open"
    assert market.one("SELECT status FROM reconciliation_days") == "reconciled"
    desk.post(f"days/{DAY}/close", {"note": "count again tomorrow"})
    (one,) = desk.get("exceptions?open=true")["items"]
    assert (one["status"], one["note"]) == ("carried", "count again tomorrow")


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampered_books_do_not_close(
    market: Market, desk: Desk, work: Work, admin: psycopg.Connection, tampering: str
) -> None:
    reconciled(desk, work)
    admin.execute(tampering.encode())
    assert desk.get(f"days/{DAY}")["faults"][0] == "V0002"
    said = desk.post(f"days/{DAY}/close", {}, status=409)
    assert said["type"] == "/problems/does-not-balance"
    assert "V0002" in said["detail"]
    assert market.one("SELECT status FROM reconciliation_days") == "reconciled"
    assert market.database.atomic(wrong_accounts) == ["volunteer:V0002"]


def test_a_sink_that_was_tampered_with_is_the_programme_s_fault(
    market: Market, desk: Desk, work: Work, admin: psycopg.Connection
) -> None:
    reconciled(desk, work)
    admin.execute(
        "UPDATE ledger_entries SET amount = amount - 1 FROM ledger_accounts a"
        " WHERE a.id = account_id AND a.address = 'issued'"
    )
    assert "programme" in desk.post(f"days/{DAY}/close", {}, status=409)["detail"]


def test_a_closed_day_cannot_be_changed_by_anybody(
    market: Market, desk: Desk, work: Work, servers: object
) -> None:
    from deploy import embedded
    from tests.conftest import Servers

    assert isinstance(servers, Servers)
    reconciled(desk, work)
    desk.post(f"days/{DAY}/close", {})
    with (
        servers.postgres.connect(embedded.DATABASE) as owner,
        pytest.raises(psycopg.errors.DatabaseError, match="signed"),
    ):
        owner.execute("UPDATE reconciliation_days SET note = 'x'")
    desk.post("runs", {"day": str(DAY)}, status=409)


def test_what_comes_late_counts_on_the_next_day(market: Market, desk: Desk, work: Work) -> None:
    reconciled(desk, work)
    signed = desk.post(f"days/{DAY}/close", {})["equation"]
    late = market.clock.now() - timedelta(minutes=15)  # of the day that is signed
    tomorrow = market.clock.now() + timedelta(hours=23)
    code = market.code("V0001", late)
    market.clock.set(tomorrow)
    desk = tomorrow_desk(market)
    sell(market, "V0001", "BULB", "k1", moment=late, code=code)
    next_day = desk.get(f"days/{DAY + timedelta(days=1)}")["equation"]
    assert next_day["opening"] == signed["closing"]
    assert next_day["redeemed"] == -50
    assert desk.get(f"days/{DAY}")["equation"] == signed


def test_days_are_closed_in_their_order(market: Market, desk: Desk, work: Work) -> None:
    reconciled(desk, work)
    tomorrow = DAY + timedelta(days=1)
    market.clock.set(market.clock.now() + timedelta(days=1))
    desk = tomorrow_desk(market)
    desk.post("runs", {"day": str(tomorrow)}, status=202)
    work()
    desk.post(f"days/{tomorrow}/close", {})
    said = desk.post(f"days/{DAY}/close", {}, status=409)
    assert said["type"] == "/problems/later-day-closed"


def test_each_seal_stands_on_the_one_before(market: Market, desk: Desk, work: Work) -> None:
    reconciled(desk, work)
    first = desk.post(f"days/{DAY}/close", {})
    tomorrow = DAY + timedelta(days=1)
    market.clock.set(market.clock.now() + timedelta(days=1))
    desk = tomorrow_desk(market)
    desk.post("runs", {"day": str(tomorrow)}, status=202)
    work()
    desk.post(f"days/{tomorrow}/close", {})
    assert [said["previous"] for said in market.events("PeriodClosed")] == ["", first["seal"]]


def test_something_still_being_written_makes_the_close_wait(
    market: Market, desk: Desk, work: Work, database: Database
) -> None:
    reconciled(desk, work)

    def in_flight(session: object) -> None:
        session.execute(text("SELECT pg_current_xact_id()"))  # type: ignore[attr-defined]
        market.redeem("V0001", "SOAP", "k1")  # begun after it, done before it
        said = desk.post(f"days/{DAY}/close", {}, status=409)
        assert said["type"] == "/problems/still-writing"

    from sqlalchemy import text

    database.atomic(in_flight)
    assert desk.post(f"days/{DAY}/close", {})["equation"]["redeemed"] == -20


@pytest.mark.parametrize("who", ["U-ADM", "U-SUP", "U-CH", "V0001", "A"])
def test_only_the_secretary_signs(market: Market, desk: Desk, work: Work, who: str) -> None:
    reconciled(desk, work)
    Desk(market.client, market.tokens[who]).post(f"days/{DAY}/close", {}, status=403)
