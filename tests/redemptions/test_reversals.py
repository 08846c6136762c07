"""Pieces that come back: some, more, all; by two people; the lots, limits and totals with them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service import ledger
from tests.redemptions.test_limits import limit
from tests.shops.market import Market

EARLY = date(2026, 1, 31)


def propose(market: Market, by: str = "U-ADM", key: str = "k1", **given: Any) -> Any:
    form = given.pop("form", None)
    body = {"reason": "came back", **given}
    return market.post(f"/redemptions/{key}/reversal", body, by=by, key=form)


def approve(market: Market, by: str = "U-SUP", key: str = "k1", **given: Any) -> Any:
    return market.post(f"/redemptions/{key}/reversal/approval", given, by=by)


def decline(market: Market, by: str = "U-SUP", key: str = "k1", **given: Any) -> Any:
    return market.post(f"/redemptions/{key}/reversal/refusal", given, by=by)


def back(market: Market, qty: int) -> dict[str, Any]:
    """Take pieces back, as two people do."""
    asked = propose(market, qty=qty)
    assert asked.status_code == 201, asked.text
    done = approve(market, nth=asked.json["nth"])
    assert done.status_code == 200, done.text
    return dict(done.json)


def lots(market: Market, who: str = "V0001") -> dict[str, int]:
    given = {"programme_id": market.programme_id, "address": f"volunteer:{who}"}
    return {str(day): points for day, points in market.run(ledger.lots, **given)}


def early_lot(market: Market, points: int) -> None:
    """Some points of V0001 that expire sooner than the rest."""
    now = datetime(2025, 1, 1, tzinfo=UTC)
    reason = ledger.Reason(
        programme_id=market.programme_id,
        key="early",
        actor="system",
        source="test:1",
        occurred_at=now,
        business_day=now.date(),
        lot_expires_on=EARLY,
    )
    legs = (
        ledger.Leg("issued", ledger.Unit.PTS, -points),
        ledger.Leg("volunteer:V0001", ledger.Unit.PTS, points),
    )
    market.run(ledger.post, reason=reason, kind=ledger.Kind.AWARD, legs=legs, now=now)


def test_one_piece_of_three_comes_back(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    said = back(market, 1)
    told = {name: said[name] for name in ("state", "qty", "points", "left")}
    assert told == {"state": "partly_reversed", "qty": 1, "points": 20, "left": 2}
    assert (market.balance("V0001"), market.stock("SOAP")) == (460, 58)
    assert market.fen("given-goods:A") == 800
    (event,) = market.events("RedemptionReversed")
    assert (event["qty"], event["points"], event["left"]) == (1, 20, 2)
    market.check_books()


def test_several_parts_until_all_are_back(market: Market) -> None:
    before = lots(market)
    market.redeem("V0001", "SOAP", "k1", qty=3)
    assert [back(market, 1)["state"] for _ in range(3)] == [
        "partly_reversed",
        "partly_reversed",
        "reversed",
    ]
    assert (market.balance("V0001"), market.stock("SOAP"), lots(market)) == (500, 60, before)
    assert market.fen("given-goods:A") == 0
    assert propose(market, qty=1).status_code == 409
    market.check_books()


def test_after_all_came_back_no_part_can(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    assert back(market, 3)["state"] == "reversed"
    refused = propose(market, qty=1)
    assert (refused.status_code, refused.json["type"]) == (
        409,
        "/problems/redemption-not-reversible",
    )
    assert market.balance("V0001") == 500


def test_more_than_is_left_is_refused_by_its_field(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    back(market, 1)
    refused = propose(market, qty=3)
    assert (refused.status_code, refused.json["type"]) == (422, "/problems/more-than-left")
    assert refused.json["errors"][0]["pointer"] == "#/qty"
    assert market.count("redemptions_reversals") == 1


def test_without_a_number_all_that_is_left_comes_back(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    back(market, 1)
    asked = propose(market)
    assert asked.json["qty"] == 2
    assert approve(market, nth=2).json["state"] == "reversed"
    assert market.balance("V0001") == 500


def test_the_last_lots_spent_are_the_first_back(market: Market) -> None:
    """30 of the lot that expires first were spent, and 30 of the next: one piece is 20 points."""
    early_lot(market, 30)
    market.redeem("V0001", "SOAP", "k1", qty=3)
    assert lots(market) == {"2027-10-31": 470}
    back(market, 1)
    assert lots(market) == {"2027-10-31": 490}
    back(market, 1)
    assert lots(market) == {"2026-01-31": 10, "2027-10-31": 500}
    back(market, 1)
    assert lots(market) == {"2026-01-31": 30, "2027-10-31": 500}
    market.check_books()


def test_the_limits_get_their_pieces_back(market: Market) -> None:
    limit(market, "SOAP", daily_limit=3, person_limit=3)
    market.redeem("V0001", "SOAP", "k1", qty=3)
    assert market.redeem("V0003", "SOAP", "k2")["reason"] == "daily_limit"
    back(market, 2)
    taken = "SELECT sum(taken) FROM {}"
    assert market.one(taken.format("shops_good_days")) == 1
    assert market.one(taken.format("shops_person_days")) == 1
    assert market.redeem("V0003", "SOAP", "k3", qty=2)["status"] == "ok"
    assert market.redeem("V0002", "SOAP", "k4")["reason"] == "daily_limit"


def test_a_wallet_in_debt_is_paid_by_what_comes_back(market: Market) -> None:
    moment = market.clock.now() - timedelta(minutes=10)
    more = {"offline": True, "occurred_at": moment.isoformat(), "qty": 4}
    market.redeem("V0002", "SOAP", "k1", code=market.code("V0002", moment), **more)
    assert market.balance("V0002") == -20
    back(market, 1)
    assert market.balance("V0002") == 0
    back(market, 1)
    assert market.balance("V0002") == 20
    market.check_books()


def test_totals_count_what_is_still_out(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    back(market, 1)
    said = market.get("/redemptions", by="A").json
    assert (said["totals"]["redemptions"], said["totals"]["points"]) == (1, 40)
    assert (said["items"][0]["state"], said["items"][0]["can_void"]) == ("partly_reversed", False)
    assert market.void("k1", "V0001")["reason"] == "already_reversed"
    assert market.balance("V0001") == 460


def test_while_one_proposal_is_open_a_second_changes_nothing(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    first = propose(market, qty=1).json
    assert propose(market, by="A-OWNER", qty=2).json == first
    assert market.count("redemptions_reversals") == 1
    assert len(market.events("ReversalProposed")) == 1


def test_a_form_sent_again_after_its_approval_proposes_nothing_anew(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    propose(market, qty=1, form="f1")
    approve(market)
    again = propose(market, qty=1, form="f1")
    assert (again.status_code, again.json["approved_by"]) == (201, "staff:U-SUP")
    assert market.count("redemptions_reversals") == 1


def test_an_approval_sent_again_approves_nothing_else(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    propose(market, qty=1)
    approve(market, nth=1)
    propose(market, qty=1)
    assert approve(market, nth=1).json["approved_by"] == "staff:U-SUP"
    assert market.balance("V0001") == 460
    assert approve(market, nth=2).json["left"] == 1
    assert approve(market, nth=3).status_code == 409


def test_a_proposal_can_be_declined_and_another_made(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=3)
    propose(market, qty=3)
    no = decline(market)
    assert (no.status_code, no.json["declined_by"], no.json["state"]) == (
        200,
        "staff:U-SUP",
        "captured",
    )
    assert decline(market).json == no.json
    assert approve(market, by="U-SEC").status_code == 409
    assert market.balance("V0001") == 440
    assert back(market, 1)["nth"] == 2
    actions = market.database.rows("SELECT action FROM trail_records WHERE action LIKE 'red%%'")
    assert "redemption.decline-reversal" in {row["action"] for row in actions}


def test_who_proposed_may_withdraw(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    propose(market)
    assert decline(market, by="U-ADM").json["declined_by"] == "staff:U-ADM"
    assert decline(market, by="B-OWNER").status_code == 404


def test_what_was_undone_meanwhile_waits_for_nobody_for_ever(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    propose(market, by="A")  # a till cannot withdraw
    market.void("k1", "V0001")
    assert approve(market).status_code == 409
    no = decline(market)
    assert (no.status_code, no.json["state"], no.json["declined_by"]) == (
        200,
        "voided",
        "staff:U-SUP",
    )
    assert market.balance("V0001") == 500


def test_who_approved_cannot_decline_afterwards(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=2)
    back(market, 1)
    assert decline(market).status_code == 409
    assert decline(market, by="U-ADM").status_code == 409
    assert market.balance("V0001") == 480


def test_a_till_proposes_and_the_association_answers(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    assert propose(market, by="B").status_code == 404  # another shop's till
    asked = propose(market, by="A")
    assert asked.json["proposed_by"].startswith("device:")
    assert approve(market, by="A-OWNER").status_code == 403  # it is the owner's own till
    assert approve(market, by="A").status_code == 403
    assert market.state("k1") == "captured"
    assert approve(market, by="U-CH").json["state"] == "reversed"


@pytest.mark.parametrize(("qty", "status"), [(0, 422), (-1, 422), ("1", 422), (1.5, 422)])
def test_a_number_that_nobody_can_mean_writes_nothing(
    market: Market, qty: Any, status: int
) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=2)
    assert propose(market, qty=qty).status_code == status
    assert market.count("redemptions_reversals") == 0


def test_a_captured_hold_is_reversed_like_any_sale(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1", qty=2)
    market.post("/redemptions/k1/confirmation", {}, by="V0001")
    back(market, 1)
    assert (market.balance("V0001"), market.stock("OIL")) == (350, 19)
    back(market, 1)
    assert (market.balance("V0001"), market.stock("OIL")) == (500, 20)
    market.check_books()


def test_the_release_before_reverses_whole_sales_while_this_one_starts(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", qty=2)
    market.database.call(
        "INSERT INTO redemptions_reversals (redemption_id, reason, proposed_by, proposed_at)"
        " SELECT id, 'came back', 'staff:U-ADM', now() FROM redemptions RETURNING nth"
    )
    row = market.database.call(
        "UPDATE redemptions SET status = 'reversed', undone_by = 'staff:U-SUP', undone_at = now()"
        " RETURNING returned_qty, (SELECT qty FROM redemptions_reversals) AS asked"
    )
    assert row == {"returned_qty": 2, "asked": 2}
