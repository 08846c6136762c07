"""An exported file is checked without a database, and whatever is changed in it is found."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service import settlement
from service.cli import main
from service.settlement.actions import months
from tests.settlement.conftest import DECEMBER, NOVEMBER, OCTOBER, Month, place
from tests.settlement.test_days import NEXT_DAY, Days
from tests.settlement.test_statements import some_sales
from tests.shops.market import DAY, Market

Records = list[dict[str, Any]]


@pytest.fixture
def records(market: Market, month: Month) -> Records:
    """Two closed days, one that is prepared; October signed and locked, November issued."""
    at = Days(market)
    some_sales(market)
    for day in (DAY, NEXT_DAY):
        at.compare(day)
        at.sign_all(day)
    month.sign_all(month.make())
    given = {"place": place(market), "month": OCTOBER, "by": "staff:U-SEC"}
    market.run(months.lock_month, **given, now=market.clock.now())
    month.make(NOVEMBER, DECEMBER)
    at.compare(NOVEMBER)
    return exported(market)


def exported(market: Market) -> Records:
    content = market.run(lambda session: b"".join(settlement.export_lines(session)))
    return [json.loads(line) for line in content.splitlines()]


def test_what_was_signed_is_in_order(records: Records) -> None:
    found = settlement.verify(records)
    assert found.faults == []
    assert (found.days, found.statements, found.months) == (3, 2, 1)
    assert found.signatures == 4 + 4 + 1 + 4 + 1


def first(records: Records, kind: str) -> dict[str, Any]:
    return next(one for one in records if one["kind"] == kind)


def tamper(kind: str, *path: str, to: object) -> Callable[[Records], None]:
    def change(records: Records) -> None:
        place = first(records, kind)
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def drop(kind: str) -> Callable[[Records], None]:
    return lambda records: records.remove(first(records, kind))


def resign(records: Records) -> None:
    """Replace a statement's content, and its digest with it."""
    from service.settlement.canonical import digest

    row = first(records, "statement")
    row["content"]["goods"]["points"] += 1
    row["digest"] = digest(row["content"])


@pytest.mark.parametrize(
    "change",
    [
        tamper("day", "content", "rules", to="v2"),
        tamper("day", "content", "exceptions", to=[{"id": 1}]),
        tamper("day", "seal", to="0" * 64),
        tamper("day", "step", to="reviewed"),
        tamper("signature", "note", to="x"),
        tamper("signature", "signed_by", to="staff:U-SEC"),
        tamper("signature", "at", to="2025-10-18T04:00:01+00:00"),
        tamper("statement", "content", "pledge", "closing", to=1),
        tamper("statement", "digest", to="0" * 64),
        tamper("month", "content", "points", "closing", to=0),
        tamper("month", "locked_by", to="staff:U-CH"),
        drop("day"),
        drop("signature"),
        drop("statement"),
        resign,
    ],
)
def test_whatever_is_changed_is_found(records: Records, change: Callable[[Records], None]) -> None:
    change(records)
    assert settlement.verify(records).faults


def test_every_single_signature_is_needed(records: Records) -> None:
    chain = [one for one in records if one["kind"] == "signature"]
    for one in chain[:-1]:
        rest = [each for each in records if each is not one]
        assert settlement.verify(rest).faults, one["seq"]


def test_the_command_needs_no_database(
    market: Market,
    records: Records,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "signed.jsonl"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")
    assert main(["settlement", "verify", str(file)]) == 0
    assert "everything is in order" in capsys.readouterr().out
    file.write_text(file.read_text("utf-8").replace("U-CH", "U-XX", 1), "utf-8")
    assert main(["settlement", "verify", str(file)]) == 1
    assert "not what was signed" in capsys.readouterr().out
    file.write_text("nothing", "utf-8")
    assert main(["settlement", "verify", str(file)]) == 2


def test_the_export_command_writes_what_verify_reads(
    market: Market, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = market.settings
    monkeypatch.setenv("AIXIN_ENV", "test")
    for name, value in (
        ("DATABASE_URL", settings.database_url),
        ("REDIS_URL", settings.redis_url),
        ("SECRET_KEY", settings.secret_key),
        ("PUBLIC_URL", settings.public_url),
    ):
        monkeypatch.setenv(name, value)
    file = str(tmp_path / "signed.jsonl.gz")
    assert main(["settlement", "export", file]) == 0
    assert main(["settlement", "verify", file]) == 0
    assert main(["settlement", "export", "--shop", "NOBODY", file]) == 1


def test_a_row_that_was_changed_in_the_database_is_found(
    market: Market, records: Records, admin: psycopg.Connection
) -> None:
    admin.execute(
        "UPDATE settlement_statements SET content = jsonb_set(content, '{goods,points}', '999')"
    )
    found = settlement.verify(exported(market))
    assert len(found.faults) >= 2
