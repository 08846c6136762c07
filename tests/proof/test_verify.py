"""An export that is in order is found to be; what is not one never breaks the program."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.proof import SigningKey, lines, sign_note, verify_file, verify_lines
from service.proof.__main__ import main
from service.proof.books import WAITING_MAX
from tests.proof.tampering import at, both, columns, drop, edit, move, named, written
from tests.proof.writer import (
    ANNA,
    BO,
    ISSUED,
    KEY,
    NEW_KEY,
    ORIGIN,
    PLEDGE,
    SINK,
    Writer,
    leaf,
    line,
    story,
)

GOOD = story().lines()
ROOT = Path(__file__).parents[2]


def wallets(**how: object) -> Writer:
    """A ledger with nothing but two accounts."""
    books = Writer(**how)  # type: ignore[arg-type]
    books.open(*ISSUED, tracked=False)
    books.open(*ANNA, by_lots=True, floor=0)
    return books


def test_a_good_export_is_in_order() -> None:
    report = verify_lines(GOOD)
    assert report.findings == ()
    assert report.fine
    assert report.origin == ORIGIN
    assert report.keys == (str(KEY.verify_key),)
    assert report.counts == {
        "leaves": 12, "open": 3, "accounts": 7, "entries": 22, "heads": 3, "periods": 1,
    }  # fmt: skip


def test_an_empty_ledger_is_in_order() -> None:
    assert verify_lines(Writer().lines()).fine
    assert verify_lines(wallets().lines()).fine


def test_lines_may_come_without_their_ends() -> None:
    assert verify_lines(row[:-1] for row in GOOD).fine


def test_entries_of_an_account_may_wait_for_earlier_ones_of_other_transactions() -> None:
    books = wallets()
    for _ in range(6):
        books.post("award", {ISSUED: -5, ANNA: 5})
    entries = [fields[21:26] for fields in books.transfers]
    for fields, entry in zip(books.transfers, entries[3:] + entries[:3], strict=True):
        fields[21:26] = entry  # numbered before, locked after
    books.seal()
    assert named(books.lines()) == []


def test_an_entry_that_never_comes_is_not_waited_for_without_end() -> None:
    books = wallets()
    for _ in range(WAITING_MAX + 5):
        books.post("award", {ISSUED: -1, ANNA: 1})
    del books.transfers[1]
    found = named(books.lines())
    assert ("sequence", "account volunteer:1 PTS (programme 1)") in found
    assert {place for kind, place in found if kind != "sequence"} == {
        "account issued PTS (programme 1)"
    }


def test_a_tracked_account_below_its_floor_is_found_where_it_fell() -> None:
    books = wallets()
    books.open(*PLEDGE, floor=0)
    books.post("award", {PLEDGE: -5, ANNA: 5})
    books.post("pledge", {ISSUED: -5, PLEDGE: 5})
    report = verify_lines(books.lines())
    assert [one.kind for one in report.findings] == ["floor"]
    assert report.findings[0].detail == "transfer 1 left -5, below 0"


def test_a_transfer_has_two_legs_on_two_accounts() -> None:
    books = wallets()
    books.open(*SINK, tracked=False)
    books.post("open", {ISSUED: 0})
    books.post("open", {ISSUED: 0, SINK: 0})
    books.post("open", {})
    assert named(books.lines()) == [("unbalanced", f"transfer {number}") for number in (1, 2, 3)]


def test_a_gap_between_months_is_closed_with_the_month_after_it() -> None:
    books = wallets()
    books.post("award", {ISSUED: -5, ANNA: 5}, day="2025-06-01")
    books.seal_period("2025-06")
    books.post("award", {ISSUED: -5, ANNA: 5}, day="2025-09-01")
    books.seal_period("2025-09")
    books.post("award", {ISSUED: -5, ANNA: 5}, day="2025-06-02", effective="2025-10-01")
    books.seal()
    assert verify_lines(books.lines()).fine
    books.post("award", {ISSUED: -5, ANNA: 5}, day="2025-08-08")
    books.post("award", {ISSUED: -5, ANNA: 5}, day="2025-05-05")
    assert named(books.lines()) == [("backdated", "transfer 4"), ("backdated", "transfer 5")]


def test_a_period_that_is_only_closing_is_not_judged() -> None:
    books = wallets()
    row = line(["period", "1", "2025-06-01", "closing", "", "", "", "", "", ""])
    rows = books.lines()
    rows.insert(at(rows, "account", 0), row)
    assert verify_lines(rows).fine


def test_a_seal_must_name_the_one_before() -> None:
    books = wallets()
    books.post("award", {ISSUED: -5, ANNA: 5}, day="2025-06-01")
    books.seal_period("2025-06")
    books.seal_period("2025-07")
    assert verify_lines(books.lines()).fine
    assert ("seal", "period 2025-07 (programme 1)") in named(drop("period", 0)(books.lines()))


# ---------------------------------------------------------------- keys


def rotated(*signers: list[SigningKey]) -> list[bytes]:
    """A ledger whose heads were signed by these keys, one head for each list."""
    books = wallets(keys=[KEY, NEW_KEY])
    for keys in signers:
        books.signers = keys
        books.post("award", {ISSUED: -5, ANNA: 5})
        books.seal()
    return books.lines()


def test_a_key_that_an_older_one_vouched_for_signs_alone_afterwards() -> None:
    assert named(rotated([KEY], [NEW_KEY, KEY], [NEW_KEY])) == []


def test_a_key_that_nobody_vouched_for_signs_nothing() -> None:
    assert named(rotated([KEY], [NEW_KEY], [NEW_KEY, KEY])) == [("unknown_key", "head 2")]


# ---------------------------------------------------------------- a checkpoint kept


def test_a_kept_checkpoint_is_found_again() -> None:
    for _, _, note in story().heads:
        assert verify_lines(GOOD, checkpoint=note).fine


def test_a_tail_cut_with_its_head_is_found_by_a_kept_checkpoint() -> None:
    books = story()
    kept = books.heads[-1][2]
    shorter = Writer()
    shorter.__dict__.update(story().__dict__)
    del shorter.heads[-1]
    shorter.transfers = shorter.transfers[:8]
    shorter.sealed = 8
    assert ("cut_tail", "leaf 8") not in named(shorter.lines())
    assert ("cut_tail", "leaf 8") in named(shorter.lines(), kept)


def test_a_history_written_anew_is_found_by_a_kept_checkpoint() -> None:
    kept = wallets()
    kept.post("award", {ISSUED: -5, ANNA: 5})
    kept.seal()
    other = wallets()
    other.post("award", {ISSUED: -50, ANNA: 50})
    other.seal()
    assert verify_lines(other.lines()).fine
    assert named(other.lines(), kept.heads[0][2]) == [("root", "the checkpoint")]
    other.post("award", {ISSUED: -50, ANNA: 50})
    other.seal()
    assert named(other.lines()[:2] + other.lines()[3:], kept.heads[0][2]) == [("root", "head 1")]


def test_a_checkpoint_of_somebody_else_proves_nothing() -> None:
    stranger = SigningKey(ORIGIN, b"3" * 32)
    text = f"{ORIGIN}\n3\n{'A' * 43}=\n"
    assert named(GOOD, sign_note(text, [stranger])) == [("unknown_key", "the checkpoint")]
    with pytest.raises(ValueError, match="note"):
        verify_lines(GOOD, checkpoint="no note")


# ---------------------------------------------------------------- lines that are none


@pytest.mark.parametrize(
    "wrong",
    [
        b"", b"\t", b"hello", b"leaf", b"leaf\t5", b"leaf\tx\t00\t1", b"\xff\xfe", b"open\tzz\t1",
        b"head\t1", b"key\thello\t0\t", b"account\t1\ta\tPTS\tt\tt\tx\t0\t0\t0\t0\t0\t",
        b"account\t1\ta\tPTS\tmaybe\tt\t\t0\t0\t0\t0\t0\t",
        b"account\t1\ta\tPTS\tf\tt\t\t0\t0\t0\t0\t0\t", b"lot\t1\tnobody\tPTS\t2026-12-31\t5",
        b"hold\tx\ty", b"period\t1\t2025-09-01\topen" + b"\t" * 6,
        b"export\t1\tother\tnow", b"account\t1\t\\q\tPTS\tt\tt\t\t0\t0\t0\t0\t0\t",
        b"account\t1\t\xff\tPTS\tt\tt\t\t0\t0\t0\t0\t0\t",
    ],
)  # fmt: skip
def test_a_bad_line_is_told_with_its_number(wrong: bytes) -> None:
    place = at(GOOD, "account", 2) if wrong[:7] == b"account" else at(GOOD, "leaf", 1)
    found = named([*GOOD[:place], wrong + b"\n", *GOOD[place:]])
    assert found == [("bad_line", f"line {place + 1}")]


@pytest.mark.parametrize("row", ["leaf", "open"])
def test_a_row_with_too_few_or_too_many_fields_is_a_bad_line(row: str) -> None:
    place = at(GOOD, row, 1)
    for changed in (columns(GOOD[place])[:-1], [*columns(GOOD[place]), "0"]):
        rows = [*GOOD[:place], written(changed), *GOOD[place + 1 :]]
        assert ("bad_line", f"line {place + 1}") in named(rows)


def test_an_impossible_transfer_number_is_a_bad_line() -> None:
    for number in ("0", "-1", str(1 << 63)):
        rows = edit("open", 1, 2, number)(GOOD)
        assert ("bad_line", f"line {at(GOOD, 'open', 1) + 1}") in named(rows)


def test_sections_come_in_their_order() -> None:
    rows = [*GOOD[:-1], GOOD[1], GOOD[-1]]
    assert named(rows) == [("bad_line", f"line {len(GOOD)}")]


def test_what_is_no_export_is_told_once() -> None:
    for rows in ([b"\x89PNG\n", b"more\n", b"more\n"], [b"export\t2\torigin\tnow\n"], GOOD[1:]):
        assert named(rows)[0] == ("bad_line", "line 1")
    assert len(named([b"a\n"] * 5000)) == 1
    assert named([]) == [("cut_tail", "the file")]


def test_findings_are_kept_up_to_a_limit_and_counted_above_it() -> None:
    rows = [*GOOD[:-1], *[b"leaf\n"] * 3000, GOOD[-1]]
    report = verify_lines(rows)
    assert len(report.findings) == 1000
    assert report.found == 3000


@given(some.data())
def test_no_byte_of_a_row_can_be_another(data: some.DataObject) -> None:
    place = data.draw(some.integers(at(GOOD, "leaf", 0), at(GOOD, "open", 2)))
    row = bytearray(GOOD[place])
    start = len(b"\t".join(GOOD[place].split(b"\t")[:3])) + 1  # hex digits have two forms
    spot = data.draw(some.integers(start, len(row) - 2))
    row[spot] ^= data.draw(some.integers(1, 255))
    assert not verify_lines([*GOOD[:place], bytes(row), *GOOD[place + 1 :]]).fine


@given(some.data())
def test_nothing_in_a_file_breaks_the_program(data: some.DataObject) -> None:
    text = bytearray(b"".join(GOOD))
    for _ in range(data.draw(some.integers(1, 5))):
        spot = data.draw(some.integers(0, len(text) - 1))
        text[spot : spot + data.draw(some.integers(0, 3))] = data.draw(some.binary(max_size=3))
    report = verify_lines(bytes(text).splitlines(keepends=True))
    assert report.found >= len(report.findings)


@given(some.integers(0, len(b"".join(GOOD)) - 2))
def test_a_file_cut_anywhere_is_found(length: int) -> None:
    rows = b"".join(GOOD)[:length].splitlines(keepends=True)
    assert not verify_lines(rows).fine


# ---------------------------------------------------------------- larger logs


def test_a_long_batch_and_its_damage_are_judged_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    books = wallets()
    for number in range(60):
        books.post("award", {ISSUED: -5, ANNA: 5})
        if number == 29:
            books.seal()
    books.seal()
    rows = books.lines()
    told: list[int] = []
    monkeypatch.setattr("service.proof.halves.TOLD_EVERY", 25)
    monkeypatch.setattr("service.proof.log.BATCH_MAX", 8)
    assert verify_lines(rows, progress=told.append).fine
    assert told == [25, 50]
    assert named(edit("leaf", 3, 17, "x")(rows)) == [("altered", "leaf 3")]
    assert ("missing", "leaf 3") in named(drop("leaf", 3)(rows))
    assert ("root", "head 60") in named(both(move("leaf", 40, 44))(rows))


def test_after_a_gap_the_rest_is_still_judged() -> None:
    books = wallets()
    for number in range(60):
        books.post("award", {ISSUED: -5, ANNA: 5})
        if number % 10 == 9:
            books.seal()
    rows = books.lines()
    found = named(both(edit("leaf", 45, 17, "x"), drop("leaf", 50), drop("leaf", 5))(rows))
    assert [one for one in found if one[0] in {"missing", "altered", "root"}] == [
        ("missing", "leaf 5"), ("altered", "leaf 45"), ("missing", "leaf 50"),
    ]  # fmt: skip


def test_a_leaf_hash_of_the_writer_is_the_one_of_the_export() -> None:
    assert columns(GOOD[at(GOOD, "leaf", 0)])[2] == leaf(story().transfers[0]).hex()


# ---------------------------------------------------------------- the command


def write(folder: Path, data: bytes) -> str:
    """Write a file and return its name."""
    path = folder / "ledger.txt"
    path.write_bytes(data)
    return str(path)


def test_the_command_tells_what_it_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "head.txt"
    kept.write_text(story().heads[1][2], "utf-8")
    assert main([write(tmp_path, b"".join(GOOD)), "--checkpoint", str(kept)]) == 0
    said = capsys.readouterr().out
    assert "12 transfers in the log and 3 not yet, 22 entries, 7 accounts, 3 signed heads" in said
    assert str(KEY.verify_key) in said
    assert "Everything is in order" in said


def test_the_command_names_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([write(tmp_path, b"".join(edit("leaf", 3, 17, "x")(GOOD)))]) == 1
    said = capsys.readouterr().out
    assert "altered        leaf 3: transfer 4 is not what its leaf was made from\n" in said
    assert "1 findings" in said


def test_the_command_says_when_it_was_asked_wrongly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nothing")]) == 2
    file = write(tmp_path, b"".join(GOOD))
    assert main([file, "--checkpoint", file]) == 2
    assert "cannot check this" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    tamper = both(
        edit("leaf", 3, 22, "-23"), edit("head", 1, 2, "00" * 32), edit("period", 0, 6, "x"),
        edit("account", 2, 7, "x"), drop("end", 0),
    )  # fmt: skip
    for rows in (GOOD, tamper(GOOD), GOOD[1:], []):
        one, two = verify_lines(rows), verify_file(write(tmp_path, b"".join(rows)))
        assert set(two.findings) == set(one.findings)
        assert (two.found, two.counts, two.keys) == (one.found, one.counts, one.keys)


def test_gzip_is_read_by_its_first_bytes(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(GOOD))
    assert verify_lines(lines(write(tmp_path, packed))).fine
    for broken in (packed[:-200], packed[:400] + b"xxxx" + packed[404:]):
        found = [one.kind for one in verify_lines(lines(write(tmp_path, broken))).findings]
        assert "bad_line" in found


def test_a_file_that_ends_within_a_line_is_found(tmp_path: Path) -> None:
    found = verify_lines(lines(write(tmp_path, b"".join(GOOD)[:-3]))).findings
    assert ("bad_line", f"line {len(GOOD) + 1}") in [(one.kind, one.place) for one in found]


def test_the_module_reads_its_input_without_the_rest_of_the_service() -> None:
    alone = (
        "import sys, runpy; sys.modules.update(dict.fromkeys(['flask', 'sqlmodel', 'psycopg']));"
        "runpy.run_module('service.proof', run_name='__main__')"
    )
    command = [sys.executable, "-c", alone, "-"]
    done = subprocess.run(
        command, cwd=ROOT, input=gzip.compress(b"".join(GOOD)), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"Everything is in order" in done.stdout


def test_two_wallets_at_once() -> None:
    books = story()
    books.post("award", {ISSUED: -4, ANNA: 1, BO: 3})
    assert verify_lines(books.lines()).fine
