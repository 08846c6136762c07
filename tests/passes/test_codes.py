"""The shapes of codes: what was mistyped is found, what is foreign is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.passes import rules
from service.passes.rules import ALPHABET, CHECKS, Reading, read, read_cid, read_number

HOST = "aixin.example"
SYMBOLS = st.sampled_from(ALPHABET)
BODIES = st.text(SYMBOLS, min_size=13, max_size=13)
DIGITS = st.text(st.sampled_from("0123456789"), min_size=7, max_size=7)


def cid_of(body: str) -> str:
    return body + rules.check_character(body)


def number_of(body: str) -> str:
    return body + rules.check_digit(body)


@given(BODIES, st.integers(0, 12), SYMBOLS)
def test_any_wrong_character_of_a_card_is_found(body, at, other):
    cid = cid_of(body)
    wrong = cid[:at] + other + cid[at + 1 :]
    assert (read_cid(wrong) is None) == (wrong != cid)


@given(BODIES, st.sampled_from(CHECKS))
def test_any_wrong_check_character_is_found(body, other):
    assert (read_cid(body + other) is None) == (body + other != cid_of(body))


@given(BODIES, st.integers(0, 11))
def test_any_swap_of_neighbours_in_a_card_is_found(body, at):
    cid = cid_of(body)
    swapped = cid[:at] + cid[at + 1] + cid[at] + cid[at + 2 :]
    assert (read_cid(swapped) is None) == (swapped != cid)


@given(BODIES)
def test_a_card_reads_in_capitals_and_with_the_letters_people_confuse(body):
    cid = cid_of(body)
    capitals = cid.upper()
    confused = capitals[:13].replace("0", "O").replace("1", "I") + capitals[13]
    assert read_cid(capitals) == cid
    assert read_cid(confused) == cid


@given(DIGITS, st.integers(0, 7), st.sampled_from("0123456789"))
def test_any_wrong_digit_of_a_number_is_found(body, at, other):
    number = number_of(body)
    wrong = number[:at] + other + number[at + 1 :]
    assert (read_number(wrong) is None) == (wrong != number)


@given(DIGITS, st.integers(0, 6))
def test_any_swap_of_neighbours_in_a_number_is_found(body, at):
    number = number_of(body)
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert (read_number(swapped) is None) == (swapped != number)


@given(st.integers(0, 2**65 - 1))
def test_base_32_keeps_every_bit(value):
    written = rules.crockford(value, 13)
    assert sum(ALPHABET.index(s) << 5 * at for at, s in enumerate(reversed(written))) == value


CID = cid_of("7k3m9q2xw4t8v")
NUMBER = number_of("2510003")
MAC = "0123456789ab"
CARD = Reading("card", CID)
PASS = Reading("pass", "pid", 58, MAC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"https://{HOST}/c/{CID}", CARD),
        (f"http://{HOST}/c/{CID}", CARD),
        (f"HTTPS://AIXIN.EXAMPLE/C/{CID.upper()}", CARD),
        (f"/c/{CID}", CARD),
        (f"c/{CID}", CARD),
        (CID, CARD),
        (f"  {CID}\r\n", CARD),
        (f"]Q1\\000026https://{HOST}/c/{CID}", CARD),
        (f"https://{HOST}/c/\u200b{CID}\u200e", CARD),
        (f"ｈｔｔｐｓ：／／{HOST}／ｃ／{CID}", CARD),
        (NUMBER, Reading("number", NUMBER)),
        (f"{NUMBER[:4]} {NUMBER[4:]}", Reading("number", NUMBER)),
        (f"https://{HOST}/p/pid.58.{MAC}", PASS),
        (f"pid.58.{MAC}", PASS),
        (f"https://{HOST}/s/A1.58.{MAC.upper()}", Reading("onsite", "a1", 58, MAC)),
        (f"https://{HOST}/e/A1", Reading("activity", "a1")),
        (f"https://{HOST}/m/S01", Reading("shop", "s01")),
        (f"https://{HOST}/d/TokeN", Reading("claim", "TokeN")),
        (f"https://{HOST}/v/2025-1.abc", Reading("certificate", "2025-1.abc")),
    ],
)
def test_our_own_codes_are_read(text, found):
    assert read(text, host=HOST) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        f"https://evil.example/c/{CID}",
        f"https://{HOST}.evil.example/c/{CID}",
        f"https://{HOST}@evil.example/c/{CID}",
        f"https://evil.example@{HOST}/c/{CID}",
        f"https://{HOST}:444/c/{CID}",
        f"ftp://{HOST}/c/{CID}",
        f"javascript:/c/{CID}",
        f"https://{HOST}/c/{CID}?next=x",
        f"https://{HOST}/c/{CID}#x",
        f"https://{HOST}/x/{CID}",
        f"https://{HOST}/c/{CID}/x",
        f"https://{HOST}/c/../c/{CID}",
        f"https://{HOST}/c/{CID[:-1]}",
        f"https://{HOST}/c/{'0' * 13}1",
        f"https://{HOST}/p/pid.58",
        f"https://{HOST}/p/pid.-1.{MAC}",
        f"https://{HOST}/p/pid.58.{MAC[:-1]}u",
        f"https://{HOST}/p/pid.999999999999.{MAC}",
        f"https://{HOST}/e/a%20b",
        f"https://{HOST}/e/",
        "http://[",
        "12345678",
        "１２３４５６７８",
        "FM0001",
        "🎈",
        "\x00\x01",
        "x" * 100_000,
        "a/" * 10_000,
    ],
)
def test_everything_else_is_not_ours(text):
    assert read(text, host=HOST) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text):
    found = read(text, host=HOST)
    assert found is None or found.kind in {*rules.KINDS.values(), "number"}


def test_new_cards_and_numbers_read_back():
    for _ in range(200):
        cid, number = rules.new_cid(), rules.new_number()
        assert read_cid(cid) == cid
        assert read_number(number) == number
        assert len(rules.new_pin()) == 4
