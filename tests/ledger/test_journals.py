"""Other people's tools read our books and come to our balances, to the point and to the fen."""

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import ledger
from service.config import Settings
from service.ledger import Kind, Leg, Unit
from service.ledger.journals import address_of, name_of
from tests.ledger.conftest import ACCOUNTS, LATE, NOW, PROGRAMME, SOON, Books

ODD = {
    "pledge:S01:spare": Unit.CNY,  # stands below another account
    "pledge:富民 *1-x2d/;\"'|~": Unit.CNY,
    "X-ray": Unit.PTS,
}
MEMO = {"note": '富民社区 "双11"; [2020-01-01] date:9\n换行\\n', "a, b": [1, "，"]}
HLEDGER = os.environ.get("HLEDGER") or shutil.which("hledger")
Check = Callable[[str], str]  # the tool's complaint, "" for none


@pytest.fixture
def varied(books: Books, settings: Settings) -> Books:
    """Books with a bit of everything, half of it sealed."""

    def work(session) -> None:
        for address, unit in ODD.items():
            ledger.open_account(
                session, programme_id=PROGRAMME, address=address, unit=unit,
                place=ledger.Place(), now=NOW,
            )  # fmt: skip

    books.database.atomic(work)
    books.award("FM0001", 80, SOON, "a")
    books.award("FM0001", 30, LATE, '钥匙 "b"; \\1')
    books.spend("FM0001", 7, "redeem:1")
    books.database.atomic(
        lambda s: ledger.seal(s, signers=settings.signers, origin=settings.origin, now=NOW)
    )
    spent = books.spend("FM0001", 60, "redeem:2")
    books.reverse(spent.transfer_id)
    books.spend("FM0002", 9, "redeem:3", may_owe=True)  # a debt
    cents = (Leg("fund", Unit.CNY, -101), *(Leg(a, u, 50) for a, u in ODD.items() if u == "CNY"))
    books.post("odd", Kind.ADJUST, *cents, Leg("given-goods:S01", Unit.CNY, 1), memo=MEMO)
    hold(books)
    books.database.atomic(
        lambda s: ledger.expire(
            s, ledger.expiring(s, programme_id=PROGRAMME, upto=SOON),
            programme_id=PROGRAMME, now=NOW + timedelta(days=90),
        )
    )  # fmt: skip
    return books


def hold(books: Books) -> None:
    legs = (Leg("volunteer:FM0001", Unit.PTS, -5), Leg("X-ray", Unit.PTS, 5))
    later = NOW + timedelta(hours=1)

    def work(session) -> None:
        held = ledger.hold(session, books.reason("hold"), legs=legs, expires_at=later, now=NOW)
        ledger.capture(
            session, books.reason("capture"), hold_id=held.transfer_id, kind=Kind.ADJUST, now=NOW
        )
        ledger.hold(session, books.reason("hold:2"), legs=legs, expires_at=later, now=NOW)

    books.database.atomic(work)


def journal(settings: Settings, dialect: str) -> str:
    with ledger.reading(settings.database_url) as connection:
        return "".join(ledger.journal_lines(ledger.export_lines(connection), dialect))


@pytest.fixture
def bean_check(tmp_path: Path) -> Check:
    def check(text: str) -> str:
        file = tmp_path / "books.beancount"
        file.write_text(text, "utf-8")
        program = Path(sys.executable).with_name("bean-check")
        done = subprocess.run([program, "-C", file], capture_output=True, text=True, check=False)
        assert bool(done.stderr) == bool(done.returncode)
        return done.stderr

    return check


@pytest.fixture
def hledger(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    if not HLEDGER:
        pytest.skip("no hledger on this machine, and no Debian to take it from")

    def run(text: str, *words: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "books.journal"
        file.write_text(text, "utf-8")
        env = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        command = [HLEDGER, "-f", file, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env)

    return run


def ours(books: Books) -> dict[tuple[str, str], int]:
    found = {}
    units = {address: unit for address, (unit, _) in ACCOUNTS.items()} | ODD
    for address, unit in units.items():
        found[address, str(unit)] = books.balance(address, unit)
    return found


def counted(number: str, unit: str) -> int:
    whole, _, cents = number.partition(".")
    assert (unit, len(cents)) in {("PTS", 0), ("CNY", 2)}
    return int(whole + cents)


def test_bean_check_finds_our_balances(varied, settings, bean_check) -> None:
    text = journal(settings, "beancount")
    assert bean_check(text) == ""
    asserted = re.findall(r"^\S+ balance (\S+)  (\S+) ~ 0 (\S+)$", text, re.MULTILINE)
    found = {(address_of(name)[1], u): counted(n, u) for name, n, u in asserted}
    expected = ours(varied)
    assert found.pop(("pledge:S01", "CNY")) == sum(
        expected.pop((f"pledge:S01{below}", "CNY")) for below in ("", ":spare")
    )
    del found["pledge:S01:spare", "CNY"]
    assert found == expected
    assert expected["volunteer:FM0002", "PTS"] < 0
    assert expected["expired", "PTS"] > 0


def test_hledger_finds_our_balances(varied, settings, hledger) -> None:
    text = journal(settings, "hledger")
    assert hledger(text, "check").stderr == ""
    said = hledger(text, "balance", "-N", "--flat", "-E", "-O", "csv")
    rows = list(csv.reader(said.stdout.splitlines()))[1:]
    found = {}
    for name, amount in rows:
        number, unit = amount.split()
        found[address_of(name)[1], unit] = counted(number, unit)
    zero = {key: 0 for key, number in ours(varied).items() if not number}
    assert zero | found == ours(varied)
    assert len(found) > 8


@pytest.mark.parametrize("change", [("  80 PTS", "  81 PTS"), ("  0.50 CNY", "  0.51 CNY")])
def test_one_unit_more_on_a_single_leg_is_no_transfer(varied, settings, bean_check, change) -> None:
    text = journal(settings, "beancount")
    changed = text.replace(*change, 1)
    assert changed != text
    assert "does not balance" in bean_check(changed)


@pytest.mark.parametrize("change", [("80 PTS", "81 PTS"), ("1.40 CNY", "1.41 CNY")])
def test_bean_check_disagrees_when_one_amount_is_changed(
    varied, settings, bean_check, change
) -> None:
    assert "Balance failed" in bean_check(forged(journal(settings, "beancount"), *change))


@pytest.mark.parametrize("change", [("80 PTS", "81 PTS"), ("1.40 CNY", "1.41 CNY")])
def test_hledger_disagrees_when_one_amount_is_changed(varied, settings, hledger, change) -> None:
    done = hledger(forged(journal(settings, "hledger"), *change), "check")
    assert done.returncode != 0
    assert "balance assertion" in done.stderr


def forged(text: str, old: str, new: str) -> str:
    """Change the first transfer of this amount on both of its legs, so that it still balances."""
    changed = text
    for sign in ("", "-"):
        changed = changed.replace(f"  {sign}{old}\n", f"  {sign}{new}\n", 1)
    differ = [a for a, b in zip(text.split("\n"), changed.split("\n"), strict=True) if a != b]
    assert len(differ) == 2
    return changed


@pytest.mark.parametrize("dialect", ["beancount", "hledger"])
def test_a_balance_that_the_ledger_made_up_is_found(
    varied, settings, admin, request, dialect
) -> None:
    admin.execute("UPDATE ledger_accounts SET posted = posted + 1 WHERE address = 'redeemed:S01'")
    text = journal(settings, dialect)
    if dialect == "beancount":
        assert "Equity:P1:Redeemed:S01" in request.getfixturevalue("bean_check")(text)
    else:
        assert "Redeemed:S01" in request.getfixturevalue("hledger")(text, "check").stderr


def test_holds_and_releases_move_nothing(varied, settings) -> None:
    for dialect in ("beancount", "hledger"):
        text = journal(settings, dialect)
        assert "key: " in text
        assert not re.search(r"hold(:2)?\"?$", text, re.MULTILINE)


def test_what_people_wrote_stands_in_the_journal_as_it_was(varied, settings, bean_check) -> None:
    text = journal(settings, "beancount")
    assert '  key: "钥匙 \\"b\\"; \\\\1"' in text
    assert "富民社区" in text


signs = st.one_of(
    st.sampled_from("xX-aF0 :"), st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)


@given(st.text(signs, max_size=12), st.integers(1, 9), st.sampled_from("tf"))
def test_every_address_has_a_name_that_reads_back(address: str, number: int, kept: str) -> None:
    name = name_of(str(number), address, kept)
    assert address_of(name) == (str(number), address, kept)
    for part in name.split(":"):
        assert re.fullmatch(r"[A-Z0-9][^\W_]*(-+[^\W_]*)*", part)


def test_a_name_is_legal_beancount(bean_check) -> None:
    names = [name_of("1", "".join(map(chr, range(at, at + 40))), "t") for at in range(32, 4000, 40)]
    day = date(2025, 1, 1)
    assert bean_check("".join(f"{day} open {name}\n" for name in {*names})) == ""
