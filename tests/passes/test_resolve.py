"""Whose code is this, and may it be used now."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from service import passes, people
from service.db import Database
from tests.people import neighbourhood

NOW = datetime(2025, 10, 18, 4, 0, 10, tzinfo=UTC)
KEYS = passes.keyring("a secret of the tests", "https://aixin.example")
OTHERS = passes.keyring("another secret", "https://aixin.example")


@pytest.fixture
def built(database: Database) -> neighbourhood.Neighbourhood:
    return database.atomic(neighbourhood.build)


@pytest.fixture
def card(database: Database, built) -> passes.Printed:
    return reissue(database, "EA0001")


def reissue(database: Database, code: str, *, now: datetime = NOW) -> passes.Printed:
    def work(session: Session) -> passes.Printed:
        owner = people.volunteer(session, code)
        return passes.reissue_card(session, KEYS, volunteer=owner, now=now)

    return database.atomic(work)


@pytest.fixture
def pid(database: Database, built) -> str:
    def work(session: Session) -> str:
        owner = people.volunteer(session, "EA0001")
        return passes.bind_phone(session, volunteer_id=owner.id, now=NOW).pid

    return database.atomic(work)


def see(database: Database, text: str, *, at: datetime = NOW) -> passes.Seen | passes.Unreadable:
    return passes.resolve(database, KEYS, text, at=at)


def test_a_card_identifies_its_volunteer(database, built, card):
    seen = see(database, card.url)
    assert (seen.code, seen.status, seen.via, seen.tail) == ("EA0001", "ok", "booklet", "001")
    assert (seen.programme_id, seen.community_id) == (built.programme_id, built.east_id)
    assert seen.static
    assert seen.card_id is not None


def test_a_typed_number_identifies_too_and_is_marked_as_the_weakest(database, card):
    seen = see(database, f"{card.number[:4]} {card.number[4:]}")
    assert (seen.code, seen.via, seen.static) == ("EA0001", "number", True)


def test_a_replaced_card_is_dead_at_once_and_the_new_one_works(database, card):
    new = reissue(database, "EA0001")
    assert see(database, card.url).status == "card_replaced"
    assert see(database, card.number).status == "card_replaced"
    assert see(database, new.url).status == "ok"
    assert see(database, new.url).volunteer_id == see(database, card.url).volunteer_id


def test_a_lost_card_is_blocked_and_can_be_replaced(database, card):
    database.atomic(lambda s: passes.report_lost(s, booklet_code="EA0001", now=NOW))
    assert see(database, card.url).status == "card_blocked"
    new = reissue(database, "EA0001")
    assert see(database, new.url).status == "ok"
    assert see(database, card.url).status == "card_replaced"


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (datetime(2028, 10, 18, 15, 59, tzinfo=UTC), "ok"),
        (datetime(2028, 10, 18, 16, 0, tzinfo=UTC), "card_expired"),
    ],
)
def test_a_card_works_three_years_by_the_calendar_of_its_place(database, card, at, status):
    assert see(database, card.url, at=at).status == status


def test_a_card_issued_on_a_leap_day_expires_on_the_28th(database, built):
    leap = datetime(2024, 2, 29, 4, tzinfo=UTC)
    card = reissue(database, "EA0001", now=leap)
    assert see(database, card.url, at=datetime(2027, 2, 28, 4, tzinfo=UTC)).status == "ok"
    assert see(database, card.url, at=datetime(2027, 3, 1, 4, tzinfo=UTC)).status == "card_expired"


def test_a_blank_booklet_is_nobodys(database, built):
    booklet = passes.Booklet("EA0099", built.east_id)
    card, printed = passes.draw_card(KEYS, booklet, now=NOW)
    assert card.status == passes.CardStatus.ISSUED
    database.atomic(lambda s: s.add(card))
    assert see(database, printed.url) == passes.Unreadable("no such card")


@pytest.mark.parametrize("seconds", [-30, -1, 0, 29, 30, 49])
def test_a_pass_works_in_its_step_and_the_ones_beside_it(database, pid, seconds):
    code = passes.pass_codes(KEYS, pid, at=NOW)[0]
    seen = see(database, code.url, at=NOW + timedelta(seconds=seconds))
    assert (seen.status, seen.via, seen.static) == ("ok", "pass", False)
    assert (seen.pid, seen.step) == (pid, code.step)


@pytest.mark.parametrize("seconds", [-41, 50, 3600])
def test_an_old_or_early_code_of_a_pass_is_expired_but_known(database, pid, seconds):
    code = passes.pass_codes(KEYS, pid, at=NOW)[0]
    seen = see(database, code.url, at=NOW + timedelta(seconds=seconds))
    assert (seen.status, seen.code) == ("code_expired", "EA0001")


def test_a_pass_gives_the_codes_of_ten_minutes(pid):
    codes = passes.pass_codes(KEYS, pid, at=NOW)
    assert len(codes) == 20
    assert [code.step for code in codes] == list(range(codes[0].step, codes[0].step + 20))
    assert codes[0].step == int(NOW.timestamp()) // 30


def test_a_pass_ends_at_once_and_another_phone_gets_another_one(database, pid):
    code = passes.pass_codes(KEYS, pid, at=NOW)[0]
    owner = see(database, code.url).volunteer_id
    database.atomic(lambda s: passes.unbind_phone(s, volunteer_id=owner, now=NOW))
    assert see(database, code.url).status == "card_blocked"
    new = database.atomic(lambda s: passes.bind_phone(s, volunteer_id=owner, now=NOW).pid)
    assert new != pid


def test_binding_twice_keeps_the_pass(database, pid):
    owner = see(database, passes.pass_codes(KEYS, pid, at=NOW)[0].url).volunteer_id
    again = database.atomic(lambda s: passes.bind_phone(s, volunteer_id=owner, now=NOW).pid)
    assert again == pid


def test_a_code_of_another_server_is_refused_without_asking_the_database(database, pid):
    code = passes.pass_codes(OTHERS, pid, at=NOW)[0]

    class Deaf:
        def call(self, *_):
            raise AssertionError("asked")

    assert passes.resolve(Deaf(), KEYS, code.url, at=NOW).reason == "unknown_code"


@pytest.mark.parametrize("field", [0, 1, 2])
def test_no_part_of_a_pass_can_be_changed(database, pid, field):
    code = passes.pass_codes(KEYS, pid, at=NOW)[0]
    parts = code.url.rsplit("/", 1)[1].split(".")
    parts[field] = parts[field][:-1] + ("1" if parts[field][-1] != "1" else "2")
    found = see(database, "/p/" + ".".join(parts))
    assert isinstance(found, passes.Unreadable)


@pytest.mark.parametrize(
    "text", ["", "junk", "/e/a1", "/m/s01", "/c/00000000000000", "https://evil.example/c/x"]
)
def test_every_failure_reads_the_same(database, built, text):
    assert see(database, text).reason == "unknown_code"


def test_the_database_keeps_no_card_and_no_pin(database, card, admin):
    kept = str(admin.execute("SELECT passes_cards::text FROM passes_cards").fetchall())
    assert card.url.rsplit("/", 1)[1] not in kept
    assert f",{card.pin}," not in kept


def test_one_code_of_a_pass_pays_once(database, pid):
    def claim(step: int, purpose: str) -> bool:
        sql = "SELECT passes_claim(%(pid)s, %(step)s, %(purpose)s, %(now)s) AS claimed"
        params = {"pid": pid, "step": step, "purpose": purpose, "now": NOW}
        return database.call(sql, params)["claimed"]

    assert claim(7, "redeem:S01:a")
    assert claim(7, "redeem:S01:a")
    assert not claim(7, "redeem:S01:b")
    assert claim(8, "redeem:S01:b")


def try_pin(database: Database, pin: str, *, at: datetime = NOW) -> tuple[str, int]:
    found = passes.check_pin(database, KEYS, booklet_code="EA0001", pin=pin, at=at)
    return found.status, found.left


def test_the_fifth_wrong_pin_locks_until_tomorrow(database, card):
    wrong = "0000" if card.pin != "0000" else "1111"
    answers = [try_pin(database, wrong) for _ in range(6)]
    assert answers == [("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1)] + [("locked", 0)] * 2
    assert try_pin(database, card.pin) == ("locked", 0)
    midnight = datetime(2025, 10, 18, 16, 0, tzinfo=UTC)
    assert try_pin(database, card.pin, at=midnight - timedelta(seconds=1)) == ("locked", 0)
    assert try_pin(database, wrong, at=midnight) == ("wrong", 4)
    assert try_pin(database, card.pin, at=midnight) == ("ok", 5)


def test_a_right_pin_forgets_the_wrong_ones(database, card):
    wrong = "0000" if card.pin != "0000" else "1111"
    for _ in range(3):
        assert [try_pin(database, wrong)[0] for _ in range(3)] == ["wrong"] * 3
        assert try_pin(database, card.pin) == ("ok", 5)


def test_a_replaced_cards_pin_opens_nothing(database, card):
    new = reissue(database, "EA0001")
    if new.pin != card.pin:
        assert try_pin(database, card.pin)[0] == "wrong"
    assert try_pin(database, new.pin) == ("ok", 5)


def test_guesses_at_the_same_moment_are_counted_one_by_one(database, card):
    from concurrent.futures import ThreadPoolExecutor

    wrong = "0000" if card.pin != "0000" else "1111"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: try_pin(database, wrong)[0], range(16)))
    assert answers.count("wrong") == 4
    assert try_pin(database, card.pin)[0] == "locked"


def test_a_booklet_without_a_card_knows_no_pin(database, built):
    found = passes.check_pin(database, KEYS, booklet_code="EA0002", pin="0000", at=NOW)
    assert found.status == "wrong"


def test_a_card_counts_for_what_was_read_before_it_was_blocked(database, card):
    database.atomic(lambda s: passes.report_lost(s, booklet_code="EA0001", now=NOW))
    assert see(database, card.url, at=NOW - timedelta(seconds=1)).status == "ok"
    assert see(database, card.url, at=NOW).status == "card_blocked"


def test_many_codes_are_resolved_in_their_order_each_at_its_moment(database, card, pid):
    code = passes.pass_codes(KEYS, pid, at=NOW)[0].url
    late = NOW + timedelta(minutes=5)
    shown = [(code, late), ("garbage", NOW), (card.url, NOW), (card.number, NOW), (code, NOW)]
    found = passes.resolve_all(database, KEYS, shown)
    assert [getattr(one, "status", None) for one in found] == [
        "code_expired",
        None,
        "ok",
        "ok",
        "ok",
    ]
    assert [getattr(one, "via", None) for one in found] == [
        "pass",
        None,
        "booklet",
        "number",
        "pass",
    ]
