"""The code of the place: 40 seconds for a scan, 120 for six typed digits."""

from datetime import UTC, datetime, timedelta

import pytest

from service import passes

KEYS = passes.keyring("a secret of the tests", "https://aixin.example")
START = datetime(2025, 10, 18, 4, 0, 0, tzinfo=UTC)  # a step of 20 s and of 60 s begins
SECRET = "of the activity"


def shown(at: datetime = START) -> passes.OnSite:
    return passes.onsite_code(KEYS, SECRET, "A1", at=at)


@pytest.mark.parametrize(
    ("seconds", "answer"),
    [(0, "ok"), (39, "ok"), (40, "code_expired"), (-1, "code_expired"), (3600, "code_expired")],
)
def test_a_scan_counts_for_forty_seconds(seconds, answer):
    scanned = KEYS.read(shown().url)
    at = START + timedelta(seconds=seconds)
    assert passes.check_onsite(KEYS, SECRET, scanned, at=at) == answer


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (119, True), (120, False), (-1, False)])
def test_digits_count_for_two_minutes(seconds, good):
    at = START + timedelta(seconds=seconds)
    assert passes.check_digits(KEYS, SECRET, "A1", shown().digits, at=at) is good


def test_the_code_says_until_when_it_is_shown():
    code = shown(START + timedelta(seconds=5))
    assert code.expires_at == START + timedelta(seconds=20)
    assert code.digits_expire_at == START + timedelta(seconds=60)
    assert len(code.digits) == 6
    assert code.url.startswith("https://aixin.example/s/a1.")


def test_another_activity_another_secret_or_another_server_is_unknown():
    scanned = KEYS.read(shown().url)
    other = passes.Reading("onsite", "a2", scanned.step, scanned.mac)
    others = passes.keyring("another secret", "https://aixin.example")
    assert passes.check_onsite(KEYS, SECRET, other, at=START) == "unknown_code"
    assert passes.check_onsite(KEYS, "renewed", scanned, at=START) == "unknown_code"
    assert passes.check_onsite(others, SECRET, scanned, at=START) == "unknown_code"
    assert not passes.check_digits(KEYS, SECRET, "A2", shown().digits, at=START)


def test_a_later_step_needs_its_own_tag():
    scanned = KEYS.read(shown().url)
    later = passes.Reading("onsite", "a1", scanned.step + 1, scanned.mac)
    at = START + timedelta(seconds=20)
    assert passes.check_onsite(KEYS, SECRET, later, at=at) == "unknown_code"


def test_strange_digits_are_wrong_and_not_an_error():
    for digits in ("", "१२३४५६", "12345", "x" * 1000):
        assert not passes.check_digits(KEYS, SECRET, "A1", digits, at=START)
