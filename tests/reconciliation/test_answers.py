"""Answers: once, with a reason, by two people above the limit; and the yuan that they move."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from tests.files.test_keep import photo
from tests.reconciliation.conftest import DAY, Desk
from tests.reconciliation.exceptions import Exceptions
from tests.redemptions.test_offline import sell
from tests.shops.market import Market

Work = Callable[[], int]
PLEDGE, GIVEN, SUSPENSE = "pledge:A", "given-goods:A", "suspense:A"


def standing(market: Market, *addresses: str) -> list[int]:
    return [market.fen(one) for one in addresses or (PLEDGE, GIVEN, SUSPENSE)]


def moved(market: Market, before: list[int], *addresses: str) -> list[int]:
    """By how many fen the accounts differ from before."""
    now = standing(market, *addresses)
    return [after - then for after, then in zip(now, before, strict=True)]


@pytest.mark.parametrize(
    ("resolution", "fen", "goods"),
    [
        ("shop_prevails", 1250, 1250),
        ("entered_late", 1250, 1250),
        ("shop_prevails", -800, -800),
        ("platform_prevails", 1250, 0),
        ("reversed", -800, 0),
        ("false_alarm", 1250, 0),
    ],
)
def test_what_the_books_take_over(
    exceptions: Exceptions, resolution: str, fen: int, goods: int
) -> None:
    number, before = exceptions.open(fen), standing(exceptions.market)
    said = exceptions.resolve(number, resolution, reason="not_scanned")
    assert (said["status"], said["resolution"], said["note"]) == (
        "resolved",
        resolution,
        "looked at",
    )
    assert moved(exceptions.market, before) == [-goods, goods, 0]
    (answer,) = said["answers"]
    assert (answer["reason"], answer["status"], answer["decided_by"]) == (
        "not_scanned",
        "in_force",
        None,
    )
    assert (answer["transfer"] is not None) == bool(goods)
    exceptions.market.check_books()


def test_a_discount_comes_from_where_discounts_come_from(exceptions: Exceptions) -> None:
    number = exceptions.open(300, kind="AMOUNT_DIFF", ours_kind="discount")
    names = ("discount-granted", "given-discount:A", PLEDGE)
    before = standing(exceptions.market, *names)
    exceptions.resolve(number, "shop_prevails")
    assert moved(exceptions.market, before, *names) == [-300, 300, 0]


def test_the_posting_says_what_it_is_about(exceptions: Exceptions) -> None:
    number = exceptions.open(500, days=4, reference="T-9")
    said = exceptions.resolve(number, "entered_late")
    row = exceptions.market.database.call(
        "SELECT kind, actor, source, business_day, memo FROM ledger_transfers WHERE id = %(id)s",
        {"id": said["answers"][0]["transfer"]},
    )
    assert row is not None
    assert (row["kind"], row["actor"], row["source"]) == (
        "adjust",
        "staff:U-SEC",
        f"exception:{number}",
    )
    assert row["business_day"] == DAY
    assert row["memo"]["day"] == str(DAY - timedelta(days=4))
    assert (row["memo"]["reference"], row["memo"]["answer"]) == ("T-9", "entered_late")


def test_an_adjustment_names_a_part_of_the_difference(exceptions: Exceptions) -> None:
    number, before = exceptions.open(-900), standing(exceptions.market)
    assert exceptions.resolve(number, "adjusted", status=422)["type"] == "/problems/amount-missing"
    for fen in (100, -901):
        said = exceptions.resolve(number, "adjusted", fen=fen, status=422)
        assert said["type"] == "/problems/amount-not-meant"
    exceptions.resolve(number, "adjusted", fen=-400)
    assert moved(exceptions.market, before) == [400, -400, 0]


def test_only_an_adjustment_names_an_amount(exceptions: Exceptions) -> None:
    exceptions.resolve(exceptions.open(900), "shop_prevails", fen=100, status=422)
    about_a_person = exceptions.open(kind="MISSING_ATTENDANCE")
    exceptions.resolve(about_a_person, "adjusted", fen=100, status=422)
    said = exceptions.resolve(about_a_person, "adjusted")
    assert said["answers"][0]["transfer"] is None


def test_an_answer_sent_twice_is_one(exceptions: Exceptions) -> None:
    number, before = exceptions.open(500), standing(exceptions.market)
    first = exceptions.resolve(number, "shop_prevails", key="form-1")
    assert exceptions.resolve(number, "shop_prevails", key="form-1") == first
    assert moved(exceptions.market, before) == [-500, 500, 0]
    assert len(exceptions.market.events("ExceptionResolved")) == 1
    said = exceptions.resolve(number, "false_alarm", key="form-1", status=422)
    assert said["type"] == "/problems/key-reused"
    exceptions.resolve(number, "shop_prevails", status=409)


def test_above_the_limit_another_person_approves(exceptions: Exceptions) -> None:
    number, before = exceptions.open(100_01), standing(exceptions.market)
    said = exceptions.resolve(number, "shop_prevails")
    assert (said["status"], said["answers"][0]["status"]) == ("open", "waiting")
    assert moved(exceptions.market, before) == [0, 0, 0]
    assert exceptions.ids("state=approval", by="U-SUP") == [number]
    own = exceptions.post(f"{number}/approval", {"approve": True}, status=403)
    assert own["type"] == "/problems/own-answer"
    said = exceptions.post(f"{number}/approval", {"approve": True, "answer": 1}, by="U-SUP")
    assert (said["status"], said["resolved_by"]) == ("resolved", "staff:U-SEC")
    assert said["answers"][0]["decided_by"] == "staff:U-SUP"
    assert moved(exceptions.market, before) == [-100_01, 100_01, 0]
    again = exceptions.post(f"{number}/approval", {"approve": True, "answer": 1}, by="U-SUP")
    assert again == said
    assert exceptions.ids("state=approval") == []


def test_at_the_limit_one_person_is_enough(exceptions: Exceptions) -> None:
    assert exceptions.resolve(exceptions.open(-100_00), "shop_prevails")["status"] == "resolved"


@pytest.mark.parametrize("who", ["U-CH", "U-ADM"])
def test_the_second_person_holds_an_office_that_approves(exceptions: Exceptions, who: str) -> None:
    number = exceptions.open(200_00)
    exceptions.resolve(number, "shop_prevails", by="U-SEC")
    exceptions.post(f"{number}/approval", {"approve": True}, by=who, status=404)
    exceptions.post(f"{number}/approval", {"approve": False}, by=who, status=404)
    assert exceptions.get(f"exceptions/{number}")["answers"][0]["status"] == "waiting"


def test_a_declined_answer_leaves_room_for_another(exceptions: Exceptions) -> None:
    number = exceptions.open(200_00)
    exceptions.resolve(number, "shop_prevails", by="U-ADM")
    waits = exceptions.resolve(number, "false_alarm", status=409)
    assert waits["type"] == "/problems/answer-waits"
    exceptions.post(f"{number}/carry", {"until": "2025-10-20", "note": "x"}, status=409)
    exceptions.post(f"{number}/approval", {"approve": False}, by="U-SUP")
    none = exceptions.post(f"{number}/approval", {"approve": True}, status=409)
    assert none["type"] == "/problems/no-answer-waits"
    exceptions.resolve(number, "platform_prevails", by="U-ADM")
    said = exceptions.post(f"{number}/approval", {"approve": True, "answer": 2})
    assert [one["status"] for one in said["answers"]] == ["declined", "in_force"]
    assert said["resolution"] == "platform_prevails"


def test_the_proposer_may_withdraw(exceptions: Exceptions) -> None:
    number = exceptions.open(200_00)
    exceptions.resolve(number, "shop_prevails", by="U-ADM")
    said = exceptions.post(f"{number}/approval", {"approve": False}, by="U-ADM")
    assert said["answers"][0]["status"] == "declined"


@pytest.mark.parametrize("body", [{"approve": False}, {"approve": False, "answer": 1}])
def test_a_withdrawal_sent_twice_is_one(exceptions: Exceptions, body: Any) -> None:
    number = exceptions.open(200_00)
    exceptions.resolve(number, "shop_prevails", by="U-ADM")
    said = exceptions.post(f"{number}/approval", body, by="U-ADM")
    assert exceptions.post(f"{number}/approval", body, by="U-ADM") == said
    exceptions.post(f"{number}/approval", {"approve": True}, by="U-ADM", status=404)


def test_who_proposed_an_answer_may_not_decline_another_s(exceptions: Exceptions) -> None:
    number = exceptions.open(200_00)
    exceptions.resolve(number, "shop_prevails", by="U-ADM")
    exceptions.post(f"{number}/approval", {"approve": False}, by="U-ADM")
    exceptions.resolve(number, "platform_prevails", by="U-SEC")
    exceptions.post(f"{number}/approval", {"approve": False}, by="U-ADM", status=404)
    exceptions.post(f"{number}/approval", {"approve": False, "answer": 2}, by="U-ADM", status=404)
    assert exceptions.get(f"exceptions/{number}")["answers"][1]["status"] == "waiting"


def test_of_two_who_answer_at_once_one_is_heard(exceptions: Exceptions) -> None:
    market, before = exceptions.market, standing(exceptions.market)
    for _ in range(6):
        number = exceptions.open(500)
        path = f"/reconciliation/exceptions/{number}/resolution"
        bodies = [
            ("U-SEC", {"resolution": "shop_prevails", "note": "a", "key": "one"}),
            ("U-ADM", {"resolution": "entered_late", "note": "b", "key": "two"}),
            ("U-CH", {"resolution": "shop_prevails", "note": "c"}),
        ]
        with ThreadPoolExecutor(3) as threads:
            told = list(
                threads.map(lambda one, path=path: market.post(path, one[1], by=one[0]), bodies)
            )
        assert sorted(one.status_code for one in told) == [200, 409, 409]
        assert len(exceptions.get(f"exceptions/{number}")["answers"]) == 1
    assert moved(market, before) == [-3000, 3000, 0]
    market.check_books()


def test_of_yes_and_no_at_once_one_counts(exceptions: Exceptions) -> None:
    market = exceptions.market
    for _ in range(6):
        number, before = exceptions.open(200_00), standing(market)
        exceptions.resolve(number, "shop_prevails", by="U-ADM")
        path = f"/reconciliation/exceptions/{number}/approval"
        words = [("U-SUP", {"approve": True}), ("U-SEC", {"approve": False})]
        with ThreadPoolExecutor(2) as threads:
            told = list(
                threads.map(lambda one, path=path: market.post(path, one[1], by=one[0]), words)
            )
        assert sorted(one.status_code for one in told) == [200, 409]
        goods = 200_00 if told[0].status_code == 200 else 0
        assert moved(market, before) == [-goods, goods, 0]


def test_carried_yuan_wait_in_suspense_until_the_answer(exceptions: Exceptions) -> None:
    market, before = exceptions.market, standing(exceptions.market)
    taken, left = exceptions.open(700), exceptions.open(-300)
    for number in (taken, left):
        said = exceptions.post(f"{number}/carry", {"until": "2025-10-25", "note": "x", "key": "c"})
        assert said["suspended_fen"] == said["amount_fen"]
        exceptions.post(f"{number}/carry", {"until": "2025-10-25", "note": "x", "key": "c"})
    assert moved(market, before) == [-400, 0, 400]
    exceptions.post(f"{taken}/carry", {"until": "2025-11-01", "note": "still"})
    assert moved(market, before) == [-400, 0, 400]
    exceptions.resolve(taken, "shop_prevails")
    said = exceptions.resolve(left, "platform_prevails")
    assert said["suspended_fen"] == 0
    assert moved(market, before) == [-700, 700, 0]
    market.check_books()


def test_part_of_what_is_suspended_may_be_taken_over(exceptions: Exceptions) -> None:
    number, before = exceptions.open(700), standing(exceptions.market)
    exceptions.post(f"{number}/carry", {"until": "2025-10-25", "note": "x"})
    exceptions.resolve(number, "adjusted", fen=200)
    assert moved(exceptions.market, before) == [-200, 200, 0]


def test_goods_that_left_on_a_bad_proof_wait_in_suspense(
    exceptions: Exceptions, work: Work
) -> None:
    market, before = exceptions.market, standing(exceptions.market)
    sell(market, "V0001", "SOAP", "k1", code=market.code("V0001"), qty=2)
    desk = Desk(market.client, market.tokens["U-SEC"])
    for _ in range(2):
        desk.run()
        work()
    (one,) = exceptions.get("queue?kind=OFFLINE_BAD&shop=A")["items"]
    assert (one["amount_fen"], one["suspended_fen"]) == (800, 800)
    assert moved(market, before) == [-800, 0, 800]
    shown = market.client.get(
        "/desk/shops/A", headers={"Authorization": f"Bearer {market.tokens['U-CH']}"}
    )
    assert shown.status_code == 200
    exceptions.resolve(one["id"], "shop_prevails")
    assert moved(market, before) == [-800, 800, 0]


def test_a_day_that_is_closed_carries_and_re_ages(exceptions: Exceptions, work: Work) -> None:
    market = exceptions.market
    exceptions.later(4, "U-SEC")
    desk = Desk(market.client, market.tokens["U-SEC"])
    desk.run(stock_counts={"A/SOAP": 58})
    work()
    (one,) = exceptions.get("queue")["items"]
    assert (one["age"], one["colour"]) == (4, "yellow")
    desk.post(f"days/{DAY}/close", {"note": "count again"})
    (one,) = exceptions.get("queue?state=carried")["items"]
    assert (one["status"], one["age"], one["colour"]) == ("carried", 0, "fresh")


def test_who_answers_while_a_run_goes_on_is_not_overheard(
    exceptions: Exceptions, work: Work
) -> None:
    market = exceptions.market
    desk = Desk(market.client, market.tokens["U-SEC"])
    for turn in range(4):
        desk.run(stock_counts={"A/SOAP": 58 - turn})
        work()
        (row,) = exceptions.get("queue")["items"]
        desk.run(stock_counts={"A/SOAP": 60})  # its cause is gone
        path = f"/reconciliation/exceptions/{row['id']}/resolution"
        body = {"resolution": "adjusted", "note": "two were broken"}
        with ThreadPoolExecutor(2) as threads:
            told = threads.submit(market.post, path, body, by="U-ADM")
            ran = threads.submit(work)
            ran.result()
        heard = told.result().status_code == 200
        said = exceptions.get(f"exceptions/{row['id']}")
        assert said["resolution"] == ("adjusted" if heard else "gone")
        assert said["resolved_by"] == ("staff:U-ADM" if heard else "system")
        if heard:  # it stays answered; another turn needs another one
            break


def attach(exceptions: Exceptions, number: int, *, by: str = "U-SEC", status: int = 201) -> Any:
    answer = exceptions.market.client.post(
        f"/api/v1/reconciliation/exceptions/{number}/attachment",
        data={"picture": (BytesIO(photo()), "slip.jpg")},
        headers={"Authorization": f"Bearer {exceptions.market.tokens[by]}"},
    )
    assert answer.status_code == status, answer.text
    return answer.json


def test_a_picture_stands_beside_the_answer_for_those_who_read_it(exceptions: Exceptions) -> None:
    number = exceptions.open(500)
    code = attach(exceptions, number)["attachment"]
    attach(exceptions, number, by="U-OTHER", status=404)
    attach(exceptions, number, by="U-SUP", status=403)
    exceptions.resolve(number, "shop_prevails", by="U-ADM", attachment=code, status=404)
    said = exceptions.resolve(number, "shop_prevails", attachment=code)
    assert said["answers"][0]["attachment"] == code
    client, tokens = exceptions.market.client, exceptions.market.tokens
    path = f"/desk/exceptions/{number}/pictures/{code}"
    for who, status in (("U-SUP", 200), ("U-CH", 200), ("U-OTHER", 404), ("A-OWNER", 403)):
        told = client.get(path, headers={"Authorization": f"Bearer {tokens[who]}"})
        assert told.status_code == status, who


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"resolution": "gone", "note": "x"},
        {"resolution": "carried", "note": "x"},
        {"resolution": "false_alarm", "note": ""},
        {"resolution": "false_alarm", "note": "x", "reason": "because"},
        {"resolution": "adjusted", "note": "x", "fen": 1.5},
        {"resolution": "false_alarm", "note": "x", "key": "a b"},
        {"resolution": "false_alarm", "note": "x", "more": 1},
    ],
)
def test_what_cannot_be_meant_changes_nothing(exceptions: Exceptions, body: Any) -> None:
    number = exceptions.open(500)
    exceptions.post(f"{number}/resolution", body, status=422)
    assert exceptions.market.count("reconciliation_answers") == 0


def test_what_was_decided_is_not_changed_in_the_database(
    exceptions: Exceptions, owner: Any
) -> None:
    number = exceptions.open(500)
    exceptions.resolve(number, "shop_prevails")
    with pytest.raises(Exception, match="what was signed is not changed"):
        owner.execute("UPDATE reconciliation_answers SET note = 'another'")


def test_what_a_shop_s_batch_found_is_left_to_it_by_the_community_s_run(
    exceptions: Exceptions, work: Work, admin: Any
) -> None:
    market = exceptions.market
    sell(market, "V0002", "HAT", "k1")
    desk = Desk(market.client, market.tokens["U-SEC"])
    desk.run()
    work()
    both = exceptions.ids()
    admin.execute(
        "UPDATE reconciliation_exceptions SET origin = 'batch', batch_id = 1, detail = '{\"b\": 1}'"
    )
    exceptions.open(500, kind="SEQ_GAP", reference="device:1")
    admin.execute("UPDATE reconciliation_exceptions SET origin = 'batch', batch_id = 1")
    run = desk.run(stock_counts={"A/SOAP": 58})
    work()
    kinds = {"limit_breach", "offline_overdraft", "stock_diff"}
    assert {kind for kind, _ in desk.found(run)} == kinds
    assert set(both) < set(exceptions.ids())
    assert exceptions.get(f"exceptions/{both[0]}")["detail"] == {"b": 1}
    assert [one["kind"] for one in exceptions.get("queue?kind=SEQ_GAP")["items"]] == ["seq_gap"]
    desk.post(f"days/{DAY}/close", {"note": "x"})
    assert exceptions.get(f"exceptions/{both[0]}")["status"] == "open"
