"""A day of many wallets is added up from the log's days: the same figures as wallet by wallet."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from sqlmodel import Session

from service import ledger, reports
from service.config import Settings
from service.reconciliation import books
from service.reconciliation.close import last_signed
from service.reconciliation.facts import CommunityDay
from tests.reconciliation.conftest import DAY, Desk
from tests.reconciliation.test_close import reconciled, tomorrow_desk
from tests.redemptions.test_offline import sell
from tests.shops.market import Market

Work = Callable[[], int]
NEXT = DAY + timedelta(days=1)


def seal(market: Market, settings: Settings) -> None:
    """Let the sealer write a head over all that was posted so far."""
    signers, origin = settings.signers, settings.origin
    sealing = partial(ledger.seal, signers=signers, origin=origin, now=market.clock.now())
    assert market.database.atomic(sealing)


def both(market: Market, day: date) -> list[dict[str, int]]:
    """Return a day's figures wallet by wallet, and from the days of the log."""
    place = market.one("SELECT id FROM people_units WHERE code = 'MK'")
    of = CommunityDay(market.programme_id, place, day)

    def work(session: Session) -> list[dict[str, int]]:
        signed = last_signed(session, of)
        asked = books.asked_of(of, place, signed)
        summed = session.execute(books.BY_DAYS, asked).one()._mapping
        lines = books.by_wallets(session, of, place, signed)
        return [books.figures_of(lines), books.figures_of(dict(summed))]

    return market.database.atomic(work)


@pytest.mark.parametrize("rolled", [False, True], ids=["unsummed", "summed"])
@pytest.mark.parametrize("sealed", [False, True], ids=["unsealed", "sealed"])
def test_what_came_late_for_a_signed_day_is_told_the_same_both_ways(
    market: Market, settings: Settings, work: Work, sealed: bool, rolled: bool
) -> None:
    desk = Desk(market.client, market.tokens["U-SEC"])
    market.redeem("V0001", "SOAP", "k0")
    if sealed:
        seal(market, settings)
    reconciled(desk, work)
    for_wallets, by_days = both(market, DAY)
    assert for_wallets == by_days
    assert by_days["redeemed"] == -20
    market.clock.set(market.clock.now() + timedelta(minutes=10))
    desk.post(f"days/{DAY}/close", {})
    late = market.clock.now() - timedelta(minutes=15)
    code = market.code("V0001", late)
    market.clock.set(market.clock.now() + timedelta(hours=23))
    sell(market, "V0001", "BULB", "k1", moment=late, code=code)
    market.redeem("V0001", "SOAP", "k2")
    if sealed:
        seal(market, settings)
    while rolled and reports.roll_up(market.database):
        pass
    for_wallets, by_days = both(market, NEXT)
    assert for_wallets == by_days
    assert (by_days["opening"], by_days["redeemed"]) == (for_wallets["opening"], -70)


def test_a_day_of_many_wallets_says_that_it_shows_sums(
    market: Market, settings: Settings, monkeypatch: pytest.MonkeyPatch, work: Work
) -> None:
    market.redeem("V0001", "SOAP", "k0")
    seal(market, settings)
    path, headers = (
        "/desk/reconciliation?lang=en",
        {"Authorization": f"Bearer {market.tokens['U-SEC']}"},
    )
    each = market.client.get(path, headers=headers).text
    assert "every wallet of the community" in each
    monkeypatch.setattr(books, "LIVE_MAX", 0)
    summed = market.client.get(path, headers=headers).text
    assert "sums of the log" in summed
    desk = tomorrow_desk(market)
    reconciled(desk, work)
    assert desk.post(f"days/{DAY}/close", {})["equation"]["redeemed"] == -20
