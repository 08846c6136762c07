"""What waits in a till at once is a batch: limited by the rules, told once when it is here."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from service import redemptions
from tests.redemptions.test_offline import flags, sell
from tests.shops.market import Market


def minutes_ago(market: Market, minutes: int) -> datetime:
    return market.clock.now() - timedelta(minutes=minutes)


def hats(market: Market, count: int, *, start: int, since: int = 60) -> list[dict[str, Any]]:
    """Sell hats of 75 points while cut off, one each minute, and send them in their order."""
    return [
        sell(market, f"V000{n % 3 + 1}", "HAT", f"h{n}", moment=minutes_ago(market, since - n))
        for n in range(start, start + count)
    ]


def heartbeat(market: Market, queued: int) -> None:
    body = {"sent_at": market.clock.now().isoformat(), "queued": queued, "oldest_at": None}
    body |= {"oldest_at": body["sent_at"]} if queued else {}
    answer = market.post("/till/heartbeat", body, by="A")
    assert answer.status_code == 200, answer.text


def tell(market: Market) -> int:
    work = partial(redemptions.tell_batches, now=market.clock.now())
    return market.database.atomic(work)


def test_what_is_beyond_a_batch_is_recorded_and_flagged(market: Market) -> None:
    sold = hats(market, 4, start=0)
    assert ["over_batch" in flags(one) for one in sold] == [False, False, True, True]
    assert {one["state"] for one in sold} == {"captured"}
    assert market.redeem("V0001", "SOAP", "now")["flags"] == []
    market.check_books()


def test_a_batch_that_was_sent_makes_room_for_the_next(market: Market) -> None:
    assert "over_batch" not in flags(hats(market, 2, start=0)[1])
    market.clock.set(market.clock.now() + timedelta(hours=1))  # cut off again, after it was sent
    later = hats(market, 2, start=0, since=30)
    assert [one["replayed"] for one in later] == [True, True]
    fresh = sell(market, "V0003", "HAT", "fresh", moment=minutes_ago(market, 10))
    assert "over_batch" not in flags(fresh)


def test_a_batch_is_told_once_when_the_till_has_nothing_left(market: Market) -> None:
    hats(market, 2, start=0)
    assert tell(market) == 0  # the till has not said that this was all
    market.clock.set(market.clock.now() + timedelta(seconds=5))
    heartbeat(market, 3)
    assert tell(market) == 0
    market.clock.set(market.clock.now() + timedelta(seconds=5))
    heartbeat(market, 0)
    assert (tell(market), tell(market)) == (1, 0)
    told = market.events("OfflineBatchUploaded")
    assert [(one["shop"], one["sales"], one["points"]) for one in told] == [("A", 2, 150)]
    assert told[0]["business_day"] == "2025-10-18"
    market.clock.set(market.clock.now() + timedelta(minutes=30))
    sell(market, "V0003", "HAT", "later", moment=minutes_ago(market, 10))
    market.clock.set(market.clock.now() + timedelta(minutes=2))
    heartbeat(market, 0)
    assert tell(market) == 1
    assert [one["sales"] for one in market.events("OfflineBatchUploaded")] == [2, 1]


def test_two_sweeps_at_once_tell_a_batch_once(market: Market) -> None:
    hats(market, 2, start=0)
    market.clock.set(market.clock.now() + timedelta(seconds=5))
    heartbeat(market, 0)
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda _: tell(market), range(8)))
    assert sum(told) == 1
    assert len(market.events("OfflineBatchUploaded")) == 1
