"""Shops' days as the real comparison leaves them: prepared, signed, closed, and left alone."""

import json
from datetime import timedelta

from service import batches, settlement
from service.settlement.rules import Step
from tests.redemptions.test_offline import sell
from tests.settlement.test_days import Days
from tests.settlement.test_statements import some_sales
from tests.shops.market import DAY, Market
from workers.consumers import consume


def compare(market: Market) -> int:
    """Do what the night does with the shops' days; return how many had something new."""
    now = market.clock.now()
    ids = market.run(batches.due, now=now)
    done = market.run(batches.run, ids=list(ids), now=now)
    events = [row["id"] for row in market.database.rows("SELECT id FROM outbox_events ORDER BY id")]
    consume(market.database, events, now=now)
    return len(done.new)


def test_a_compared_day_is_put_up_signed_and_closed(market: Market) -> None:
    at = Days(market)
    some_sales(market)
    late = market.clock.now()
    code = market.code("V0002", late)
    market.clock.set(late + timedelta(days=1))
    assert compare(market) >= 1
    row = at.find()
    assert (row.step, row.version) == (Step.PREPARED, 1)
    assert row.content["totals"]["ours"]["lines"] == 4
    assert row.content["rules"]
    assert compare(market) == 0
    assert at.prepare() == 0
    if row.waiting:
        sql = (
            "UPDATE reconciliation_exceptions SET status = 'carried', resolved_by = 'staff:U-ADM',"
        )
        market.one(sql + " resolved_at = now() WHERE status = 'open' RETURNING 1")
        at.prepare()
    closed = at.sign_all()
    assert closed.step == Step.CLOSED
    assert market.one("SELECT status FROM reconciliation_batches WHERE shop_id = %(s)s AND day ="
                      " %(d)s", s=at.shop.id, d=DAY) == "closed"  # fmt: skip

    sell(market, "V0002", "SOAP", "late", moment=late, code=code)
    compare(market)
    assert at.find().digest == closed.digest
    content = market.run(lambda session: b"".join(settlement.export_lines(session)))
    found = settlement.verify(json.loads(line) for line in content.splitlines())
    assert found.faults == []
