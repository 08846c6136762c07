"""Queues of phones without network: every item ends in an effect or in a line of the list."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from service.activities.actions.gate import Sent
from service.activities.actions.merge import scan_batch
from service.activities.actions.queue import Sending
from tests.activities.queues import GATES, problems, read, table, undo, upload
from tests.activities.town import Town, at


def test_every_item_is_an_effect_or_a_row_of_the_list(town: Town) -> None:
    queue = [
        read(town, "V0001", "08:00"),
        read(town, "V0002", "09:00", "out"),
        read(town, "V0003", "07:00"),
        read(town, "G0001", "08:10"),
        Sent("nonsense", "in", "x1", activity="A1", occurred_at=at("08:20")),
        Sent(town.onsite("A1").url, "in", "x2", activity="A1", occurred_at=at("08:20")),
        Sent("123456", "in", "x3", activity="A1", occurred_at=at("08:20")),
    ]
    done = upload(town, *queue)
    kinds = [one.kind for one in done.done]
    assert kinds == [None, "out_without_in", "refused", *["refused"] * 4]
    assert [one.answer.reason for one in done.done] == [
        None, "not_in", "too_early", "wrong_community", *["unknown_code"] * 3,
    ]  # fmt: skip
    assert done.accepted + done.duplicates + len(done.problems) == len(queue)
    assert len(problems(town)) == 6
    assert town.count("activities_scans") == 7


def test_two_gates_see_one_arrival(town: Town) -> None:
    upload(town, read(town, "V0001", "08:20"), who="U-ADM")
    upload(town, read(town, "V0001", "08:05"), who="V0010")
    [row] = table(town)
    assert (row["in_at"], row["in_actor"]) == (at("08:05"), "volunteer:V0010")
    assert problems(town) == []


def test_one_gate_that_sees_somebody_twice_asks_a_person(town: Town) -> None:
    done = upload(town, read(town, "V0001", "08:00"), read(town, "V0001", "09:00"))
    assert [one.kind for one in done.done] == [None, "in_after_in"]
    assert table(town)[0]["in_at"] == at("08:00")
    assert problems(town) == [("in_after_in", "V0001")]


def test_a_second_reading_of_a_hand_that_was_not_sure_asks_nobody(town: Town) -> None:
    done = upload(town, read(town, "V0001", "08:00"), read(town, "V0001", "08:01"))
    assert (done.accepted, done.duplicates, problems(town)) == (1, 1, [])


def test_a_check_out_waits_for_its_check_in_and_the_list_forgets_it(town: Town) -> None:
    out = read(town, "V0001", "09:30", "out")
    upload(town, out)
    assert (table(town), problems(town)) == ([], [("out_without_in", "V0001")])
    upload(town, read(town, "V0001", "08:00"), who="U-ADM")
    [row] = table(town)
    assert (row["in_at"], row["out_at"], row["status"]) == (at("08:00"), at("09:30"), "out")
    assert problems(town) == []
    assert town.one("SELECT resolved_by FROM activities_problems") == "system"
    assert upload(town, out).done[0].answer.reason == "not_in"  # the stored answer
    assert table(town) == [row]


def test_a_check_out_that_the_screen_refused_counts_when_the_check_in_arrives(town: Town) -> None:
    from service.activities.actions.gate import scan

    town.clock.set(at("09:30"))
    sent = Sent(town.pass_of("V0001"), "out", "live", activity="A1")
    assert scan(town.gate("U-ADM"), sent).reason == "not_in"
    upload(town, read(town, "V0001", "08:00"))
    assert table(town)[0]["out_at"] == at("09:30")


@pytest.mark.parametrize(("minutes", "kind"), [(4, None), (-4, None), (6, "skew"), (-6, "skew")])
def test_a_clock_is_put_right_a_little_and_beyond_that_a_person_decides(
    town: Town, minutes: int, kind: str | None
) -> None:
    true = read(town, "V0001", "08:30")
    off = timedelta(minutes=minutes)
    assert true.occurred_at
    wrong = replace(true, occurred_at=true.occurred_at - off, clock_offset_ms=minutes * 60_000)
    done = upload(town, wrong)
    assert done.done[0].kind == kind
    rows = table(town)
    assert [row["in_at"] for row in rows] == ([] if kind else [at("08:30")])
    kept = town.database.call("SELECT occurred_at, moment FROM activities_scans")
    assert kept == {"occurred_at": wrong.occurred_at, "moment": at("08:30")}


def test_a_clock_that_was_set_meanwhile_is_seen_by_the_time_that_ran(town: Town) -> None:
    sent = read(town, "V0001", "08:30", uptime_ms=1_000, boot="b")
    honest = Sending(at("11:00"), 1_000 + 150 * 60_000, "b")
    moved = Sending(at("11:00"), 1_000 + 120 * 60_000, "b")  # only two hours ran
    assert upload(town, sent, sending=honest).done[0].kind is None
    other = read(town, "V0002", "08:30", uptime_ms=1_000, boot="b")
    assert upload(town, other, sending=moved).done[0].kind == "skew"
    detail = town.one("SELECT detail FROM activities_problems")
    assert detail["at"] == at("09:00").isoformat()


def test_a_moment_ahead_of_us_is_a_decision(town: Town) -> None:
    town.clock.set(at("08:00"))
    sent = read(town, "V0001", "08:10")
    assert scan_batch(town.gate("V0010"), [sent]).done[0].kind == "skew"


def test_a_card_blocked_before_the_scan_is_a_problem_and_after_it_is_none(
    town: Town, admin: psycopg.Connection
) -> None:
    for n, whom in enumerate(("V0001", "V0002")):
        card = town.print_card(whom)
        admin.execute(
            "UPDATE passes_cards SET status = 'lost', blocked_at = %s WHERE number = %s",
            [at("08:30"), card.number],
        )
        sent = read(town, whom, ("08:00", "09:00")[n], code=card.url)
        kind = upload(town, sent).done[0].kind
        assert kind == (None, "blocked_card")[n]
    assert [row["code"] for row in table(town)] == ["V0001"]
    assert problems(town) == [("blocked_card", "V0002")]


def test_what_arrives_after_confirmation_is_a_candidate_for_an_award_by_hand(
    town: Town, admin: psycopg.Connection
) -> None:
    upload(town, read(town, "V0001", "08:00"), read(town, "V0001", "09:00", "out"))
    admin.execute("UPDATE activities_attendances SET status = 'confirmed'")
    before = table(town)
    done = upload(town, read(town, "V0001", "07:55"), read(town, "V0001", "09:10", "out"))
    assert [one.kind for one in done.done] == ["confirmed", None]  # the second says nothing new
    admin.execute("UPDATE activities SET status = 'confirmed' WHERE code = 'A1'")
    assert upload(town, read(town, "V0002", "08:00")).done[0].kind == "confirmed"
    assert table(town) == before
    assert problems(town) == [("confirmed", "V0001"), ("confirmed", "V0002")]


def test_a_stay_that_a_person_filled_in_is_not_moved(town: Town, admin: psycopg.Connection) -> None:
    upload(town, read(town, "V0001", "08:00"))
    admin.execute(
        "UPDATE activities_attendances SET status = 'out', out_at = %s, out_way = 'C4',"
        " amended = true, amended_by = 'x', amended_at = now()",
        [at("10:00")],
    )
    done = upload(town, read(town, "V0001", "09:40", "out"))
    assert done.done[0].kind == "decided"
    assert table(town)[0]["out_at"] == at("10:00")


def test_a_walk_in_beyond_the_places_counts_and_is_on_the_list(town: Town) -> None:
    done = upload(town, read(town, "V0008", "08:00"))
    assert (done.done[0].kind, done.done[0].answer.reason) == ("no_place", "activity_full")
    assert table(town)[0]["signup"] is None
    assert problems(town) == [("no_place", "V0008")]


def test_an_offline_check_in_elsewhere_is_refused_until_the_check_out_arrives(town: Town) -> None:
    upload(town, read(town, "V0002", "08:00"))
    elsewhere = read(town, "V0002", "09:30", activity="A2")
    assert upload(town, elsewhere, who="U-ADM").done[0].answer.reason == "overlap"
    assert problems(town) == [("overlap", "V0002")]
    upload(town, read(town, "V0002", "09:00", "out"))
    assert [row["activity"] for row in table(town)] == ["A1", "A2"]
    assert problems(town) == []


def test_a_gap_in_a_device_s_numbers_is_listed_until_it_closes(town: Town) -> None:
    def numbered(seq: int, whom: str) -> Sent:
        return read(town, whom, f"08:{seq:02}", seq=seq, device="d1")

    upload(town, numbered(2, "V0001"), numbered(5, "V0002"))
    rows = town.database.rows(
        "SELECT detail FROM activities_problems WHERE resolved_at IS NULL ORDER BY id"
    )
    assert [row["detail"] for row in rows] == [{"first": 1, "last": 1}, {"first": 3, "last": 4}]
    upload(town, numbered(1, "V0003"), numbered(3, "V0001"))
    upload(town, undo(read(town, "V0001", "08:03"), "08:04", seq=4, device="d1"))
    upload(town, numbered(6, "V0002"))
    left = town.one(
        "SELECT count(*) FROM activities_problems WHERE kind = 'gap' AND resolved_at IS NULL"
    )
    assert left == 0


def test_one_nonce_for_two_readings_is_kept_on_the_list(town: Town) -> None:
    one = read(town, "V0001", "08:00", nonce="same")
    two = read(town, "V0002", "08:00", nonce="same")
    done = upload(town, one, two, one)
    assert [each.answer.status for each in done.done] == ["ok", "refused", "ok"]
    assert [each.answer.replayed for each in done.done] == [False, False, True]
    assert problems(town) == [("refused", "V0002")]
    assert upload(town, two).done[0].answer.status == "refused"
    assert len(problems(town)) == 1


def test_an_undo_may_arrive_before_its_scan(town: Town) -> None:
    sent = read(town, "V0001", "08:00")
    assert upload(town, undo(sent, "08:05")).done[0].answer.status == "ok"
    assert upload(town, sent).done[0].answer.reason == "undone"
    assert (table(town), problems(town)) == ([], [])
    assert town.one("SELECT count(*) FROM activities_signups WHERE status = 'came'") == 0


def test_an_undo_of_another_gate_s_scan_does_nothing(town: Town) -> None:
    sent = read(town, "V0001", "08:00")
    upload(town, sent)
    upload(town, undo(sent, "08:05"), who="U-ADM")
    assert len(table(town)) == 1


def test_a_device_s_queue_is_one_queue_whoever_brings_it(town: Town) -> None:
    """The leader's phone sent it without hearing the answer; the recorder brings its file."""
    mine = {"device": "phone"}
    came = read(town, "V0001", "08:00", seq=1, **mine)
    wrong = read(town, "V0002", "08:01", seq=2, **mine)
    unknown = Sent("nonsense", "in", "x", activity="A1", occurred_at=at("08:02"), seq=3, **mine)
    upload(town, came, wrong, unknown)
    before = (table(town), problems(town))
    file = [came, wrong, unknown, undo(wrong, "08:05", seq=4, **mine)]
    done = upload(town, *file, who="U-ADM")
    assert [one.answer.replayed for one in done.done] == [True, True, True, False]
    assert town.count("activities_scans") == 3
    assert (table(town), problems(town)) == ([before[0][0]], before[1])
    assert upload(town, *file, who="V0010").duplicates == 4
    assert (table(town), problems(town)) == ([before[0][0]], before[1])


def test_one_device_that_sees_somebody_twice_asks_a_person_whoever_holds_it(town: Town) -> None:
    upload(town, read(town, "V0001", "08:00", device="tablet"))
    upload(town, read(town, "V0001", "09:00", device="tablet"), who="U-ADM")
    assert problems(town) == [("in_after_in", "V0001")]


def test_who_brings_a_device_s_queue_at_once_changes_nothing(town: Town) -> None:
    queue = [read(town, f"V000{n}", f"08:0{n}", device="phone", seq=n) for n in (1, 2, 3)]
    queue.append(
        Sent("nonsense", "in", "x", activity="A1", occurred_at=at("08:09"), device="phone")
    )
    town.clock.set(at("11:00"))
    with ThreadPoolExecutor(6) as pool:
        for _ in range(3):
            list(pool.map(lambda who: scan_batch(town.gate(who), queue), ["V0010", *GATES] * 2))
    assert town.count("activities_scans") == 4
    assert [row["code"] for row in table(town)] == ["V0001", "V0002", "V0003"]
    assert problems(town) == [("refused", None)]
    assert len(town.events("CheckedIn")) == 3


def test_who_listens_takes_no_place_and_who_serves_after_all_does(town: Town) -> None:
    upload(town, read(town, "V0008", "08:20", "audience"))
    assert [(row["kind"], row["signup"]) for row in table(town)] == [("audience", None)]
    assert problems(town) == []
    upload(town, read(town, "V0001", "08:20", "audience"), who="U-ADM")
    assert table(town)[0]["signup"] == "confirmed"
    upload(town, read(town, "V0001", "08:00"))
    assert next((row["kind"], row["signup"]) for row in table(town)) == ("service", "came")
    upload(town, read(town, "V0001", "07:50", "audience"))
    assert next((row["kind"], row["signup"]) for row in table(town)) == ("audience", "confirmed")


def test_a_late_undo_in_a_queue_is_listed(town: Town) -> None:
    sent = read(town, "V0001", "08:00")
    done = upload(town, sent, undo(sent, "08:16"))
    assert (done.done[1].answer.reason, len(table(town))) == ("too_late", 1)
    assert problems(town) == [("refused", "V0001")]


def test_gates_that_upload_at_once_agree_and_lose_nothing(town: Town) -> None:
    people = ["V0001", "V0002", "V0003", "V0008"]
    queues = {
        who: [read(town, whom, f"08:{10 * n + at_gate:02}") for n, whom in enumerate(people)]
        + [read(town, whom, f"09:{10 * n + at_gate:02}", "out") for n, whom in enumerate(people)]
        for at_gate, who in enumerate(["V0010", "U-ADM", "U-SEC"])
    }
    town.clock.set(at("11:00"))

    def send(who: str, turn: int) -> None:
        queue = queues[who]
        for half in (queue[turn % 2 :: 2], queue[(turn + 1) % 2 :: 2][::-1]):
            scan_batch(town.gate(who), half)

    with ThreadPoolExecutor(6) as pool:
        for sent in [pool.submit(send, who, turn) for turn in range(4) for who in queues]:
            sent.result()
    assert town.count("activities_scans") == 24
    rows = table(town)
    assert [row["code"] for row in rows] == people
    assert [row["in_at"] for row in rows] == [at(f"08:{n}0") for n in range(4)]
    assert [row["out_at"] for row in rows] == [at(f"09:{n}0") for n in range(4)]
    assert problems(town) == [("no_place", "V0008")]
    assert len(town.events("CheckedIn")) == 4


def test_a_live_scan_and_a_queue_at_once_make_one_stay(town: Town) -> None:
    from service.activities.actions.gate import scan

    for whom in ("V0001", "V0002", "V0003"):
        town.clock.set(at("09:00"))
        live = Sent(town.pass_of(whom), "out", f"live-{whom}", activity="A1")
        queued = read(town, whom, "08:00")
        with ThreadPoolExecutor(2) as pool:
            both = (
                pool.submit(scan, town.gate("U-ADM"), live),
                pool.submit(scan_batch, town.gate("V0010"), [queued]),
            )
            for one in both:
                one.result()
    assert [row["out_at"] for row in table(town)] == [at("09:00")] * 3
    assert problems(town) == []


def test_a_queue_is_told_once_however_often_it_is_sent(town: Town) -> None:
    queue = [read(town, "V0001", "08:00"), read(town, "V0002", "08:01")]
    for _ in range(2):
        upload(town, *queue, sending=Sending())
    upload(town, read(town, "V0003", "08:02"))  # one scan by itself is no queue
    (told,) = town.events("OfflineBatchUploaded")
    assert told["activity"] == "A1"
    assert [told[name] for name in ("scans", "accepted", "duplicates", "problems")] == [2, 2, 0, 0]
