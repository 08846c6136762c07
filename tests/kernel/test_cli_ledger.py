"""The ledger's commands. A stranger's run as processes that know of no database and no setting."""

import gzip
import re
import stat
import subprocess
import sys
from base64 import b64decode
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from service import cli, ledger, programmes
from service.clock import Clock
from service.config import Settings
from service.console import Meter
from service.ledger import Kind, Leg, Place, Reason, Unit
from service.proof import InclusionProof, SigningKey, VerifyKey, sign_note, verify_consistency
from service.proof.checkpoints import Checkpoint
from service.signing import read_key_file
from tests.conftest import NOON

ROOT = Path(__file__).parents[2]
WALLET = "volunteer:FM0001"


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    returncode: int
    stdout: str
    stderr: str


class Operator:
    """Somebody at a terminal with the service's settings."""

    def __init__(self, settings: Settings, database, key_file: Path) -> None:
        self.settings, self.database, self.key_file = settings, database, key_file
        self.posted = 0

    def run(self, *words: object, **environment: str) -> Said:
        said = {
            "AIXIN_ENV": "demo",
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.settings.redis_url,
            "SECRET_KEY": self.settings.secret_key,
            "PUBLIC_URL": self.settings.public_url,
            "LEDGER_KEY_FILE": str(self.key_file),
            "AIXIN_CLOCK_FILE": str(self.settings.clock_file),
            "AIXIN_LOCALE": "en",
        }
        return here(*words, **said | environment)

    def award(self, points: int = 20) -> int:
        self.posted += 1
        reason = Reason(
            1, f"award:{self.posted}", "system", "test:1", NOON, NOON.date(),
            lot_expires_on=NOON.date() + timedelta(days=700), memo={"a": "富\t"},
        )  # fmt: skip
        legs = (Leg("issued", Unit.PTS, -points), Leg(WALLET, Unit.PTS, points))
        award = partial(ledger.post, reason=reason, kind=Kind.AWARD, legs=legs, now=NOON)
        return self.database.atomic(award).transfer_id

    def keys(self) -> list[str]:
        return [str(key.verify_key) for key in read_key_file(self.key_file)]


def here(*words: object, **environment: str) -> Said:
    """Run a command in this process, which is quicker."""
    out, err = (TextIOWrapper(BytesIO(), "utf-8", newline="") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            status = cli.main(["ledger", *map(str, words)])
        except SystemExit as end:
            status = int(str(end.code))
    for stream in (out, err):
        stream.seek(0)
    return Said(status, out.read(), err.read())


def stranger(*words: object) -> Said:
    """Run a process without one word about a database, Redis or a key."""
    command = [sys.executable, "-m", "service.cli", "ledger", *map(str, words)]
    bare = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd="/", env=bare, capture_output=True, text=True, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def operator(settings, database, clock: Clock, tmp_path: Path) -> Operator:
    def work(session) -> None:
        programmes.open_programme(session, code="FM", name="富民")
        for address, place in (("issued", ledger.HOT_END), (WALLET, ledger.WALLET)):
            ledger.open_account(
                session, programme_id=1, address=address, unit=Unit.PTS, place=place, now=NOON
            )
        ledger.open_account(
            session, programme_id=1, address="other", unit=Unit.PTS, place=Place(), now=NOON
        )

    database.atomic(work)
    found = Operator(settings, database, tmp_path / "ledger.key")
    assert here("key", "new", found.key_file, "--name", "aixin.example/ledger").returncode == 0
    return found


def refused(done: Said, words: str, status: int = 1) -> bool:
    assert "Traceback" not in done.stderr
    return (done.returncode, done.stdout) == (status, "") and words in done.stderr


def test_sealing_says_what_it_did_and_again_that_there_is_nothing_to_do(operator) -> None:
    assert "nothing to do, 0 in the log" in operator.run("seal").stdout
    operator.award()
    operator.award()
    assert "aixin.example/ledger: 2 transfers sealed, 2 in the log" in operator.run("seal").stdout
    again = operator.run("seal")
    assert (again.returncode, again.stderr) == (0, "")
    assert "nothing to do, 2 in the log" in again.stdout


def test_nothing_is_sealed_without_a_key_or_with_a_strangers(operator, tmp_path) -> None:
    operator.award()
    assert refused(operator.run("seal", LEDGER_KEY_FILE=""), "LEDGER_KEY is not set")
    assert operator.run("seal").returncode == 0
    operator.award()
    other = SigningKey.generate("aixin.example/ledger").secret_text()
    assert refused(operator.run("seal", LEDGER_KEY=other), "None of these keys has signed")
    lines = operator.run("seal", LEDGER_KEY="").stdout
    assert "1 transfers sealed" in lines


def test_a_month_is_closed_and_sealed_once(operator, clock) -> None:
    operator.award()
    assert refused(operator.run("seal", "--month", "2025-10"), "")
    clock.set(NOON + timedelta(days=30))
    done = operator.run("seal", "--month", "2025-10", "--programme", "FM")
    assert re.fullmatch(r"FM 2025-10: sealed, [0-9a-f]{64}\n", done.stdout), done.stderr
    again = operator.run("seal", "--month", "2025-10")
    assert again.stdout == done.stdout.replace("sealed,", "nothing to do, sealed before,")
    assert again.returncode == 0


def test_a_month_that_is_none_and_a_programme_that_is_none_are_refused(operator) -> None:
    assert refused(operator.run("seal", "--month", "2025-13"), "is not a month", 2)
    named = ("seal", "--month", "2025-09", "--programme", "XX")
    assert refused(operator.run(*named), "no programme XX")


@pytest.mark.parametrize("name", ["books.txt", "books.txt.gz", "-"])
def test_a_stranger_verifies_an_exported_file(operator, tmp_path, name) -> None:
    operator.award()
    operator.run("seal")
    operator.award()
    file = tmp_path / name
    done = operator.run("export", "-" if name == "-" else file)
    assert done.returncode == 0, done.stderr
    if name == "-":
        file.write_text(done.stdout, "utf-8")
    else:
        assert done.stdout == f"{file}: {file.stat().st_size:,} bytes\n"
    assert (file.read_bytes()[:2] == b"\x1f\x8b") == name.endswith("gz")
    found = stranger("verify", file)
    assert (found.returncode, found.stderr) == (0, "")
    assert "1 transfers in the log and 1 not yet" in found.stdout
    assert operator.keys()[0] in found.stdout


def test_a_changed_letter_in_a_file_is_found(operator, tmp_path) -> None:
    operator.award(20)
    operator.run("seal")
    operator.run("export", tmp_path / "books.gz")
    text = gzip.decompress((tmp_path / "books.gz").read_bytes()).decode()
    changed = tmp_path / "changed"
    changed.write_text(text.replace("award:1", "award:2"), "utf-8")
    found = stranger("verify", changed)
    assert (found.returncode, found.stderr) == (1, "")
    assert "altered" in found.stdout


def test_a_file_is_held_against_a_head_that_was_kept(operator, tmp_path) -> None:
    assert refused(operator.run("head"), "nothing is sealed yet")
    operator.award()
    operator.run("seal")
    kept = tmp_path / "kept"
    kept.write_text(operator.run("head").stdout, "utf-8")
    operator.award()
    operator.run("seal")
    operator.run("export", tmp_path / "books")
    assert stranger("verify", tmp_path / "books", "--checkpoint", kept).returncode == 0
    key = read_key_file(operator.key_file)[0]
    kept.write_text(sign_note(Checkpoint(key.name, 1, bytes(32)).text, [key]), "utf-8")
    found = stranger("verify", tmp_path / "books", "--checkpoint", kept)
    assert found.returncode == 1, found.stdout


def test_a_file_that_cannot_be_read_or_written_is_named(operator, tmp_path) -> None:
    assert refused(stranger("verify", tmp_path / "none"), "none", 2)
    nowhere = tmp_path / "no folder" / "books"
    assert refused(operator.run("export", nowhere), str(nowhere))
    assert refused(operator.run("verify", "--checkpoint", nowhere), "FILE", 2)


def test_an_export_that_fails_leaves_the_old_file(operator, tmp_path, monkeypatch) -> None:
    file = tmp_path / "books"
    file.write_text("the old one")

    def broken(connection):
        yield b"export\t1\n"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger, "export_lines", broken)
    assert refused(operator.run("export", file), f"{file}: No space left on device")
    assert file.read_text() == "the old one"
    assert {path.name for path in tmp_path.iterdir()} == {"ledger.key", "books"}


@pytest.mark.parametrize("tool", ["beancount", "hledger"])
def test_a_journal_is_exported_for_another_tool(operator, tmp_path, tool) -> None:
    operator.award(20)
    done = operator.run("export", tmp_path / "books", "--journal", tool)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "books").read_text("utf-8")
    assert "Assets:P1:Volunteer:FM0001  20 PTS\n" in text
    assert refused(operator.run("export", "-", "--journal", "gnucash"), "gnucash", 2)


def test_the_database_is_verified_and_the_outcome_is_kept(operator, admin) -> None:
    operator.award()
    operator.run("seal")
    done = operator.run("verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 transfers, 2 entries: everything is in order" in done.stdout
    admin.execute("UPDATE ledger_transfers SET memo = '{}'")
    done = operator.run("verify")
    assert done.returncode == 1
    assert "altered" in done.stdout
    kept = operator.database.atomic(ledger.last_verification)
    assert (kept.asked_by, kept.faults > 0) == ("operator", True)


def test_a_transfer_is_proven_to_a_stranger_who_has_the_key(operator, tmp_path) -> None:
    number = operator.award()
    other = operator.award()
    assert refused(operator.run("proof", number), f"transfer {number} is not sealed yet")
    assert refused(operator.run("proof", 10**9), "Unknown transfer")
    operator.run("seal")
    done = operator.run("proof", number)
    assert done.stdout.startswith("c2sp.org/tlog-proof@v1\nextra ")
    file, (key,) = tmp_path / "it.tlog-proof", operator.keys()
    file.write_text(done.stdout, "utf-8")
    found = stranger("check", file, "--key", key)
    assert (found.returncode, found.stderr) == (0, "")
    assert "award:1" in found.stdout
    stranger_key = str(SigningKey.generate("aixin.example/ledger").verify_key)
    assert refused(stranger("check", file, "--key", stranger_key), "not proven")
    assert refused(stranger("check", file, "--key", "nonsense"), "cannot check", 2)
    mine, theirs = InclusionProof.parse(done.stdout), operator.run("proof", other).stdout
    swapped = replace(mine, extra=InclusionProof.parse(theirs).extra)
    file.write_text(swapped.text, "utf-8")
    assert refused(stranger("check", file, "--key", key), "do not lead to the signed head")


def test_two_heads_are_shown_to_be_one_log(operator) -> None:
    for count in (3, 4):
        for _ in range(count):
            operator.award()
        operator.run("seal")
    done = operator.run("proof", "--from", 3, "--to", 7)
    old, *path = done.stdout.split("\n\n", 1)[0].split("\n")
    assert old == "old 3"
    note = done.stdout.split("\n\n", 1)[1]
    heads = {head.size: head for head in operator.database.atomic(ledger.heads)}
    assert note == heads[7].note
    new = Checkpoint.open(note, [VerifyKey.parse(operator.keys()[0])]).head
    first = replace(new, size=3, root=heads[3].root)
    assert verify_consistency(decoded(path), old=first, new=new)
    assert refused(operator.run("proof", "--from", 2, "--to", 7), "never had a head of this size")


def decoded(lines: list[str]) -> list[bytes]:
    return [b64decode(line) for line in lines]


@pytest.mark.parametrize(
    "words", [(), ("1", "--from", "1", "--to", "2"), ("--from", "1"), ("1", "--to", "2")]
)
def test_a_proof_of_everything_or_nothing_is_asked_wrongly(words) -> None:
    assert refused(here("proof", *words), "name one TRANSFER", 2)


def test_a_key_is_made_for_its_owner_alone(tmp_path) -> None:
    file = tmp_path / "key"
    done = here("key", "new", file, "--name", "aixin.example/ledger")
    (key,) = read_key_file(file)
    assert done.stdout == f"{key.verify_key}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key.secret_text() not in done.stdout
    printed = here("key", "new", "-", "--name", "aixin.example/ledger").stdout
    assert SigningKey.parse(printed.strip()).name == "aixin.example/ledger"


def test_a_key_that_cannot_be_made_is_refused(tmp_path) -> None:
    file = tmp_path / "key"
    assert refused(here("key", "new", file), "--name", 2)
    assert refused(here("key", "new", file, "--name", "a b"), "no spaces", 2)
    assert not file.exists()
    file.write_text("not a key")
    assert refused(here("key", "new", file), f"{file}: key 1: not a private key")
    assert file.read_text() == "not a key"


def test_a_key_is_rotated_while_every_head_stays_believed(operator, tmp_path) -> None:
    operator.award()
    operator.run("seal")
    made = operator.run("key", "new", operator.key_file, "--yes").stdout.strip()
    new, old = operator.keys()
    assert made == new
    assert stat.S_IMODE(operator.key_file.stat().st_mode) == 0o600
    assert refused(operator.run("key", "retire", operator.key_file, old), "seal with both first")
    assert operator.keys() == [new, old]
    listed = operator.run("key").stdout.splitlines()
    assert listed == [f"{old}\tsigns\tsince size 1", f"{new}\tsigns from the next head on"]
    operator.award()
    operator.run("seal")
    old_id = VerifyKey.parse(old).key_id.hex()
    assert operator.run("key", "retire", operator.key_file, old_id, "--yes").stdout == (
        f"{old} retired\n"
    )
    assert operator.keys() == [new]
    operator.award()
    operator.run("seal")
    listed = operator.run("key").stdout
    assert f"{old}\tretired 2025-10-18\tsince size 1\n{new}\tsigns\tsince size 2\n" == listed
    operator.run("export", tmp_path / "books")
    found = stranger("verify", tmp_path / "books")
    assert found.returncode == 0, found.stdout


def test_what_cannot_be_retired_stays(operator) -> None:
    (key,) = operator.keys()
    assert refused(operator.run("key", "retire", operator.key_file, "00000000"), "does not hold")
    assert refused(operator.run("key", "retire", operator.key_file, key), "last key stays")
    assert operator.keys() == [key]


def test_a_file_is_verified_without_the_web_application(tmp_path) -> None:
    script = (
        "import sys; from service import cli; cli.main(['ledger', 'verify', sys.argv[1]]);"
        "print([name for name in ('flask', 'redis', 'rq') if name in sys.modules])"
    )
    file = tmp_path / "books"
    file.write_text("export\t1\taixin.example/ledger\t2025-10-18T04:00:00.000000Z\n")
    done = subprocess.run(
        [sys.executable, "-c", script, file],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("\n[]\n"), done.stderr


def test_progress_is_shown_on_a_terminal_only(monkeypatch, capsys) -> None:
    Meter().tell(10_000, 20_000)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    meter = Meter()
    meter.tell(10_000, 20_000)
    meter.end()
    assert capsys.readouterr().err.startswith("\r10,000 / 20,000")
