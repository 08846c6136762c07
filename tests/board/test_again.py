"""Compare again now: a wish in the database, one job with an id of its state, its progress told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.timeouts import TimerDeathPenalty
from rq.worker import SimpleWorker

from service import batches, people
from service.board.routes import again
from service.clock import Clock, business_day
from service.config import Settings
from service.db import Database
from tests.board.test_batches import compared, page, sent
from tests.shops.market import Market, build
from workers import shop_days
from workers.runtime import Runtime


class Quiet(SimpleWorker):
    """A worker without a fork, so that a test sees its end."""

    death_penalty_class = TimerDeathPenalty


@pytest.fixture
def market(
    joined: Flask,
    database: Database,
    settings: Settings,
    clock: Clock,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> Market:
    """A market of which the day of shop A was compared."""
    world = Runtime(settings, database, redis, clock)
    monkeypatch.setattr(shop_days, "runtime", lambda: world)
    found = build(database, settings, clock, joined.test_client())
    found.redeem("V0001", "SOAP", "k1")
    sent(found, ("k1", 400))
    compared(found)
    found.clock.set(found.clock.now() + timedelta(hours=2))
    return found


def number(market: Market) -> int:
    return int(market.one("SELECT id FROM reconciliation_batches WHERE status <> 'open'"))


def ask(market: Market, by: str = "U-CH") -> Any:
    return market.post(f"/batches/{number(market)}/comparison", None, by=by)


def queued(redis: Redis) -> list[str]:
    return Queue("slow", connection=redis, serializer="json").job_ids


def work_off(redis: Redis) -> None:
    """Let a worker do what is queued."""
    queue = Queue("slow", connection=redis, serializer="json")
    Quiet([queue], connection=redis, serializer="json").work(burst=True)


def test_asked_twice_it_is_one_job_and_done_once(market: Market, redis: Redis) -> None:
    first = ask(market)
    assert (first.status_code, first.json["waits"]) == (202, True), first.text
    assert ask(market, "U-SEC").json == first.json
    assert queued(redis) == [first.json["job"]]
    assert first.json["job"].startswith(f"batch-{number(market)}-1-")
    work_off(redis)
    told = market.get(f"/batches/{number(market)}/comparison", by="U-CH").json
    assert (told["waits"], told["checked_at"] >= told["asked_at"]) == (False, True)
    assert market.one("SELECT count(*) FROM trail_records WHERE action = 'batch.again'") == 1
    assert market.one("SELECT nth FROM reconciliation_batches WHERE status <> 'open'") == 1


def test_eight_who_ask_at_once_ask_once(market: Market, redis: Redis) -> None:
    of, now = number(market), market.clock.now()

    def wish(_: int) -> str:
        found: batches.Again = market.run(batches.ask, batch_id=of, by="staff:U-CH", now=now)
        return found.turn

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(wish, range(8)))) == 1
    assert market.one("SELECT max(asks) FROM reconciliation_batches") == 1


def test_what_is_new_is_found_and_it_may_be_asked_again(market: Market, redis: Redis) -> None:
    first = ask(market).json["job"]
    market.one("UPDATE redemptions SET value_fen = 500 RETURNING 1")
    work_off(redis)
    assert market.one("SELECT kind FROM reconciliation_exceptions") == "AMOUNT_DIFF"
    assert ask(market).json["job"] != first
    work_off(redis)
    assert market.one("SELECT max(answered) FROM reconciliation_batches") == 2


def test_the_minute_s_look_finds_a_wish_that_redis_forgot(market: Market, redis: Redis) -> None:
    job = ask(market).json["job"]
    redis.flushdb()
    assert queued(redis) == []
    market.clock.set(market.clock.now() + timedelta(days=1))
    assert shop_days.reconcile_shops() >= 1
    assert job in queued(redis)


def test_without_a_queue_the_wish_stands(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "keeper", lambda: None)
    answer = ask(market)
    assert (answer.status_code, answer.json["waits"], answer.json["done"]) == (202, True, None)
    market.clock.set(market.clock.now() + timedelta(days=1))
    due = market.run(partial(batches.due, now=market.clock.now()))
    assert number(market) in due


def test_how_far_it_is_stands_in_the_job_and_on_the_page(market: Market, redis: Redis) -> None:
    job = Job.fetch(ask(market).json["job"], connection=redis, serializer="json")
    job.meta.update(done=2, total=4)
    job.save_meta()
    told = market.get(f"/batches/{number(market)}/comparison", by="A-OWNER").json
    assert (told["done"], told["total"]) == (2, 4)
    text = page(market, f"/desk/batches/{number(market)}").text
    assert "step 2 of 4" in text
    assert "data-hurry" in text
    assert f'data-live="/desk/batches/{number(market)}/comparison"' in text
    part = page(market, f"/desk/batches/{number(market)}/comparison")
    assert "step 2 of 4" in part.text
    work_off(redis)
    part = page(market, f"/desk/batches/{number(market)}/comparison").text
    assert "Show the result" in part
    assert "data-hurry" not in part


def test_the_stages_are_told_while_it_runs(market: Market) -> None:
    told: list[tuple[int, int]] = []
    market.one("UPDATE redemptions SET value_fen = 500 RETURNING 1")
    given = {"now": market.clock.now(), "progress": lambda done, total: told.append((done, total))}
    market.run(partial(batches.run, ids=[number(market)], **given))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(("by", "status"), [
    ("U-CH", 202), ("U-SEC", 202), ("U-ADM", 202), ("U-SUP", 403), ("A-OWNER", 403),
    ("U-OTHER", 404), ("V0001", 401),
])  # fmt: skip
def test_who_answers_differences_may_ask(market: Market, by: str, status: int) -> None:
    assert ask(market, by).status_code in {status, 403 if status == 401 else status}


def test_a_closed_day_is_not_compared_again(market: Market) -> None:
    market.one("UPDATE reconciliation_batches SET status = 'closed', closed_at = now() RETURNING 1")
    answer = ask(market)
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/batch-closed")
    assert "Compare again now" not in page(market, f"/desk/batches/{number(market)}").text


def test_the_pages_have_the_button(market: Market, redis: Redis) -> None:
    day = business_day(market.clock.now())
    assert "Compare again now" in page(market, f"/desk/batches/{number(market)}").text
    assert "Compare again now" not in page(market, f"/desk/batches/{number(market)}", "U-SUP").text
    assert "Compare again now" not in page(market, f"/desk/shops/A/day?day={day}").text
    market.clock.set(market.clock.now() + timedelta(days=1))
    sign_in(market, "U-CH")
    assert "Compare again now" in page(market, f"/desk/shops/A/day?day={day}").text
    answer = wish_from_day(market, day)
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == f"/desk/batches/{number(market)}#again"
    assert len(queued(redis)) == 1
    assert wish_from_day(market, day - timedelta(days=3)).status_code == 404


def wish_from_day(market: Market, day: date) -> Any:
    headers = {"Authorization": f"Bearer {market.tokens['U-CH']}"}
    path = "/desk/shops/A/day/comparison"
    return market.client.post(path, data={"day": str(day)}, headers=headers)


def sign_in(market: Market, code: str) -> None:
    staff = market.run(people.staff, code=code)
    now = market.clock.now()
    market.tokens[code] = market.run(people.open_staff_session, staff_id=staff.id, now=now)
