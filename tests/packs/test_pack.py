"""What a pack holds, and that its check finds whatever is changed in it."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import cryptography
import psycopg
import pytest

from service.db import Database
from service.ledger import latest_head
from service.packs.check import check
from service.packs.redacting import Blackout
from tests.packs.conftest import Make
from tests.reports.conftest import FUMIN, Town

COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)
CHANGES = {
    "records/awards.csv": (b",20,0,", b",21,0,"),
    "ledger/wallets.csv": (b"FM0001,185,20,", b"FM0001,184,20,"),
    "ledger/excerpt.tsv": (b"\tPTS\t2\t20\t205", b"\tPTS\t2\t20\t206"),
    "trail/trail.csv": (b"shop:S01", b"shop:S02"),
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pack lies that most tests of this file only read: to make it takes seconds."""
    return tmp_path_factory.mktemp("shelf") / "pack.zip"


@pytest.fixture
def served_town(town: Town, seal: Callable[[], None]) -> Town:
    """The neighbourhood whose two people served, one of them not yet in the sealed log."""
    for time, action in (("08:00", "in"), ("10:00", "out")):
        town.at(time)
        for person in ("FM0001", "FM0003"):
            town.scan("FM0012", person, action, f"{action}-{person}")
    town.at("10:20")
    path = "/api/v1/activities/A1/confirmations"
    town.call("FM0012", "POST", path, json={"volunteer": "FM0001"})
    seal()
    town.call("FM0012", "POST", path, json={"volunteer": "FM0003"})
    return town


@pytest.fixture
def packed(shelf: Path, request: pytest.FixtureRequest) -> Path:
    """That neighbourhood's October."""
    if not shelf.exists():
        request.getfixturevalue("served_town")
        request.getfixturevalue("make")(shelf, "FM")
    return shelf


@pytest.fixture
def folder(packed: Path, tmp_path: Path) -> Path:
    """The same, unzipped."""
    with ZipFile(packed) as file:
        file.extractall(tmp_path / "pack")
    return tmp_path / "pack"


def sum_again(folder: Path) -> None:
    """Write the list of digests anew, as a forger would."""
    names = [line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    said = [f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in names]
    (folder / "SHA256SUMS").write_text("\n".join(said) + "\n")


def test_a_stranger_checks_it_as_its_readme_says(folder: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"  # a Python that knows `cryptography` and nothing else of ours
    tools.mkdir()
    (tools / "python3").symlink_to(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}")
    site = tmp_path / "site"
    site.mkdir()
    for path in Path(cryptography.__file__).parents[1].glob("*c*"):
        if path.name.split(".")[0] in ("cryptography", "_cffi_backend", "cffi"):
            (site / path.name).symlink_to(path)
    said = COMMANDS.findall((folder / "README.md").read_text())
    clean = {"PATH": f"{tools}:/usr/bin:/bin", "PYTHONPATH": str(site), "LANG": "C.UTF-8"}
    assert not set(clean) & {name for name in os.environ if "DATABASE" in name}

    for _ in range(2):  # and leaves the folder as it was
        done = subprocess.run(
            ["sh", "-e", "-c", said[0]], cwd=folder, env=clean, text=True, capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Everything is in order" in done.stdout
        assert "2 transfers, 1 waiting, 0 others, 4 entries, 2 wallets, 2 awards" in done.stdout

    (folder / "ledger" / "wallets.csv").write_bytes(b"volunteer\n")
    found = subprocess.run(
        ["sh", "-e", "-c", said[0]], cwd=folder, env=clean, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    assert found.returncode == 1


def test_no_name_and_no_number_of_a_person_is_in_it(packed: Path) -> None:
    data = json.loads(FUMIN.read_text("utf-8"))
    persons = [one["name"] for one in data["volunteers"] if one.get("name")]
    assert len(persons) > 100
    with ZipFile(packed) as file:
        texts = {name: file.read(name).decode() for name in file.namelist()}
    for name, text in texts.items():
        assert not re.search(r"(?<![\w.-])1[3-9]\d{9}(?![\w.-])", text), name
        assert not [one for one in persons if one in text], name


def test_nothing_of_another_community_is_in_it(
    served_town: Town, database: Database, admin: psycopg.Connection, make: Make, tmp_path: Path
) -> None:
    make(tmp_path / "theirs.zip", "GZ")
    with ZipFile(tmp_path / "theirs.zip") as file:
        theirs = {name: file.read(name).decode() for name in file.namelist()}
    assert theirs["ledger/wallets.csv"].count("\n") == 1  # nobody lives there yet
    assert not [name for name, text in theirs.items() if re.search(r"\bFM\d{4}\b", text)]
    assert "\nother\t327\t" in theirs["ledger/excerpt.tsv"]  # its hash alone
    found = check(str(tmp_path / "theirs.zip"))
    assert (found.faults, found.counts["transfers"], found.counts["others"]) == ([], 0, 1)

    head = database.atomic(latest_head)
    assert head is not None
    assert check(str(tmp_path / "theirs.zip"), kept=head.note).faults == []
    other = head.note.replace("\n328\n", "\n327\n")
    assert "the checkpoint" in " ".join(check(str(tmp_path / "theirs.zip"), kept=other).faults)

    last = "(SELECT max(transfer_id) FROM ledger_leaves)"  # a posting tried again skips a number
    admin.execute(f"UPDATE ledger_transfers SET actor = 'staff:U-ADM' WHERE id = {last}")
    make(tmp_path / "changed.zip", "FM")
    assert "leaf 327: is not what its hash says" in check(str(tmp_path / "changed.zip")).faults


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_in_it_is_found(folder: Path, name: str) -> None:
    path, (before, after) = folder / name, CHANGES[name]
    content = path.read_bytes()
    assert before in content
    path.write_bytes(content.replace(before, after, 1))
    assert f"{name} is not what SHA256SUMS says" in check(str(folder)).faults

    sum_again(folder)
    found = check(str(folder)).faults
    if name != "trail/trail.csv":  # nobody signs the trail; its digest is all that is kept of it
        assert found, f"{name} was forged unseen"


def test_a_transfer_that_was_left_out_is_missed(folder: Path) -> None:
    path = folder / "ledger/excerpt.tsv"
    lines = path.read_bytes().splitlines(keepends=True)
    leaf = next(line for line in lines if line.startswith(b"leaf\t"))
    _, index, told, *_ = leaf.split(b"\t")
    hidden = b"other\t%s\t%s\n" % (index, told)
    path.write_bytes(b"".join(hidden if line == leaf else line for line in lines))
    sum_again(folder)

    faults = check(str(folder)).faults
    assert "transfer 328 of an award is not in the excerpt" in faults
    assert "wallet FM0001: says that 20 moved, its transfers say 0" in faults


def test_a_file_too_many_and_a_file_too_few_are_named(folder: Path) -> None:
    (folder / "records" / "more.csv").write_text("x")
    (folder / "records" / "paper.csv").unlink()
    faults = check(str(folder)).faults
    assert "records/more.csv is not in SHA256SUMS" in faults
    assert "records/paper.csv is missing" in faults


def test_what_is_no_pack_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no")
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        check(str(tmp_path / "file"))
    (tmp_path / "empty").mkdir()
    assert "SHA256SUMS is missing or empty" in check(str(tmp_path / "empty")).faults


def test_the_record_lists_an_award_with_its_transfer(packed: Path) -> None:
    with ZipFile(packed) as file:
        rows = list(csv.DictReader(io.StringIO(file.read("records/awards.csv").decode())))
    assert [(row["volunteer"], row["points"], row["transfer"]) for row in rows] == [
        ("FM0001", "20", "328"),
        ("FM0003", "20", "329"),
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("请李秀英和王强来", "请■■和■■来"),
        ("李秀英子", "■■子"),  # the longest name first
        ("李秀来了", "■■来了"),
        ("电话13812345678。", "电话■■。"),
        ("award:13812345678 7f13812345678", "award:13812345678 7f13812345678"),  # a key is none
        ("身份证41160219900101123X", "身份证■■"),
        ("told by Ann Lee twice", "told by ■■ twice"),
        ("请志愿者001来", "请■■来"),
        ("a Note for Ann Lee", "a Note for ■■"),
        ("一切正常", "一切正常"),
    ],
)
def test_names_and_numbers_are_blackened(text: str, left: str) -> None:
    blackout = Blackout(["李秀英", "李秀", "王强", "志愿者001", "Ann Lee"])
    assert blackout.line(text.encode()).decode() == left
