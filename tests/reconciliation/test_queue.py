"""The queue: whose, in which order, how old, and who looks after what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from psycopg import Connection
from sqlalchemy.dialects.postgresql import dialect
from sqlmodel import Session

from service.programmes import parse
from service.reconciliation import queue
from service.reconciliation.ageing import Colour, born, colour
from service.reconciliation.queries import Seen
from service.reconciliation.queue import Asked
from tests.reconciliation.exceptions import Exceptions
from tests.shops.market import DAY, FIGURES

LIMITS = parse("MK-1", DAY, FIGURES).answering


def test_the_limits_are_figures_of_the_rules() -> None:
    stated = {**FIGURES, "exceptions": {"yellow_days": 1, "approve_above_fen": 500}}
    found = parse("x", DAY, stated).answering
    assert (found.yellow_days, found.red_days, found.approve_above_fen) == (1, 7, 500)
    assert (LIMITS.yellow_days, LIMITS.red_days, LIMITS.approve_above_fen) == (3, 7, 100_00)


@pytest.mark.parametrize(
    ("days", "shade"),
    [(-1, "resting"), (0, "fresh"), (2, "fresh"), (3, "yellow"), (6, "yellow"), (7, "red")],
)
def test_an_age_has_its_colour(days: int, shade: str) -> None:
    assert colour(DAY - timedelta(days=days), DAY, LIMITS) == shade


def test_every_day_has_one_colour_only() -> None:
    spans = [born(shade, DAY, LIMITS) for shade in Colour]
    for back in range(-5, 15):
        day = DAY - timedelta(days=back)
        assert sum(first <= day <= last for first, last in spans) == 1
        first, last = born(colour(day, DAY, LIMITS), DAY, LIMITS)
        assert first <= day <= last


def test_the_oldest_comes_first_and_is_told_with_its_age(exceptions: Exceptions) -> None:
    young, old = exceptions.open(500), exceptions.open(-900, days=8)
    said = exceptions.get("queue")["items"]
    assert [one["id"] for one in said] == [old, young]
    assert (said[0]["age"], said[0]["colour"], said[0]["amount_fen"]) == (8, "red", -900)
    assert (said[1]["age"], said[1]["colour"]) == (0, "fresh")


def test_it_is_narrowed_by_shop_class_and_age(exceptions: Exceptions) -> None:
    of_b = exceptions.open(500, shop="B")
    late = exceptions.open(500, kind="AMOUNT_DIFF", days=3)
    red = exceptions.open(500, days=7)
    assert exceptions.ids("shop=B") == [of_b]
    assert exceptions.ids("kind=AMOUNT_DIFF") == [late]
    assert exceptions.ids("age=yellow") == [late]
    assert exceptions.ids("age=red") == [red]
    assert exceptions.ids("age=fresh&shop=A") == []
    assert exceptions.ids("community=MK") == [red, late, of_b]
    exceptions.get("queue?community=ELSE", status=404)
    exceptions.get("queue?shop=NOSUCH", status=404)


@pytest.mark.parametrize(
    "query", ["kind=NOSUCH", "age=blue", "state=all", "after=x", "after=2025-10-18", "after=~1"]
)
def test_a_filter_that_cannot_be_meant_is_refused(exceptions: Exceptions, query: str) -> None:
    exceptions.get(f"queue?{query}", status=422)


def test_pages_leave_nothing_out_and_repeat_nothing(
    exceptions: Exceptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.reconciliation.queue.PAGE", 3)
    made = [exceptions.open(100, days=n % 3) for n in range(8)]
    seen, after = [], ""
    while after is not None:
        page = exceptions.get(f"queue?after={after}")
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(set(seen))
    for one in made:
        exceptions.resolve(one, "false_alarm")
    first = exceptions.get("queue?state=answered")
    rest = exceptions.market.client.get(
        "/api/v1/reconciliation/queue",
        query_string={"state": "answered", "after": first["next"]},
        headers={"Authorization": f"Bearer {exceptions.market.tokens['U-SEC']}"},
    ).json
    assert [one["id"] for one in first["items"]] == made[:-4:-1]
    assert [one["id"] for one in rest["items"]] == made[-4:-7:-1]


def test_it_is_counted_by_class_and_colour(exceptions: Exceptions) -> None:
    for days, fen in ((0, 300), (3, -400), (9, 500)):
        exceptions.open(fen, days=days)
    exceptions.open(kind="SEQ_GAP")
    most, gap = exceptions.get("queue/counts")["items"]
    assert most == {
        "kind": "THEIRS_ONLY",
        "fresh": 1,
        "yellow": 1,
        "red": 1,
        "total": 3,
        "fen": 1200,
    }
    assert (gap["kind"], gap["total"], gap["fen"]) == ("SEQ_GAP", 1, 0)


def test_another_community_s_reader_finds_nothing(exceptions: Exceptions) -> None:
    number = exceptions.open(500)
    assert exceptions.ids(by="U-OTHER") == []
    assert exceptions.get("queue/counts", by="U-OTHER")["items"] == []
    exceptions.get(f"exceptions/{number}", by="U-OTHER", status=404)
    for path, body in (
        ("assignment", {"to": None}),
        ("resolution", {"resolution": "false_alarm", "note": "x"}),
        ("carry", {"until": "2025-10-20", "note": "x"}),
        ("approval", {"approve": True}),
    ):
        exceptions.post(f"{number}/{path}", body, by="U-OTHER", status=404)
    assert exceptions.get(f"exceptions/{number}")["status"] == "open"


@pytest.mark.parametrize("who", ["V0001", "A"])
def test_tills_and_volunteers_do_not_read_it(exceptions: Exceptions, who: str) -> None:
    exceptions.get("queue", by=who, status=403)


def test_an_owner_sees_the_own_shop_and_no_person(exceptions: Exceptions) -> None:
    number = exceptions.open(500, detail={"volunteer": "V0001", "key": "k1"})
    exceptions.open(500, shop="B")
    exceptions.open(kind="MISSING_ATTENDANCE")
    (one,) = exceptions.get("queue", by="A-OWNER")["items"]
    assert (one["id"], one["detail"]) == (number, {"key": "k1"})
    assert sum(each["total"] for each in exceptions.get("queue/counts", by="A-OWNER")["items"]) == 1
    exceptions.post(f"{number}/assignment", {"to": "A-OWNER"}, by="A-OWNER", status=403)


def test_the_association_sees_its_shops_and_no_person(exceptions: Exceptions) -> None:
    number = exceptions.open(500, detail={"volunteer": "V0001", "key": "k1"})
    exceptions.open(kind="MISSING_ATTENDANCE")
    (one,) = exceptions.get("queue", by="U-CH")["items"]
    assert one["id"] == number
    assert "V0001" not in str(one)
    assert one["detail"] == {"key": "k1"}


def test_it_is_given_to_somebody_and_given_up(exceptions: Exceptions) -> None:
    number = exceptions.open(500)
    said = exceptions.post(f"{number}/assignment", {"to": "U-ADM"})
    assert (said["status"], said["assigned_to"]) == ("assigned", "staff:U-ADM")
    assert exceptions.ids("state=mine", by="U-ADM") == [number]
    assert exceptions.ids("state=mine") == []
    again = exceptions.post(f"{number}/assignment", {"to": "U-ADM"})
    assert again == said
    said = exceptions.post(f"{number}/assignment", {"to": None, "was": "U-ADM"})
    assert (said["status"], said["assigned_to"]) == ("open", None)


@pytest.mark.parametrize("who", ["U-OTHER", "U-SUP", "A-OWNER", "NOBODY"])
def test_only_who_may_answer_can_be_given_it(exceptions: Exceptions, who: str) -> None:
    number = exceptions.open(500)
    exceptions.post(f"{number}/assignment", {"to": who}, status=422)
    assert exceptions.get(f"exceptions/{number}")["assigned_to"] is None


def test_an_attendance_is_not_given_to_the_association(exceptions: Exceptions) -> None:
    number = exceptions.open(kind="MISSING_ATTENDANCE")
    exceptions.post(f"{number}/assignment", {"to": "U-CH"}, status=422)
    exceptions.post(f"{exceptions.open(500)}/assignment", {"to": "U-CH"})


def test_who_read_an_old_page_takes_it_from_nobody(exceptions: Exceptions) -> None:
    number = exceptions.open(500)
    exceptions.post(f"{number}/assignment", {"to": "U-ADM"})
    said = exceptions.post(f"{number}/assignment", {"to": "U-CH"}, status=409)
    assert said["type"] == "/problems/taken-meanwhile"
    exceptions.post(f"{number}/assignment", {"to": "U-CH", "was": "U-ADM"})
    assert exceptions.get(f"exceptions/{number}")["assigned_to"] == "staff:U-CH"


def test_two_who_take_it_at_once_do_not_both_have_it(exceptions: Exceptions) -> None:
    people = ["U-ADM", "U-CH"]
    for _ in range(5):
        number = exceptions.open(500)
        path = f"/reconciliation/exceptions/{number}/assignment"
        with ThreadPoolExecutor(2) as threads:
            told = list(
                threads.map(
                    lambda who, path=path: exceptions.market.post(path, {"to": who}, by=who), people
                )
            )
        assert sorted(one.status_code for one in told) == [200, 409]
        (winner,) = [one.json["assigned_to"] for one in told if one.status_code == 200]
        assert exceptions.get(f"exceptions/{number}")["assigned_to"] == winner


def test_what_was_carried_rests_and_waits_again_from_its_day(exceptions: Exceptions) -> None:
    number = exceptions.open(500, days=9)
    until = DAY + timedelta(days=2)
    said = exceptions.post(f"{number}/carry", {"until": str(until), "note": "ask the driver"})
    assert (said["status"], said["colour"], said["age"]) == ("carried", "resting", -2)
    assert exceptions.ids() == []
    assert (
        exceptions.ids("state=carried") == exceptions.ids("state=carried&age=resting") == [number]
    )
    exceptions.later(2, "U-SEC")
    assert exceptions.ids() == [number]
    exceptions.later(3, "U-SEC")
    (one,) = exceptions.get("queue?age=yellow")["items"]
    assert (one["id"], one["age"], one["status"]) == (number, 3, "carried")


@pytest.mark.parametrize("until", [date(2025, 10, 17), DAY, DAY + timedelta(days=32)])
def test_it_is_carried_to_a_day_ahead_that_is_not_far(exceptions: Exceptions, until: date) -> None:
    number = exceptions.open(500)
    body = {"until": str(until), "note": "x"}
    said = exceptions.post(f"{number}/carry", body, status=422)
    assert said["type"] == "/problems/carried-too-far"
    assert exceptions.get(f"exceptions/{number}")["answers"] == []


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (Asked(), "waiting"),
        (Asked(after=(DAY, 7)), "waiting"),
        (Asked("carried", age=Colour.RESTING), "waiting"),
        (Asked("mine"), "mine"),
        (Asked(shop="A"), "of_shop"),
        (Asked("answered"), "answered"),
        (Asked("answered", shop="A"), "answered_of_shop"),
    ],
)
def test_a_long_queue_is_read_by_the_index_of_its_order(
    exceptions: Exceptions, admin: Connection, asked: Asked, index: str
) -> None:
    exceptions.open(500)
    with admin.transaction(force_rollback=True):
        admin.execute(MANY)
        admin.execute("ANALYZE reconciliation_exceptions")
        place = exceptions.market.one("SELECT id FROM people_units WHERE code = 'MK'")

        def sql(session: Session) -> str:
            seen = Seen(frozenset({place}))
            who = queue.reader(session, seen, actor="staff:U-7", today=DAY)
            query = queue.statement(session, who, asked)
            spoken = query.compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
            return str(spoken)

        said = exceptions.market.run(sql).replace("%%", "%")
        plan = "\n".join(row[0] for row in admin.execute(f"EXPLAIN {said}".encode()))
    assert f"ix_reconciliation_exceptions_{index} " in plan, plan
    if index in {"waiting", "answered"}:  # of few rows, a sort may be cheaper
        assert "Sort" not in plan, plan


MANY = """INSERT INTO reconciliation_exceptions (programme_id, community_id, shop_id, day,
  aged_from, kind, subject, reference, detail, status, resolution, resolved_by, resolved_at,
  assigned_to, opened_at)
SELECT e.programme_id, e.community_id, e.shop_id + n % 90, e.day - n % 40, e.day - n % 40, e.kind,
  e.subject, 'M-' || n, '{}', CASE n % 2 WHEN 0 THEN 'open' ELSE 'resolved' END,
  CASE n % 2 WHEN 1 THEN 'gone' END, CASE n % 2 WHEN 1 THEN 'system' END,
  CASE n % 2 WHEN 1 THEN e.opened_at - n * interval '1 minute' END, 'staff:U-' || n % 50,
  e.opened_at
FROM reconciliation_exceptions e CROSS JOIN generate_series(1, 8000) AS n"""
