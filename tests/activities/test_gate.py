"""The gate: every reason, one row a person, a nonce counts once, and every scan is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from typing import Any

import psycopg
import pytest

from service import activities, passes, people
from service.activities.actions.gate import Answer, Sent, scan
from service.activities.actions.merge import scan_batch
from service.activities.refusals import NotYours, UnknownActivity
from service.errors import KeyReused
from tests.activities.town import Town, at

NONCES = iter(range(10**9))


def send(town: Town, who: str, code: str, action: str = "in", **more: Any) -> Answer:
    nonce = more.pop("nonce", f"n{next(NONCES)}")
    return scan(town.gate(who), Sent(code=code, action=action, nonce=nonce, **more))


def own(town: Town, who: str, clock: str, action: str = "in", activity: str = "A1") -> Answer:
    """Somebody scans the place's code at a time of day."""
    town.clock.set(at(clock))
    return send(town, who, town.onsite(activity).url, action)


def by_leader(town: Town, whom: str, clock: str, action: str = "in", **more: Any) -> Answer:
    """The leader of A1 scans somebody's pass."""
    town.clock.set(at(clock))
    return send(town, more.pop("who", "V0010"), town.pass_of(whom), action, activity="A1", **more)


def test_an_own_scan_checks_in(town: Town) -> None:
    answer = own(town, "V0001", "07:58")
    assert (answer.status, answer.reason, answer.already) == ("ok", None, False)
    assert (answer.at, answer.activity, answer.volunteer) == (at("07:58"), "A1", "V0001")
    row = town.database.call("SELECT * FROM activities_attendances")
    assert row is not None
    assert (row["in_at"], row["in_way"], row["in_actor"]) == (at("07:58"), "C2", "volunteer:V0001")
    assert town.one("SELECT status FROM activities_signups WHERE status = 'came'") == "came"
    assert [event["volunteer"] for event in town.events("CheckedIn")] == ["V0001"]


def test_the_leader_scans_a_pass_and_is_named_as_who_did_it(town: Town) -> None:
    answer = by_leader(town, "V0002", "08:00")
    assert (answer.status, answer.volunteer) == ("ok", "V0002")
    row = town.database.call("SELECT in_way, in_actor FROM activities_attendances")
    assert row == {"in_way": "C1", "in_actor": "volunteer:V0010"}


def test_a_second_scan_keeps_the_first_time_and_tells_nothing_new(town: Town) -> None:
    own(town, "V0001", "07:58")
    answer = own(town, "V0001", "08:01")
    assert (answer.status, answer.already, answer.at) == ("ok", True, at("07:58"))
    assert town.count("activities_attendances") == 1
    assert town.count("activities_scans") == 2
    assert len(town.events("CheckedIn")) == 1


def test_a_resend_with_the_same_nonce_hears_the_first_answer(town: Town) -> None:
    town.clock.set(at("08:00"))
    code = town.onsite("A1").url
    first = send(town, "V0001", code, nonce="once")
    town.clock.set(at("08:09"))  # long after the code has expired
    again = send(town, "V0001", code, nonce="once")
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.status, again.at, again.already) == ("ok", at("08:00"), False)
    assert town.count("activities_scans") == 1


def test_a_nonce_is_not_taken_for_another_scan(town: Town) -> None:
    by_leader(town, "V0001", "08:00", nonce="once")
    with pytest.raises(KeyReused):
        by_leader(town, "V0002", "08:00", nonce="once")
    assert town.count("activities_scans") == 1


def test_check_out_ends_the_stay_and_twice_keeps_the_first(town: Town) -> None:
    own(town, "V0001", "08:00")
    assert own(town, "V0001", "09:30", "out").at == at("09:30")
    again = own(town, "V0001", "10:05", "out")
    assert (again.status, again.already, again.at) == ("ok", True, at("09:30"))
    assert town.one("SELECT out_at FROM activities_attendances") == at("09:30")
    assert len(town.events("CheckedOut")) == 1


@pytest.mark.parametrize(
    ("who", "when", "action", "reason"),
    [
        ("V0001", "07:29", "in", "too_early"),
        ("V0001", "10:00", "in", "window_closed"),
        ("V0001", "09:00", "out", "not_in"),
        ("V0008", "08:00", "in", "not_signed_up"),
        ("V0004", "08:00", "in", "not_signed_up"),  # in the queue is not in
        ("G0001", "08:00", "in", "wrong_community"),
    ],
)
def test_an_own_scan_is_refused_with_a_reason_and_kept(
    town: Town, who: str, when: str, action: str, reason: str
) -> None:
    answer = own(town, who, when, action)
    assert (answer.status, answer.reason) == ("refused", reason)
    assert town.count("activities_attendances") == 0
    assert town.one("SELECT reason FROM activities_scans") == reason
    assert town.events("CheckedIn") == []


def test_the_leader_needs_no_place(town: Town) -> None:
    assert own(town, "V0010", "07:45").status == "ok"


def test_an_open_stay_elsewhere_is_named(town: Town) -> None:
    own(town, "V0002", "08:30")
    answer = own(town, "V0002", "09:15", activity="A2")
    assert (answer.status, answer.reason) == ("refused", "overlap")
    assert answer.elsewhere == "Activity A1"
    own(town, "V0002", "10:00", "out")
    assert own(town, "V0002", "10:10", activity="A2").status == "ok"


def test_a_check_out_that_was_forgotten_does_not_lock_somebody_out_for_ever(town: Town) -> None:
    town.plan("A3", "14:00", "16:00", signups=("V0001",))
    own(town, "V0001", "08:00")
    assert own(town, "V0001", "13:50", activity="A3").status == "ok"
    row = town.one("SELECT status FROM activities_attendances ORDER BY id LIMIT 1")
    assert row == "undecided"


@pytest.mark.parametrize("age", [40, 59])
def test_an_on_site_code_lives_for_its_step_and_the_next(town: Town, age: int) -> None:
    town.clock.set(at("08:00"))
    code = town.onsite("A1", at("08:00") - timedelta(seconds=age)).url
    answer = send(town, "V0001", code)
    assert (answer.status, answer.reason) == ("refused", "code_expired")
    fresh = town.onsite("A1", at("08:00") - timedelta(seconds=20)).url
    assert send(town, "V0001", fresh).status == "ok"


def test_a_forged_or_foreign_code_is_unknown(town: Town) -> None:
    town.clock.set(at("08:00"))
    genuine = town.onsite("A1").url
    other = town.onsite("A2").url.replace("/s/a2.", "/s/a1.")
    for code in (other, genuine[:-1] + ("0" if genuine[-1] != "0" else "1")):
        assert send(town, "V0001", code).reason == "unknown_code"
    strange = genuine.replace("aixin.example", "evil.example")
    with pytest.raises(UnknownActivity):  # not a code of the place: taken for a person's
        send(town, "V0001", strange)


def test_the_poster_alone_proves_nothing_but_the_digits_do(town: Town) -> None:
    town.clock.set(at("08:00"))
    poster = passes.poster_url(town.keys, "A1")
    assert send(town, "V0001", poster).reason == "needs_onsite_code"
    wrong = "000000" if town.onsite("A1").digits != "000000" else "111111"
    assert send(town, "V0001", wrong, activity="A1").reason == "code_expired"
    assert send(town, "V0001", town.onsite("A1").digits, activity="A1").status == "ok"
    assert town.one("SELECT in_way FROM activities_attendances") == "C3"


def test_digits_are_taken_for_two_minutes(town: Town) -> None:
    digits = town.onsite("A1", at("07:58")).digits
    town.clock.set(at("07:59") + timedelta(seconds=59))
    assert send(town, "V0001", digits, activity="A1").status == "ok"
    town.clock.set(at("08:00"))
    assert send(town, "V0002", digits, activity="A1").reason == "code_expired"


def test_an_old_pass_is_expired(town: Town) -> None:
    town.clock.set(at("08:00"))
    code = town.pass_of("V0001", at("08:00") - timedelta(seconds=60))
    answer = send(town, "V0010", code, activity="A1")
    assert (answer.status, answer.reason) == ("refused", "code_expired")
    assert (answer.volunteer, answer.title) == ("V0001", "Activity A1")


def test_an_unknown_card_is_kept_without_a_person(town: Town) -> None:
    town.clock.set(at("08:00"))
    answer = send(town, "V0010", "garbage", activity="A1")
    assert (answer.status, answer.reason, answer.volunteer) == ("refused", "unknown_code", None)
    assert town.one("SELECT count(*) FROM activities_scans WHERE volunteer_id IS NULL") == 1


def test_a_walk_in_is_let_in_while_places_last(town: Town) -> None:
    town.plan("A4", "08:00", "10:00", capacity=2, signups=("V0001",))
    town.clock.set(at("08:00"))
    first = send(town, "V0010", town.pass_of("V0008"), activity="A4")
    assert (first.status, first.walk_in) == ("ok", True)
    second = send(town, "V0010", town.pass_of("V0009"), activity="A4")
    assert (second.status, second.reason) == ("refused", "activity_full")
    assert town.one("SELECT taken FROM activities_posts ORDER BY id DESC LIMIT 1") == 2
    walked = "SELECT status || walk_in FROM activities_signups WHERE walk_in"
    assert town.one(walked) == "cametrue"


@pytest.mark.parametrize(("who", "reason"), [("V0006", None), ("V0007", "under_age")])
def test_the_young_come_in_with_a_guardian_s_consent(
    town: Town, who: str, reason: str | None
) -> None:
    town.plan("A4", "08:00", "10:00", capacity=2)
    town.clock.set(at("08:00"))
    assert send(town, "V0010", town.pass_of(who), activity="A4").reason == reason


def test_the_young_never_come_in_where_it_is_dangerous(town: Town) -> None:
    town.plan("A4", "19:00", "21:00", template="AT04", insurance_ref="INS-1", signups=("V0006",))
    assert own(town, "V0006", "19:00", activity="A4").reason == "under_age"


def test_only_keepers_of_this_gate_scan_others(town: Town) -> None:
    town.clock.set(at("08:00"))
    for who in ("V0001", "V0009", "U-GZ", "U-SUP"):
        with pytest.raises(NotYours):
            send(town, who, town.pass_of("V0002"), activity="A1")
    assert town.count("activities_scans") == 0
    for number, who in enumerate(("U-ADM", "U-SEC")):
        assert send(town, who, town.pass_of(f"V000{number + 1}"), activity="A1").status == "ok"


def test_a_gate_tablet_scans_in_its_own_community_only(town: Town) -> None:
    for community, name in (("FM", "gate"), ("GZ", "foreign")):
        unit = town.run(people.unit, code=community)
        _, token = town.run(
            people.pair_device, name=name, community_id=unit.id,
            paired_by="staff:U-ADM", now=town.clock.now(),
        )  # fmt: skip
        town.tokens[name] = token
    town.clock.set(at("08:00"))
    assert send(town, "gate", town.pass_of("V0001"), activity="A1").status == "ok"
    assert str(town.one("SELECT actor FROM activities_scans")).startswith("device:")
    with pytest.raises(NotYours):
        send(town, "foreign", town.pass_of("V0002"), activity="A1")
    with pytest.raises(NotYours):  # a tablet is nobody: it cannot check itself in
        send(town, "gate", town.onsite("A1").url)


def test_coming_late_takes_the_no_show_back(town: Town) -> None:
    assert town.run(activities.sweep_no_shows, now=at("08:14")) == 0
    own(town, "V0001", "08:14")
    assert town.run(activities.sweep_no_shows, now=at("08:15")) == 2
    assert town.run(activities.sweep_no_shows, now=at("08:16")) == 0
    assert [event["volunteer"] for event in town.events("NoShowMarked")] == ["V0002", "V0003"]
    late = town.volunteer("V0002").id
    assert town.run(activities.no_show_count, volunteer_id=late) == 1
    assert own(town, "V0002", "08:20").status == "ok"
    assert town.run(activities.no_show_count, volunteer_id=late) == 0
    assert town.run(activities.sweep_no_shows, now=at("09:00")) == 0  # counted once, then undone


def test_an_audience_is_no_service(town: Town) -> None:
    town.clock.set(at("09:20"))
    answer = send(town, "V0009", town.pass_of("V0007"), "audience", activity="A2")
    assert answer.status == "ok"
    assert town.one("SELECT kind FROM activities_attendances") == "audience"
    assert send(town, "V0009", town.pass_of("V0007"), "out", activity="A2").reason == "not_in"


def offline(town: Town, whom: str, clock: str, action: str, **more: Any) -> Sent:
    """A scan that the leader's phone kept while it had no network."""
    moment = at(clock)
    code = town.pass_of(whom, moment)
    nonce = f"{action}-{whom}"
    return Sent(code, action, nonce, activity="A1", occurred_at=moment, **more)


def test_a_batch_counts_by_what_happened_and_again_is_all_duplicates(town: Town) -> None:
    queue = [offline(town, f"V000{n}", "10:00", "out", seq=n + 3) for n in (1, 2, 3)]
    queue += [offline(town, f"V000{n}", "08:00", "in", seq=n) for n in (1, 2, 3)]
    town.clock.set(at("10:30"))
    first = scan_batch(town.gate("V0010"), queue)
    assert (first.accepted, first.duplicates, first.problems) == (6, 0, [])
    again = scan_batch(town.gate("V0010"), queue[::-1])
    assert (again.accepted, again.duplicates, again.problems) == (0, 6, [])
    rows = town.database.rows("SELECT in_at, out_at, offline FROM activities_attendances")
    assert rows == [{"in_at": at("08:00"), "out_at": at("10:00"), "offline": True}] * 3
    kept = town.database.call("SELECT received_at, occurred_at FROM activities_scans LIMIT 1")
    assert kept == {"received_at": at("10:30"), "occurred_at": at("08:00")}


def test_a_batch_drops_nothing(town: Town) -> None:
    queue = [
        offline(town, "V0001", "07:00", "in"),
        offline(town, "V0002", "09:00", "out"),
        offline(town, "V0003", "09:00", "in"),
        Sent("nonsense", "in", "x", activity="A1", occurred_at=at("09:01")),
    ]
    town.clock.set(at("10:30"))
    result = scan_batch(town.gate("V0010"), queue)
    assert (result.accepted, result.duplicates) == (1, 0)
    reasons = [one.answer.reason for one in result.problems]
    assert reasons == ["too_early", "not_in", "unknown_code"]
    assert town.count("activities_scans") == 4


def test_the_earliest_of_two_offline_scans_opens_the_stay(town: Town) -> None:
    town.clock.set(at("09:30"))
    scan_batch(town.gate("V0010"), [offline(town, "V0001", "09:00", "in")])
    earlier = offline(town, "V0001", "08:10", "in")
    result = scan_batch(town.gate("U-ADM"), [earlier])
    assert (result.accepted, result.duplicates) == (0, 1)
    assert town.one("SELECT in_at FROM activities_attendances") == at("08:10")


def test_two_devices_at_once_make_one_row(town: Town) -> None:
    town.clock.set(at("08:00"))
    for whom in ("V0001", "V0002", "V0003"):
        code = town.pass_of(whom)
        with ThreadPoolExecutor(8) as pool:
            both = [pool.submit(send, town, who, code, activity="A1")
                    for who in ("V0010", "U-ADM", "U-SEC", "V0010")]  # fmt: skip
            answers = [one.result() for one in both]
        assert {answer.status for answer in answers} == {"ok"}
        assert sum(not answer.already for answer in answers) == 1
    assert town.count("activities_attendances") == 3
    assert len(town.events("CheckedIn")) == 3


def test_one_person_at_two_gates_at_once_is_in_at_one_of_them(town: Town) -> None:
    town.plan("B1", "08:00", "10:00", signups=("V0001",))
    town.clock.set(at("08:00"))
    code = town.pass_of("V0001")
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(send, town, "V0010", code, activity=which) for which in ("A1", "B1")]
        answers = [one.result() for one in both]
    assert sorted(answer.status for answer in answers) == ["ok", "refused"]
    assert [answer.reason for answer in answers if answer.reason] == ["overlap"]
    assert town.count("activities_attendances") == 1


def test_a_nonce_sent_eight_times_at_once_counts_once(town: Town) -> None:
    town.clock.set(at("08:00"))
    code = town.pass_of("V0001")
    with ThreadPoolExecutor(8) as pool:
        all_of_them = [pool.submit(send, town, "V0010", code, activity="A1", nonce="same")
                       for _ in range(8)]  # fmt: skip
        answers = [one.result() for one in all_of_them]
    assert {(answer.status, answer.already) for answer in answers} == {("ok", False)}
    assert sum(not answer.replayed for answer in answers) == 1
    assert town.count("activities_scans") == 1


def test_the_last_place_is_given_to_one_walk_in(town: Town) -> None:
    town.plan("B1", "08:00", "10:00", capacity=2, signups=("V0001",))
    town.clock.set(at("08:00"))
    codes = [town.pass_of(f"V000{n}") for n in (2, 3, 4, 5, 8)]
    with ThreadPoolExecutor(5) as pool:
        walking = [pool.submit(send, town, "V0010", code, activity="B1") for code in codes]
        answers = [one.result() for one in walking]
    assert sum(answer.status == "ok" for answer in answers) == 1
    assert {answer.reason for answer in answers if answer.reason} == {"activity_full"}


@pytest.mark.parametrize("statement", ["UPDATE activities_scans SET way = 'C3'",
                                       "DELETE FROM activities_scans"])  # fmt: skip
def test_scans_are_append_only(town: Town, statement: str) -> None:
    own(town, "V0001", "08:00")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        town.database.rows(statement)


def test_a_cancelled_activity_lets_nobody_in(town: Town, admin: psycopg.Connection) -> None:
    admin.execute("UPDATE activities SET status = 'cancelled' WHERE code = 'A1'")
    assert own(town, "V0001", "08:00").reason == "window_closed"


def test_guessing_digits_ends_after_five_a_minute(town: Town) -> None:
    town.clock.set(at("08:00"))
    digits = town.onsite("A1").digits
    wrong = [f"{n:06}" for n in range(6) if f"{n:06}" != digits][:5]
    for guess in wrong:
        assert send(town, "V0001", guess, activity="A1").reason == "code_expired"
    assert send(town, "V0001", digits, activity="A1").reason == "code_expired"
    assert send(town, "V0002", digits, activity="A1").status == "ok"  # others are not stopped
    assert send(town, "V0001", town.onsite("A1").url).status == "ok"  # nor is a real scan
    town.clock.set(at("08:02"))
    later = town.onsite("A1").digits
    assert send(town, "V0001", later, "out", activity="A1").status == "ok"


def test_guessing_card_numbers_ends_too(town: Town) -> None:
    town.clock.set(at("08:00"))
    card = town.print_card("V0001")
    for number in wrong_numbers(town, card.number, 5):
        assert send(town, "V0010", number, activity="A1").reason == "unknown_code"
    assert send(town, "V0010", card.number, activity="A1").reason == "unknown_code"
    assert send(town, "V0010", card.url, activity="A1").status == "ok"


def wrong_numbers(town: Town, right: str, count: int) -> list[str]:
    """Numbers of the right shape that no card has."""
    numbers = (f"{n:08}" for n in range(10**4))
    return list(islice((one for one in numbers if town.keys.read(one) and one != right), count))
