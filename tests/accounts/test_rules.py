"""What counts as a good password, a code that fits, a device in words."""

import pyotp
import pytest

from service.accounts import rules

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MOZILLA = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
SECONDS = 1_760_760_000


@pytest.mark.parametrize(
    "password",
    [
        "short", "password", "password1234", "qwertyuiop12", "1234567890", "woaini1314520",
        "woaini5201314", "aixin-2025", "zhiyuanzhe2025", "U-ADMU-ADM", "SecretarySecretary",
        "aaaaaaaaaaaaaaaa", "iloveyou1234",
    ],
)  # fmt: skip
def test_what_is_short_known_or_about_oneself_is_refused(password):
    assert not rules.good_password(password, ("U-ADM", "Secretary"))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "lamp river tired button",
        "爱心志愿者在富民社区服务大家",
        "x" * 9 + "Qr7!vu#Zk" * 30,
    ],
)
def test_long_and_unrelated_is_taken_however_long(password):
    assert rules.good_password(password, ("U-ADM", "Secretary"))


def test_nothing_is_asked_of_another_host(monkeypatch):
    import socket

    monkeypatch.setattr(socket, "socket", None)
    assert rules.good_password("correct horse battery")


@pytest.mark.parametrize(
    ("late", "fits"), [(-61, False), (-30, True), (0, True), (30, True), (89, False)]
)
def test_a_phones_clock_may_be_half_a_minute_off(late, fits):
    code = pyotp.TOTP(SECRET).at(SECONDS)
    step = rules.matching_step(SECRET, code, seconds=SECONDS + late)
    assert step == (SECONDS // 30 if fits else None)


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "0" * 1000])
def test_what_is_no_code_never_fits(code):
    assert rules.matching_step(SECRET, code, seconds=SECONDS) is None


@pytest.mark.parametrize(
    ("typed", "counts"), [(" 123 456 ", "123456"), ("abcd-efgh", "ABCDEFGH"), ("", "")]
)
def test_codes_count_however_they_are_typed(typed, counts):
    assert rules.plain(typed) == counts


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (MOZILLA, "Chrome · Windows"),
        (MOZILLA + " Edg/120.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) MicroMessenger/8.0", "WeChat · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile", "Chrome · Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Version/17 Safari/605", "Safari · Mac"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_in_two_words(agent, words):
    assert rules.device_words(agent) == words


@pytest.mark.parametrize(
    ("role", "needs"),
    [
        ("second_approver", True),
        ("subdistrict_auditor", True),
        ("administrator", True),
        ("community_secretary", False),
        ("shop_owner", False),
    ],
)
def test_who_approves_audits_or_administers_needs_a_second_factor(role, needs):
    assert rules.needs_factor({(role, "EA")}) is needs
