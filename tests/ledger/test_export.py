"""The export says what the tables say, as of one moment, in lines that can be read again."""

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from service import ledger
from service.ledger import Kind, Leg, Unit, export
from service.proof import Report, unescape, verify_lines
from tests.ledger.conftest import LATE, NOW, SOON, Books
from tests.ledger.sealer import KEY, ORIGIN, Sealer

NASTY = "a\tb\nc\rd\\e\bf\fg\vh'\"中文\u00e9\U0001f331\\N"


@pytest.fixture
def sealer(books: Books) -> Sealer:
    """A sealer of these books."""
    return Sealer(books.database)


def lines(books: Books) -> list[bytes]:
    with ledger.reading(books.database.url) as connection:
        return list(ledger.export_lines(connection))


def rows(books: Books, tag: str) -> list[list[str]]:
    """Read the records of one section as the verifier does."""
    found = (line.removesuffix(b"\n").split(b"\t") for line in lines(books))
    return [
        [unescape(cell).decode() for cell in row[1:]] for row in found if row[0] == tag.encode()
    ]


def verified(books: Books) -> Report:
    return verify_lines(lines(books))


def fields(books: Books) -> dict[str, list[str]]:
    """The fields of every transfer as the database itself puts them together."""
    sql = "SELECT id::text, ledger_fields(id) AS fields FROM ledger_transfers"
    return {row["id"]: row["fields"] for row in books.database.rows(sql)}


def busy(books: Books) -> None:
    """Awards, a sale, a debt, reversals, holds in every state, and texts that need escapes."""
    books.award("FM0001", 30, SOON, "a")
    books.award("FM0001", 50, LATE, "b")
    sale = books.spend("FM0001", 40)
    books.spend("FM0002", 7, "redeem:2", may_owe=True)
    books.reverse(sale.transfer_id)
    books.award("FM0002", 3, LATE, "c")
    legs = (Leg("volunteer:FM0001", Unit.PTS, -5), Leg("redeemed:S01", Unit.PTS, 5))
    given = {"legs": legs, "expires_at": NOW.replace(hour=6), "now": NOW}
    held = [
        books.database.atomic(partial(ledger.hold, reason=books.reason(f"hold:{n}"), **given))
        for n in range(3)
    ]
    asked = {"hold_id": held[0].transfer_id, "now": NOW}
    books.database.atomic(
        partial(ledger.capture, reason=books.reason("capture"), kind=Kind.REDEEM, **asked)
    )
    asked = {"hold_id": held[1].transfer_id, "now": NOW}
    books.database.atomic(partial(ledger.release, reason=books.reason("release"), **asked))
    memo = {"text": NASTY, "nested": [1, None, {"x": "\t"}]}
    legs = (Leg("issued", Unit.PTS, -9), Leg("volunteer:FM0001", Unit.PTS, 9))
    given = {"lot_expires_on": LATE, "memo": memo, "source": NASTY, "actor": "系统"}
    books.post(f"odd:{NASTY}", Kind.AWARD, *legs, **given)


@pytest.fixture(params=[2, 5, 5000])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks that part the transfers anywhere."""
    monkeypatch.setattr(export, "CHUNK", request.param)


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("sealed", [0, 4, 99])
def test_every_field_is_what_the_database_hashes(books: Books, sealer: Sealer, sealed: int) -> None:
    busy(books)
    if sealed:
        sealer.batch(sealed)
    leaves, waiting, expected = rows(books, "leaf"), rows(books, "open"), fields(books)
    assert len(leaves) == min(sealed, len(expected))
    assert [int(row[0]) for row in leaves] == list(range(len(leaves)))
    told = [row[2:] for row in leaves] + [row[1:] for row in waiting]
    assert {row[0]: row for row in told} == expected
    assert len(told) == len(expected)
    hashes = [row[1] for row in leaves] + [row[0] for row in waiting]
    sql = "SELECT encode(ledger_leaf(ledger_fields(id)), 'hex') AS leaf FROM ledger_transfers"
    assert sorted(hashes) == sorted(row["leaf"] for row in books.database.rows(sql))


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("sealed", [0, 4, 99])
def test_a_stranger_s_verifier_finds_nothing_wrong(
    books: Books, sealer: Sealer, sealed: int
) -> None:
    busy(books)
    if sealed:
        sealer.batch(sealed)
    report = verified(books)
    assert report.findings == ()
    assert report.counts["leaves"] + report.counts["open"] == len(fields(books))
    assert report.origin == (ORIGIN if sealed else "")


def test_the_last_line_counts_what_came_before(books: Books, sealer: Sealer) -> None:
    busy(books)
    sealer.batch(4)
    (row,) = books.database.rows(
        "SELECT (SELECT count(*) FROM ledger_accounts) AS accounts,"
        " (SELECT count(*) FROM ledger_entries) AS entries"
    )
    open_ = len(fields(books)) - 4
    assert rows(books, "end") == [["4", str(open_), str(row["accounts"]), str(row["entries"])]]


def test_heads_keys_months_lots_and_holds_are_there(books: Books, sealer: Sealer) -> None:
    busy(books)
    (head,) = sealer.all()
    assert rows(books, "head") == [
        [str(head.size), head.root.hex(), "2025-10-18T04:00:00.000000Z", head.note]
    ]
    assert rows(books, "key") == [[str(KEY.verify_key), str(head.size), ""]]
    lots = {(row[1], row[3]): int(row[4]) for row in rows(books, "lot")}
    assert lots == {
        ("volunteer:FM0001", str(day)): points for day, points in books.lots("FM0001").items()
    }
    assert [row[1] for row in rows(books, "hold")] == ["2025-10-18T06:00:00.000000Z"]


def test_what_is_committed_while_it_is_written_is_not_in_it(
    books: Books, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 2)
    for n in range(6):
        books.award("FM0001", 1, key=f"a{n}")
    sealer.batch(3)

    def meddled() -> Iterator[bytes]:
        with ledger.reading(books.database.url) as connection:
            for number, line in enumerate(ledger.export_lines(connection)):
                if number in {1, 4, 12}:
                    books.award("FM0001", 1, key=f"late:{number}")
                    sealer.all()
                yield line

    report = verify_lines(meddled())
    assert report.findings == ()
    assert (report.counts["leaves"], report.counts["open"]) == (3, 3)


def test_a_transfer_that_was_kept_from_the_queue_is_shown(
    books: Books, sealer: Sealer, admin: psycopg.Connection
) -> None:
    """Taken out of the queue by hand, it would never reach the log; the export asks the table."""
    books.award("FM0001", 1, key="a")
    sealer.all()
    hidden = books.award("FM0001", 1, key="b").transfer_id
    admin.execute("DELETE FROM ledger_unsealed")
    (row,) = rows(books, "open")
    assert row[:2] == ["", str(hidden)]
    assert not verified(books).fine


def test_an_empty_ledger_has_an_export_too(books: Books) -> None:
    assert verified(books).findings == ()
    assert rows(books, "end") == [["0", "0", "8", "0"]]
