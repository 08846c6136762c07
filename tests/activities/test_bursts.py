"""Too many people too fast, or all in one rhythm: an entry for the audit, and nobody is refused."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from service import activities
from service.activities.actions.gate import Sent
from service.activities.actions.merge import scan_batch
from tests.activities.town import Town, at

NONCES = count()


def queue(town: Town, seconds: list[float], **more: Any) -> list[Sent]:
    """Check-ins and check-outs of ten people at these seconds after eight, one device."""
    people = [f"V{n:04}" for n in (1, 2, 3, 8, 9, 10)]
    sent = []
    for n, after in enumerate(seconds):
        moment = at("08:00") + timedelta(seconds=after)
        whom, action = people[n % len(people)], "in" if n < len(people) else "out"
        code = town.pass_of(whom, moment)
        sent.append(
            Sent(code, action, f"b{next(NONCES)}", activity="B1", occurred_at=moment, **more)
        )
    return sent


@pytest.fixture
def crowd(town: Town) -> Town:
    town.plan("B1", "08:00", "10:00", capacity=10)
    return town


def upload(town: Town, seconds: list[float], **more: Any) -> None:
    town.clock.set(at("09:00"))
    done = scan_batch(town.gate("V0010"), queue(town, seconds, **more))
    assert done.accepted == len(seconds)


def watches(town: Town) -> list[tuple[str, int]]:
    rows = town.database.rows("SELECT kind, detail FROM activities_watches ORDER BY id")
    return [(row["kind"], row["detail"]["people"]) for row in rows]


UNEVEN = [0, 2, 3, 7, 8, 12, 13, 17, 19, 24, 26, 29]


def test_more_than_ten_within_thirty_seconds_is_an_entry(crowd: Town) -> None:
    upload(crowd, UNEVEN[:11], device="d1")
    assert watches(crowd) == [("burst", 11)]
    assert crowd.one("SELECT device FROM activities_watches") == "d1"


def test_ten_are_none_and_eleven_in_a_minute_are_none(crowd: Town) -> None:
    upload(crowd, UNEVEN[:10])
    assert watches(crowd) == []
    assert crowd.run(activities.look_for_bursts, now=at("09:00")) == 0


def test_slow_people_are_no_burst(crowd: Town) -> None:
    upload(crowd, [second * 3 for second in UNEVEN[:12]])
    assert watches(crowd) == []


def test_one_rhythm_is_an_entry(crowd: Town) -> None:
    upload(crowd, [n * 20.0 for n in range(8)])
    assert watches(crowd) == [("identical_gaps", 8)]


def test_a_hand_has_no_rhythm(crowd: Town) -> None:
    upload(crowd, [n * 20.0 + (n % 3) * 0.7 for n in range(8)])
    assert watches(crowd) == []


def test_looking_again_writes_nothing_twice(crowd: Town) -> None:
    upload(crowd, UNEVEN[:11])
    assert crowd.run(activities.look_for_bursts, now=at("09:01")) == 0
    assert len(watches(crowd)) == 1


def test_the_worker_finds_what_came_one_by_one(crowd: Town) -> None:
    from service.activities.actions.gate import scan

    for sent in queue(crowd, UNEVEN[:11]):
        assert sent.occurred_at
        crowd.clock.set(sent.occurred_at)
        live = Sent(sent.code, sent.action, sent.nonce, activity="B1")
        assert scan(crowd.gate("V0010"), live).status == "ok"
    assert watches(crowd) == []
    assert crowd.run(activities.look_for_bursts, now=at("08:01")) == 1
