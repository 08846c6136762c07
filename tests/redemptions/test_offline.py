"""Sales without network, sent later: the goods have left, so they are recorded."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.shops.market import Market


def sell(market: Market, who: str, good: str, key: str, **more: Any) -> dict[str, Any]:
    """Send what a till sold a quarter of an hour ago."""
    moment: datetime = more.pop("moment", market.clock.now() - timedelta(minutes=15))
    code = more.pop("code", None) or market.code(who, moment)
    more |= {"offline": True, "occurred_at": moment.isoformat()}
    return market.redeem(who, good, key, code=code, **more)


def flags(answer: dict[str, Any]) -> set[str]:
    return set(answer["flags"])


def test_it_posts_on_the_day_on_which_it_happened(market: Market) -> None:
    last_night = market.clock.now() - timedelta(hours=13)  # 23:00 the evening before
    answer = sell(market, "V0001", "BULB", "k1", moment=last_night)
    assert (answer["status"], answer["flags"]) == ("ok", [])
    row = market.database.call(
        "SELECT r.business_day, r.occurred_at, r.recorded_at, t.business_day AS posted_on"
        " FROM redemptions r JOIN ledger_transfers t ON t.id = r.transfer_id"
    )
    assert row is not None
    assert str(row["business_day"]) == str(row["posted_on"]) == "2025-10-17"
    assert (row["occurred_at"], row["recorded_at"]) == (last_night, market.clock.now())


def test_sent_twice_it_counts_once_online_or_not(market: Market) -> None:
    moment = market.clock.now() - timedelta(minutes=15)
    code = market.code("V0001", moment)
    first = sell(market, "V0001", "BULB", "k1", moment=moment, code=code)
    again = sell(market, "V0001", "BULB", "k1", moment=moment, code=code)
    plain = market.redeem("V0001", "BULB", "k1", code=code)
    assert again == plain == {**first, "replayed": True}
    assert market.balance("V0001") == 450


def test_beyond_the_balance_it_makes_a_debt_that_blocks(market: Market) -> None:
    answer = sell(market, "V0002", "HAT", "k1")
    assert answer["status"] == "ok"
    assert flags(answer) == {"offline_overdraft", "limit_breach"}  # 75 of 60; 50 a day offline
    assert market.balance("V0002") == -15
    blocked = market.redeem("V0002", "SOAP", "k2")
    assert (blocked["status"], blocked["reason"]) == ("refused", "blocked_negative")
    assert set(market.events("RedemptionCaptured")[0]["flags"]) == flags(answer)
    market.check_books()


def test_fifty_points_a_day_need_no_flag_and_more_do(market: Market) -> None:
    assert flags(sell(market, "V0001", "BULB", "k1")) == set()
    more = sell(market, "V0001", "SOAP", "k2", moment=market.clock.now() - timedelta(minutes=5))
    assert flags(more) == {"limit_breach"}


def test_beyond_the_stock_and_the_days_limit_it_still_posts(market: Market) -> None:
    market.one("UPDATE shops_goods SET stock = 0 WHERE code = 'BULB' RETURNING 1")
    answer = sell(market, "V0001", "BULB", "k1")
    assert flags(answer) == {"oversold"}
    assert market.stock("BULB") == -1
    market.redeem("V0003", "HAT", "k2")
    assert "limit_breach" in flags(sell(market, "V0001", "HAT", "k3"))


def test_the_same_good_within_the_hour_is_flagged_not_asked(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    answer = sell(market, "V0001", "SOAP", "k2")
    assert answer["status"] == "ok"
    assert flags(answer) == {"possible_duplicate"}


def test_a_booklet_is_not_asked_for_its_pin_but_flagged(market: Market) -> None:
    answer = sell(market, "V0001", "SOAP", "k1", code=market.cards["V0001"].url)
    assert answer["status"] == "ok"
    assert flags(answer) == {"unverified"}


def test_a_code_is_judged_at_the_moment_of_the_sale(market: Market) -> None:
    now = market.clock.now()
    moment = now - timedelta(hours=1)
    stale = sell(market, "V0001", "SOAP", "k1", moment=moment, code=market.code("V0001", now))
    assert (stale["status"], stale["reason"]) == ("refused", "code_expired")
    assert stale["flags"] == ["offline_bad"]
    assert market.one("SELECT offline FROM redemptions WHERE key = 'k1'") is True
    assert market.balance("V0001") == 500


@pytest.mark.parametrize(("hours", "late"), [(24, set()), (25, {"late_upload"})])
def test_what_comes_too_late_is_kept_and_flagged(
    market: Market, hours: int, late: set[str]
) -> None:
    moment = market.clock.now() - timedelta(hours=hours)
    assert flags(sell(market, "V0001", "SOAP", "k1", moment=moment)) == late


def test_the_future_and_a_missing_moment_are_refused(market: Market) -> None:
    code = market.code("V0001")
    ahead = (market.clock.now() + timedelta(minutes=1)).isoformat()
    body = {"code": code, "good": "SOAP", "offline": True}
    assert market.post("/redemptions", body, by="A", key="k1").status_code == 422
    body |= {"occurred_at": ahead}
    assert market.post("/redemptions", body, by="A", key="k1").status_code == 422
    assert market.count("redemptions") == 0
