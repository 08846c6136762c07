"""Everything that can be done to an export is found, and named with its place."""

import pytest

from service.proof import SigningKey, sign_note
from tests.proof.tampering import (
    Tampering,
    both,
    columns,
    drop,
    edit,
    exchange,
    move,
    named,
    repeat,
    restate,
)
from tests.proof.writer import KEY, ORIGIN, story

GOOD = story().lines()
FIRST_HEAD, FIRST_ROOT, FIRST_NOTE = story().heads[0]
STRANGER = SigningKey(ORIGIN, b"3" * 32)
HASH, ROW, BOTH = slice(2, 3), slice(3, None), slice(2, None)
ZEROS = "00" * 32

FILE, SEPTEMBER = "the file", "period 2025-09 (programme 1)"
ANNA, BO, PLEDGE, ISSUED, SINK = (
    f"account {address} PTS (programme 1)"
    for address in ("volunteer:1", "volunteer:2", "pledge:7", "issued", "redeemed:S01")
)


def note(number: int, *signers: SigningKey) -> str:
    """The text of a head's note, signed by others."""
    return sign_note(columns(GOOD[2 + number])[4].partition("\n\n")[0] + "\n", signers)


LOG: list[tuple[str, Tampering, list[tuple[str, str]]]] = [
    ("a row's memo", edit("leaf", 3, 17, '{"x": 1}'), [("altered", "leaf 3")]),
    ("a row's key", edit("leaf", 11, 5, "other"), [("altered", "leaf 11")]),
    ("a stored hash", edit("leaf", 3, 2, ZEROS), [("altered", "leaf 3")]),
    ("a row not in the log", edit("open", 1, 16, "{} "), [("altered", "transfer 14")]),
    ("a row with its hash", restate(4, (14, "{} ")), [("root", "head 8")]),
    ("leaves", exchange("leaf", 5, 6, BOTH), [("swapped", "leaf 5"), ("swapped", "leaf 6")]),
    ("hashes", exchange("leaf", 5, 6, HASH), [("swapped", "leaf 5"), ("swapped", "leaf 6")]),
    ("rows", exchange("leaf", 5, 6, ROW), [("swapped", "leaf 5"), ("swapped", "leaf 6")]),
    ("lines", move("leaf", 5, 6), [("swapped", "leaf 5"), ("swapped", "leaf 6")]),
    ("a number too high", edit("leaf", 5, 1, "50"), [("renumbered", "leaf 50")]),
    ("a number twice", edit("leaf", 5, 1, "4"), [("renumbered", "leaf 4")]),
    (
        "all later numbers",
        both(*(edit("leaf", at, 1, str(at + 1)) for at in range(5, 12))),
        [("renumbered", "leaves 6 to 8"), ("renumbered", "leaves 9 to 12")],
    ),
    (
        "a renumbered leaf and an altered one",
        both(edit("leaf", 5, 1, "50"), edit("leaf", 9, 17, "{ }")),
        [("renumbered", "leaf 50"), ("altered", "leaf 9")],
    ),
]  # fmt: skip

SIGNED: list[tuple[str, Tampering, list[tuple[str, str]]]] = [
    ("a head's root", edit("head", 1, 2, ZEROS), [("root", "head 8")]),
    ("an older note", edit("head", 1, 4, FIRST_NOTE), [("root", "head 8")]),
    ("no note", edit("head", 1, 4, "hello"), [("signature", "head 8")]),
    (
        "a note's text",
        edit("head", 1, 4, note(1, KEY).replace("\n8\n", "\n9\n")),
        [("signature", "head 8")],
    ),
    ("a stranger's note", edit("head", 1, 4, note(1, STRANGER)), [("unknown_key", "head 8")]),
    (
        "a stranger's key in the list",
        both(edit("head", 1, 4, note(1, STRANGER)), repeat("key", 0),
             edit("key", 1, 1, str(STRANGER.verify_key))),
        [("unknown_key", "head 8")],
    ),
    (
        "another log's head",
        edit("head", 1, 4, sign_note("else.example/log\n8\n" + "A" * 43 + "=\n", [KEY])),
        [("signature", "head 8")],
    ),
    (
        "a head that is no head",
        edit("head", 1, 4, sign_note("hello\n", [KEY])),
        [("signature", "head 8")],
    ),
    (
        "a trial root",
        edit("period", 0, 6, ZEROS),
        [("seal", SEPTEMBER), ("trial_balance", SEPTEMBER)],
    ),
    ("a seal's root", edit("period", 0, 5, ZEROS), [("seal", SEPTEMBER)] * 2),
    ("a seal", edit("period", 0, 8, ZEROS), [("seal", SEPTEMBER)]),
    ("the seal before", edit("period", 0, 7, ZEROS), [("seal", SEPTEMBER)] * 2),
    ("a seal's note", edit("period", 0, 9, FIRST_NOTE), [("seal", SEPTEMBER)]),
    ("an unsigned seal", edit("period", 0, 9, note(0, STRANGER)), [("unknown_key", SEPTEMBER)]),
    ("backdated", restate(15, (10, "2025-09-30")), [("backdated", "transfer 15")]),
    ("long before", restate(14, (10, "2025-07-31")), [("backdated", "transfer 14")]),
]  # fmt: skip

BOOKS: list[tuple[str, Tampering, list[tuple[str, str]]]] = [
    ("legs", restate(14, (19, "1")), [("unbalanced", "transfer 14")]),
    ("posted", edit("account", 2, 7, "2"), [("balance", ANNA)]),
    ("posted of an end", edit("account", 0, 7, "-104"), [("balance", ISSUED)]),
    ("entries", edit("account", 2, 11, "4"), [("count", ANNA)]),
    ("held", edit("account", 3, 8, "4"), [("holds", BO)]),
    ("debt", edit("account", 3, 10, "1"), [("floor", BO)]),
    ("floor", edit("account", 2, 6, "2"), [("floor", ANNA)]),
    ("a lot", edit("lot", 0, 5, "2"), [("lots", ANNA)]),
    ("a lot's day", edit("lot", 1, 4, "2030-12-31"), [("lots", BO)]),
    ("a lot is gone", drop("lot", 1), [("lots", BO)]),
    ("a lot move", restate(14, (30, "-1")), [("lots", BO)]),
    ("a lot move's day", restate(14, (29, "2027-01-31")), [("lots", BO)]),
    ("not by lots", both(edit("account", 3, 5, "f"), drop("lot", 1)), [("lots", BO)]),
    ("seq of an end", restate(14, (18, "13")), [("sequence", SINK)]),
    ("a balance on the way", restate(14, (25, "21")), [("balance", BO)] * 2),
    ("a closed account", edit("account", 2, 12, "2025-10-20"), [("balance", ANNA)]),
    ("an account twice", both(repeat("account", 4), edit("end", 0, 3, "8")), [("twice", PLEDGE)]),
    (
        "an account not listed",
        both(drop("account", 4), edit("end", 0, 3, "6")),
        [("balance", PLEDGE)],
    ),
    ("hold not listed", drop("hold", 0), [("holds", "transfer 13")]),
    (
        "an ended hold listed",
        both(repeat("hold", 0), edit("hold", 1, 1, "8")),
        [("holds", "transfer 8")],
    ),
    ("another end", edit("hold", 0, 2, "2026-01-01"), [("holds", "transfer 13")]),
    (
        "over at once",
        both(restate(13, (13, "2025-10-18")), edit("hold", 0, 2, "2025-10-18")),
        [("holds", "transfer 13")],
    ),
    ("count of leaves", edit("end", 0, 1, "13"), [("count", FILE)]),
    ("count of open ones", edit("end", 0, 2, "4"), [("count", FILE)]),
    ("count of entries", edit("end", 0, 4, "21"), [("count", FILE)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tamper", "found"),
    [case[1:] for case in LOG + SIGNED + BOOKS],
    ids=[case[0] for case in LOG + SIGNED + BOOKS],
)
def test_one_change_is_one_finding(tamper: Tampering, found: list[tuple[str, str]]) -> None:
    assert sorted(named(tamper(GOOD))) == sorted(found)


DAMAGES: list[tuple[str, Tampering, tuple[str, str]]] = [
    ("a gap", drop("leaf", 5), ("missing", "leaf 5")),
    ("a gap of two", both(drop("leaf", 5), drop("leaf", 5)), ("missing", "leaves 5 to 6")),
    ("no first leaf", drop("leaf", 0), ("missing", "leaf 0")),
    ("no reversed transfer", drop("leaf", 0), ("missing", "transfer 6")),
    ("no leaf for the log", edit("open", 1, 1, ""), ("missing", "transfer 14")),
    ("a cut tail", drop("leaf", 11), ("cut_tail", "leaf 11")),
    ("a cut file", drop("end", 0), ("cut_tail", FILE)),
    ("no signed head", drop("head", 2), ("count", "leaf 8")),
    (
        "a gap closed up",
        both(drop("leaf", 5), *(edit("leaf", at, 1, str(at)) for at in range(5, 11))),
        ("root", "head 8"),
    ),
    ("a transfer twice", repeat("leaf", 4), ("twice", "transfer 5")),
    ("an open transfer twice", repeat("open", 1), ("twice", "transfer 14")),
    ("an amount", edit("leaf", 3, 22, "-23"), ("unbalanced", "transfer 4")),
    ("an amount's leaf", edit("leaf", 3, 22, "-23"), ("altered", "leaf 3")),
    ("backdated in the log", restate(9, (10, "2025-09-30")), ("backdated", "transfer 9")),
    ("a sealed amount", restate(2, (19, "-31"), (24, "31")), ("trial_balance", SEPTEMBER)),
    ("a running balance", restate(4, (25, "6")), ("balance", ANNA)),
    ("an entry's place in the open", restate(14, (23, "5")), ("sequence", BO)),
    ("an entry's place", restate(4, (23, "7")), ("sequence", ANNA)),
    ("reversed again", restate(10, (4, "reverse"), (11, "1")), ("twice", "transfer 10")),
    ("a reversal of a reversal", restate(10, (4, "reverse"), (11, "6")), ("twice", "transfer 10")),
    ("no mirror image", restate(6, (11, "2")), ("unbalanced", "transfer 6")),
    ("a reversal of nothing", restate(6, (11, "99")), ("missing", "transfer 6")),
    ("a reversal without its transfer", restate(6, (11, "")), ("missing", "transfer 6")),
    ("resolved again", restate(9, (12, "5")), ("twice", "transfer 9")),
    ("an unknown hold", restate(9, (12, "99")), ("holds", "transfer 9")),
    ("a release of nothing", restate(9, (12, "")), ("holds", "transfer 9")),
    ("more than was held", restate(5, (19 + 1, "7"), (23, "-7")), ("holds", "transfer 7")),
    ("the other way", restate(5, (19 + 1, "-10"), (23, "10")), ("holds", "transfer 7")),
    ("after its time", restate(5, (13, "2025-10-18T04:00:06.000000Z")), ("holds", "transfer 7")),
    ("a hold that holds less out", restate(5, (23, "-9")), ("unbalanced", "transfer 5")),
    ("a hold that is no hold", restate(13, (4, "award")), ("holds", "transfer 13")),
    ("a release that moves", restate(14, (4, "release")), ("holds", "transfer 14")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tamper", "found"), [case[1:] for case in DAMAGES], ids=[case[0] for case in DAMAGES]
)
def test_a_change_with_consequences_is_named_too(tamper: Tampering, found: tuple[str, str]) -> None:
    assert found in named(tamper(GOOD))
